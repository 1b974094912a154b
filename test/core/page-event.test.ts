import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../functions/core/finding.ts';
import { pageEvent, pageSummary } from '../../functions/core/page-event.ts';
import { cloudflareLink, pageLinks } from '../../functions/core/page-links.ts';
import { EVENT_BYTES, type PagerEvent } from '../../functions/core/pager-event.ts';
import type { SightingMethod } from '../../functions/core/sighting.ts';
import { DAY } from '../../functions/core/time.ts';
import type { Strength } from '../../functions/core/token-use.ts';
import { HOSTILE_TEXTS } from '../../infra/local/scenario/clients.ts';
import golden from '../events/pagerduty/token-abuse.json' with { type: 'json' };
import { AT, CASE_URL, findingOf, matchOf, orderOf, pageFactsOf, stateOf } from '../support/pager-facts.ts';

const bytesOf = (event: PagerEvent) =>
  Buffer.byteLength(JSON.stringify({ routing_key: 'x'.repeat(128), ...event }), 'utf8');
/** What no page may hold, whatever anything is named. */
const TOKEN = /gl[a-z]{2,5}-[A-Za-z0-9_-]{20,}/;

/** A page with these words wherever others write. */
const everywhere = (words: string) => {
  const named = { id: `deploy-token/${encodeURIComponent(words)}@project/1`, kind: 'deploy-token' as const };
  const owner = { id: 1, username: words };
  const use = { credential: named.id, target: words, action: words, refusal: words, eventId: words };
  const sighting = { hosts: [words, `${words}.example.com`], asnName: words, country: words };
  const claims = [{ text: words, evidence: ['f1'] }];
  const parts = [{ name: words, input: words, weight: 1, points: 1, sentence: words }];
  const matches = [matchOf('203.0.113.7', use, sighting)];
  return pageFactsOf({
    findings: [
      findingOf({
        credential: { ...named, name: words, scopes: [words], owner, resource: words },
        matches,
        parts,
        reasons: [words],
      }),
      findingOf({ credential: { id: 'token/9', kind: 'project', owner, resource: words } }),
    ],
    order: orderOf({ credentials: [named.id, 'token/9'], why: `Reached page level: ${named.id}, ${words}` }),
    coverage: { audit: { status: 'partial', why: [words], counts: {}, pages: 1 } },
    analysis: {
      status: 'model',
      model: words,
      summary: claims,
      severity: 'low',
      indicators: { geography: claims, asns: claims, targets: claims, patterns: claims },
      actions: [{ action: 'no-action', claim: { text: words, evidence: ['f1'] } }],
    },
    dashboardLink: `https://dash.cloudflare.com/${words}`,
    environment: words,
  });
};

const detailsOf = (event: PagerEvent) => event.payload?.custom_details ?? {};

describe('the page', () => {
  it('is the golden one', () => {
    expect(JSON.parse(JSON.stringify(pageEvent(pageFactsOf())))).toEqual(golden);
  });

  it('reads at 3 a.m.', () => {
    expect(pageSummary(pageFactsOf())).toBe(
      "[91] Token 812 'deploy' (api) used from 203.0.113.7, an address Cloudflare scored as a bot",
    );
  });

  it('counts the other credentials', () => {
    const order = orderOf({ credentials: ['token/812', 'token/9', 'token/10'] });
    expect(pageSummary(pageFactsOf({ order }))).toMatch(/; 2 more credentials$/);
  });

  it.each<[Strength, SightingMethod, string]>([
    ['used', 'bot-product', "used from 203.0.113.7, an address Cloudflare's bot protection acted on"],
    [
      'acted',
      'rate-limit',
      "may have been used: its owner acted from 203.0.113.7, an address Cloudflare's rate limiting stopped",
    ],
    ['minted', 'l7ddos', 'created or rotated from 203.0.113.7, an address Cloudflare saw in an HTTP DDoS attack'],
    [
      'refused',
      'share',
      'tried and refused from 203.0.113.7, an address with an unusual share of the traffic at Cloudflare',
    ],
  ])('says what %s and %s mean', (strength, method, text) => {
    const findings = [findingOf({ matches: [matchOf('203.0.113.7', { strength }, { method })] })];
    expect(pageSummary(pageFactsOf({ findings }))).toContain(text);
  });

  it('does not claim a time it does not know', () => {
    const at = { notBefore: AT - 90 * DAY, notAfter: AT };
    const of = (verdict: Finding['verdict']) =>
      pageSummary(pageFactsOf({ findings: [findingOf({ verdict, matches: [matchOf('203.0.113.7', { at })] })] }));
    expect(of('probable')).toContain('(api) very probably used from 203.0.113.7,');
    expect(of('corroborated')).toContain('(api) used at an unknown time from 203.0.113.7,');
  });

  it('claims uses that their source counted between two instants', () => {
    const matches = [
      matchOf('203.0.113.7', { at: { notBefore: AT - DAY, notAfter: AT }, times: 12, sources: ['logs'] }),
    ];
    expect(pageSummary(pageFactsOf({ findings: [findingOf({ matches })] }))).toContain('(api) used from 203.0.113.7,');
  });

  it('names what is known by its name with the same id everywhere, and readably in the summary', () => {
    const id = 'deploy-token/payments%20cluster%20(eu)@project/29';
    const findings = [
      findingOf({
        credential: { id, kind: 'deploy-token', name: 'payments cluster (eu)', resource: 'acme/shop' },
        matches: [matchOf('203.0.113.7', { credential: id })],
      }),
    ];
    const facts = pageFactsOf({ findings, order: orderOf({ credentials: [id] }) });
    const title = "Deploy token 'payments cluster (eu)' of project/29";
    expect(pageSummary(facts)).toBe(
      `[91] ${title} (scopes unknown) used from 203.0.113.7, an address Cloudflare scored as a bot`,
    );
    expect(pageSummary({ ...facts, findings: [] })).toBe(`[91] ${title} used from a bot's address`);
    expect(detailsOf(pageEvent(facts))).toMatchObject({
      credential_ids: [id],
      credentials: [{ id }],
      matched_events: [{ credential: id }],
    });
  });

  it.each([
    ['deploy-key/7', 'Deploy key 7'],
    ['deploy-key/%F0%9F@unknown/unknown', "Deploy key '%F0%9F' of unknown/unknown"],
    [
      'deploy-token/www.evil.example%20%3C!channel%3E@group/4',
      "Deploy token 'www[.]evil[.]example ‹!channel›' of group/4",
    ],
    ['deploy-token/glpat-AAAAAAAAAAAAAAAAAAAA@project/1', "Deploy token '[redacted]' of project/1"],
    ['job/1/2', 'job/1/2'],
    ['<@U1>', '‹(at)U1›'],
  ])('names %s in a summary as %s', (id, title) => {
    expect(pageSummary(pageFactsOf({ findings: [], order: orderOf({ credentials: [id] }) }))).toBe(
      `[91] ${title} used from a bot's address`,
    );
  });

  it('says when only the network is the same', () => {
    const match = { ...matchOf('2001:db8::1', {}, { address: '2001:db8::2' }), rule: 'same-network' as const };
    expect(pageSummary(pageFactsOf({ findings: [findingOf({ matches: [match] })] }))).toContain(
      'used from 2001:db8::1, next to 2001:db8::2, an address Cloudflare scored as a bot',
    );
  });

  it('tells each part of a score with its points, and which networks are shared or usual', () => {
    const parts = [
      {
        name: 'actions',
        input: 'variables-read token-minted',
        weight: 30,
        points: 24,
        sentence: 'From there it read CI/CD variables and made or rotated a token.',
      },
      { name: 'novelty', input: 'no-history', weight: 10, points: 0, sentence: 'No history yet.' },
      {
        name: 'usual-network',
        input: '4 days',
        weight: -30,
        points: -30,
        sentence: 'It worked from there on 4 earlier days.',
      },
    ];
    const finding = findingOf({ parts, sharedNetworks: ['203.0.113.7'], usualNetworks: ['203.0.113.7'] });
    expect(detailsOf(pageEvent(pageFactsOf({ findings: [finding] }))).credentials).toMatchObject([
      {
        score_parts: [
          'actions +24 (variables-read token-minted): From there it read CI/CD variables and made or rotated a token.',
          'novelty 0 (no-history): No history yet.',
          'usual-network -30 (4 days): It worked from there on 4 earlier days.',
        ],
        shared_networks: ['203.0.113.7'],
        usual_networks: ['203.0.113.7'],
      },
    ]);
  });

  it('sums up the lightest parts of a score that has too many, never those that lower it by much', () => {
    const partOf = (name: string, points: number) => ({ name, input: 'x', weight: points, points, sentence: 'Why.' });
    const small = Array.from({ length: 14 }, (_, index) => partOf(`small-${index}`, 0.3));
    const parts = [partOf('scope', 27), ...small, partOf('time-gap', -0.1), partOf('known-egress', -60)];
    const [row] = [detailsOf(pageEvent(pageFactsOf({ findings: [findingOf({ parts })] }))).credentials].flat();
    expect(row).toMatchObject({
      score_parts: [
        'scope +27 (x): Why.',
        ...small.slice(0, 10).map(({ name }) => `${name} +0.3 (x): Why.`),
        'known-egress -60 (x): Why.',
        'and 5 more: +1.1',
      ],
    });
  });

  it('goes out even when its findings are lost', () => {
    const event = pageEvent(pageFactsOf({ findings: [], analysis: undefined, coverage: {} }));
    expect(event.payload?.summary).toBe("[91] Token 812 used from a bot's address");
    expect(event.payload?.severity).toBe('critical');
    expect(detailsOf(event)).toMatchObject({ score: 91, credential_ids: ['token/812'] });
  });

  it('says that nobody was meant to be paged in shadow mode', () => {
    const event = pageEvent(pageFactsOf({ state: stateOf({ shadow: true }) }));
    expect(event.payload?.summary).toMatch(/^\[shadow\] /);
    expect(detailsOf(event)).toMatchObject({ mode: 'shadow' });
  });

  it('says who wrote the analysis', () => {
    const facts = pageFactsOf();
    const byModel = detailsOf(pageEvent(facts)).analysis;
    expect(byModel).toMatchObject({ written_by: expect.stringMatching(/^model us\.meta\..*it decided nothing/) });
    const analysis = {
      ...(facts.analysis ?? {
        summary: [],
        severity: 'low',
        indicators: { geography: [], asns: [], targets: [], patterns: [] },
        actions: [],
      }),
      status: 'late',
      why: 'the model did not answer within 8 s',
    } as const;
    expect(detailsOf(pageEvent({ ...facts, analysis })).analysis).toMatchObject({
      written_by: 'Latchkey: deterministic summary, no model wrote this',
      why_no_model: 'the model did not answer within 8 s',
    });
  });

  it('hashes a dedup key that is too long, so that two stay two', () => {
    const keyOf = (dedupKey: string) => pageEvent(pageFactsOf({ order: orderOf({ dedupKey }) })).dedup_key;
    expect(keyOf(`${'x'.repeat(300)}/1`)).not.toBe(keyOf(`${'x'.repeat(300)}/2`));
    expect(keyOf(`${'x'.repeat(300)}/1`).length).toBeLessThanOrEqual(255);
  });

  it('says what was trimmed', () => {
    const matches = Array.from({ length: 50 }, (_, index) => matchOf(`203.0.113.${index}`));
    const event = pageEvent(pageFactsOf({ findings: [findingOf({ matches, matchCount: 400 })] }));
    expect(detailsOf(event).trimmed).toBe('40 of 50 addresses shown; 50 of 400 matched events shown');
  });

  it('never makes a link of what others wrote', () => {
    const evil = 'http://evil.example/?x=<script>[a](https://evil.example)\u202E@channel';
    const finding = findingOf({
      credential: {
        ...findingOf().credential,
        kind: 'project',
        name: evil,
        resource: `${evil}/..`,
        owner: { id: 1, username: evil },
      },
      matches: [matchOf('203.0.113.7', { target: evil, action: evil }, { hosts: [evil], asnName: evil })],
      reasons: [evil],
    });
    const ours = { caseUrl: undefined, dashboardLink: evil, execution: evil };
    const event = pageEvent(pageFactsOf({ findings: [finding], ...ours }));
    expect(event.links).toEqual([
      { href: 'https://gitlab.example.com/-/u/1', text: 'The owner of token/812 at GitLab' },
    ]);
    expect(event.client_url).toBeUndefined();
    expect(JSON.stringify(event)).not.toMatch(/https?:\/\/evil|[<>\u202E]|@channel|\]\(/);
  });

  it.each(Object.values(HOSTILE_TEXTS))('shows no token beside %j', (words) => {
    const event = pageEvent(everywhere(`glpat-AAAAAAAAAAAAAAAAAAAA ${words} glpat-AAAAAAAAAAAAAAAAAAAA`));
    expect(event.payload?.summary).toContain('[redacted]');
    expect(JSON.stringify(event)).not.toMatch(TOKEN);
  });

  it('shows no token, wherever in a name it stands', () => {
    const token = fc
      .tuple(fc.stringMatching(/^gl[a-z]{2,5}-$/), fc.stringMatching(/^[A-Za-z0-9_-]{20,60}$/), fc.nat(100))
      .map(([prefix, random, at]) => {
        const whole = prefix + random;
        // Split by what is not printed: what is left is a token again.
        return `${whole.slice(0, at)}\u200B${whole.slice(at)}`;
      });
    const around = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.stringMatching(/^[a-z_/.-]{0,80}$/));
    fc.assert(
      fc.property(around, token, around, (before, secret, after) => {
        expect(JSON.stringify(pageEvent(everywhere(before + secret + after)))).not.toMatch(TOKEN);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps what only looks like a secret and is needed', () => {
    const zone = '0123456789abcdef0123456789abcdef';
    const why = `zone ${zone}: exact times could not be read.`;
    const match = matchOf(
      '2001:db8:1111:2222:3333:4444:5555:6666',
      { action: 'merge_request_approval_setting_of_a_project_updated', eventId: zone },
      { zone: { id: zone }, asnName: 'EXAMPLE-HOSTING-NETWORK-14061' },
    );
    const incidentId = 'case-Z20261120T190000-AbCdEfGh0123456789';
    const facts = pageFactsOf({
      findings: [findingOf({ matches: [match] })],
      order: orderOf({ incidentId, dedupKey: `${incidentId}/1` }),
      state: stateOf({ caseId: incidentId }),
      coverage: { cloudflare: { status: 'partial', why: [why], counts: {}, pages: 1 } },
    });
    const event = pageEvent(facts);
    expect(event.dedup_key).toBe(`${incidentId}/1`);
    expect(detailsOf(event)).toMatchObject({ case_id: incidentId, incident_id: incidentId });
    expect(JSON.stringify(event)).not.toContain('[redacted]');
    expect(detailsOf(event).coverage).toEqual([`cloudflare: partial: ${why}`]);
    expect(detailsOf(event).addresses).toMatchObject([{ zone, address: match.use.address }]);
  });

  it('stays within the limits whatever the findings hold', () => {
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.constant('\u{1F600}"\\'.repeat(3_000)));
    const big = (count: number, words: string): Finding[] =>
      Array.from({ length: count }, (_, index) =>
        findingOf({
          credential: {
            id: `token/${index}`,
            kind: 'personal',
            name: words,
            scopes: Array(50).fill(words),
            owner: { id: 1, username: words },
            resource: words,
          },
          matches: Array.from({ length: 50 }, (_, m) =>
            matchOf(
              `2001:db8:${index.toString(16)}:${m}::1`,
              { target: words, action: words, refusal: words, eventId: words },
              { hosts: Array(40).fill(words), asnName: words, country: words, zone: { id: words } },
            ),
          ),
          reasons: Array(40).fill(words),
          parts: Array.from({ length: 40 }, () => ({
            name: words,
            input: words,
            weight: 1,
            points: 1,
            sentence: words,
          })),
          sharedNetworks: Array(40).fill('2001:db8::/64'),
        }),
      );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30 }), text, (count, words) => {
        const findings = big(count, words);
        const claims = Array.from({ length: 30 }, () => ({ text: words, evidence: ['f1'] }));
        const event = pageEvent(
          pageFactsOf({
            findings,
            order: orderOf({
              credentials: findings.map(({ credential }) => credential.id),
              why: words,
              dedupKey: words.slice(0, 300),
            }),
            coverage: {
              audit: { status: 'partial', why: Array(30).fill(words), counts: {}, pages: 1 },
              cloudflare: { status: 'partial', why: Array(30).fill(words), counts: {}, pages: 1 },
            },
            analysis: {
              status: 'model',
              model: words,
              summary: claims,
              severity: 'low',
              indicators: { geography: claims, asns: claims, targets: claims, patterns: claims },
              actions: [],
            },
            environment: words,
            dashboardLink: words,
          }),
        );
        expect(bytesOf(event)).toBeLessThanOrEqual(EVENT_BYTES);
        expect(event.payload?.summary.length).toBeLessThanOrEqual(1024);
        expect(event.dedup_key.length).toBeLessThanOrEqual(255);
        expect(JSON.stringify(event)).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200B]/);
      }),
      { numRuns: 10 },
    );
  }, 30_000);

  it('is made of as many uses as there are', () => {
    const at = { notBefore: AT + 1_000, notAfter: AT + 1_000 };
    const matches = [...Array.from({ length: 49 }, () => matchOf('203.0.113.7')), matchOf('203.0.113.7', { at })];
    const findings = Array.from({ length: 4_000 }, () => findingOf({ matches }));
    expect(pageEvent(pageFactsOf({ findings })).payload?.timestamp).toBe('2026-11-20T19:00:01.000Z');
  });

  it('takes nonsense times without failing', () => {
    const at = { notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER };
    const event = pageEvent(pageFactsOf({ findings: [findingOf({ matches: [matchOf('203.0.113.7', { at })] })] }));
    expect(event.payload?.timestamp).toBe('2026-11-20T19:00:00.000Z');
  });
});

describe('links of a page', () => {
  it('begin with the case, whole although its signature looks like a secret', () => {
    const { links, client_url } = pageEvent(pageFactsOf());
    expect(links?.[0]).toEqual({ href: CASE_URL, text: 'The case: what happened, and how sure Latchkey is' });
    expect(client_url).toBe(CASE_URL);
    const caseUrl = CASE_URL.replace('Ab3_', '-glpat-');
    expect(pageEvent(pageFactsOf({ caseUrl })).links?.[0]?.href).toBe(caseUrl);
  });

  it('lead to the execution where there is no page of the case', () => {
    const { links, client_url } = pageEvent(pageFactsOf({ caseUrl: undefined }));
    expect(links).toEqual(pageEvent(pageFactsOf()).links?.slice(1));
    expect(client_url).toMatch(/^https:\/\/eu-west-1\.console\.aws\.amazon\.com\/states\//);
  });

  it.each([
    ['dash.cloudflare.com/abc/example.com', 'https://dash.cloudflare.com/abc/example.com'],
    ['https://dash.cloudflare.com/x', 'https://dash.cloudflare.com/x'],
    ['http://dash.cloudflare.com/x', undefined],
    ['https://dash.cloudflare.com.evil.example/x', undefined],
    ['https://evilcloudflare.com/x', undefined],
    ['https://user@dash.cloudflare.com/x', undefined],
    ['https://dash.cloudflare.com:8443/x', undefined],
    ['javascript:alert(1)', undefined],
    [undefined, undefined],
  ])('takes %s as %s', (given, link) => {
    expect(cloudflareLink(given)).toBe(link);
  });

  it('leads to group and project tokens by their full path, and to nothing that GitLab does not have', () => {
    const of = (kind: 'group' | 'project', resource: string) =>
      pageLinks({
        findings: [findingOf({ credential: { id: 'token/1', kind, resource } })],
        gitlabUrl: 'https://gl.example/',
        dashboardLink: undefined,
        execution: undefined,
      }).links.map(({ href }) => href);
    expect(of('group', 'acme/infra')).toEqual(['https://gl.example/groups/acme/infra/-/settings/access_tokens']);
    expect(of('project', 'acme/shop')).toEqual(['https://gl.example/acme/shop/-/settings/access_tokens']);
    expect(of('project', 'acme/web/shop')).toEqual(['https://gl.example/acme/web/shop/-/settings/access_tokens']);
    for (const id of ['42', 'project/729', 'group/4', 'unknown/unknown']) {
      expect(of('project', id)).toEqual([]);
      expect(of('group', id)).toEqual([]);
    }
    expect(of('group', '?x=1')).toEqual([]);
    expect(of('project', '../admin')).toEqual([]);
  });

  it("leads to a CI job by its number and its project's full path, which are to be what GitLab makes them", () => {
    const of = (id: string, resource: string) =>
      pageLinks({
        findings: [findingOf({ credential: { id, kind: 'ci-job', resource } })],
        gitlabUrl: 'https://gl.example/',
        dashboardLink: undefined,
        execution: undefined,
      }).links;
    expect(of('job/8675309', 'acme/web/shop')).toEqual([
      { href: 'https://gl.example/acme/web/shop/-/jobs/8675309', text: 'The log of job/8675309 at GitLab' },
    ]);
    for (const [id, resource] of [
      ['job/8675309', 'project/729'],
      ['job/8675309', '../admin'],
      ['job/1?x', 'acme/shop'],
      ['job/0', 'acme/shop'],
    ] as const) {
      expect(of(id, resource)).toEqual([]);
    }
  });
});
