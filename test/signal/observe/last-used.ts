import { type EpochMs, MINUTE } from '../../../functions/core/time.ts';
import type { Story } from '../truth.ts';
import { hashOf } from './dice.ts';
import { callTrain, instantAt } from './train.ts';

/** Rules of `last_used_at` and `last_used_ips` (`reference/gitlab.md` §4a). */
const KEPT = 5;
const LEASE = MINUTE;
const STALE = 10 * MINUTE;
/** Of one call's uses so close together one is enough to renew the list. */
const FINEST = MINUTE;

/** What GitLab's list of tokens says of one token from an instant on. */
export interface ListState {
  readonly from: EpochMs;
  readonly lastUsedAt: EpochMs;
  /** `last_used_ips`, the latest to come last. */
  readonly addresses: readonly string[];
}

/** All states of each token that was ever used, by `Credential.id`, in order of time. */
export type TokenHistories = ReadonlyMap<string, readonly ListState[]>;

interface Use {
  readonly at: EpochMs;
  readonly shownAt: EpochMs;
  readonly token: string;
  readonly address: string;
}

/**
 * How the token list changed with each use: the five latest addresses, renewed at most once a minute for a token, and
 * the time of its last use, at most every ten minutes. REST and git over HTTP count; what was turned away does not. A
 * token used before the story begins comes with what it was last used by.
 */
export function tokenHistories(story: Story): TokenHistories {
  const histories = new Map<string, ListState[]>();
  const leases = new Map<string, EpochMs>();
  for (const { id, lastUsedAt, knownNetworks = [] } of story.organisation.credentials) {
    if (!id.startsWith('token/') || lastUsedAt === undefined || lastUsedAt >= story.begin) continue;
    const known = knownNetworks.filter((network) => !network.includes('/')).slice(-KEPT);
    histories.set(id, [{ from: lastUsedAt, lastUsedAt, addresses: known.length > 0 ? known : [somewhere(id)] }]);
  }
  for (const { at, shownAt, token, address } of usesOf(story)) {
    const states = histories.get(token) ?? [];
    const last = states.at(-1);
    const isKnown = last?.addresses.includes(address) === true;
    const isStale = last === undefined || at - last.lastUsedAt >= STALE;
    if ((isKnown && !isStale) || at < (leases.get(token) ?? Number.NEGATIVE_INFINITY)) continue;
    leases.set(token, at + LEASE);
    states.push({
      from: shownAt,
      lastUsedAt: isStale ? at : last.lastUsedAt,
      addresses: isKnown ? last.addresses : [...(last?.addresses ?? []), address].slice(-KEPT),
    });
    histories.set(token, states);
  }
  return histories;
}

/** What the list said at an instant; undefined before the first use. */
export function stateAt(states: readonly ListState[], at: EpochMs): ListState | undefined {
  let low = 0;
  let high = states.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((states[middle]?.from ?? Number.POSITIVE_INFINITY) <= at) low = middle + 1;
    else high = middle;
  }
  return states[low - 1];
}

/** Who used it came from an address, even if nobody in the story does: one of the documentation's. */
function somewhere(token: string): string {
  return `198.51.100.${1 + ((hashOf(token) >>> 0) % 254)}`;
}

/** In the order in which GitLab takes note of them. */
function usesOf({ calls }: Story): Use[] {
  const uses: Use[] = [];
  for (const call of calls) {
    const { credential: token, address, refusal, lateBy = 0 } = call;
    if (token === undefined || !token.startsWith('token/') || refusal !== undefined) continue;
    const train = callTrain(call);
    const stride = train.step === 0 ? train.count : Math.max(1, Math.floor(FINEST / train.step));
    for (let index = 0; index < train.count; index += stride) {
      const at = instantAt(train, index);
      uses.push({ at, shownAt: at + lateBy, token, address });
    }
  }
  return uses.sort((a, b) => a.shownAt - b.shownAt);
}
