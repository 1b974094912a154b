import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '../../../functions/runtime/clock.ts';
import { isObject, parseJson } from '../../../infra/local/json.ts';
import type { World } from '../../../infra/local/scenario/world.ts';
import { type AlertSink, startAlertSink } from '../../../infra/local/stand-ins/alert-sink.ts';
import {
  CLOUDFLARE_STAND_IN_TOKEN,
  type CloudflareStandIn,
  startCloudflareStandIn,
} from '../../../infra/local/stand-ins/cloudflare.ts';
import {
  GITLAB_STAND_IN_TOKEN,
  type GitlabStandIn,
  startGitlabStandIn,
} from '../../../infra/local/stand-ins/gitlab.ts';
import {
  PAGERDUTY_STAND_IN_KEY,
  type PagerDutyStandIn,
  startPagerDutyStandIn,
} from '../../../infra/local/stand-ins/pagerduty.ts';
import { runDoctor } from '../../../infra/operate/doctor-run.ts';
import type { Line } from '../../../infra/operate/report.ts';
import { fakeClock } from '../local/stand-ins/asking.ts';

export const WEBHOOK_SECRET = 'a-webhook-secret-of-33-characters';

export interface Ran {
  readonly status: number;
  readonly output: string;
  readonly lines: readonly (Line & { readonly system: string })[];
  /** The line about `what` of that system. */
  about(system: string, what: string): Line | undefined;
}

export interface DoctorSetup {
  readonly world: World;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly settings?: object;
  /** Below the alert sink's URL: which service it answers as. */
  readonly alertPath?: string;
  /** Changes what stands there before the doctor comes. */
  readonly prepare?: (standIns: StandIns) => void;
}

export interface StandIns {
  readonly cloudflare: CloudflareStandIn;
  readonly gitlab: GitlabStandIn;
  readonly pagerduty: PagerDutyStandIn;
  readonly alerts: AlertSink;
}

/** Runs the doctor with `--json` over stand-ins of this world, at the world's start. */
export async function doctor(setup: DoctorSetup): Promise<Ran & StandIns> {
  const clock = fakeClock(setup.world.start);
  const standIns = await startStandIns(setup.world, clock);
  try {
    setup.prepare?.(standIns);
    const env = {
      CLOUDFLARE_API_URL: standIns.cloudflare.url,
      CLOUDFLARE_API_TOKEN: CLOUDFLARE_STAND_IN_TOKEN,
      CLOUDFLARE_WEBHOOK_SECRET: WEBHOOK_SECRET,
      GITLAB_URL: standIns.gitlab.url,
      GITLAB_TOKEN: GITLAB_STAND_IN_TOKEN,
      PAGERDUTY_EVENTS_URL: standIns.pagerduty.url,
      PAGERDUTY_ROUTING_KEY: PAGERDUTY_STAND_IN_KEY,
      ALERT_WEBHOOK_URL: standIns.alerts.url + (setup.alertPath ?? ''),
      ...setup.env,
    };
    const argv = ['--json', ...(setup.settings ? ['--settings', settingsFile(setup.settings)] : [])];
    const ran = await capture(env, clock, (around) => runDoctor([...argv, ...(setup.argv ?? [])], around));
    return { ...ran, ...standIns };
  } finally {
    await Promise.all(Object.values(standIns).map((standIn) => standIn.close()));
  }
}

async function startStandIns(world: World, clock: Clock): Promise<StandIns> {
  const [cloudflare, gitlab, pagerduty, alerts] = await Promise.all([
    startCloudflareStandIn({ world, clock }),
    startGitlabStandIn({ world, clock }),
    startPagerDutyStandIn({ clock }),
    startAlertSink({ clock }),
  ]);
  return { cloudflare, gitlab, pagerduty, alerts };
}

/** Runs a tool and reads the JSON lines it wrote. */
export async function capture(
  env: Readonly<Record<string, string>>,
  clock: Clock,
  run: (around: Parameters<typeof runDoctor>[1]) => Promise<number>,
): Promise<Ran> {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  const status = await run({ env, stdout: output, stderr: output, clock, fetch, random: () => 0.5 });
  const text = written.join('');
  const lines = text.split('\n').flatMap((line) => asLine(parseJson(line)) ?? []);
  const about = (system: string, what: string) => lines.find((line) => line.system === system && line.what === what);
  return { status, output: text, lines, about };
}

function asLine(value: unknown): (Line & { system: string }) | undefined {
  if (!isObject(value) || value.event !== 'check') return undefined;
  const { system, status, what, why } = value;
  if (status !== 'ok' && status !== 'warn' && status !== 'fail') return undefined;
  return { system: String(system), status, what: String(what), why: String(why) };
}

export function settingsFile(settings: object): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'latchkey-test-')), 'settings.json');
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

/** What needs somebody, as `system what`. */
export function failures({ lines }: Ran): string[] {
  return lines.filter(({ status }) => status === 'fail').map(({ system, what }) => `${system} ${what}`);
}
