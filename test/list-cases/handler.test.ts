import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { CASES_PATH, casePath } from '../../functions/core/case-link.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { makeListCases } from '../../functions/list-cases/handler.ts';
import { refused } from '../../functions/runtime/page/answers.ts';
import { makeShowCase } from '../../functions/show-case/handler.ts';
import { type Asked, GUARDING_HEADERS, linksOn, openCasePages } from '../support/case-pages.ts';
import { NOON } from '../support/evidence.ts';
import { hashOf } from '../support/page-hash.ts';

const pages = await openCasePages();
const { local, signed } = pages;
const { caseId } = pages.file;
afterAll(() => pages.close());

beforeEach(() => {
  pages.stepFunctionsAnswer(200);
});

const get = (asked: Asked, make: typeof makeListCases = makeListCases) => pages.get(make, asked);
const getList = (more = '', tableName = 'latchkey') =>
  get({ routeKey: 'GET /cases', href: signed(CASES_PATH) + more, tableName });

describe('GET /cases', () => {
  it('lists the case, what runs and the incident, with links that work as long', async () => {
    const expires = local.clock.now() + 2 * HOUR;
    const answer = await get({ routeKey: 'GET /cases', href: signed(CASES_PATH, expires) }).answer;
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain('spike-running');
    expect(answer.body).toContain('inc-1');
    const [href = ''] = linksOn(answer, casePath(caseId));
    expect(href).toBe(signed(casePath(caseId), expires));
    expect((await get({ routeKey: 'GET /cases/{caseId}', caseId, href }, makeShowCase).answer).statusCode).toBe(200);
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
    pages.stepFunctionsAnswer(500);
    const answer = await getList().answer;
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain(casePath(caseId));
    expect(answer.body).not.toContain('spike-running');
  }, 15_000);
});

describe('a link that opens nothing', () => {
  const soon = () => Math.floor(local.clock.now() / 1000) + 60;
  const list = (href: string) => get({ routeKey: 'GET /cases', href });
  const cases: [string, () => ReturnType<typeof get>][] = [
    ['without anything', () => list('/')],
    ['of a case', () => list(signed(casePath(caseId)))],
    ['that has ended', () => list(signed(CASES_PATH, local.clock.now() - 1_000))],
    ['of another deployment', () => list(pages.signedElsewhere(CASES_PATH))],
    ['with a filter that is none', () => list(`/?expires=${soon()}&verdict=x`)],
  ];

  it.each(cases)('is answered as one that opens no case %s', async (_, ask) => {
    const { answer, lines } = ask();
    expect(await answer).toEqual(refused());
    expect(JSON.stringify(lines)).not.toMatch(/signature|expires=|[A-Za-z0-9_-]{43}/);
  });
});

describe('what cannot be read', () => {
  it('is no empty list', async () => {
    const { answer, lines } = getList('', 'another');
    expect((await answer).statusCode).toBe(503);
    expect(JSON.stringify(lines)).toContain('failed');
  });
});

describe('every answer', () => {
  it.each([
    ['the list', () => getList()],
    ['a refusal', () => get({ routeKey: 'GET /cases', href: '/' })],
    ['a wrong filter', () => getList('&verdict=x')],
    ['a failure', () => getList('', 'another')],
  ])('is kept by nobody, shown nowhere else and runs nothing of others: %s', async (_, ask) => {
    const { headers, body } = await ask().answer;
    expect(headers).toMatchObject(GUARDING_HEADERS);
    const policy = headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    for (const tag of ['style', 'script'] as const) expect(policy).toContain(`${tag}-src ${hashOf(body, tag)}`);
  });
});
