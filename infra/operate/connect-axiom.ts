import * as z from 'zod/mini';
import type { Settings } from '../settings.ts';
import { DASHBOARD_UID, dashboardOf } from './axiom-dashboard.ts';
import { type AxiomDataset, deploymentOf, listDatasets } from './axiom-datasets.ts';
import type { AxiomAnswer, AxiomRest } from './axiom-rest.ts';
import type { Credential } from './inputs.ts';
import { fail, type Line, ok, type Say, warn } from './report.ts';

export interface AxiomRequest {
  readonly settings: Settings;
  readonly token: Credential;
  /** Where datasets are asked and written; undefined: at the API itself. */
  readonly edgeUrl: string | undefined;
  readonly dashboard: boolean;
  readonly dryRun: boolean;
}

/** The dataset hunts write to, and with it the dashboard over it. Nothing is deleted, and no event is written. */
export async function connectAxiom(say: Say, rest: AxiomRest, request: AxiomRequest): Promise<void> {
  const line = await connectDataset(rest, request);
  say(line);
  if (!request.dashboard) return;
  if (line.status === 'fail') say(fail('dashboard', 'not looked at: it needs the dataset'));
  else say(await connectDashboard(rest, request));
}

const DATASET = 'reportDataset';

async function connectDataset(rest: AxiomRest, request: AxiomRequest): Promise<Line> {
  const name = request.settings['axiom.reportDataset'];
  const datasets = await listDatasets(rest);
  const known = datasets?.find((one) => one.name === name);
  if (known !== undefined) return there(known, request);
  const about = `${name}, kept ${daysText(request.settings.retentionDays)}`;
  if (request.dryRun) {
    return datasets === undefined
      ? ok(DATASET, `would be created if it is missing, which this token may not see: ${about}`)
      : ok(DATASET, `would be created: ${about}`);
  }
  return await create(rest, request, about);
}

/** Its rows hold addresses, which are to be gone after `retentionDays` wherever they lie (design §9). */
function there({ name, keptDays, deployment }: AxiomDataset, { settings, edgeUrl }: AxiomRequest): Line {
  const wanted = edgeUrl === undefined ? undefined : deploymentOf(edgeUrl);
  if (wanted !== undefined && deployment !== undefined && wanted !== deployment) {
    const why = `lies in ${deployment}, and axiom.edgeUrl is that of ${wanted}`;
    return fail(DATASET, `${name} ${why}: a dataset cannot move, so name another one in axiom.reportDataset`);
  }
  const { retentionDays } = settings;
  if (keptDays !== undefined && keptDays > retentionDays) {
    const kept = `${name} is there already, and keeps its rows ${daysText(keptDays)}`;
    return warn(DATASET, `${kept}: longer than retentionDays (${retentionDays}), so addresses outlive it there`);
  }
  return ok(
    DATASET,
    `${name} is there already${keptDays === undefined ? '' : `, and keeps its rows ${daysText(keptDays)}`}`,
  );
}

async function create(rest: AxiomRest, { settings, token, edgeUrl }: AxiomRequest, about: string): Promise<Line> {
  const name = settings['axiom.reportDataset'];
  const deployment = edgeUrl === undefined ? undefined : deploymentOf(edgeUrl);
  const body = {
    name,
    description: 'What Latchkey’s hunts found: one row for each address of each finding. Made by npm run connect.',
    kind: 'axiom:events:v1',
    ...(deployment === undefined ? {} : { edgeDeployment: deployment }),
  };
  const days = { retentionDays: settings.retentionDays, useRetentionPeriod: true };
  const answer = await rest.ask('POST', '/datasets', { ...body, ...days });
  if (answer.status < 300) return ok(DATASET, `created: ${about}`);
  if (answer.status === 409) return ok(DATASET, `${name} is there already`);
  // Plans that fix the retention refuse one of our choosing (`reference/axiom.md` §4).
  if (/retention/i.test(answer.refusal)) {
    const again = await rest.ask('POST', '/datasets', body);
    if (again.status < 300) return warn(DATASET, withoutDays(name, answer));
  }
  const byHand = `make it by hand (Axiom: Settings → Datasets) and run this again`;
  return fail(DATASET, `${name} was not created: ${whyRefused(answer, token, 'datasets|create')}; or ${byHand}`);
}

function withoutDays(name: string, { refusal }: AxiomAnswer): string {
  return `created: ${name}, kept as long as your plan keeps it, as Axiom refuses another time (${refusal})`;
}

const Shown = z.object({ dashboard: z.unknown() });

async function connectDashboard(rest: AxiomRest, { settings, token, dryRun }: AxiomRequest): Promise<Line> {
  const what = 'dashboard';
  const path = `/dashboards/uid/${DASHBOARD_UID}`;
  const dashboard = dashboardOf(settings['axiom.reportDataset']);
  const found = await rest.ask('GET', path);
  if (found.status >= 300 && found.status !== 404) {
    return fail(what, `cannot be looked for: ${whyRefused(found, token, 'dashboards|read')}`);
  }
  const about = `“${dashboard.name}”, ${dashboard.charts.length} charts`;
  if (found.status !== 404 && holds(Shown.safeParse(found.body).data?.dashboard, dashboard)) {
    return ok(what, `there already: ${about}`);
  }
  const verb = found.status === 404 ? 'created' : 'updated';
  if (dryRun) return ok(what, `would be ${verb}: ${about}`);
  const answer = await rest.ask('PUT', path, { dashboard, overwrite: true, message: 'npm run connect' });
  if (answer.status < 300) return ok(what, `${verb}: ${about}; look for it among the dashboards`);
  const capability = verb === 'created' ? 'dashboards|create' : 'dashboards|update';
  return fail(what, `not ${verb}: ${whyRefused(answer, token, capability)}`);
}

/** Whether what Axiom shows is what we would write; it adds fields of its own. */
function holds(shown: unknown, ours: unknown): boolean {
  if (typeof ours !== 'object' || ours === null) return shown === ours;
  if (typeof shown !== 'object' || shown === null) return false;
  if (Array.isArray(ours) && !(Array.isArray(shown) && shown.length === ours.length)) return false;
  const values = new Map<string, unknown>(Object.entries(shown));
  return Object.entries(ours).every(([key, value]) => holds(values.get(key), value));
}

function whyRefused({ status, refusal }: AxiomAnswer, token: Credential, capability: string): string {
  const words = refusal === '' ? `${status}` : `${status}: ${refusal}`;
  return status === 401 || status === 403
    ? `Axiom refuses ${token.from} there (${words}): it needs the capability ${capability}`
    : `Axiom refuses it (${words})`;
}

function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}
