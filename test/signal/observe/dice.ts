/** Numbers in [0, 1) that look random, each fixed by what it is asked about: asking in another order changes nothing. */
export type Dice = (about: number) => number;

/** Dice of one concern: what one concern throws says nothing about another. */
export function diceFor(seed: number, concern: string): Dice {
  const base = hashOf(concern) ^ Math.imul(seed + 1, 0x9e3779b1);
  return (about) => mixed((base + Math.imul(about + 1, 0x85ebca6b)) | 0) / 4_294_967_296;
}

/** A text as a number to throw dice about (FNV-1a, 32 bits). */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash | 0;
}

/** A whole number from `least` to `most`, both included, out of one throw. */
export function between(throwOf: number, least: number, most: number): number {
  return least + Math.floor(throwOf * (most - least + 1));
}

function mixed(state: number): number {
  let hash = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
