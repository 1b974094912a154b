import { isBotMethod } from '../../../functions/core/sighting.ts';
import { type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { EvidenceMix } from '../observed.ts';
import type { CountedIntrusion } from '../outcome.ts';
import type { Story } from '../truth.ts';
import { type Observatory, observatoryOf } from './observatory.ts';
import type { RequestLog } from './request-log.ts';
import { type ShownUse, shownUses } from './shown-uses.ts';
import { partOf } from './train.ts';

/** A use and a sighting may lie so far apart. */
const SLACK = 30 * MINUTE;

/**
 * The intrusions of a story, and which of them the mix can show at all: those of which a source shows a use from a
 * network that Cloudflare saw as a bot's within 30 minutes; or, where Cloudflare stands in front of GitLab, that was new
 * for the credential, or from which others were turned away. Of one that cannot be seen `evidentAt` is its beginning.
 */
export function observable(story: Story, mix: EvidenceMix): CountedIntrusion[] {
  const seen = observatoryOf(story);
  const shown = shownUses(seen, mix);
  const evidence = [seen.sites, seen.security];
  const newcomers = mix.gitlab === 'self-managed' ? new Newcomers(seen, mix) : undefined;
  return story.intrusions.map(({ id, kind, from }) => {
    let evidentAt = Number.POSITIVE_INFINITY;
    for (const use of shown.get(id) ?? []) {
      const { network } = seen.places.of(use.call.address);
      for (const log of evidence) evidentAt = Math.min(evidentAt, evident(use, log, network));
      if (newcomers?.suspects(use, network)) evidentAt = Math.min(evidentAt, evident(use, seen.gitlab, network));
    }
    const isObservable = Number.isFinite(evidentAt);
    return { id, kind, evidentAt: isObservable ? evidentAt : from, observable: isObservable };
  });
}

/** The first instant at which the use and a bot's request from its network can both be read; Infinity for never. */
function evident({ at, shownAt }: ShownUse, log: RequestLog, network: string): EpochMs {
  let first = Number.POSITIVE_INFINITY;
  for (const { train, late, method } of log.ofNetwork(network, at - SLACK, at + SLACK + 1)) {
    const part = isBotMethod(method) ? partOf(train, at - SLACK, at + SLACK + 1) : undefined;
    if (part !== undefined) first = Math.min(first, Math.max(shownAt, part.first + late.cloudflare));
  }
  return first;
}

/** Who comes from where for the first time, as far as others than intruders tell. */
class Newcomers {
  /** First use of a network, by account; and first use of any. */
  readonly #first = new Map<string, EpochMs>();
  /** When credentials were turned away, by network. */
  readonly #refused = new Map<string, EpochMs[]>();

  constructor({ story, places }: Observatory, { sources }: EvidenceMix) {
    for (const { credential, owner, address, from, refusal, intrusion } of story.calls) {
      const { network } = places.of(address);
      if (refusal !== undefined) {
        if (sources.includes('logs')) this.#refused.set(network, [...(this.#refused.get(network) ?? []), from]);
        continue;
      }
      if (intrusion !== undefined) continue;
      for (const who of [`${owner}`, `${credential}`]) {
        this.#note(`${who} ${network}`, from);
        this.#note(who, from);
      }
    }
  }

  /** Whether requests to GitLab itself count for this use: its network is new, which takes a history to say. */
  suspects({ call: { credential, owner }, at, named }: ShownUse, network: string): boolean {
    const isRefusing = (this.#refused.get(network) ?? []).some((refused) => Math.abs(refused - at) <= HOUR);
    if (isRefusing) return true;
    const isKnown = [`${owner} ${network}`, `${credential} ${network}`].some((key) => this.#before(key, at));
    return named && !isKnown && (this.#before(`${owner}`, at) || this.#before(`${credential}`, at));
  }

  #note(key: string, at: EpochMs): void {
    this.#first.set(key, Math.min(at, this.#first.get(key) ?? Number.POSITIVE_INFINITY));
  }

  #before(key: string, at: EpochMs): boolean {
    return (this.#first.get(key) ?? Number.POSITIVE_INFINITY) < at;
  }
}
