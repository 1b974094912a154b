import { LatchkeyError } from '../../functions/runtime/errors.ts';
import { readVariables, type Variables } from '../local/env-file.ts';
import { type Settings, SettingsError } from '../settings.ts';
import { checkAlertWebhook } from './checks/alert-webhook.ts';
import { checkStack, noSecretsRead, readSecrets, type SecretsRead } from './checks/aws.ts';
import { checkAxiom } from './checks/axiom.ts';
import type { Checking } from './checks/checking.ts';
import { checkCloudflare } from './checks/cloudflare.ts';
import { checkGitlab } from './checks/gitlab.ts';
import { checkModel } from './checks/model.ts';
import { checkPagerDuty } from './checks/pagerduty.ts';
import { closeReport, openReport, parseCommandLine, SHARED_HELP, type Surroundings } from './command-line.ts';
import {
  credentialsFrom,
  handToAws,
  readOperatorSettings,
  regionOf,
  SECRET_NAMES,
  sendsAlerts,
  urlsOf,
  VARIABLE_NAMES,
} from './inputs.ts';
import { fail, ok, type Report, type Say } from './report.ts';

const HELP = `Usage: npm run doctor -- [options]

Checks every credential, permission and data source that the settings ask for, and says what is missing.
Nothing is changed anywhere, and no secret is printed.

  --aws              read the secrets latchkey/* from AWS Secrets Manager instead of the variables, and look for the
                     deployed stack (AWS_REGION and your AWS credentials)
  --send-test        send PagerDuty an info event that is resolved at once, post one message to the alert webhook, ask
                     the model one question, and write one event of kind doctor to the report dataset at Axiom. A
                     service whose urgency is always high wakes its on-call for PagerDuty's event
${SHARED_HELP}
Variables: CLOUDFLARE_API_TOKEN, CLOUDFLARE_WEBHOOK_SECRET, GITLAB_TOKEN, AXIOM_TOKEN, PAGERDUTY_ROUTING_KEY,
PAGERDUTY_HEALTH_ROUTING_KEY, ALERT_WEBHOOK_URL; CLOUDFLARE_API_URL, GITLAB_URL, AXIOM_URL, AXIOM_EDGE_URL,
PAGERDUTY_EVENTS_URL instead of the settings' URLs.

Exit status: 0 nothing failed, 1 something did, 2 the command line was wrong.
`;

const OPTIONS = { aws: { type: 'boolean' }, 'send-test': { type: 'boolean' } } as const;

/**
 * The tool `doctor`, from its arguments to its exit status.
 * @throws UsageError when it was asked wrongly.
 */
export async function runDoctor(argv: readonly string[], around: Surroundings): Promise<number> {
  const options = parseCommandLine(argv, OPTIONS);
  if (options.help) {
    around.stdout.write(HELP);
    return 0;
  }
  const variables = readVariables(around.env, options.env);
  handToAws(variables);
  const json = options.json ?? false;
  const report = openReport(around, { json, nameColumns: 20 });
  const settings = await checkSettings(report, options.settings);
  if (settings !== undefined) {
    await checkEverything(report, settings, variables, {
      ...around,
      fromAws: options.aws ?? false,
      sendTest: options['send-test'] ?? false,
    });
  }
  return closeReport(report, around, json);
}

async function checkSettings(report: Report, file: string | undefined): Promise<Settings | undefined> {
  const say = report.open('settings', 'Settings (cdk.json)');
  try {
    const settings = await readOperatorSettings(file);
    const mode =
      settings.mode === 'shadow' ? 'shadow: everything is done but the page' : 'live: on-call is really paged';
    say(ok('settings', `can be used; mode ${mode}`));
    return settings;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    for (const problem of error.problems) {
      const [path = '', ...rest] = problem.split(': ');
      say(fail(path, rest.join(': ')));
    }
    say(fail('everything else', 'was not looked at: it depends on the settings'));
    return undefined;
  } finally {
    report.close('settings');
  }
}

interface How extends Surroundings {
  readonly fromAws: boolean;
  readonly sendTest: boolean;
}

async function checkEverything(report: Report, settings: Settings, variables: Variables, how: How): Promise<void> {
  const urls = urlsOf(settings, variables);
  const region = regionOf(variables);
  const { credentials, unread } = how.fromAws
    ? await checkAws(report, region, settings, how)
    : { credentials: credentialsFrom(variables), unread: {} };
  for (const credential of Object.values(credentials)) if (credential) report.hide(credential.value);
  const { clock, fetch, random, sendTest } = how;
  const names = how.fromAws ? SECRET_NAMES : VARIABLE_NAMES;
  const checking: Checking = { settings, credentials, unread, names, urls, sendTest, region, clock, fetch, random };
  await Promise.all([
    inGroup(report, 'cloudflare', `Cloudflare (${urls.cloudflare})`, (say) => checkCloudflare(say, checking)),
    inGroup(report, 'gitlab', `GitLab (${urls.gitlab})`, (say) => checkGitlab(say, checking)),
    inGroup(report, 'axiom', `Axiom (${urls.axiomEdge ?? urls.axiom})`, (say) => checkAxiom(say, checking)),
    inGroup(report, 'pagerduty', `PagerDuty (${urls.pagerduty})`, (say) => checkPagerDuty(say, checking)),
    inGroup(report, 'alerts', 'Alert webhook', (say) => checkAlertWebhook(say, checking)),
    inGroup(report, 'bedrock', 'Bedrock', (say) => checkModel(say, checking)),
  ]);
}

async function checkAws(
  report: Report,
  region: string | undefined,
  settings: Settings,
  { clock }: How,
): Promise<SecretsRead> {
  let read = noSecretsRead('AWS could not be asked');
  await inGroup(report, 'aws', `AWS (${region ?? 'no region'})`, async (say) => {
    if (region === undefined) {
      say(fail('region', 'AWS_REGION is not set: set it to the region of the stack'));
      read = noSecretsRead('AWS_REGION is not set');
      return;
    }
    const asksAxiom = settings['axiom.cloudflareDataset'] !== '' || settings['axiom.gitlabDataset'] !== '';
    const request = { region, clock, asksAxiom, sendsAlerts: sendsAlerts(settings) };
    [read] = await Promise.all([readSecrets(say, request), checkStack(say, region)]);
  });
  return read;
}

/** Whatever goes wrong in one system's checks is a line of that system; the others go on. */
async function inGroup(
  report: Report,
  system: string,
  title: string,
  check: (say: Say) => Promise<void>,
): Promise<void> {
  const say = report.open(system, title);
  try {
    await check(say);
  } catch (error) {
    if (!(error instanceof LatchkeyError)) throw error;
    say(fail('connection', `${error.message}; the rest of this system was not looked at`));
  } finally {
    report.close(system);
  }
}
