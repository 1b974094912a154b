import { type Random, seeded } from '../../infra/local/scenario/random.ts';

/**
 * A generator of its own for one concern of one story (`person/12`, `spikes`), so that an actor more or less leaves
 * the luck of all others as it was.
 */
export function randomFor(seed: number, concern: string): Random {
  let hash = Math.imul(seed + 1, 0x9e3779b1);
  for (let at = 0; at < concern.length; at += 1) {
    hash = Math.imul(hash ^ concern.charCodeAt(at), 0x01000193);
    hash ^= hash >>> 15;
  }
  return seeded(hash);
}

/** The items in a random order. */
export function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, place: random.unit() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** At most `count` different ones of the items, at least one, in a random order. */
export function someOf<Item>(random: Random, items: readonly [Item, ...Item[]], count: number): [Item, ...Item[]] {
  const [first = items[0], ...rest] = shuffled(random, items).slice(0, count);
  return [first, ...rest];
}
