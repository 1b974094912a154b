import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { LinkKeyStore } from '../../functions/adapters/dynamodb/link-keys.ts';
import type { CaseFile } from '../../functions/core/case-file.ts';
import { CASES_PATH, casePath, evidencePath, type LinkKey, signedPath } from '../../functions/core/case-link.ts';
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts';
import type { PageResponse } from '../../functions/show-case/answers.ts';
import { makeShowCase } from '../../functions/show-case/handler.ts';
import { CONTENT_SECURITY_POLICY } from '../../functions/show-case/html/layout.ts';
import { type LocalTable, openLocalTable } from '../contract/dynamodb/local-table.ts';
import { storeCaseFile } from '../contract/dynamodb/store-case-file.ts';
import { type AwsStand, openAwsStand } from '../support/aws-stand.ts';
import { sampleCaseFile } from '../support/case-files.ts';
import { NOON } from '../support/evidence.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const none = () => {};
const CONTEXT = lambdaContext('show-case', 25_000);
const SETTINGS = {
  retentionDays: 30,
  looks: { minutes: [5, 15, 60] },
  window: { slackMinutes: 30 },
  page: { threshold: 70 },
};
const FILE = sampleCaseFile();
const { caseId } = FILE;

let local: LocalTable;
let stand: AwsStand;
let key: LinkKey;
let sfnStatus = 200;

beforeAll(async () => {
  local = await openLocalTable();
  stand = await openAwsStand((operation) => {
    if (sfnStatus !== 200) return { status: sfnStatus, body: { __type: 'InternalFailure', message: 'no' } };
    return operation.endsWith('ListExecutions')
      ? {
          status: 200,
          body: { executions: [{ executionArn: 'arn:x', name: 'spike-running', startDate: NOON / 1000 }] },
        }
      : { status: 200, body: { events: [] } };
  });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', stand.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  await storeCaseFile(local, FILE);
  local.clock.advance(NOON + HOUR - local.clock.now());
  key = await new LinkKeyStore(local.table, () => new Uint8Array(32).fill(7)).current();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await local.close();
  await stand.close();
});
beforeEach(() => {
  sfnStatus = 200;
});

interface Asked {
  readonly routeKey: string;
  readonly caseId?: string;
  readonly href?: string;
  readonly headers?: Record<string, string>;
  readonly tableName?: string;
}

/** As API Gateway asks: the path's parameters decoded, the query parsed. */
function get({ routeKey, caseId: id, href = '', headers = {}, tableName = 'latchkey' }: Asked) {
  const env = {
    AWS_REGION: 'us-east-1',
    TABLE_NAME: tableName,
    STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:latchkey',
    GITLAB_URL: 'https://gitlab.example.com',
    LATCHKEY_SETTINGS: JSON.stringify(SETTINGS),
  };
  const { logger, lines } = recordingLogger();
  const handler = makeShowCase({ env, clock: { ...local.clock, sleep: waits }, logger: { ...logger, begin: none } });
  const query = Object.fromEntries(new URL(href, 'https://x.example').searchParams);
  const request = {
    routeKey,
    headers,
    ...(id === undefined ? {} : { pathParameters: { caseId: id } }),
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
  };
  return { answer: handler(request, CONTEXT), lines };
}

/** Time stands still: what waits ends only when it is called off. */
function waits(_: number, signal?: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}

const later = () => local.clock.now() + 7 * DAY;
const signed = (path: string, expires = later()) => signedPath(path, expires, key);
const getCase = (href = signed(casePath(caseId)), more: Partial<Asked> = {}) =>
  get({ routeKey: 'GET /cases/{caseId}', caseId, href, ...more });
const getEvidence = (href = signed(evidencePath(caseId)), more: Partial<Asked> = {}) =>
  get({ routeKey: 'GET /cases/{caseId}/evidence.json', caseId, href, ...more });
const getList = (more = '', tableName = 'latchkey') =>
  get({ routeKey: 'GET /cases', href: signed(CASES_PATH) + more, tableName });

/** Every link on a page whose path begins so, as it stands in the page's markup. */
function linksOn({ body }: PageResponse, path: string): string[] {
  return [...body.matchAll(/href="(\/cases[^"]*)"/g)]
    .map(([, href = '']) => href.replaceAll('&amp;', '&'))
    .filter((href) => href.startsWith(`${path}?`));
}

describe('GET /cases/{caseId}', () => {
  it('shows the case to whoever has its link', async () => {
    const answer = await getCase().answer;
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).toContain('token/42');
    expect(answer.body).toContain('203.0.113.7');
  });

  it('leads to the evidence for as long as the page may be seen', async () => {
    const expires = local.clock.now() + 3 * HOUR;
    const answer = await getCase(signed(casePath(caseId), expires)).answer;
    const [href] = linksOn(answer, evidencePath(caseId));
    expect(href).toBe(signed(evidencePath(caseId), expires));
    expect((await getEvidence(href).answer).statusCode).toBe(200);
  });

  it('says of a case that is not there how long cases are kept', async () => {
    const answer = await getCase(signed(casePath('gone')), { caseId: 'gone' }).answer;
    expect(answer.statusCode).toBe(404);
    expect(answer.body).toContain('30 days');
  });

  it('is compressed where that can be read', async () => {
    const plain = await getCase().answer;
    const answer = await getCase(undefined, { headers: { 'accept-encoding': 'br, gzip;q=0.8' } }).answer;
    expect(answer).toMatchObject({
      isBase64Encoded: true,
      headers: { 'content-encoding': 'gzip', vary: 'accept-encoding' },
    });
    expect(gunzipSync(Buffer.from(answer.body, 'base64')).toString()).toBe(plain.body);
    expect(answer.body.length).toBeLessThan(plain.body.length / 2);
    const refusing = await getCase(undefined, { headers: { 'accept-encoding': 'gzip;q=0, br' } }).answer;
    expect(refusing.body).toBe(plain.body);
  });
});

describe('GET /cases/{caseId}/evidence.json', () => {
  it('holds everything, to be stored under the name of the case', async () => {
    const answer = await getEvidence().answer;
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="${caseId}.json"`);
    const document: CaseFile = JSON.parse(answer.body);
    expect(document.looks).toHaveLength(2);
    expect(document.uses).toEqual(JSON.parse(JSON.stringify(FILE.uses)));
  });

  it('gives a name to no header but its own', async () => {
    const id = 'spike"\r\nx-evil: 1';
    const stored = sampleCaseFile({ caseId: id, looks: [], pages: [], incidents: [], ends: [] });
    const { uses, ...file } = stored;
    const now = local.clock.now();
    await storeCaseFile(local, { ...file, openedAt: now });
    const answer = await getEvidence(signed(evidencePath(id)), { caseId: id }).answer;
    expect(answer.headers['content-disposition']).toBe('attachment; filename="spike___x-evil__1.json"');
  });

  it('is not there for a case that is not', async () => {
    const answer = await getEvidence(signed(evidencePath('gone')), { caseId: 'gone' }).answer;
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
  });
});

describe('GET /cases', () => {
  it('lists the case, what runs and the incident, with links that work as long', async () => {
    const expires = local.clock.now() + 2 * HOUR;
    const answer = await get({ routeKey: 'GET /cases', href: signed(CASES_PATH, expires) }).answer;
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('spike-running');
    expect(answer.body).toContain('inc-1');
    const [href] = linksOn(answer, casePath(caseId));
    expect(href).toBe(signed(casePath(caseId), expires));
    expect((await getCase(href).answer).statusCode).toBe(200);
    for (const filter of linksOn(answer, CASES_PATH)) {
      expect((await get({ routeKey: 'GET /cases', href: filter }).answer).statusCode).toBe(200);
    }
  });

  it('shows only what meets the filters', async () => {
    expect((await getList('&verdict=confirmed&trigger=spike&decision=page').answer).body).toContain(casePath(caseId));
    const others = (await getList('&trigger=hunt').answer).body;
    expect(others).not.toContain(casePath(caseId));
  });

  it.each([
    ['&verdict=guilty', 'verdict', 'confirmed'],
    ['&trigger=', 'trigger', 'spike'],
    ['&decision=page,report', 'decision', 'drop'],
    ['&before=yesterday', 'before', 'older'],
    ['&verdit=confirmed', 'parameter', 'verdict'],
  ])('refuses %s, naming what is allowed', async (more, name, allowed) => {
    const answer = await getList(more).answer;
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain(name);
    expect(answer.body).toContain(allowed);
    expect(answer.body).not.toContain('guilty');
  });

  it('goes back in time', async () => {
    const cursor = `${String(local.clock.now()).padStart(15, '0')}#zzz`;
    const from = (text: string) => `&before=${encodeURIComponent(text)}`;
    expect((await getList(from(cursor)).answer).body).toContain(casePath(caseId));
    const older = `${String(NOON - MINUTE).padStart(15, '0')}#zzz`;
    expect((await getList(from(older)).answer).body).not.toContain(casePath(caseId));
  });

  it('is shown without what runs where Step Functions does not answer', async () => {
    sfnStatus = 500;
    const answer = await getList().answer;
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain(casePath(caseId));
    expect(answer.body).not.toContain('spike-running');
  }, 15_000);
});

describe('a link that opens nothing', () => {
  const signature = 'A'.repeat(43);
  const soon = () => Math.floor(local.clock.now() / 1000) + 60;
  const cases: [string, () => ReturnType<typeof get>][] = [
    ['without anything', () => getCase('/')],
    ['of another case', () => getCase(signed(casePath('another')))],
    ['of the evidence, on the page', () => getCase(signed(evidencePath(caseId)))],
    ['of the page, on the evidence', () => getEvidence(signed(casePath(caseId)))],
    ['of a case, on the list', () => get({ routeKey: 'GET /cases', href: signed(casePath(caseId)) })],
    ['that has ended', () => getCase(signed(casePath(caseId), local.clock.now() - 1_000))],
    ['for longer than any', () => getCase(signed(casePath(caseId), local.clock.now() + 40 * DAY))],
    [
      'with a later end than signed',
      () => getCase(signed(casePath(caseId)).replace(/expires=\d+/, `expires=${soon() + 99}`)),
    ],
    ['with a signature of nobody', () => getCase(`/?expires=${soon()}&signature=${signature}`)],
    ['with half a signature', () => getCase(signed(casePath(caseId)).slice(0, -1))],
    ['with an end that is no number', () => getCase(`/?expires=1e12&signature=${signature}`)],
    [
      'of another deployment',
      () => getCase(signedPath(casePath(caseId), later(), { ...key, secret: new Uint8Array(32) })),
    ],
    ['to a case that is not there', () => getCase(`/?expires=${soon()}&signature=${signature}`, { caseId: 'gone' })],
    ['to no case', () => get({ routeKey: 'GET /cases/{caseId}', href: signed(CASES_PATH) })],
    ['to a case without a path', () => getCase(signed(casePath(caseId)), { caseId: '\ud800' })],
    ['to nothing we have', () => getCase(signed(casePath(caseId)), { routeKey: 'GET /secrets' })],
    [
      'on the list, with a filter that is none',
      () => get({ routeKey: 'GET /cases', href: `/?expires=${soon()}&verdict=x` }),
    ],
  ];

  it.each(cases)('is answered the same %s', async (_, ask) => {
    const { answer, lines } = ask();
    const reference = await getCase('/').answer;
    expect(reference.statusCode).toBe(403);
    expect(await answer).toEqual(reference);
    expect(JSON.stringify(lines)).not.toMatch(/signature|expires=|[A-Za-z0-9_-]{43}/);
  });

  it('costs no question to the table where it cannot be one', async () => {
    const hrefs = [
      '/',
      `/?expires=${soon()}`,
      `/?expires=1&signature=${signature}`,
      `/?expires=x&signature=${signature}`,
    ];
    for (const href of hrefs) {
      expect((await getCase(href, { tableName: 'none' }).answer).statusCode).toBe(403);
    }
  });

  it('works no more once the keys are gone', async () => {
    const other = await openLocalTable();
    try {
      vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', other.endpoint);
      expect((await getCase().answer).statusCode).toBe(403);
    } finally {
      vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
      await other.close();
    }
  });
});

describe('what cannot be read', () => {
  it.each([
    ['a case', () => getCase(undefined, { tableName: 'another' })],
    ['its evidence', () => getEvidence(undefined, { tableName: 'another' })],
    ['the list', () => getList('', 'another')],
  ])('is no empty page: %s', async (_, ask) => {
    const { answer, lines } = ask();
    expect((await answer).statusCode).toBe(503);
    expect((await answer).headers['cache-control']).toBe('no-store');
    expect(JSON.stringify(lines)).toContain('failed');
  });
});

describe('every answer', () => {
  it.each([
    ['a case', () => getCase()],
    ['its evidence', () => getEvidence()],
    ['the list', () => getList()],
    ['a refusal', () => getCase('/')],
    ['a missing case', () => getCase(signed(casePath('gone')), { caseId: 'gone' })],
    ['a wrong filter', () => getList('&verdict=x')],
    ['a failure', () => getCase(undefined, { tableName: 'another' })],
  ])('is kept by nobody, shown nowhere else and runs nothing of others: %s', async (_, ask) => {
    const { headers } = await ask().answer;
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': expect.stringMatching(/^max-age=\d+/),
      'permissions-policy': expect.stringContaining('camera=()'),
    });
    const isPage = headers['content-type']?.startsWith('text/html');
    if (isPage) expect(headers['content-security-policy']).toBe(CONTENT_SECURITY_POLICY);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });
});
