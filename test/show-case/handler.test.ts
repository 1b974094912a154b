import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { CaseFile } from '../../functions/core/case-file.ts';
import { CASES_PATH, casePath, evidencePath } from '../../functions/core/case-link.ts';
import { DAY, HOUR } from '../../functions/core/time.ts';
import { refused } from '../../functions/runtime/page/answers.ts';
import { makeShowCase } from '../../functions/show-case/handler.ts';
import { openLocalTable } from '../contract/dynamodb/local-table.ts';
import { storeCaseFile } from '../contract/dynamodb/store-case-file.ts';
import { sampleCaseFile } from '../support/case-files.ts';
import { type Asked, GUARDING_HEADERS, linksOn, openCasePages } from '../support/case-pages.ts';
import { hashOf } from '../support/page-hash.ts';

const pages = await openCasePages();
const { local, signed } = pages;
const { caseId } = pages.file;
afterAll(() => pages.close());

const get = (asked: Asked) => pages.get(makeShowCase, asked);
const getCase = (href = signed(casePath(caseId)), more: Partial<Asked> = {}) =>
  get({ routeKey: 'GET /cases/{caseId}', caseId, href, ...more });
const getEvidence = (href = signed(evidencePath(caseId)), more: Partial<Asked> = {}) =>
  get({ routeKey: 'GET /cases/{caseId}/evidence.json', caseId, href, ...more });

describe('GET /cases/{caseId}', () => {
  it('shows the case to whoever has its link', async () => {
    const answer = await getCase().answer;
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).toContain('token/42');
    expect(answer.body).toContain('203.0.113.7');
  });

  it('says until when it is kept, and asks Axiom for the column of this deployment', async () => {
    const { body } = await getCase().answer;
    expect(body).toContain('This case is kept until 2031-06-05.');
    expect(body).toContain('[&#39;cloudflare-http&#39;]');
    expect(body).toContain('where [&#39;client.ip&#39;] in');
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
    expect(document.uses).toEqual(JSON.parse(JSON.stringify(pages.file.uses)));
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

describe('a link that opens nothing', () => {
  const signature = 'A'.repeat(43);
  const soon = () => Math.floor(local.clock.now() / 1000) + 60;
  const cases: [string, () => ReturnType<typeof get>][] = [
    ['without anything', () => getCase('/')],
    ['of another case', () => getCase(signed(casePath('another')))],
    ['of the evidence, on the page', () => getCase(signed(evidencePath(caseId)))],
    ['of the page, on the evidence', () => getEvidence(signed(casePath(caseId)))],
    ['of the list, on a case', () => getCase(signed(CASES_PATH))],
    ['that has ended', () => getCase(signed(casePath(caseId), local.clock.now() - 1_000))],
    ['for longer than any', () => getCase(signed(casePath(caseId), local.clock.now() + 40 * DAY))],
    [
      'with a later end than signed',
      () => getCase(signed(casePath(caseId)).replace(/expires=\d+/, `expires=${soon() + 99}`)),
    ],
    ['with a signature of nobody', () => getCase(`/?expires=${soon()}&signature=${signature}`)],
    ['with half a signature', () => getCase(signed(casePath(caseId)).slice(0, -1))],
    ['with an end that is no number', () => getCase(`/?expires=1e12&signature=${signature}`)],
    ['of another deployment', () => getCase(pages.signedElsewhere(casePath(caseId)))],
    ['to a case that is not there', () => getCase(`/?expires=${soon()}&signature=${signature}`, { caseId: 'gone' })],
    ['to no case', () => get({ routeKey: 'GET /cases/{caseId}', href: signed(CASES_PATH) })],
    ['to a case without a path', () => getCase(signed(casePath(caseId)), { caseId: '\ud800' })],
    ['to nothing we have', () => getCase(signed(casePath(caseId)), { routeKey: 'GET /secrets' })],
    ['to the list, which another function shows', () => get({ routeKey: 'GET /cases', href: signed(CASES_PATH) })],
  ];

  it.each(cases)('is answered the same %s', async (_, ask) => {
    const { answer, lines } = ask();
    expect(await answer).toEqual(refused());
    expect((await answer).statusCode).toBe(403);
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
    ['a refusal', () => getCase('/')],
    ['a missing case', () => getCase(signed(casePath('gone')), { caseId: 'gone' })],
    ['a failure', () => getCase(undefined, { tableName: 'another' })],
  ])('is kept by nobody, shown nowhere else and runs nothing of others: %s', async (_, ask) => {
    const { headers, body } = await ask().answer;
    expect(headers).toMatchObject(GUARDING_HEADERS);
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    const isPage = headers['content-type']?.startsWith('text/html') === true;
    if (isPage)
      for (const tag of ['style', 'script'] as const) expect(policy).toContain(`${tag}-src ${hashOf(body, tag)}`);
    else expect(policy).toContain('sandbox');
  });
});
