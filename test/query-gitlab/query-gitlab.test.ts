import { describe, expect, it } from 'vitest';
import { type CaseState, openCase } from '../../functions/core/case.ts';
import { complete, type SourceCoverage, type SourceName, unavailable } from '../../functions/core/coverage.ts';
import type { TokenEvidence } from '../../functions/core/evidence.ts';
import { LearnedContext, type StoredContext } from '../../functions/core/learned.ts';
import { DAY, HOUR, instant, MINUTE, toIso } from '../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../functions/core/token-use.ts';
import type { EvidenceSource } from '../../functions/query-gitlab/evidence-source.ts';
import { type QueryInput, queryGitlab } from '../../functions/query-gitlab/query-gitlab.ts';
import { BadInputError } from '../../functions/runtime/errors.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { MemoryReadings } from './memory-readings.ts';

const NOW = Date.UTC(2026, 0, 5, 12, 7, 30);

/** The last full hour. */
const NOW_HOUR = Math.floor(NOW / HOUR) * HOUR;

const STATE: CaseState = {
  ...openCase({
    caseId: 'case-1',
    trigger: 'spike',
    window: { start: toIso(NOW - HOUR), end: toIso(NOW) },
    shadow: false,
  }),
  look: 1,
};

function use(n: number, more: Partial<TokenUse> = {}): TokenUse {
  const address = `203.0.113.${n}`;
  return {
    credential: `token/${n}`,
    address,
    network: address,
    original: address,
    at: instant(NOW - 10 * MINUTE),
    strength: 'used',
    sources: ['audit'],
    ...more,
  };
}

interface Said {
  readonly uses?: readonly TokenUse[];
  readonly credentials?: readonly Credential[];
  readonly coverage?: SourceCoverage;
}

function source(name: SourceName, said: Said): EvidenceSource {
  return { name, read: async () => ({ credentials: [], uses: [], coverage: complete(), ...said }) };
}

async function query(
  sources: readonly EvidenceSource[],
  input: QueryInput = STATE,
  own?: string,
  taught?: StoredContext,
) {
  const readings = new MemoryReadings();
  const lessons: TokenEvidence[] = [];
  const links: [string, number, string][] = [];
  const state = await queryGitlab(input, {
    readings,
    cases: {
      linkReading: async (...link) => {
        links.push(link);
      },
    },
    openSources: () => ({ sources, ownCredential: async () => own }),
    learned: {
      load: async () => new LearnedContext(taught),
      learn: async (evidence) => {
        lessons.push(evidence);
      },
    },
    logger: recordingLogger().logger,
    slackMinutes: 30,
    hunt: { overlapMinutes: 45, delayMinutes: 10, latenessMinutes: 15 },
    newId: () => 'reading-1',
    clock: { now: () => NOW, sleep: async () => {} },
    deadline: NOW + MINUTE,
  });
  return { state, links, evidence: readings.saved.get('reading-1'), keys: [...readings.claims.keys()], lessons };
}

describe('what earlier days taught', () => {
  const yesterday = (n: number) => use(n, { at: instant(NOW - DAY), network: '203.0.113.1' });
  const taught = () => {
    const context = new LearnedContext();
    context.learn({ uses: [yesterday(1)], credentials: [] });
    return context.stored(NOW, 30 * DAY);
  };
  const inventory = source('inventory', { uses: [use(1)], credentials: [{ id: 'token/1', kind: 'personal' }] });

  it('is stored with the reading, for all who share it', async () => {
    const { evidence } = await query([inventory], STATE, undefined, taught());
    expect(evidence?.credentials).toMatchObject([{ habits: { days: 1, networkDays: { '203.0.113.1': 1 } } }]);
    expect(evidence?.sharedNetworks).toEqual({});
  });

  it('is taught by hunts', async () => {
    const window = { start: toIso(NOW_HOUR - HOUR), end: toIso(NOW_HOUR) };
    const hunt: QueryInput = { ...STATE, trigger: 'hunt', window };
    expect((await query([inventory], hunt)).lessons).toMatchObject([{ uses: [{ credential: 'token/1' }] }]);
    expect((await query([inventory])).lessons).toEqual([]);
  });
});

describe('asking GitLab for a case', () => {
  it('stores what all sources say and links it to the look', async () => {
    const { state, links, evidence } = await query(
      [source('inventory', { uses: [use(1)] }), source('audit', { uses: [use(2)], coverage: unavailable('down') })],
      STATE,
      'token/9',
    );
    expect(links).toEqual([['case-1', 1, 'reading-1']]);
    expect(evidence?.uses.map(({ credential }) => credential)).toEqual(['token/1', 'token/2']);
    expect(evidence?.ownCredential).toBe('token/9');
    expect(state.coverage).toEqual({ inventory: 'complete', audit: 'unavailable' });
    expect(state.counts).toEqual({ sightings: 0, tokenUses: 2, findings: 0 });
  });

  it('asks for the window with its slack, and leaves time to store the answer', async () => {
    const requests: { window: { start: number; end: number }; deadline: number }[] = [];
    await query([
      {
        name: 'audit',
        read: async (request) => {
          requests.push(request);
          return { credentials: [], uses: [], coverage: complete() };
        },
      },
    ]);
    expect(requests[0]?.window.start).toBeLessThanOrEqual(NOW - HOUR - 30 * MINUTE);
    expect(requests[0]?.window.end).toBeGreaterThanOrEqual(NOW + 30 * MINUTE);
    expect(requests[0]?.deadline).toBe(NOW + 51_000);
  });

  it('counts uses of this window only, and never fewer than an earlier look', async () => {
    const before = use(3, { at: instant(NOW - HOUR - 31 * MINUTE) });
    const { state, evidence } = await query([source('audit', { uses: [use(1), before] })]);
    expect([state.counts.tokenUses, evidence?.uses.length]).toEqual([1, 2]);
    const later = await query([source('audit', {})], { ...STATE, counts: { ...STATE.counts, tokenUses: 7 } });
    expect(later.state.counts.tokenUses).toBe(7);
  });

  it.each([
    ['complete', 'complete'],
    ['partial', 'partial'],
    ['unavailable', 'partial'],
    ['off', 'off'],
  ] as const)('that answered before and is %s now counts as %s', async (status, expected) => {
    const now = { ...complete(), status };
    const { state } = await query([source('audit', { coverage: now })], { ...STATE, coverage: { audit: 'complete' } });
    expect(state.coverage.audit).toBe(expected);
  });

  it('that answers at last is what it is now', async () => {
    const { state } = await query([source('audit', {})], {
      ...STATE,
      coverage: { audit: 'unavailable', cloudflare: 'partial' },
    });
    expect(state.coverage).toEqual({ audit: 'complete', cloudflare: 'partial' });
  });

  it('names one use that two sources saw once', async () => {
    const span = { notBefore: NOW - 15 * MINUTE, notAfter: NOW };
    const { evidence } = await query([
      source('inventory', { uses: [use(1, { sources: ['inventory'], at: span })] }),
      source('audit', { uses: [use(1, { action: 'member_created', eventId: '5' })] }),
    ]);
    expect(evidence?.uses).toEqual([
      use(1, { action: 'member_created', eventId: '5', sources: ['inventory', 'audit'] }),
    ]);
  });

  it('keeps of a credential what the source that knows most says', async () => {
    const rich: Credential = { id: 'token/1', kind: 'group', name: 'ci', scopes: ['api'] };
    const poor: Credential = { id: 'token/1', kind: 'project', createdAt: 5 };
    for (const order of [
      [rich, poor],
      [poor, rich],
    ]) {
      const { evidence } = await query(order.map((one) => source('audit', { credentials: [one] })));
      expect(evidence?.credentials).toEqual([{ ...rich, createdAt: 5 }]);
    }
  });

  it('keeps the full path of what a credential belongs to, where any source knows it', async () => {
    const byId: Credential = { id: 'token/1', kind: 'project', name: 'ci', resource: 'project/2' };
    const byPath: Credential = { id: 'token/1', kind: 'project', resource: 'acme/shop' };
    for (const order of [
      [byId, byPath],
      [byPath, byId],
    ]) {
      const { evidence } = await query(order.map((one) => source('audit', { credentials: [one] })));
      expect(evidence?.credentials).toEqual([{ ...byId, resource: 'acme/shop' }]);
    }
  });

  it('believes what any other source says of a credential before what logs say', async () => {
    const logged: Credential = { id: 'token/1', kind: 'personal', owner: { id: 7, username: 'sam' }, scopes: ['api'] };
    const listed: Credential = { id: 'token/1', kind: 'group', owner: { id: 7, bot: true } };
    const said: [SourceName, Credential][] = [
      ['logs', logged],
      ['audit', { id: 'token/1', kind: 'project' }],
      ['inventory', listed],
    ];
    for (const order of [said, said.toReversed()]) {
      const { evidence } = await query(order.map(([name, one]) => source(name, { credentials: [one] })));
      expect(evidence?.credentials).toEqual([
        { ...listed, owner: { id: 7, username: 'sam', bot: true }, scopes: ['api'] },
      ]);
    }
  });

  it('keeps what logs say of a credential that nobody else knows', async () => {
    const logged: Credential = { id: 'token/1', kind: 'personal', owner: { id: 7, username: 'sam' } };
    const { evidence } = await query([source('logs', { credentials: [logged] }), source('inventory', {})]);
    expect(evidence?.credentials).toEqual([logged]);
  });

  it('does not mix what is said of two owners', async () => {
    const logged: Credential = { id: 'token/1', kind: 'personal', owner: { id: 1, username: 'root' } };
    const listed: Credential = { id: 'token/1', kind: 'personal', name: 'ci', owner: { id: 7 } };
    const { evidence } = await query([
      source('logs', { credentials: [logged] }),
      source('inventory', { credentials: [listed] }),
    ]);
    expect(evidence?.credentials).toEqual([listed]);
  });

  it('counts a use once that logs, token list and audit log tell of, and names all three', async () => {
    const span = { notBefore: NOW - 12 * MINUTE, notAfter: NOW - 9 * MINUTE };
    const { evidence } = await query([
      source('logs', { uses: [use(1, { sources: ['logs'], at: span, times: 1, calls: ['POST /api'] })] }),
      source('inventory', { uses: [use(1, { sources: ['inventory'], at: { ...span, notBefore: NOW - HOUR } })] }),
      source('audit', { uses: [use(1, { action: 'member_created', eventId: '5' })] }),
    ]);
    expect(evidence?.uses).toEqual([
      use(1, {
        action: 'member_created',
        eventId: '5',
        calls: ['POST /api'],
        sources: ['logs', 'inventory', 'audit'],
      }),
    ]);
  });

  it('begins the look itself where the step before failed for good', async () => {
    const stale = { ...STATE, look: 1, window: { start: toIso(NOW - 2 * HOUR), end: toIso(NOW - HOUR) } };
    const failed = { ...stale, extractFailure: { Error: 'TransientError', Cause: '{}' } };
    const { state, links } = await query([source('audit', {})], failed);
    expect(state).toMatchObject({ look: 2, window: { end: toIso(NOW) } });
    expect(links[0]?.[1]).toBe(2);
    const hunt = await query([source('audit', {})], { ...failed, trigger: 'hunt' });
    expect(hunt.state.window.end).toBe(stale.window.end);
  });

  it.each([
    { start: 'soon', end: toIso(NOW) },
    { start: toIso(NOW), end: toIso(NOW - 1) },
  ])('refuses the window %o', async (window) => {
    await expect(query([], { ...STATE, window })).rejects.toBeInstanceOf(BadInputError);
  });
});

describe('asking GitLab for a hunt', () => {
  const window = { start: toIso(NOW_HOUR - HOUR), end: toIso(NOW_HOUR) };
  const HUNT: CaseState = { ...STATE, trigger: 'hunt', window };

  async function windowRead(input: CaseState) {
    const windows: { start: number; end: number }[] = [];
    const audit: EvidenceSource = {
      name: 'audit',
      read: async (request) => {
        windows.push(request.window);
        return { credentials: [], uses: [], coverage: complete() };
      },
    };
    const { keys } = await query([audit], input);
    return { window: windows[0], key: keys[0] };
  }

  it('reads its hour and the overlap before it, and no further slack', async () => {
    expect((await windowRead(HUNT)).window).toEqual({ start: NOW_HOUR - HOUR - 45 * MINUTE, end: NOW_HOUR });
  });

  it('counts the uses in what it reads', async () => {
    const uses = [-106, -105, -60, -1, 0].map((minutes, n) => use(n, { at: instant(NOW_HOUR + minutes * MINUTE) }));
    const { state } = await query([source('audit', { uses })], HUNT);
    expect(state.counts.tokenUses).toBe(3);
  });

  it('shares no reading with a spike over another time', async () => {
    const hunt = await windowRead(HUNT);
    const sameHour = await windowRead({ ...HUNT, trigger: 'spike' });
    const sameStart = await windowRead({
      ...HUNT,
      trigger: 'spike',
      window: { start: toIso(NOW_HOUR - HOUR - 45 * MINUTE), end: window.end },
    });
    expect(new Set([hunt.key, sameHour.key, sameStart.key]).size).toBe(3);
  });
});

describe('GitLab behind Cloudflare', () => {
  const cloudflare = [1, 2, 3, 4, 5].map((n) => use(n, { address: `172.68.0.${n}` }));

  it('that sees only Cloudflare has no real addresses', async () => {
    expect((await query([source('audit', { uses: cloudflare })])).evidence?.realIpMissing).toBe(true);
  });

  it('is not judged by few uses, nor where one address is a visitor’s', async () => {
    expect((await query([source('audit', { uses: cloudflare.slice(1) })])).evidence?.realIpMissing).toBe(false);
    expect((await query([source('audit', { uses: [...cloudflare, use(6)] })])).evidence?.realIpMissing).toBe(false);
  });
});
