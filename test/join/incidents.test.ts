import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCase } from '../../functions/core/case.ts';
import type { Finding } from '../../functions/core/finding.ts';
import { groupFindings } from '../../functions/core/incident-groups.ts';
import { HOUR, MINUTE, toIso } from '../../functions/core/time.ts';
import { type IncidentBook, type OrderBook, recordIncidents } from '../../functions/join/incidents.ts';
import { abandonPage } from '../../functions/report-health/abandon-page.ts';
import { TransientError } from '../../functions/runtime/errors.ts';
import { credential, finding, NOON, WINDOW } from '../support/evidence.ts';
import { MemoryCases, MemoryIncidents } from '../support/memory-books.ts';

function stateOf(caseId: string) {
  const window = { start: toIso(WINDOW.start), end: toIso(WINDOW.end) };
  return { ...openCase({ caseId, trigger: 'spike', window, shadow: false }), look: 1 };
}

/** `name` at page level on `network`; `more` makes its evidence differ. */
function seen(name: string, network = 'n1', more = '-'): Finding {
  const id = `token/${name}`;
  return finding({ credential: credential({ id }), networks: [network], evidence: [`${id} ${network} ${more}`] });
}

/** At page level on `n1`: what the owner of every token here did, nobody knows with which. */
const ACTS = finding({ credential: { id: 'user/7', kind: 'user' }, networks: ['n1'], evidence: ['user/7 n1 -'] });

/** Cases that share their incidents; each has orders of its own. */
function setUp() {
  const incidents = new MemoryIncidents();
  const see = async (caseId: string, now: number, ...findings: Finding[]) => {
    const cases = new MemoryCases();
    await recordIncidents(groupFindings(findings), stateOf(caseId), incidents, cases, now);
    return cases.orders.map(({ order }) => order);
  };
  return { incidents, see };
}

describe('an incident', () => {
  it('keeps a credential that was bridged to it for 24 h after its last evidence', async () => {
    const { see } = setUp();
    await see('spike-a', NOON, seen('x'));
    await see('spike-b', NOON + MINUTE, seen('x'), seen('y'));
    await see('spike-c', NOON + 23 * HOUR, seen('x', 'n1', 'more'), seen('y', 'n1', 'more'));
    const last = await see('spike-d', NOON + 25 * HOUR, seen('y', 'n1', 'even more'));
    expect(last).toMatchObject([{ kind: 'update', incidentId: 'incident-spike-a-token-x' }]);
  });

  it('is told of in full where two groups of a look belong to it', async () => {
    const { see } = setUp();
    await see('spike-a', NOON, seen('x'), seen('y'));
    const updates = await see('spike-b', NOON + MINUTE, seen('x', 'n3'), seen('y', 'n4'));
    expect(updates.map(({ kind, credentials }) => [kind, ...credentials])).toEqual([
      ['update', 'token/x'],
      ['update', 'token/y'],
    ]);
  });

  it('pages again what was given up, although it was bridged meanwhile', async () => {
    const { incidents, see } = setUp();
    await see('spike-old', NOON, seen('z', 'n9'));
    const [givenUp] = await see('spike-a', NOON + MINUTE, seen('x'));
    await see('spike-b', NOON + 2 * MINUTE, seen('x'), seen('z', 'n1', 'more'));
    if (givenUp === undefined) throw new Error('no page');
    await abandonPage(givenUp, incidents);
    const again = await see('spike-c', NOON + 3 * MINUTE, seen('x'));
    expect(again).toMatchObject([{ kind: 'page', incidentId: 'incident-spike-old-token-z', paging: ['token/x'] }]);
  });

  it('pages every credential of a page that was given up again, in whatever groups they come', async () => {
    const { incidents, see } = setUp();
    const [givenUp] = await see('spike-a', NOON, seen('x'), seen('y'));
    if (givenUp === undefined) throw new Error('no page');
    await abandonPage(givenUp, incidents);
    const again = await see('spike-b', NOON + MINUTE, seen('x'), seen('y', 'n2'));
    expect(again.map(({ kind, paging }) => [kind, ...(paging ?? [])])).toEqual([
      ['page', 'token/x'],
      ['page', 'token/y'],
    ]);
    expect(new Set(again.map(({ dedupKey }) => dedupKey)).size).toBe(2);
  });

  it('is the same one for what a person did and for the token they did it with, whichever came first', async () => {
    for (const [first, second] of [
      [ACTS, seen('x')],
      [seen('x'), ACTS],
    ] as const) {
      const { see } = setUp();
      const [page] = await see('spike-a', NOON, first);
      expect(page).toMatchObject({ kind: 'page', dedupKey: expect.stringMatching(/\/1$/) });
      const [better] = await see('hunt-b', NOON + 20 * HOUR, second);
      expect(better).toMatchObject({ kind: 'update', dedupKey: page?.dedupKey, credentials: [second.credential.id] });
      // Its last evidence was a few hours ago.
      expect(await see('hunt-c', NOON + 40 * HOUR, first, second)).toEqual([]);
    }
  });

  it('is another one for a token of the same person that is used elsewhere', async () => {
    const { see } = setUp();
    await see('spike-a', NOON, ACTS);
    const [other] = await see('spike-b', NOON + MINUTE, seen('x', 'n2'));
    expect(other).toMatchObject({ kind: 'page', incidentId: 'incident-spike-b-token-x' });
  });

  it('is bridged from a claim whose incident is not stored yet, and pages once', async () => {
    const { incidents, see } = setUp();
    await incidents.claim('token/y', 'incident-spike-b-token-y', NOON, NOON + HOUR);
    const first = await see('spike-a', NOON + MINUTE, seen('x'), seen('y'));
    // The other case comes to write only now, by a clock that is behind.
    const second = await see('spike-b', NOON, seen('y'));
    expect([...first, ...second]).toMatchObject([{ kind: 'page', paging: ['token/x', 'token/y'] }]);
  });

  it('stays, of two that are bridged, where it is stored, whatever the clock of the case says', async () => {
    const { see } = setUp();
    await see('spike-b', NOON + MINUTE, seen('x'));
    const pages = await see('spike-a', NOON, seen('x'), seen('y'));
    expect(pages).toMatchObject([{ kind: 'page', incidentId: 'incident-spike-b-token-x', paging: ['token/y'] }]);
  });

  it('keeps its page although another run of the look gave up and took it back meanwhile', async () => {
    const incidents = new MemoryIncidents();
    const cases = new MemoryCases();
    const run = (book: IncidentBook) =>
      recordIncidents(groupFindings([seen('x')]), stateOf('spike-a'), book, cases, NOON);
    const losing = Object.assign(new MemoryIncidents(), { claims: incidents.claims, save: async () => false });
    const save: IncidentBook['save'] = async (incident, version) => {
      await expect(run(losing)).rejects.toThrow(TransientError);
      expect(cases.orders).toEqual([]);
      return await MemoryIncidents.prototype.save.call(incidents, incident, version);
    };
    await run(Object.assign(incidents, { save }));
    expect(cases.orders).toMatchObject([{ order: { kind: 'page', paging: ['token/x'] } }]);
  });

  it('is bridged in spite of lost races', async () => {
    const { incidents, see } = setUp();
    await see('spike-a', NOON, seen('x'));
    await see('spike-b', NOON + MINUTE, seen('y', 'n2'));
    incidents.lostRaces = 3;
    expect(await see('spike-c', NOON + 2 * MINUTE, seen('x'), seen('y'))).toMatchObject([{ kind: 'update' }]);
    expect(incidents.incidents.get('incident-spike-b-token-y')?.linkedTo).toBe('incident-spike-a-token-x');
  });
});

describe('cases that meet in the middle of a write', () => {
  const runs = fc.array(
    fc.record({
      caseId: fc.constantFrom('spike-a', 'spike-b', 'spike-c'),
      start: fc.nat(60),
      now: fc.integer({ min: NOON, max: NOON + 50 }),
    }),
    { minLength: 2, maxLength: 4 },
  );
  const groups = fc.record({
    'spike-a': fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }),
    'spike-b': fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }),
    'spike-c': fc.uniqueArray(fc.constantFrom('1', '2', '3'), { minLength: 1 }),
  });
  /** Turns that each call waits before it takes effect, and as many after it, over and over. */
  const waits = fc.array(fc.nat(5), { minLength: 20, maxLength: 60 });

  it('page every credential in exactly one alert, also where a look runs twice at once', async () => {
    await fc.assert(
      fc.asyncProperty(runs, groups, waits, async (started, namesOf, turns) => {
        const { books, alertsOf } = interleaved(turns);
        await Promise.all(
          started.map(async ({ caseId, start, now }) => {
            await idle(start);
            const [incidents, orders] = books(caseId);
            const findings = namesOf[caseId].map((name) => seen(name));
            await recordIncidents(groupFindings(findings), stateOf(caseId), incidents, orders, now);
          }),
        );
        const names = new Set(started.flatMap(({ caseId }) => namesOf[caseId]));
        for (const name of names) expect(alertsOf(`token/${name}`)).toHaveLength(1);
      }),
      { numRuns: 1_000 },
    );
  });

  it('lose no page where a run dies at any call and comes again', async () => {
    await fc.assert(
      fc.asyncProperty(runs, groups, waits, fc.nat(40), async (started, namesOf, turns, callsUntilDeath) => {
        const { books, alertsOf } = interleaved(turns, callsUntilDeath);
        await Promise.all(
          started.map(async ({ caseId, start, now }) => {
            await idle(start);
            const [incidents, orders] = books(caseId);
            const findings = namesOf[caseId].map((name) => seen(name));
            const run = () => recordIncidents(groupFindings(findings), stateOf(caseId), incidents, orders, now);
            await run().catch(run);
          }),
        );
        const names = new Set(started.flatMap(({ caseId }) => namesOf[caseId]));
        for (const name of names) expect(alertsOf(`token/${name}`)).not.toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('tell of a person or of the token they had, whatever meets or dies', async () => {
    await fc.assert(
      fc.asyncProperty(runs, waits, fc.nat(40), async (started, turns, callsUntilDeath) => {
        const { books, alertsOf } = interleaved(turns, callsUntilDeath);
        await Promise.all(
          started.map(async ({ caseId, start, now }) => {
            await idle(start);
            const [incidents, orders] = books(caseId);
            const groups = groupFindings(caseId === 'spike-a' ? [ACTS] : [seen('x')]);
            const run = () => recordIncidents(groups, stateOf(caseId), incidents, orders, now);
            await run().catch(run);
          }),
        );
        expect([...alertsOf('user/7'), ...alertsOf('token/x')]).not.toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});

async function idle(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

/** Books under the table's rules whose calls take turns; one call, counted over all, fails once it has taken effect. */
function interleaved(turns: readonly number[], callsUntilDeath = Number.POSITIVE_INFINITY) {
  const shared = new MemoryIncidents();
  const ordersOf = new Map<string, MemoryCases>();
  let calls = 0;
  const call = async <T>(work: () => Promise<T>): Promise<T> => {
    const count = calls++;
    await idle(turns[count % turns.length] ?? 0);
    const answer = await work();
    await idle(turns[(count * 7) % turns.length] ?? 0);
    if (count === callsUntilDeath) throw new Error('killed');
    return answer;
  };
  const incidents: IncidentBook = {
    claim: (...args) => call(() => shared.claim(...args)),
    extend: (...args) => call(() => shared.extend(...args)),
    holder: (...args) => call(() => shared.holder(...args)),
    load: (...args) => call(() => shared.load(...args)),
    save: (...args) => call(() => shared.save(...args)),
  };
  const books = (caseId: string): [IncidentBook, OrderBook] => {
    const cases = ordersOf.get(caseId) ?? new MemoryCases();
    ordersOf.set(caseId, cases);
    const orders: OrderBook = {
      orderPage: (...args) => call(() => cases.orderPage(...args)),
      withdrawPage: (...args) => call(() => cases.withdrawPage(...args)),
      unsentPages: () => cases.unsentPages(),
    };
    return [incidents, orders];
  };
  /** Dedup keys of the pages that are for a credential. */
  const alertsOf = (credentialId: string): string[] => {
    const pages = [...ordersOf.values()].flatMap((cases) => cases.orders.map(({ order }) => order));
    return [...new Set(pages.filter(({ paging }) => paging?.includes(credentialId)).map(({ dedupKey }) => dedupKey))];
  };
  return { books, alertsOf };
}
