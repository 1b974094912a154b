import { DAY, type EpochMs } from '../../../functions/core/time.ts';
import { type TokenUse, usesCounted } from '../../../functions/core/token-use.ts';
import type { Labels } from '../labels.ts';
import type { LookSeen } from '../play.ts';
import { type Alarm, type Baseline, Pager, type Strictness } from './baseline.ts';

interface Novelty extends Alarm {
  readonly network: string;
  /** Within a day: uses from networks that are new for the credential, and how many such networks. */
  readonly uses: number;
  readonly networks: number;
  /** The credential itself was never seen before. */
  readonly isFirst: boolean;
}

interface History {
  /** When it was first read of; before all time where the token list knew networks of it. */
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
 * behind a flag (`reference/peers.md` §1.2, §1.3). Every token's networks are remembered from the first day on, beside
 * those that the token list showed before; a token's first day alarms nobody unless it is asked for, or the list showed
 * some. A second network that is new alarms, too, whatever paged for the first. It reads with every hunt: what others
 * read besides, it sees within the hour. What an account does without a token is no token's use, and a refused use is
 * none; known egress is left out.
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
      ({ credential, strength, address }) =>
        !credential.startsWith('user/') && strength !== 'refused' && !this.#isKnownEgress(address),
    );
    const known = new Map(look.evidence.credentials.map(({ id, knownNetworks = [] }) => [id, knownNetworks]));
    const alarms = [...Map.groupBy(used, ({ credential }) => credential)].flatMap(([credential, uses]) =>
      this.#read(credential, uses, known.get(credential) ?? [], look.at),
    );
    if (alarms.length === 0) return;
    for (const point of this.points) point.page(look, alarms);
  }

  /** Adds a credential's uses to its history. Nothing where none of them is from a network that is new. */
  #read(credential: string, uses: readonly TokenUse[], known: readonly string[], now: EpochMs): Novelty[] {
    const since = known.length > 0 ? Number.NEGATIVE_INFINITY : now;
    const history = this.#histories.get(credential) ?? { since, networks: new Map(), fresh: new Map() };
    this.#histories.set(credential, history);
    for (const network of known) if (!history.networks.has(network)) history.networks.set(network, since);
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
    return isNews ? noveltiesOf(credential, history) : [];
  }
}

/** One of each network that is new within the day, with the figures of all of them together. */
function noveltiesOf(credential: string, { since, fresh }: History): Novelty[] {
  const later = [...fresh].filter(([, { at }]) => at !== since);
  const counted = later.length > 0 ? later : [...fresh];
  const all = counted.flatMap(([, { uses }]) => [...uses.values()]).reduce((sum, count) => sum + count, 0);
  return counted.map(([network, { intrusions }]) => ({
    credential,
    network,
    intrusions: [...intrusions],
    uses: all,
    networks: counted.length,
    isFirst: later.length === 0,
  }));
}

function keyOf({ at, action = '', target = '' }: TokenUse): string {
  return `${at.notBefore} ${action} ${target}`;
}
