import * as z from 'zod/mini';
import { normalHost } from '../../core/host-name.ts';
import type { Interval, Window } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import type { NodeLimits, Offers } from './capabilities.ts';
import { BOT_PRODUCTS, LIMIT_PRODUCTS, methodOf, outcomeOf } from './event-values.ts';
import { type Evidence, originOf, type RungReading, skipped } from './evidence.ts';
import { addEvents, MITIGATED, type Products, solvedKey, sourcesIn } from './firewall-rung.ts';
import { gapAt, IN_WINDOW, keptOnly, type RungRequest, timesOf } from './rung.ts';
import { askableWindows } from './windows.ts';
import type { NodeQuery, Variable, ZoneQuery } from './zone-query.ts';

const NODE = 'firewallEventsAdaptive';

/** 200,000 events at the documented page size, and a minute or so of asking. */
const MAX_PAGES = 20;
/** Texts of one address; what an attacker can make long is kept short. */
const KEPT = { ja4: 10, hosts: 20, paths: 20 } as const;
const MAX_TEXT = 300;

const NEEDED = ['datetime', 'rayName', 'clientIP', 'source', 'action'] as const;
const WANTED = [
  'sampleInterval',
  'clientRequestHTTPHost',
  'clientAsn',
  'clientCountryName',
  'ruleId',
  'matchIndex',
  'verifiedBotCategory',
  'clientASNDescription',
  'ja4',
  'clientRequestPath',
] as const;

const text = z.catch(z.optional(z.string()), undefined);
const RawEvent = z.looseObject({
  datetime: z.string(),
  rayName: z.string(),
  clientIP: z.string(),
  source: z.string(),
  action: z.string(),
  sampleInterval: z.catch(z.number().check(z.gte(1)), 1),
  clientRequestHTTPHost: text,
  clientRequestPath: text,
  ja4: text,
});
type RawEvent = z.infer<typeof RawEvent>;

interface Cursor {
  readonly datetime: string;
  readonly ray: string;
  readonly inclusive: boolean;
}

/**
 * Rungs 2 and 3 where a zone has no groups (the measured Free zone, `reference/cloudflare.md` §4.2): the events
 * themselves, grouped here, each weighted by its sampling interval. Pages by time and ray, as there are no cursors (§4.5).
 * @returns undefined where the zone does not offer the node
 */
export async function readRawEvents(request: RungRequest, products: Products): Promise<RungReading | undefined> {
  const { analytics, zone, window, deadline } = request;
  const offers = await analytics.offers(zone, deadline);
  if (rawQuery(request, products, offers, undefined) === undefined) return undefined;
  const limits = offers.nodes[NODE];
  const { windows, clamped } = askableWindows(window, limits, analytics.clock.now());
  const events = new EventGroups(request.gitlabHosts);
  const why: string[] = clamped ? [keptOnly(zone, limits, windows[0])] : [];
  for (const piece of windows) {
    try {
      await readPages(request, products, limits, piece, events);
    } catch (error) {
      // Fails towards partial coverage once anything was read; a bug of ours is no gap in evidence.
      if (events.pages === 0 || !(error instanceof LatchkeyError)) throw error;
      why.push(gapAt(zone, error.message));
    }
  }
  return events.reading([...new Set(why)], request);
}

async function readPages(
  request: RungRequest,
  products: Products,
  limits: NodeLimits,
  piece: Window,
  events: EventGroups,
): Promise<void> {
  let cursor: Cursor | undefined;
  for (;;) {
    const plan = (offers: Offers) => {
      const query = rawQuery(request, products, offers, cursor);
      return query === undefined ? undefined : { ...query, variables: { ...query.variables, ...timesOf(piece) } };
    };
    const answer = await request.analytics.ask(request.zone, plan, request.deadline);
    const rows = answer?.events ?? [];
    events.any ||= (answer?.any?.length ?? 0) > 0;
    const last = events.add(rows);
    if (rows.length < limits.maxPageSize || last === undefined) return;
    if (events.pages >= MAX_PAGES) {
      events.cut = true;
      return;
    }
    // One request may make several events, and a page may end between them: the last ray is read again, unless it alone
    // filled the page.
    const stuck = cursor?.datetime === last.datetime && cursor.ray === last.rayName;
    cursor = { datetime: last.datetime, ray: last.rayName, inclusive: !stuck };
  }
}

function rawQuery(
  { only }: RungRequest,
  products: Products,
  offers: Offers,
  cursor: Cursor | undefined,
): ZoneQuery | undefined {
  if (!offers.enabled(NODE) || !NEEDED.every((field) => offers.has(NODE, field))) return undefined;
  const sources = sourcesIn(products === 'all' ? [...BOT_PRODUCTS, ...LIMIT_PRODUCTS] : LIMIT_PRODUCTS);
  const clauses = [IN_WINDOW, sources];
  const variables: Record<string, Variable> = { ...only?.variables };
  const conditions = only === undefined ? [] : [`{ ${only.clauses.join(', ')} }`];
  if (cursor !== undefined) {
    conditions.push(
      `{ OR: [{ datetime_gt: $after }, { datetime: $after, ${cursor.inclusive ? 'rayName_geq' : 'rayName_gt'}: $ray }] }`,
    );
    variables.after = { type: 'Time', value: cursor.datetime };
    variables.ray = { type: 'string', value: cursor.ray };
  }
  if (conditions.length > 0) clauses.push(`AND: [${conditions.join(', ')}]`);
  const fields = [...NEEDED, ...WANTED.filter((field) => offers.has(NODE, field))];
  const limit = offers.nodes[NODE].maxPageSize;
  const orderBy = ['datetime_ASC', 'rayName_ASC'];
  const nodes: NodeQuery[] = [{ alias: 'events', node: NODE, filter: clauses, limit, orderBy, fields }];
  if (only !== undefined && cursor === undefined) {
    nodes.push({
      alias: 'any',
      node: NODE,
      filter: [IN_WINDOW, sources, MITIGATED],
      limit: 1,
      topOnly: true,
      fields: ['clientIP'],
    });
  }
  return { nodes, variables };
}

/** Events added up by address and method while they are read, so that pages need not be kept. */
class EventGroups {
  pages = 0;
  cut = false;
  /** The zone has events of the wanted products, whatever the addresses. */
  any = false;
  readonly #gitlabHosts: ReadonlySet<string>;
  readonly #seen = new Set<string>();
  readonly #byAddress = new Map<string, Evidence>();
  readonly #onGitlab = new Map<string, Evidence>();
  readonly #solved = new Set<string>();
  #sampleInterval = 1;
  #malformed = 0;

  constructor(gitlabHosts: readonly string[]) {
    this.#gitlabHosts = new Set(gitlabHosts);
  }

  /** Adds a page; gives its last readable event. */
  add(rows: readonly unknown[]): RawEvent | undefined {
    this.pages++;
    let last: RawEvent | undefined;
    for (const row of rows) {
      const parsed = RawEvent.safeParse(row);
      if (!parsed.success || Number.isNaN(Date.parse(parsed.data.datetime))) this.#malformed++;
      else {
        last = parsed.data;
        this.#addEvent(last);
      }
    }
    return last;
  }

  reading(why: readonly string[], { only }: RungRequest): RungReading {
    const kept = [...this.#byAddress].filter(([key]) => !this.#solved.has(key));
    const onGitlab = [...this.#onGitlab].filter(([key]) => !this.#solved.has(key)).map(([, evidence]) => evidence);
    const evidence = kept.map(([, found]) => found);
    const solved = this.#byAddress.size - kept.length;
    return {
      evidence,
      onGitlabHosts: only === undefined ? [] : onGitlab,
      cut: this.cut,
      whole: !this.cut && this.#sampleInterval === 1 && why.length === 0,
      sampled: this.#sampleInterval > 1,
      total: evidence.reduce((sum, { requests }) => sum + requests, this.any ? 1 : 0),
      counts: {
        ...skipped(this.#malformed),
        ...(solved === 0 ? {} : { solvedChallenges: solved }),
        ...(only === undefined ? { onGitlabHosts: onGitlab.reduce((sum, { requests }) => sum + requests, 0) } : {}),
      },
      pages: this.pages,
      why,
    };
  }

  #addEvent(event: RawEvent): void {
    const id = `${event.rayName}|${String(event.ruleId ?? '')}|${String(event.matchIndex ?? '')}|${event.source}|${event.action}`;
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    this.#sampleInterval = Math.max(this.#sampleInterval, event.sampleInterval);
    const method = methodOf(event.source);
    const outcome = outcomeOf(event.action);
    if (method === undefined || outcome === 'passed') return;
    const key = solvedKey(event.clientIP, method);
    if (outcome === 'solved') {
      this.#solved.add(key);
      return;
    }
    const onGitlab =
      method === 'bot-product' && this.#gitlabHosts.has(normalHost(event.clientRequestHTTPHost ?? '') ?? '');
    const groups = onGitlab ? this.#onGitlab : this.#byAddress;
    groups.set(key, withTexts(addEvents(groups.get(key), evidenceFrom(event, method)), event));
  }
}

function evidenceFrom(event: RawEvent, method: Evidence['method']): Evidence {
  const at = Date.parse(event.datetime);
  // Cloudflare writes whole seconds: the event was somewhere inside its second.
  const seen: Interval = { notBefore: at, notAfter: at + 999 };
  return {
    address: event.clientIP,
    method,
    requests: Math.round(event.sampleInterval),
    sampleInterval: event.sampleInterval,
    seen,
    seenExactly: true,
    ...originOf(event),
  };
}

function withTexts(evidence: Evidence, event: RawEvent): Evidence {
  return {
    ...evidence,
    ja4: withText(evidence.ja4, event.ja4, KEPT.ja4),
    hosts: withText(evidence.hosts, event.clientRequestHTTPHost, KEPT.hosts),
    paths: withText(evidence.paths, event.clientRequestPath, KEPT.paths),
  };
}

function withText(known: readonly string[] = [], value: string | undefined, most: number): readonly string[] {
  if (value === undefined || value === '' || known.length >= most) return known;
  const short = value.split('?')[0]?.slice(0, MAX_TEXT) ?? '';
  return known.includes(short) ? known : [...known, short];
}
