import type { Sighting } from '../../../functions/core/sighting.ts';
import { touches, type Window } from '../../../functions/core/time.ts';
import { type TokenUse, usesCounted } from '../../../functions/core/token-use.ts';
import type { Labels } from '../labels.ts';
import type { LookSeen } from '../play.ts';
import { type Alarm, type Baseline, Pager, type Strictness } from './baseline.ts';

interface Overlap extends Alarm {
  /** The most uses, and flagged requests, at one address. */
  readonly uses: number;
  readonly requests: number;
  /** Whether the token itself is known to have been used there. */
  readonly authenticated: boolean;
  /** Whether what bots did on GitLab's own hosts counts. */
  readonly onGitlab: boolean;
}

/** The operating points: as the recipes say, then asking for more. */
const STRICTNESS: readonly Strictness<Overlap>[] = [false, true].flatMap((onGitlab) =>
  [false, true].flatMap((authenticated) =>
    [1, 2, 3, 5, 10, 20, 50, 100].flatMap((uses) =>
      [1, 100, 1000].map((requests) => ({
        strictness: strictnessText(uses, requests, authenticated, onGitlab),
        passes: (overlap: Overlap) =>
          overlap.onGitlab === onGitlab &&
          overlap.uses >= uses &&
          overlap.requests >= requests &&
          (overlap.authenticated || !authenticated),
      })),
    ),
  ),
);

/**
 * What the public recipes do (`reference/peers.md` §1.1): addresses that were flagged in the window of a spike, or in the
 * hour, and a credential that GitLab shows at exactly such an address in the same window. Their lists of flagged
 * addresses are taken as whole (ours are asked back), spikes are looked at as often as ours, and known egress is
 * left out; none of it is in the recipes. Nor is whether addresses flagged on GitLab's own hosts count: there are points
 * without and with them.
 */
export class AddressOverlap implements Baseline {
  readonly name = 'address-overlap';
  readonly title = 'Plain address overlap';
  readonly points = STRICTNESS.map((strictness) => new Pager(strictness));
  readonly #labels: Labels;
  readonly #isKnownEgress: (address: string) => boolean;

  constructor(labels: Labels, isKnownEgress: (address: string) => boolean) {
    this.#labels = labels;
    this.#isKnownEgress = isKnownEgress;
  }

  see(look: LookSeen): void {
    if (look.shadow) return;
    const overlaps = [false, true].flatMap((onGitlab) => this.#overlapsOf(look, onGitlab));
    if (overlaps.length === 0) return;
    for (const point of this.points) point.page(look, overlaps);
  }

  #overlapsOf(look: LookSeen, onGitlab: boolean): Overlap[] {
    const { sightings, onGitlabHosts, window } = look;
    const flagged = requestsByAddress(onGitlab ? [...sightings, ...onGitlabHosts] : sightings, window);
    const uses = look.evidence.uses.filter(
      ({ address, at }) => flagged.has(address) && touches(at, look.window) && !this.#isKnownEgress(address),
    );
    return [...Map.groupBy(uses, ({ credential }) => credential)].map(([credential, own]) => ({
      credential,
      intrusions: own.flatMap((use) => this.#labels.ofUse(use, look.at)),
      uses: mostAtOneAddress(own),
      requests: Math.max(...own.map(({ address }) => flagged.get(address) ?? 0)),
      authenticated: own.some(({ strength }) => strength === 'used'),
      onGitlab,
    }));
  }
}

/** Requests of each address flagged in the window. A list and its asked-back rest may tell of the same ones. */
function requestsByAddress(sightings: readonly Sighting[], window: Window): Map<string, number> {
  const flagged = new Map<string, number>();
  for (const { address, requests, seen } of sightings) {
    if (touches(seen, window)) flagged.set(address, Math.max(flagged.get(address) ?? 0, requests));
  }
  return flagged;
}

function mostAtOneAddress(uses: readonly TokenUse[]): number {
  const counts = new Map<string, number>();
  for (const use of uses) counts.set(use.address, (counts.get(use.address) ?? 0) + usesCounted(use));
  return Math.max(...counts.values());
}

function strictnessText(uses: number, requests: number, authenticated: boolean, onGitlab: boolean): string {
  const ofToken = authenticated ? ' of the token itself' : '';
  return `at least ${uses} uses${ofToken}, ${requests} flagged requests${onGitlab ? ", GitLab's own hosts too" : ''}`;
}
