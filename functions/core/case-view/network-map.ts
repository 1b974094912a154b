import type { MapAddress, MapCredential, MapLink, NetworkGraph } from './network-graph.ts';

/** A node of the map and the middle of its row, in units of the drawing. */
export interface Placed<T> {
  readonly node: T;
  readonly y: number;
}

/** A link between two rows. */
export interface PlacedLink extends MapLink {
  readonly fromY: number;
  readonly toY: number;
  /** Thickness in units of the drawing: how often, on a logarithmic scale. */
  readonly width: number;
}

/** Where everything of a network map lies: addresses in one column, credentials in the other. */
export interface NetworkMap {
  readonly addresses: readonly Placed<MapAddress>[];
  readonly credentials: readonly Placed<MapCredential>[];
  /** The thinnest last, so that none is hidden. */
  readonly links: readonly PlacedLink[];
  readonly height: number;
}

/** Height of a row: two lines of text. Rows of one column lie at least this far apart. */
export const ROW_HEIGHT = 40;
const THINNEST = 2;
const THICKEST = 9;
const WIDER = 0.9;
/** Sweeps through both columns; more than that changes no order in practice. */
const SWEEPS = 6;

/**
 * Lays out the graph so that few links cross: each column is ordered by where its neighbours lie in the other
 * (barycentres), to and fro, and the order with the fewest crossings wins; where it makes no difference the worst
 * credential and the busiest address stay on top.
 */
export function networkMap({ addresses, credentials, links }: NetworkGraph): NetworkMap {
  const order = fewestCrossings(addresses.length, credentials.length, links);
  const height = ROW_HEIGHT * Math.max(1, addresses.length, credentials.length);
  const yOfAddress = rows(order.addresses, height);
  const yOfCredential = rows(order.credentials, height);
  return {
    addresses: place(addresses, order.addresses, yOfAddress),
    credentials: place(credentials, order.credentials, yOfCredential),
    links: links
      .map((link) => ({
        ...link,
        fromY: yOfAddress[link.address] ?? 0,
        toY: yOfCredential[link.credential] ?? 0,
        width: widthOf(link.signs),
      }))
      .sort((a, b) => b.width - a.width || a.fromY - b.fromY || a.toY - b.toY),
    height,
  };
}

/** Indices of each column from top to bottom. */
interface Order {
  readonly addresses: readonly number[];
  readonly credentials: readonly number[];
}

function fewestCrossings(addresses: number, credentials: number, links: readonly MapLink[]): Order {
  const flipped = links.map(({ address, credential }) => ({ address: credential, credential: address }));
  let order: Order = { addresses: upTo(addresses), credentials: upTo(credentials) };
  let best = order;
  let fewest = crossings(order, links);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    const byCredentials = sorted(order.addresses, order.credentials, links);
    order = { addresses: byCredentials, credentials: order.credentials };
    for (const next of [order, { ...order, credentials: sorted(order.credentials, byCredentials, flipped) }]) {
      const found = crossings(next, links);
      if (found < fewest) [best, fewest] = [next, found];
      order = next;
    }
  }
  return best;
}

function upTo(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}

type Ends = Pick<MapLink, 'address' | 'credential'>;

/** One column by the mean rank of its neighbours in the other; what has none stays last. The sort is stable. */
function sorted(column: readonly number[], other: readonly number[], links: readonly Ends[]): number[] {
  const rank = ranksOf(other);
  const means = new Map<number, number>();
  for (const [node, own] of Map.groupBy(links, ({ address }) => address)) {
    const sum = own.reduce((total, { credential }) => total + (rank.get(credential) ?? 0), 0);
    means.set(node, sum / own.length);
  }
  const meanOf = (node: number) => means.get(node) ?? other.length;
  return [...column].sort((a, b) => meanOf(a) - meanOf(b));
}

/** How many pairs of links cross when drawn straight. */
function crossings({ addresses, credentials }: Order, links: readonly Ends[]): number {
  const left = ranksOf(addresses);
  const right = ranksOf(credentials);
  const ends = links.map(({ address, credential }) => [left.get(address) ?? 0, right.get(credential) ?? 0] as const);
  let found = 0;
  for (const [index, [fromA, toA]] of ends.entries()) {
    for (const [fromB, toB] of ends.slice(index + 1)) if ((fromA - fromB) * (toA - toB) < 0) found++;
  }
  return found;
}

function ranksOf(order: readonly number[]): Map<number, number> {
  return new Map(order.map((node, rank) => [node, rank]));
}

/** By index of the node: the middle of its row; a short column is spread over the height of the long one. */
function rows(order: readonly number[], height: number): number[] {
  const ys: number[] = [];
  for (const [rank, node] of order.entries()) ys[node] = Math.round(((rank + 0.5) * height * 10) / order.length) / 10;
  return ys;
}

function place<T>(nodes: readonly T[], order: readonly number[], ys: readonly number[]): Placed<T>[] {
  return order.flatMap((index) => {
    const node = nodes[index];
    const y = ys[index];
    return node === undefined || y === undefined ? [] : [{ node, y }];
  });
}

/** Twice as often is always the same step wider, so that two maps can be compared. */
function widthOf(signs: number): number {
  const width = THINNEST + WIDER * Math.log2(Math.max(1, signs));
  return Math.round(Math.min(THICKEST, width) * 10) / 10;
}
