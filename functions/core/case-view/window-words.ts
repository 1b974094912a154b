/** A window to the minute, in UTC alone: `2031-04-06 11:15 to 12:00 UTC`. @param window ISO 8601, UTC */
export function windowWords({ start, end }: { readonly start: string; readonly end: string }): string {
  const [from, to] = [minuteOf(start), minuteOf(end)];
  return `${from} to ${from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to} UTC`;
}

function minuteOf(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}
