/** From a value to where it is drawn. */
export type Scale = (value: number) => number;

/** Maps a span of values evenly to a span of the drawing; a span of one value to where it begins. */
export function linearScale([from, to]: readonly [number, number], [start, end]: readonly [number, number]): Scale {
  const length = to - from;
  return (value) => (length === 0 ? start : start + ((value - from) / length) * (end - start));
}
