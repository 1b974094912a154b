import { MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import { type Machine, makeDeployers, makeMachines, makePreviews, type Rotation } from './bot-users.ts';
import { daysBefore } from './credentials.ts';
import { makePipelines, type Pipeline } from './pipelines.ts';
import { addressAt, makePlaces, type Places } from './places.ts';
import { randomFor, shuffled } from './random-for.ts';
import { dayStart, isWeekend, STORY_SPAN } from './span.ts';
import { makeStaff, type Person } from './staff.ts';
import type { Organisation, SimCredential, SimZone } from './truth.ts';

/** An organisation with everybody in it: what stories are told from. */
export interface Cast extends Organisation {
  readonly seed: number;
  readonly places: Places;
  readonly people: readonly Person[];
  /** Bot users with a project or group token. */
  readonly machines: readonly Machine[];
  /** Bot users that terraform makes within the story, one a day. */
  readonly previews: readonly Machine[];
  /** What holds a deploy token. */
  readonly deployers: readonly Machine[];
  readonly pipelines: readonly Pipeline[];
  readonly rotation: Rotation;
  /** Scripts that nobody remembers, which still try a token that has expired. */
  readonly forgotten: readonly {
    readonly credential: SimCredential;
    readonly address: string;
    readonly everyHours: number;
  }[];
}

/** Account and token of Latchkey itself. */
const OWN = { user: 900, token: 'token/900' };

/**
 * The organisation of a story: some 60 people, 35 bot users, their tokens (those that will be made, rotated and revoked
 * on the way, too), and where they work from. The same for the same seed.
 */
export function makeOrganisation(seed: number): Cast {
  const random = randomFor(seed, 'organisation');
  const places = makePlaces(seed);
  const rotation = planRotation(random);
  const people = makeStaff(seed, places, rotation.day);
  const machines = makeMachines(seed, places, rotation);
  const terraform = machines.find(({ work }) => work === 'terraform');
  const previews = terraform === undefined ? [] : makePreviews(seed, places, terraform);
  const deployers = makeDeployers(seed, places);
  const pipelines = makePipelines(seed, places, people);
  const held = [people, machines, previews, deployers].flat().flatMap(({ tokens }) => tokens);
  const zones = makeZones(random);

  return {
    ...{ seed, places, people, machines, previews, deployers, pipelines, rotation, zones },
    gitlab: { host: `gitlab.${zones[0].name}`, behindZone: seed % 3 !== 0 },
    credentials: [...held, ...pipelines].map(({ credential }) => credential).concat(ownCredential()),
    own: { credential: OWN.token, address: addressAt(places.latchkey, STORY_SPAN.begin) },
    knownEgress: [addressAt(places.listedOffice, STORY_SPAN.begin)],
    forgotten: forgottenScripts(random, people, places),
  };
}

/** A late morning of a weekday in the second to fourth week, by the first admin. */
function planRotation(random: Random): Rotation {
  const days = Array.from({ length: 18 }, (_, number) => 8 + number).filter((day) => !isWeekend(day));
  const day = days[random.int(0, days.length - 1)] ?? 8;
  const from = dayStart(day) + random.int(9 * 60 + 30, 13 * 60) * MINUTE;
  return { day, from, until: from + random.int(50, 110) * MINUTE, by: 101 };
}

function makeZones(random: Random): readonly [SimZone, SimZone] {
  return [
    { id: random.hex(32), name: 'brightwell.example', hosts: ['www.brightwell.example', 'api.brightwell.example'] },
    { id: random.hex(32), name: 'brightwell-shop.example', hosts: ['www.brightwell-shop.example'] },
  ];
}

function ownCredential(): SimCredential {
  return {
    id: OWN.token,
    kind: 'service-account',
    name: 'latchkey',
    scopes: ['read_api'],
    owner: { id: OWN.user, username: 'service_account_group_1_latchkey', bot: true },
    createdAt: daysBefore(8),
    active: true,
    enterprise: true,
  };
}

/** One on a server, one on a computer under a desk of the unlisted office; tokens of different people. */
function forgottenScripts(random: Random, people: readonly Person[], places: Places): Cast['forgotten'] {
  const expired = people.flatMap(({ tokens }) => tokens.filter(({ use }) => use === 'expired'));
  const addresses = [places.servers.addresses[5] ?? places.servers.addresses[0], addressAt(places.unlistedOffice, 0)];
  return shuffled(random, expired)
    .slice(0, addresses.length)
    .map(({ credential }, number) => ({
      credential,
      address: addresses[number] ?? places.servers.addresses[0],
      everyHours: number === 0 ? 4 : 12,
    }));
}
