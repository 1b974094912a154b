import { afterEach, describe, expect, it, vi } from 'vitest';
import { DAY, HOUR, MINUTE, toIso } from '../../../functions/core/time.ts';
import { flaggedRow } from '../../../infra/local/scenario/axiom-builders.ts';
import { emptyWorld } from '../../../infra/local/scenario/builders.ts';
import {
  AXIOM_STAND_IN_TOKEN,
  type AxiomEvent,
  type AxiomStandIn,
  type AxiomStandInOptions,
  startAxiomStandIn,
} from '../../../infra/local/stand-ins/axiom.ts';
import { fakeClock, START } from '../local/stand-ins/asking.ts';
import { doctor, failures } from './tool-setup.ts';

const REPORTS = 'latchkey-correlations';
const AXIOM = { cloudflareDataset: 'cloudflare-logpush', gitlabDataset: 'gitlab-logs' };
const EDGE = 'https://eu-central-1.aws.edge.axiom.co';

/** Cloudflare's requests of the last three hours, every five minutes, with these columns. */
function requests(columns: AxiomEvent = {}): AxiomEvent[] {
  return Array.from({ length: 36 }, (_, index) =>
    flaggedRow(START - (index + 1) * 5 * MINUTE, `198.51.100.${index + 1}`, {}, columns),
  );
}

/** Lines of GitLab's API log over the same time: six people, one token each. */
function lines(columns: AxiomEvent = {}): AxiomEvent[] {
  return Array.from({ length: 36 }, (_, index) => ({
    _time: START - (index + 1) * 5 * MINUTE,
    time: toIso(START - (index + 1) * 5 * MINUTE),
    status: 200,
    'meta.remote_ip': `203.0.113.${(index % 6) + 1}`,
    'meta.caller_id': 'GET /api/:version/projects',
    user_id: (index % 6) + 1,
    username: `person-${index % 6}`,
    token_type: 'PersonalAccessToken',
    token_id: (index % 6) + 1,
    ...columns,
  }));
}

function without(events: readonly AxiomEvent[], ...columns: readonly string[]): AxiomEvent[] {
  return events.map((event) => Object.fromEntries(Object.entries(event).filter(([name]) => !columns.includes(name))));
}

function manifest(start: number): AxiomEvent {
  return { _time: start, kind: 'run', status: 'complete', run_id: `${toIso(start)}/1`, row_key: 'a', attempt: 1 };
}

interface Setup {
  readonly datasets?: AxiomStandInOptions['datasets'];
  readonly token?: string;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly axiom?: object;
  readonly prepare?: (axiom: AxiomStandIn) => void;
}

const standing: AxiomStandIn[] = [];

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await Promise.all(standing.splice(0).map((one) => one.close()));
});

async function doctorAtAxiom({ datasets = {}, token = AXIOM_STAND_IN_TOKEN, axiom = {}, ...setup }: Setup = {}) {
  const all = { 'cloudflare-logpush': requests(), 'gitlab-logs': lines(), [REPORTS]: [], ...datasets };
  const there = Object.fromEntries(Object.entries(all).filter(([, events]) => events !== undefined));
  const standIn = await startAxiomStandIn({ clock: fakeClock(), datasets: there, token });
  standing.push(standIn);
  setup.prepare?.(standIn);
  const ran = await doctor({
    world: emptyWorld(START),
    argv: setup.argv ?? [],
    env: { AXIOM_URL: standIn.url, AXIOM_TOKEN: token, ...setup.env },
    settings: { axiom: { ...AXIOM, ...axiom } },
  });
  return { ...ran, standIn, line: (what: string) => ran.about('axiom', what) };
}

describe('doctor at Axiom', () => {
  it('says how hunts are turned on, and asks nothing', async () => {
    const ran = await doctorAtAxiom({ axiom: { cloudflareDataset: '', gitlabDataset: '' } });
    const lines = ran.lines.filter(({ system }) => system === 'axiom');
    expect(lines).toMatchObject([
      { status: 'ok', what: 'hunts', why: expect.stringMatching(/^off.*axiom\.cloudflareDataset/) },
    ]);
    expect(ran.standIn.seen).toEqual([]);
    expect(ran.status).toBe(0);
  });

  it('finds nothing wrong where everything arrives', async () => {
    const ran = await doctorAtAxiom({
      datasets: { [REPORTS]: [manifest(START - 2 * HOUR), manifest(START - 3 * HOUR)] },
    });
    const found = ran.lines.filter(({ system }) => system === 'axiom');
    expect(found.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(found.map(({ what }) => what)).toEqual([
      'hunts',
      'token',
      'cloudflareDataset',
      'cloudflareFields',
      'flagging',
      'last full hour',
      'gitlabDataset',
      'gitlabFields',
      'token uses',
      'real addresses',
      'reportDataset',
      'report writing',
    ]);
    expect(ran.line('hunts')?.why).toMatch(/^on, cron\(10 \* \* \* \? \*\)/);
    expect(ran.line('cloudflareDataset')?.why).toMatch(
      /^cloudflare-logpush: 36 rows in the last 24 h, the newest \d min ago$/,
    );
    expect(ran.line('flagging')?.why).toContain('by BotScore, 1 to 29');
    expect(ran.line('last full hour')?.why).toContain('12 addresses flagged in the hour from 2031-05-06T08:00Z');
    expect(ran.line('reportDataset')?.why).toContain(
      '2 hours of the last 24 are reported, the last from 2031-05-06T07:30Z',
    );
    expect(ran.output).not.toContain(AXIOM_STAND_IN_TOKEN);
  });

  it('looks at GitLab’s logs where there are no hunts', async () => {
    const ran = await doctorAtAxiom({ axiom: { cloudflareDataset: '' } });
    expect(ran.line('hunts')?.why).toMatch(/^off/);
    expect(ran.line('token uses')?.status).toBe('ok');
    expect(ran.line('reportDataset')).toBeUndefined();
  });

  it('says what the missing token needs', async () => {
    const ran = await doctorAtAxiom({ env: { AXIOM_TOKEN: '' } });
    expect(failures(ran)).toEqual(['axiom token']);
    expect(ran.line('token')?.why).toContain(
      `Query on cloudflare-logpush, gitlab-logs, ${REPORTS}, Ingest on ${REPORTS}`,
    );
  });

  it('tells that Axiom does not know the token', async () => {
    const ran = await doctorAtAxiom({ env: { AXIOM_TOKEN: 'xaat-of-somebody-else' } });
    expect(failures(ran)).toEqual(['axiom token']);
    expect(ran.line('token')?.why).toContain('Axiom refuses AXIOM_TOKEN');
    expect(ran.output).not.toContain('somebody-else');
  });

  it('takes a token that may list no datasets', async () => {
    const ran = await doctorAtAxiom({ prepare: refusesToList });
    expect(ran.line('token')?.status).toBe('ok');
    expect(failures(ran)).toEqual([]);
  });

  it.each([
    ['xapt-2a52bd4e-personal', {}, 'warn', 'deprecated'],
    ['xapt-2a52bd4e-personal', { AXIOM_EDGE_URL: EDGE }, 'fail', 'edge deployments refuse'],
    ['something-of-a-proxy', {}, 'warn', 'xaat-'],
  ])('judges the token %s with %j', async (token, env, status, why) => {
    // Axiom's library says of personal tokens what we say.
    vi.spyOn(console, 'warn').mockReturnValue();
    const ran = await doctorAtAxiom({ token, env });
    expect(ran.line('token')).toMatchObject({ status, why: expect.stringContaining(why) });
    expect(ran.output).not.toContain(token);
  });

  it('names the datasets nearest to one that is not there, and looks at the others', async () => {
    const ran = await doctorAtAxiom({ axiom: { cloudflareDataset: 'cloudflare_logpush' } });
    expect(failures(ran)).toEqual(['axiom cloudflareDataset']);
    expect(ran.line('cloudflareDataset')?.why).toMatch(/no dataset cloudflare_logpush.*sees are cloudflare-logpush/);
    expect(ran.line('token uses')?.status).toBe('ok');
  });

  it.each([
    ['nothing', [], 'fail', 'no row of the last 24 h'],
    [
      'nothing of today',
      [{ ...flaggedRow(START - 2 * DAY, '198.51.100.1'), _time: START - 2 * DAY }],
      'fail',
      'no row',
    ],
    ['nothing of the last hour', requests().slice(14), 'warn', 'the newest 1 h ago'],
  ])('says that %s arrived', async (_, events, status, why) => {
    const ran = await doctorAtAxiom({ datasets: { 'cloudflare-logpush': events } });
    expect(ran.line('cloudflareDataset')).toMatchObject({ status, why: expect.stringContaining(why) });
  });

  it('names the columns nearest to one that is configured and not there', async () => {
    const ran = await doctorAtAxiom({ axiom: { cloudflareFields: { host: 'ClientRequestHosts' } } });
    expect(ran.line('cloudflareFields')).toMatchObject({ status: 'fail' });
    expect(ran.line('cloudflareFields')?.why).toMatch(/axiom\.cloudflareFields\.host.*ClientRequestHost\b/);
    expect(ran.line('last full hour')).toBeUndefined();
  });

  it('says what missing columns cost', async () => {
    const events = without(requests(), 'ClientRequestHost', 'BotScoreSrc', 'VerifiedBotCategory', 'JA4');
    const ran = await doctorAtAxiom({ datasets: { 'cloudflare-logpush': events } });
    const line = ran.line('cloudflareFields');
    expect(line?.status).toBe('warn');
    expect(line?.why).toMatch(/no BotScoreSrc or VerifiedBotCategory \(the nearest are BotScore, .+verified bots/);
    expect(line?.why).toMatch(/no ClientRequestHost .+GitLab itself/);
    expect(line?.why).toContain('not shown: TLS fingerprints (JA4)');
    const lesser = await doctorAtAxiom({ datasets: { 'cloudflare-logpush': without(requests(), 'JA4') } });
    expect(lesser.line('cloudflareFields')).toMatchObject({ status: 'ok', why: expect.stringContaining('JA4') });
  });

  it('misses no column that somebody turned off', async () => {
    const events = without(requests(), 'ClientRequestSource');
    const ran = await doctorAtAxiom({
      datasets: { 'cloudflare-logpush': events },
      axiom: { cloudflareFields: { requestSource: '' } },
    });
    expect(ran.line('cloudflareFields')?.status).toBe('ok');
  });

  it.each([
    [
      'products where there is no score',
      without(requests({ SecuritySources: ['botFight'] }), 'BotScore'),
      'warn',
      'by SecuritySources',
    ],
    ['nothing where no score was computed', requests({ BotScore: 0 }), 'fail', 'Bot Management'],
    ['nothing where neither is there', without(requests(), 'BotScore', 'SecuritySources'), 'fail', 'neither'],
  ])('flags by %s', async (_, events, status, why) => {
    const ran = await doctorAtAxiom({ datasets: { 'cloudflare-logpush': events } });
    expect(ran.line('flagging')).toMatchObject({ status, why: expect.stringContaining(why) });
    expect(ran.line('last full hour') === undefined).toBe(status === 'fail');
  });

  it('warns where a hunt would have found nothing', async () => {
    const ran = await doctorAtAxiom({ datasets: { 'cloudflare-logpush': requests({ BotScore: 90 }) } });
    expect(ran.line('last full hour')).toMatchObject({ status: 'warn', why: expect.stringContaining('0 addresses') });
  });

  it('sees that GitLab’s logs hold addresses of Cloudflare only', async () => {
    const ran = await doctorAtAxiom({ datasets: { 'gitlab-logs': lines({ 'meta.remote_ip': '172.64.0.1' }) } });
    expect(ran.line('real addresses')).toMatchObject({
      status: 'fail',
      why: expect.stringContaining('CF-Connecting-IP'),
    });
  });

  it.each([
    ['token_id', 'fail', 'token_id'],
    ['meta.remote_ip', 'fail', 'axiom.gitlabFields.address'],
    ['time', 'warn', 'when they arrived'],
  ])('says what GitLab’s logs are worth without %s', async (column, status, why) => {
    const ran = await doctorAtAxiom({ datasets: { 'gitlab-logs': without(lines(), column) } });
    expect(ran.line('gitlabFields')).toMatchObject({ status, why: expect.stringContaining(why) });
  });

  it('says who makes the report dataset', async () => {
    const ran = await doctorAtAxiom({ axiom: { reportDataset: 'not-made-yet' } });
    expect(failures(ran)).toEqual(['axiom reportDataset']);
    expect(ran.line('reportDataset')?.why).toContain('npm run connect');
  });

  it('writes nothing unless it is told to', async () => {
    const ran = await doctorAtAxiom();
    expect(ran.line('report writing')?.why).toContain('--send-test');
    expect(ran.standIn.ingested[REPORTS] ?? []).toEqual([]);
  });

  it('with --send-test writes one event that no reader counts', async () => {
    const ran = await doctorAtAxiom({ argv: ['--send-test'] });
    expect(ran.line('report writing')).toMatchObject({ status: 'ok', why: expect.stringContaining('kind doctor') });
    expect(ran.standIn.ingested[REPORTS]).toMatchObject([{ kind: 'doctor' }]);
  });

  it('tells that the report dataset takes no event', async () => {
    const refused = { status: 403, path: '/ingest', times: 9, body: { code: 403, message: 'Forbidden' } };
    const ran = await doctorAtAxiom({
      argv: ['--send-test'],
      prepare: ({ faults }) => void faults.answers.push(refused),
    });
    expect(ran.line('report writing')).toMatchObject({ status: 'fail', why: expect.stringContaining('Ingest') });
  });

  it.each([
    ['cloud.eu-central-1.aws', {}, 'warn', `axiom.edgeUrl to ${EDGE}`],
    ['cloud.us-east-1.aws', {}, undefined, ''],
  ])('sees that datasets lie in %s', async (edgeDeployment, env, status, why) => {
    const body = [AXIOM.cloudflareDataset, AXIOM.gitlabDataset, REPORTS].map((name) => ({ name, edgeDeployment }));
    const listed = { status: 200, path: '/v2/datasets', body };
    const ran = await doctorAtAxiom({ env, prepare: ({ faults }) => void faults.answers.push(listed) });
    expect(ran.line('edge deployment')?.status).toBe(status);
    expect(ran.line('edge deployment')?.why ?? '').toContain(why);
  });

  it.each([
    ['cloud.eu-central-1.aws', 'ok', 'cloud.eu-central-1.aws'],
    ['cloud.us-east-1.aws', 'fail', 'set it to https://us-east-1.aws.edge.axiom.co'],
  ])('asks an edge deployment about datasets in %s', async (edgeDeployment, status, why) => {
    const listed = { status: 200, path: '/v2/datasets', body: [{ name: REPORTS, edgeDeployment }] };
    const ran = await doctorAtAxiom({
      env: { AXIOM_EDGE_URL: EDGE },
      prepare: (standIn) => {
        standIn.faults.answers.push(listed);
        const real = fetch;
        vi.stubGlobal('fetch', (url: string, init: RequestInit) => real(url.replace(EDGE, standIn.url), init));
      },
    });
    expect(ran.line('edge deployment')).toMatchObject({ status, why: expect.stringContaining(why) });
    expect(ran.line('cloudflareDataset')?.status).toBe('ok');
    expect(ran.standIn.seen.some(({ target }) => target.startsWith('/v1/query/_apl'))).toBe(true);
  });

  it('tells of datasets in different edge deployments', async () => {
    const body = [
      { name: AXIOM.cloudflareDataset, edgeDeployment: 'cloud.us-east-1.aws' },
      { name: REPORTS, edgeDeployment: 'cloud.eu-central-1.aws' },
    ];
    const listed = { status: 200, path: '/v2/datasets', body };
    const ran = await doctorAtAxiom({ prepare: ({ faults }) => void faults.answers.push(listed) });
    expect(ran.line('edge deployment')).toMatchObject({ status: 'fail', why: expect.stringContaining('asks one') });
  });

  it('says that Axiom cannot be reached', async () => {
    const ran = await doctorAtAxiom({
      prepare: ({ faults }) => {
        faults.down = true;
      },
    });
    expect(failures(ran)).toEqual(['axiom connection']);
    expect(ran.status).toBe(1);
  });
});

function refusesToList({ faults }: AxiomStandIn): void {
  faults.answers.push({ status: 403, path: '/v2/datasets', times: 9, body: { code: 403, message: 'Forbidden' } });
}
