import { touches } from '../../../functions/core/time.ts';
import type { Labels } from '../labels.ts';
import type { LookSeen } from '../play.ts';
import { type Alarm, type Baseline, Pager, type Strictness } from './baseline.ts';

interface Creation extends Alarm {
  /** No credential was seen on its network before. */
  readonly fromNewNetwork: boolean;
  /** Its address was flagged in the same look. */
  readonly fromFlagged: boolean;
}

/** As the catalogues have it, then as some of them raise the severity. */
const STRICTNESS: readonly Strictness<Creation>[] = [
  { strictness: 'any', passes: () => true },
  { strictness: 'from a network that nobody used before', passes: ({ fromNewNetwork }) => fromNewNetwork },
  { strictness: 'from a flagged address', passes: ({ fromFlagged }) => fromFlagged },
];

/**
 * The rules of detection catalogues (`reference/peers.md` §1.3): a token was created. An event says from where; where no
 * source has events, a token that the list shows for the first time was created all the same. Known egress is left out.
 */
export class TokenCreated implements Baseline {
  readonly name = 'token-created';
  readonly title = 'A token was created';
  readonly points = STRICTNESS.map((strictness) => new Pager(strictness));
  readonly #labels: Labels;
  readonly #isKnownEgress: (address: string) => boolean;
  readonly #created = new Set<string>();
  readonly #networks = new Set<string>();

  constructor(labels: Labels, isKnownEgress: (address: string) => boolean) {
    this.#labels = labels;
    this.#isKnownEgress = isKnownEgress;
  }

  see(look: LookSeen): void {
    const creations = [...this.#events(look), ...this.#listed(look)];
    for (const { credential } of creations) this.#created.add(credential);
    for (const { network } of look.evidence.uses) this.#networks.add(network);
    if (creations.length === 0) return;
    for (const point of this.points) point.page(look, creations);
  }

  #events({ at, evidence, sightings, window }: LookSeen): Creation[] {
    const flagged = new Set(sightings.filter(({ seen }) => touches(seen, window)).map(({ address }) => address));
    const minted = evidence.uses.filter(
      ({ strength, credential, address }) =>
        strength === 'minted' && !this.#created.has(credential) && !this.#isKnownEgress(address),
    );
    return [...Map.groupBy(minted, ({ credential }) => credential)].map(([credential, uses]) => ({
      credential,
      intrusions: uses.flatMap((use) => this.#labels.ofUse(use, at)),
      fromNewNetwork: uses.some(({ network }) => !this.#networks.has(network)),
      fromFlagged: uses.some(({ address }) => flagged.has(address)),
    }));
  }

  /** Only where no source tells of creations: then nothing says from where. */
  #listed({ at, evidence: { credentials, coverage, window } }: LookSeen): Creation[] {
    if ([coverage.audit, coverage.stream].some((source) => source !== undefined && source.status !== 'off')) return [];
    return credentials.flatMap(({ id, createdAt }) =>
      createdAt === undefined || createdAt < window.start || createdAt > at || this.#created.has(id)
        ? []
        : [
            {
              credential: id,
              intrusions: this.#labels.ofCreation(id, createdAt, at),
              fromNewNetwork: false,
              fromFlagged: false,
            },
          ],
    );
  }
}
