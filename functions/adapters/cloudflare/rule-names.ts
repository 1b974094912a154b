import * as z from 'zod/mini';
import { sentence } from '../../core/coverage.ts';
import { EVENT_TEXT_KEPT } from '../../core/security-events.ts';
import { type EpochMs, HOUR } from '../../core/time.ts';
import type { Clock } from '../../runtime/clock.ts';
import { ConfigError, LatchkeyError } from '../../runtime/errors.ts';
import type { Cache } from './capabilities.ts';
import type { CloudflareClient } from './client.ts';
import { QueryRefusedError } from './refusals.ts';
import type { ZoneRef } from './zones.ts';

/** Rules and rulesets as security events name them; what is no id of Cloudflare's is left out. */
export interface WantedNames {
  readonly ruleIds: readonly string[];
  /** The rulesets of these rules. Empty: not told, so all of the zone's own are looked through. */
  readonly rulesetIds: readonly string[];
}

export interface NamesAnswer {
  /** By the id of a rule or ruleset; those that have a name which could be read. */
  readonly names: Readonly<Record<string, string>>;
  /** Why names may be missing, as a sentence. */
  readonly note?: string;
}

/** Names by id. */
type Names = Readonly<Record<string, string>>;

const ID = /^[0-9a-f]{32}$/;
/** Names are a comfort: whatever else is to be done by the deadline goes first. */
const PATIENCE_MS = 10_000;
const MAX_LIST_PAGES = 5;
/** Rulesets read at once; a zone with more of them in its events is under more than one attack. */
const MAX_RULESETS = 10;
/** Rules kept of a ruleset; Cloudflare's largest managed ones have some thousands. */
const MAX_RULES = 5_000;

const id = z.string().check(z.regex(ID));
const text = z.catch(z.optional(z.string()), undefined);
const Ruleset = z.object({ id, name: text, kind: text });
const Rule = z.object({ id, description: text });
const ListAnswer = z.object({
  result: z.array(z.unknown()),
  result_info: z.catch(z.optional(z.object({ cursors: z.optional(z.object({ after: text })) })), undefined),
});
const RulesetAnswer = z.object({ result: z.object({ rules: z.catch(z.array(z.unknown()), []) }) });

const StoredList = z.array(Ruleset);
const StoredNames = z.record(z.string(), z.string());

/** What people call the rules of a zone's security events (`reference/cloudflare.md` §7.1). Names are remembered for an hour. */
export class RuleNames {
  readonly #client: Pick<CloudflareClient, 'get'>;
  readonly #cache: Cache;
  readonly #clock: Clock;

  constructor(options: { client: Pick<CloudflareClient, 'get'>; cache: Cache; clock: Clock }) {
    this.#client = options.client;
    this.#cache = options.cache;
    this.#clock = options.clock;
  }

  /**
   * Names of those of the rules and rulesets that have one. Never throws for outside failures: events are told by the
   * ids of their rules then, and the note says why.
   */
  async namesOf(zone: ZoneRef, wanted: WantedNames, deadline: EpochMs): Promise<NamesAnswer> {
    const ruleIds = new Set(wanted.ruleIds.filter((ruleId) => ID.test(ruleId)));
    const rulesetIds = new Set(wanted.rulesetIds.filter((rulesetId) => ID.test(rulesetId)));
    if (ruleIds.size === 0 && rulesetIds.size === 0) return { names: {} };
    const names: Record<string, string> = {};
    try {
      await this.#addNames(names, zone, { ruleIds, rulesetIds }, Math.min(deadline, this.#clock.now() + PATIENCE_MS));
      return { names };
    } catch (error) {
      // Fails towards ids in place of names; a bug of ours is no answer of Cloudflare's.
      if (!(error instanceof LatchkeyError)) throw error;
      return { names, note: noteOn(error) };
    }
  }

  async #addNames(
    names: Record<string, string>,
    zone: ZoneRef,
    { ruleIds, rulesetIds }: Readonly<Record<keyof WantedNames, ReadonlySet<string>>>,
    deadline: EpochMs,
  ): Promise<void> {
    const rulesets = await this.#rulesets(zone, deadline);
    for (const { id, name } of rulesets) if (rulesetIds.has(id) && name !== undefined && name !== '') names[id] = name;
    if (ruleIds.size === 0) return;
    const holders = rulesets.filter(({ id, kind }) => (rulesetIds.size > 0 ? rulesetIds.has(id) : kind !== 'managed'));
    for (const { id } of holders.slice(0, MAX_RULESETS)) {
      const rules = await this.#rules(zone, id, deadline);
      for (const ruleId of ruleIds) {
        const name = rules[ruleId];
        if (name !== undefined) names[ruleId] = name;
      }
    }
  }

  async #rulesets(zone: ZoneRef, deadline: EpochMs): Promise<z.infer<typeof StoredList>> {
    return await this.#remembering(`${zone.id}/list`, StoredList, async () => {
      const found: z.infer<typeof StoredList> = [];
      let after = '';
      for (let page = 0; page < MAX_LIST_PAGES; page++) {
        const query = after === '' ? '' : `?cursor=${encodeURIComponent(after)}`;
        const answer = ListAnswer.safeParse(await this.#client.get(`/zones/${zone.id}/rulesets${query}`, deadline));
        if (!answer.success) throw new QueryRefusedError('its list of rulesets has a form it does not document');
        for (const row of answer.data.result) {
          const ruleset = Ruleset.safeParse(row);
          if (ruleset.success) found.push({ ...ruleset.data, name: short(ruleset.data.name) });
        }
        after = answer.data.result_info?.cursors?.after ?? '';
        if (after === '') break;
      }
      return found;
    });
  }

  async #rules(zone: ZoneRef, rulesetId: string, deadline: EpochMs): Promise<Names> {
    return await this.#remembering(`${zone.id}/${rulesetId}`, StoredNames, async () => {
      const answer = RulesetAnswer.safeParse(
        await this.#client.get(`/zones/${zone.id}/rulesets/${rulesetId}`, deadline),
      );
      // A ruleset that is gone, or has no rules, names none.
      const names: Record<string, string> = {};
      for (const row of (answer.data?.result.rules ?? []).slice(0, MAX_RULES)) {
        const rule = Rule.safeParse(row);
        const name = short(rule.data?.description);
        if (rule.success && name !== undefined && name !== '') names[rule.data.id] = name;
      }
      return names;
    });
  }

  async #remembering<T>(key: string, stored: z.ZodMiniType<T>, ask: () => Promise<T>): Promise<T> {
    const cacheKey = `cloudflare/rules/${key}`;
    const known = stored.safeParse(await this.#cache.get(cacheKey).catch(() => undefined));
    if (known.success) return known.data;
    const asked = await ask();
    // A cache that cannot be written costs the same requests next time.
    await this.#cache.put(cacheKey, asked, this.#clock.now() + HOUR).catch(() => undefined);
    return asked;
  }
}

function short(name: string | undefined): string | undefined {
  return name?.slice(0, EVENT_TEXT_KEPT).toWellFormed().trim();
}

function noteOn(error: LatchkeyError): string {
  return error instanceof ConfigError
    ? 'Rules are told by their ids: the Cloudflare token may not read their names (Zone WAF Read).'
    : sentence(`Rules are told by their ids: their names could not be read: ${error.message}`);
}
