import { afterTheSpike } from './intrusions/after-the-spike.ts';
import { carrierNat } from './intrusions/carrier-nat.ts';
import { ciJobToken } from './intrusions/ci-job-token.ts';
import { clockSkew } from './intrusions/clock-skew.ts';
import { dormantToken } from './intrusions/dormant-token.ts';
import { expiredThenLive } from './intrusions/expired-then-live.ts';
import { hourStraddle } from './intrusions/hour-straddle.ts';
import { insideGitlabZone } from './intrusions/inside-gitlab-zone.ts';
import { ipv6Rotation } from './intrusions/ipv6-rotation.ts';
import { manyTokensOneHost } from './intrusions/many-tokens-one-host.ts';
import { memoryEvicted } from './intrusions/memory-evicted.ts';
import { mintedByIntruder } from './intrusions/minted-by-intruder.ts';
import { officeNatNewAction } from './intrusions/office-nat-new-action.ts';
import { ownTokenStolen } from './intrusions/own-token-stolen.ts';
import { type Placed, place } from './intrusions/placing.ts';
import type { Play } from './intrusions/scene.ts';
import { scrapingAddress } from './intrusions/scraping-address.ts';
import { secondLookEvidence } from './intrusions/second-look-evidence.ts';
import { sharedVpnExit } from './intrusions/shared-vpn-exit.ts';
import { slowDrip } from './intrusions/slow-drip.ts';
import { survey } from './intrusions/terrain.ts';
import type { Cast } from './organisation.ts';
import { randomFor } from './random-for.ts';
import type { Span } from './span.ts';
import {
  type GitlabCall,
  INTRUSION_KINDS,
  type Intrusion,
  type IntrusionKind,
  type SimCredential,
  type WebActivity,
  type WebClient,
} from './truth.ts';

/** What intruders did to an organisation. */
export interface Intruded {
  /** Each row with `intrusion`. */
  readonly web: readonly WebActivity[];
  /** Each row with `intrusion`. */
  readonly calls: readonly GitlabCall[];
  /** By `from`. */
  readonly intrusions: readonly Intrusion[];
  /** What the organisation does not know yet: of intruders' making, or forgotten and leaked. */
  readonly credentials: readonly SimCredential[];
  /** Who sent no request to a site. */
  readonly clients: readonly WebClient[];
}

const PLAYS: Readonly<Record<IntrusionKind, Play>> = {
  'scraping-address': scrapingAddress,
  'ipv6-rotation': ipv6Rotation,
  'slow-drip': slowDrip,
  'hour-straddle': hourStraddle,
  'after-the-spike': afterTheSpike,
  'dormant-token': dormantToken,
  'ci-job-token': ciJobToken,
  'memory-evicted': memoryEvicted,
  'carrier-nat': carrierNat,
  'many-tokens-one-host': manyTokensOneHost,
  'own-token-stolen': ownTokenStolen,
  'inside-gitlab-zone': insideGitlabZone,
  'shared-vpn-exit': sharedVpnExit,
  'expired-then-live': expiredThenLive,
  'minted-by-intruder': mintedByIntruder,
  'second-look-evidence': secondLookEvidence,
  'clock-skew': clockSkew,
  'office-nat-new-action': officeNatNewAction,
};

/** Two of each kind, the ones that need most room first. */
const OF_EACH_KIND = 2;
const NEEDS_ROOM: readonly IntrusionKind[] = ['many-tokens-one-host', 'own-token-stolen'];
/** Pairs by different people that now and then fall together: into one storm, behind one carrier's NAT. */
const FALL_TOGETHER: Readonly<Record<string, string>> = {
  'dormant-token/2': 'scraping-address/2',
  'carrier-nat/2': 'carrier-nat/1',
};
const TOGETHER_CHANCE = 0.35;

/**
 * Breaks in, two times in each way, at random times of the counted days: never two within an hour of each other unless
 * they fall together, and nobody's credential twice within 8 days. The same for the same seed.
 *
 * @throws Error when a kind finds no place in hundreds of tries: a mistake of whoever changes organisation or kinds
 */
export function intrude(
  organisation: Cast,
  benign: { readonly web: readonly WebActivity[]; readonly calls: readonly GitlabCall[] },
  seed: number,
  span: Span,
): Intruded {
  const terrain = survey(organisation, benign);
  const placed = new Map<string, Placed>();
  for (const { id, kind, number } of billOf(organisation)) {
    const random = randomFor(seed, `intrusion/${id}`);
    const amid = random.chance(TOGETHER_CHANCE) ? placed.get(FALL_TOGETHER[id] ?? '') : undefined;
    const others = [...placed.values()];
    const numbers = 900_000 + INTRUSION_KINDS.indexOf(kind) * 1000 + number * 100;
    const { places } = organisation;
    placed.set(id, place({ id, kind, play: PLAYS[kind], terrain, places, random, span, others, amid, numbers }));
  }
  const all = [...placed.values()].sort((a, b) => a.intrusion.from - b.intrusion.from);
  return {
    web: all.flatMap(({ web }) => web),
    calls: all.flatMap(({ calls }) => calls),
    intrusions: all.map(({ intrusion }) => intrusion),
    credentials: all.flatMap(({ credentials = [] }) => credentials),
    clients: all.flatMap(({ clients = [] }) => clients),
  };
}

interface Entry {
  readonly id: string;
  readonly kind: IntrusionKind;
  readonly number: number;
}

function billOf({ gitlab }: Cast): Entry[] {
  const kinds = [...NEEDS_ROOM, ...INTRUSION_KINDS.filter((kind) => !NEEDS_ROOM.includes(kind))];
  return kinds
    .filter((kind) => kind !== 'inside-gitlab-zone' || gitlab.behindZone)
    .flatMap((kind) =>
      Array.from({ length: OF_EACH_KIND }, (_, index) => ({ id: `${kind}/${index + 1}`, kind, number: index + 1 })),
    );
}
