import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CaseStore } from '../../../functions/adapters/dynamodb/cases.ts';
import { LinkKeyStore } from '../../../functions/adapters/dynamodb/link-keys.ts';
import { checkLink } from '../../../functions/core/case-link.ts';
import { DAY, HOUR, toIso } from '../../../functions/core/time.ts';
import { parseJson } from '../../../infra/local/json.ts';
import { exitStatus } from '../../../infra/operate/command-line.ts';
import { runLink } from '../../../infra/operate/link-run.ts';
import { type LocalTable, openLocalTable } from '../../contract/dynamodb/local-table.ts';
import { settingsFile } from './tool-setup.ts';

const SITE = 'https://abc.execute-api.eu-west-1.amazonaws.com';
const TO_STACK = ['--url', `${SITE}/cases`, '--table', 'latchkey'];
const CASE = 'hunt-20261120T1800Z';

let local: LocalTable;
let keys: LinkKeyStore;

beforeAll(async () => {
  local = await openLocalTable();
  await new CaseStore(local.table, 30).open({ caseId: CASE, trigger: 'hunt', openedAt: local.clock.now() });
});
afterAll(() => local.close());
beforeEach(async () => {
  keys = new LinkKeyStore(local.table, () => new Uint8Array(32));
  await keys.revokeAll();
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});
afterEach(() => vi.unstubAllEnvs());

/** Runs the tool as its entry point does. */
async function link(argv: readonly string[], env: Record<string, string> = { AWS_REGION: 'eu-west-1' }) {
  const written = { stdout: '', stderr: '' };
  const to = (name: 'stdout' | 'stderr') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const { clock } = local;
  const around = { env, stdout: to('stdout'), stderr: to('stderr'), clock, fetch, random: () => 0.5 };
  const status = await exitStatus('link', around, () => runLink(argv, around));
  return { status, ...written };
}

/** When the link ends that was printed, if it opens what it leads to. */
async function endOf(printed: string): Promise<{ path: string; ends: number | undefined }> {
  const url = new URL(printed.trim());
  expect(url.origin).toBe(SITE);
  const opened = {
    path: url.pathname,
    expires: url.searchParams.get('expires') ?? undefined,
    signature: url.searchParams.get('signature') ?? undefined,
  };
  const checked = checkLink(opened, await keys.live(), local.clock.now());
  return { path: url.pathname, ends: checked?.expires };
}

const inDays = (days: number) => local.clock.now() + days * DAY;

describe('npm run link', () => {
  it('prints a link to the list for a day, alone on standard output', async () => {
    const { status, stdout, stderr } = await link(TO_STACK);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^https:\S+\n$/);
    expect(await endOf(stdout)).toEqual({ path: '/cases', ends: inDays(1) });
    expect(stderr).toBe(`Works until ${toIso(inDays(1))}, for everybody who has it.\n`);
  });

  it('prints a link to a case for as long as the setting says', async () => {
    const { stdout } = await link([...TO_STACK, '--case', CASE]);
    expect(await endOf(stdout)).toEqual({ path: `/cases/${CASE}`, ends: inDays(7) });
    const settings = settingsFile({ casePage: { linkDays: 3 } });
    const shorter = await link([...TO_STACK, '--case', CASE, '--settings', settings]);
    expect((await endOf(shorter.stdout)).ends).toBe(inDays(3));
  });

  it('prints one that works as many days as asked for', async () => {
    for (const days of [1, 30]) {
      const { stdout } = await link([...TO_STACK, '--days', String(days)]);
      expect((await endOf(stdout)).ends).toBe(inDays(days));
    }
  });

  it('takes the root of the API, too', async () => {
    const { stdout } = await link(['--url', `${SITE}/`, '--table', 'latchkey']);
    expect((await endOf(stdout)).path).toBe('/cases');
  });

  it('writes JSON for programs', async () => {
    const { stdout, stderr } = await link([...TO_STACK, '--case', CASE, '--json']);
    expect(parseJson(stdout)).toEqual({
      event: 'link',
      url: expect.stringMatching(new RegExp(`^${SITE}/cases/${CASE}\\?expires=\\d+&signature=[\\w-]{43}$`)),
      expires: toIso(inDays(7)),
      caseId: CASE,
    });
    expect(stderr).toBe('');
    const revoked = await link(['--table', 'latchkey', '--revoke', '--json']);
    expect(parseJson(revoked.stdout)).toEqual({ event: 'revoked', keys: 1 });
  });

  it('reads the region and where DynamoDB is from a file of variables', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', 'http://127.0.0.1:1');
    vi.stubEnv('AWS_DEFAULT_REGION', '');
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'latchkey-test-')), 'variables');
    writeFileSync(file, `AWS_DEFAULT_REGION=eu-west-1\nAWS_ENDPOINT_URL_DYNAMODB=${local.endpoint}\n`);
    expect((await link([...TO_STACK, '--env', file], {})).status).toBe(0);
  });
});

describe('npm run link -- --revoke', () => {
  it('ends every link there is, and says how many keys that took', async () => {
    const early = await link([...TO_STACK, '--days', '30']);
    local.clock.advance(7 * DAY + HOUR);
    const late = await link(TO_STACK);
    expect((await endOf(early.stdout)).ends).toBeDefined();
    expect(await link(['--table', 'latchkey', '--revoke'])).toEqual({
      status: 0,
      stdout: 'Every link given out so far has ended: 2 keys deleted.\n',
      stderr: '',
    });
    for (const { stdout } of [early, late]) expect((await endOf(stdout)).ends).toBeUndefined();
    expect((await link(['--table', 'latchkey', '--revoke'])).stdout).toContain('nothing to revoke');
  });

  it.each([
    ['--url', SITE],
    ['--case', CASE],
    ['--days', '1'],
  ])('refuses %s: it would be thought to revoke less', async (option, value) => {
    await keys.current();
    const { status, stderr } = await link(['--table', 'latchkey', '--revoke', option, value]);
    expect([status, stderr.split(' ')[0]]).toEqual([2, option]);
    expect(await keys.live()).toHaveLength(1);
  });
});

describe('npm run link, asked wrongly,', () => {
  it.each([
    [['--table', 'latchkey'], '--url is missing: give the stack’s output CasesUrl'],
    [['--url', SITE], '--table is missing: give the stack’s output TableName'],
    [['--revoke'], '--table is missing'],
    [[...TO_STACK, '--days', '0'], '--days: got 0; allowed: a whole number from 1 to 30'],
    [[...TO_STACK, '--days', '31'], '--days: got 31;'],
    [[...TO_STACK, '--days', '1.5'], '--days: got 1.5;'],
    [[...TO_STACK, '--days', 'seven'], '--days: got seven;'],
    [[...TO_STACK, '--case', ''], '--case is empty'],
    [[...TO_STACK, '--case', 'hunt-x'], '--case: the table latchkey holds no such case'],
    [['--table', 'latchkey', '--url', 'abc.example.com'], '--url: expected an https URL'],
    [['--table', 'latchkey', '--url', 'http://abc.example.com'], '--url: expected an https URL'],
    [['--table', 'latchkey', '--url', 'https://u:p@abc.example.com'], '--url: expected an https URL'],
    [['--table', 'latchkey', '--url', 'https://abc.example.com/prod/cases'], '--url: expected no path before /cases'],
    [['--table', 'latchkey', '--url', 'https://abc.example.com/latchkey'], '--url: expected no path before /cases'],
    [[...TO_STACK, '--day', '1'], "'--day'"],
    [[...TO_STACK, CASE], CASE],
  ])('%j says what is wrong', async (argv, message) => {
    const { status, stdout, stderr } = await link(argv);
    expect(stderr).toContain(message);
    expect(stderr).toContain('npm run link -- --help lists the options.');
    expect([status, stdout]).toEqual([2, '']);
  });

  it('names the region that is missing', async () => {
    const { status, stderr } = await link(TO_STACK, {});
    expect([status, stderr.split('\n')[0]]).toEqual([2, 'AWS_REGION is not set: set it to the region of the stack']);
  });

  it('names the table that is not there', async () => {
    const { status, stderr } = await link(['--url', SITE, '--table', 'another']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/table another was refused: ResourceNotFoundException; check its name, region/);
  });

  it('lists its options', async () => {
    const { status, stdout } = await link(['--help'], {});
    expect(status).toBe(0);
    for (const option of ['url', 'table', 'case', 'days', 'revoke', 'json']) expect(stdout).toContain(`--${option} `);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});
