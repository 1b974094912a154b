import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyWorld } from '../../../infra/local/scenario/builders.ts';
import {
  CLOUDFLARE_STAND_IN_TOKEN,
  type CloudflareStandIn,
  startCloudflareStandIn,
} from '../../../infra/local/stand-ins/cloudflare.ts';
import type { StandIn } from '../../../infra/local/stand-ins/stand-in.ts';
import { dashboardOf } from '../../../infra/operate/axiom-dashboard.ts';
import { exitStatus } from '../../../infra/operate/command-line.ts';
import { runConnect } from '../../../infra/operate/connect-run.ts';
import { fakeClock, START } from '../local/stand-ins/asking.ts';
import { AXIOM_TOKEN, type AxiomBooks, startAxiomManagement } from './axiom-management.ts';
import { capture, settingsFile, WEBHOOK_SECRET } from './tool-setup.ts';

const HUNTS = { axiom: { cloudflareDataset: 'cloudflare-logpush' } };
const REPORTS = 'latchkey-correlations';
const EDGE = 'https://eu-central-1.aws.edge.axiom.co';

let axiom: StandIn;
let books: AxiomBooks;

beforeEach(async () => {
  await start({});
});

afterEach(() => axiom.close());

async function start(given: Partial<AxiomBooks>): Promise<void> {
  await axiom?.close();
  books = { datasets: [], dashboards: new Map(), ...given };
  axiom = await startAxiomManagement(books, fakeClock());
}

async function connect(argv: readonly string[] = [], env: Record<string, string> = {}, settings: object = HUNTS) {
  const variables = { AXIOM_URL: axiom.url, AXIOM_TOKEN, ...env };
  const all = ['--json', '--settings', settingsFile(settings), ...argv];
  const ran = await capture(variables, fakeClock(), (around) =>
    exitStatus('connect', around, () => runConnect(all, around)),
  );
  return { ...ran, line: (what: string) => ran.about('axiom', what) };
}

function asked(): string[] {
  return axiom.seen.map(({ method, target }) => `${method} ${target}`);
}

describe('connect at Axiom', () => {
  it('makes the dataset that hunts write to, which forgets as fast as everything else', async () => {
    const { status, line, output } = await connect();
    expect(status).toBe(0);
    expect(line('reportDataset')).toMatchObject({ status: 'ok', why: `created: ${REPORTS}, kept 30 days` });
    expect(books.datasets).toMatchObject([{ name: REPORTS, retentionDays: 30, useRetentionPeriod: true }]);
    expect(books.dashboards.size).toBe(0);
    expect(output).not.toContain(AXIOM_TOKEN);
  });

  it('may be repeated', async () => {
    await connect(['--dashboard']);
    const before = structuredClone({ ...books });
    const { status, line } = await connect(['--dashboard']);
    expect(status).toBe(0);
    expect(line('reportDataset')?.why).toContain('there already');
    expect(line('dashboard')?.why).toContain('there already');
    expect({ ...books }).toEqual(before);
  });

  it('takes it for there when it may not list datasets', async () => {
    await start({ datasets: [{ name: REPORTS }], may: ['datasets|create'] });
    const { status, line } = await connect();
    expect(status).toBe(0);
    expect(line('reportDataset')?.why).toContain('there already');
    expect(books.datasets).toHaveLength(1);
  });

  it('makes it in the edge deployment that is asked', async () => {
    await connect([], { AXIOM_EDGE_URL: EDGE });
    expect(books.datasets).toMatchObject([{ edgeDeployment: 'cloud.eu-central-1.aws' }]);
  });

  it('tells that it lies in another edge deployment', async () => {
    await start({ datasets: [{ name: REPORTS, edgeDeployment: 'cloud.us-east-1.aws' }] });
    const { status, line } = await connect([], { AXIOM_EDGE_URL: EDGE });
    expect(status).toBe(1);
    expect(line('reportDataset')?.why).toContain('cloud.us-east-1.aws');
  });

  it('warns where addresses outlive retentionDays', async () => {
    await start({ datasets: [{ name: REPORTS, retentionDays: 400, useRetentionPeriod: true }] });
    const { status, line } = await connect();
    expect(status).toBe(0);
    expect(line('reportDataset')).toMatchObject({ status: 'warn', why: expect.stringContaining('400 days') });
  });

  it('takes the plan’s retention where it must', async () => {
    await start({ fixedRetention: true });
    const { line } = await connect();
    expect(line('reportDataset')).toMatchObject({ status: 'warn', why: expect.stringContaining('created') });
    expect(books.datasets).toHaveLength(1);
  });

  it.each([
    [['datasets|read'], [], 'reportDataset', 'datasets|create'],
    [['datasets|read', 'datasets|create'], ['--dashboard'], 'dashboard', 'dashboards|read'],
    [['datasets|read', 'datasets|create', 'dashboards|read'], ['--dashboard'], 'dashboard', 'dashboards|create'],
  ])('names the capability that %j lacks', async (may, argv, what, capability) => {
    await start({ may });
    const { status, line } = await connect(argv);
    expect(status).toBe(1);
    expect(line(what)).toMatchObject({ status: 'fail', why: expect.stringContaining(capability) });
  });

  it('says that the dataset can be made by hand', async () => {
    await start({ may: [] });
    const { line } = await connect(['--dashboard']);
    expect(line('reportDataset')?.why).toContain('by hand');
    expect(line('dashboard')?.why).toContain('not looked at');
  });

  it('needs a name that Axiom takes', async () => {
    const { status, line } = await connect([], {}, { axiom: { ...HUNTS.axiom, reportDataset: 'with_an_underscore' } });
    expect(status).toBe(1);
    expect(line('reportDataset')?.why).toContain('invalid dataset');
  });

  it('changes nothing in a dry run, and says what it would do', async () => {
    const { status, line } = await connect(['--dashboard', '--dry-run']);
    expect(status).toBe(0);
    expect(line('reportDataset')?.why).toBe(`would be created: ${REPORTS}, kept 30 days`);
    expect(line('dashboard')?.why).toContain('would be created');
    expect(asked().every((one) => one.startsWith('GET '))).toBe(true);
    await start({ may: ['datasets|create'] });
    const { line: unseen } = await connect(['--dry-run']);
    expect(unseen('reportDataset')?.why).toContain('if it is missing');
  });

  it('makes a dashboard that Axiom’s closed schema takes, and writes a changed one anew', async () => {
    const { line } = await connect(['--dashboard']);
    expect(line('dashboard')).toMatchObject({
      status: 'ok',
      why: expect.stringContaining('created: “Latchkey”, 5 charts'),
    });
    expect(books.dashboards.get('latchkey')).toMatchObject({ timeWindowStart: 'qr-now-7d' });
    books.dashboards.set('latchkey', { ...dashboardOf(REPORTS), charts: [] });
    const again = await connect(['--dashboard']);
    expect(again.line('dashboard')?.why).toContain('updated');
    expect(books.dashboards.get('latchkey')).toMatchObject(dashboardOf(REPORTS));
  });

  it('says that Axiom cannot be asked, and has left Cloudflare as it was', async () => {
    const { url } = axiom;
    await axiom.close();
    const ran = await connect([], { AXIOM_URL: url });
    expect(ran.status).toBe(1);
    expect(ran.line('Axiom')?.status).toBe('fail');
    expect(ran.about('cloudflare', 'webhook')?.why).toContain('--url');
  });

  it('says that the token is missing', async () => {
    const { status, line } = await connect([], { AXIOM_TOKEN: '' });
    expect(status).toBe(1);
    expect(line('token')?.why).toContain('AXIOM_TOKEN');
  });

  it.each([
    [[], {}, {}, '--url'],
    [['--dashboard', '--url', 'https://hooks.example.com/webhooks/cloudflare'], {}, {}, 'axiom.cloudflareDataset'],
    [['--account', 'a'.repeat(32)], {}, HUNTS, '--account'],
    [[], { AXIOM_URL: 'no url' }, HUNTS, 'AXIOM_URL'],
    [['--url', 'https://hooks.example.com/webhooks/cloudflare'], {}, HUNTS, 'CLOUDFLARE_API_TOKEN'],
  ])('exits with 2 for %j %j, before anything is asked', async (argv, env, settings, named) => {
    const { status, output } = await connect(argv, env, settings);
    expect(status).toBe(2);
    expect(output).toContain(named);
    expect(asked()).toEqual([]);
  });
});

describe('connect at both', () => {
  let cloudflare: CloudflareStandIn;

  beforeEach(async () => {
    cloudflare = await startCloudflareStandIn({ world: emptyWorld(START, { plan: 'enterprise' }), clock: fakeClock() });
  });

  afterEach(() => cloudflare.close());

  it.each([
    ['on', HUNTS, ['cloudflare', 'axiom']],
    ['off', {}, ['cloudflare']],
  ])('asks Axiom only where hunts are %s', async (_, settings, systems) => {
    const env = {
      CLOUDFLARE_API_URL: cloudflare.url,
      CLOUDFLARE_API_TOKEN: CLOUDFLARE_STAND_IN_TOKEN,
      CLOUDFLARE_WEBHOOK_SECRET: WEBHOOK_SECRET,
    };
    const argv = ['--dry-run', '--url', 'https://hooks.example.com/webhooks/cloudflare'];
    const { status, lines, about } = await connect(argv, env, settings);
    expect(status).toBe(0);
    expect(about('cloudflare', 'webhook destination')?.why).toContain('would be created');
    expect([...new Set(lines.map(({ system }) => system))]).toEqual(systems);
  });
});
