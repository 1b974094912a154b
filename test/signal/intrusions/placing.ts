import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { Random } from '../../../infra/local/scenario/random.ts';
import { isAlive } from '../credentials.ts';
import type { Span } from '../span.ts';
import type { Intrusion, IntrusionKind } from '../truth.ts';
import { allows } from './rights.ts';
import type { Attack, Play, Scene } from './scene.ts';
import type { Loot } from './terrain.ts';

/** An intrusion that found its time and its victims. */
export interface Placed extends Attack {
  readonly intrusion: Intrusion;
  readonly target: Scene['target'];
  /** Accounts whose credentials were stolen. */
  readonly owners: readonly number[];
}

/** What is to find its place among the others. */
export interface Search extends Pick<Scene, 'terrain' | 'places' | 'random'> {
  readonly id: string;
  readonly kind: IntrusionKind;
  readonly play: Play;
  readonly span: Span;
  readonly others: readonly Placed[];
  /** One of the others, to fall together with. */
  readonly amid: Placed | undefined;
  /** Numbers from here on are its own, a hundred of them. */
  readonly numbers: number;
}

/** An owner is left alone for 8 days, and for the longest intrusion, before and after. */
const LEFT_ALONE = 9 * DAY;
/** Between intrusions that do not fall together. */
const APART = HOUR;
/** The last begins this long before the story ends … */
const BEGIN_BEFORE_END = 3 * HOUR;
/** … and is over this long before it. */
const OVER_BEFORE_END = 2 * HOUR;
const TRIES = 400;

/**
 * Tries one time after the other until one is free and has somebody to rob.
 *
 * @throws Error when there is none in hundreds of tries: a mistake of whoever changes the organisation or the kinds
 */
export function place(search: Search): Placed {
  const { id, kind, play, terrain, places, random, span, amid } = search;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const at = amid === undefined ? someTime(random, span) : amid.intrusion.from + random.int(0, 8 * MINUTE);
    const target = amid?.target ?? someTarget(search);
    const owners: number[] = [];
    const steal: Scene['steal'] = (fits = () => true, among = 'tokens') => {
      const loot = pickLoot(search, at, owners, (one) => isAmong(search, one, among, at) && fits(one));
      if (loot !== undefined) owners.push(loot.credential.owner.id);
      return loot;
    };
    let { numbers } = search;
    const number = () => {
      numbers += 1;
      return numbers;
    };
    const attack = play({ terrain, places, random, at, amid, target, steal, number });
    if (attack === undefined) continue;
    const placed = { ...labelled(id, kind, attack), owners, target };
    if (isFree(placed.intrusion, search)) return placed;
  }
  throw new Error(`intrusion ${id} finds no place in the story`);
}

function someTime(random: Random, { from, to }: Span): EpochMs {
  return random.int(from, to - BEGIN_BEFORE_END);
}

function someTarget({ terrain, random }: Search): Scene['target'] {
  const [first, ...rest] = terrain.organisation.zones.flatMap(({ id, hosts }) =>
    hosts.map((host) => ({ zone: id, host })),
  );
  if (first === undefined) throw new Error('the organisation has no zone');
  return random.pick([first, ...rest]);
}

function pickLoot(
  { terrain, random, others }: Search,
  at: EpochMs,
  owners: readonly number[],
  fits: (loot: Loot) => boolean,
): Loot | undefined {
  const alone = new Set(owners);
  for (const { intrusion, owners: robbed } of others) {
    if (Math.abs(intrusion.from - at) < LEFT_ALONE) for (const owner of robbed) alone.add(owner);
  }
  const fitting = terrain.loot.filter((loot) => !alone.has(loot.credential.owner.id) && fits(loot));
  return fitting[random.int(0, Math.max(0, fitting.length - 1))];
}

function isAmong({ terrain }: Search, { credential }: Loot, among: 'tokens' | 'jobs' | 'own', at: EpochMs): boolean {
  if ((credential.kind === 'ci-job') !== (among === 'jobs')) return false;
  if ((credential.id === terrain.organisation.own.credential) !== (among === 'own')) return false;
  if (among === 'jobs') return true;
  const opens = allows(credential, 'api-read') || allows(credential, 'clone') || allows(credential, 'file-read');
  return opens && isAlive(credential, at) && isAlive(credential, at + DAY);
}

/** Every row with its intruder's name on it. */
function labelled(id: string, kind: IntrusionKind, attack: Attack): Attack & Pick<Placed, 'intrusion'> {
  const web = attack.web.map((row) => ({ ...row, actor: `intruder/${id}`, intrusion: id }));
  const calls = attack.calls.map((call) => ({ ...call, intrusion: id }));
  const { session } = attack;
  const held = calls.flatMap(({ credential, mints }) => [credential, mints]).concat(session);
  const deeds = [...web, ...calls];
  const intrusion: Intrusion = {
    id,
    kind,
    from: Math.min(...deeds.map(({ from }) => from)),
    until: Math.max(...deeds.map(({ until }) => until)),
    credentials: [...new Set(held.filter((credential) => credential !== undefined))],
  };
  return { ...attack, web, calls, intrusion };
}

function isFree({ from, until }: Intrusion, { span, others, amid }: Search): boolean {
  if (from < span.from || from > span.to - BEGIN_BEFORE_END || until > span.to - OVER_BEFORE_END) return false;
  return others.every(
    (other) => other === amid || from > other.intrusion.until + APART || until < other.intrusion.from - APART,
  );
}
