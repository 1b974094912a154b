import { DAY, type EpochMs } from '../../../functions/core/time.ts';
import { type TokenUse, usesCounted } from '../../../functions/core/token-use.ts';
import type { Labels } from '../labels.ts';
import type { LookSeen } from '../play.ts';
import { type Alarm, type Baseline, Pager, type Strictness } from './baseline.ts';

interface Novelty extends Alarm {
  /** Within a day: uses from networks that are new for the credential, and how many such networks. */
  readonly uses: number;
  readonly networks: number;
  /** The credential itself was never seen before. */
  readonly isFirst: boolean;
}

interface History {
  readonly since: EpochMs;
  /** When each network was first read of. */
  readonly networks: Map<string, EpochMs>;
  /** Networks that were new within the last day. */
  readonly fresh: Map<string, Fresh>;
}

interface Fresh {
  readonly at: EpochMs;
  /** Uses by what tells them apart: readings overlap, and a span of counted requests grows. */
  readonly uses: Map<string, number>;
  readonly intrusions: Set<string>;
}

const STRICTNESS: readonly Strictness<Novelty>[] = [false, true].flatMap((first) =>
  [1, 2, 3].flatMap((networks) =>
    [1, 2, 5, 10, 20, 50, 100].map((uses) => ({
      strictness: `${networks} new networks, ${uses} uses${first ? ', or a new credential' : ''}`,
      passes: (novelty: Novelty) => (novelty.isFirst ? first : novelty.networks >= networks && novelty.uses >= uses),
    })),
  ),
);

/**
 * A token used from a network that it was never used from: the rule that catalogues have for other forges and GitLab has
 * behind a flag (`reference/peers.md` §1.2, §1.3). Every credential's networks are remembered from the first day on;
 * a credential's first day alarms nobody unless it is asked for. It reads with every hunt: what others read besides, it
 * sees within the hour. Refused uses are none; known egress is left out.
 */
export class NewNetwork implements Baseline {
  readonly name = 'new-network';
  readonly title = 'New network for this token';
  readonly points = STRICTNESS.map((strictness) => new Pager(strictness));
  readonly #labels: Labels;
  readonly #isKnownEgress: (address: string) => boolean;
  readonly #histories = new Map<string, History>();

  constructor(labels: Labels, isKnownEgress: (address: string) => boolean) {
    this.#labels = labels;
    this.#isKnownEgress = isKnownEgress;
  }

  see(look: LookSeen): void {
    if (look.trigger !== 'hunt') return;
    const used = look.evidence.uses.filter(
      ({ strength, address }) => strength !== 'refused' && !this.#isKnownEgress(address),
    );
    const alarms = [...Map.groupBy(used, ({ credential }) => credential)].flatMap(([credential, uses]) => {
      const novelty = this.#read(credential, uses, look.at);
      return novelty === undefined ? [] : [novelty];
    });
    if (alarms.length === 0) return;
    for (const point of this.points) point.page(look, alarms);
  }

  /** Adds a credential's uses to its history. Undefined where none of them is from a network that is new. */
  #read(credential: string, uses: readonly TokenUse[], now: EpochMs): Novelty | undefined {
    const history = this.#histories.get(credential) ?? { since: now, networks: new Map(), fresh: new Map() };
    this.#histories.set(credential, history);
    for (const [network, { at }] of history.fresh) if (now - at >= DAY) history.fresh.delete(network);
    let isNews = false;
    for (const use of uses) {
      if (!history.networks.has(use.network)) {
        history.networks.set(use.network, now);
        history.fresh.set(use.network, { at: now, uses: new Map(), intrusions: new Set() });
      }
      const fresh = history.fresh.get(use.network);
      if (fresh === undefined) continue;
      isNews = true;
      fresh.uses.set(keyOf(use), Math.max(fresh.uses.get(keyOf(use)) ?? 0, usesCounted(use)));
      for (const id of this.#labels.ofUse(use, now)) fresh.intrusions.add(id);
    }
    return isNews ? noveltyOf(credential, history) : undefined;
  }
}

function noveltyOf(credential: string, { since, fresh }: History): Novelty {
  const later = [...fresh.values()].filter(({ at }) => at !== since);
  const counted = later.length > 0 ? later : [...fresh.values()];
  return {
    credential,
    intrusions: counted.flatMap(({ intrusions }) => [...intrusions]),
    uses: counted.flatMap(({ uses }) => [...uses.values()]).reduce((sum, count) => sum + count, 0),
    networks: counted.length,
    isFirst: later.length === 0,
  };
}

function keyOf({ at, action = '', target = '' }: TokenUse): string {
  return `${at.notBefore} ${action} ${target}`;
}
