import { LatchkeyError } from '../../functions/runtime/errors.ts';
import { readVariables } from '../local/env-file.ts';
import { isLoopbackHost } from '../local/outside.ts';
import { UsageError } from '../local/usage-error.ts';
import type { Settings } from '../settings.ts';
import { AxiomRest } from './axiom-rest.ts';
import { CloudflareRest } from './cloudflare-rest.ts';
import { closeReport, openReport, parseCommandLine, SHARED_HELP, type Surroundings } from './command-line.ts';
import { connectAxiom } from './connect-axiom.ts';
import { connectCloudflare } from './connect-cloudflare.ts';
import {
  type Credential,
  type Credentials,
  credentialsFrom,
  readOperatorSettings,
  type Urls,
  urlsOf,
} from './inputs.ts';
import { fail, ok, type Report, type Say } from './report.ts';

const HELP = `Usage: npm run connect -- --url URL [options]

Registers Latchkey with Cloudflare's notifications: one webhook destination, and a policy for each alert about attacks
that your account is offered. Where hunts are on (setting axiom.cloudflareDataset), also creates the Axiom dataset that
they write to. Safe to repeat: what is there is updated, nothing is ever deleted.

Deploy the stack and store the secret first: Cloudflare sends a test message to the URL before it takes it.

  --url URL          the stack's output WebhookUrl (https://…/webhooks/cloudflare); where hunts are on it may be left
                     out, and only Axiom is looked at
  --account ID       Cloudflare account, 32 hexadecimal digits (default: that of the zones)
  --dashboard        also make the dashboard “Latchkey” at Axiom, or write it anew
  --dry-run          say what would be done, change nothing
${SHARED_HELP}
Variables: CLOUDFLARE_API_TOKEN, a token with Account → Notifications Edit and Zone → Zone Read (make one for this and
delete it afterwards: the deployed functions need less); CLOUDFLARE_WEBHOOK_SECRET, the same text as in the secret
latchkey/cloudflare-webhook; where hunts are on AXIOM_TOKEN, an API token with the capabilities datasets create and
read, with --dashboard also dashboards create, read and update (another one for this, as above); CLOUDFLARE_API_URL,
AXIOM_URL and AXIOM_EDGE_URL instead of the settings'.

Exit status: 0 everything is in place, 1 something is not, 2 the command line was wrong.
`;

const OPTIONS = {
  url: { type: 'string' },
  account: { type: 'string' },
  dashboard: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
} as const;

const WEBHOOK_PATH = '/webhooks/cloudflare';

/**
 * The tool `connect`, from its arguments to its exit status.
 * @throws UsageError, SettingsError when it was asked wrongly; LatchkeyError when Cloudflare cannot be asked.
 */
export async function runConnect(argv: readonly string[], around: Surroundings): Promise<number> {
  const options = parseCommandLine(argv, OPTIONS);
  if (options.help) {
    around.stdout.write(HELP);
    return 0;
  }
  const url = options.url === undefined ? undefined : webhookUrl(options.url);
  const account = accountId(options.account);
  const settings = await readOperatorSettings(options.settings);
  const hunts = settings['axiom.cloudflareDataset'] !== '';
  if (url === undefined && !hunts) throw new UsageError('--url is missing: give the stack’s output WebhookUrl');
  if (url === undefined && account !== undefined) throw new UsageError('--account needs --url');
  if (options.dashboard && !hunts) {
    throw new UsageError('--dashboard: there are no hunts to show, as axiom.cloudflareDataset is empty');
  }
  const variables = readVariables(around.env, options.env);
  const credentials = credentialsFrom(variables);
  const webhook = url === undefined ? undefined : { url, account, ...requireCredentials(credentials) };

  const json = options.json ?? false;
  const report = openReport(around, { json, nameColumns: 34 });
  const doing: Doing = {
    settings,
    urls: urlsOf(settings, variables),
    dryRun: options['dry-run'] ?? false,
    around,
  };
  for (const credential of Object.values(credentials)) if (credential) report.hide(credential.value);
  await atCloudflare(report, webhook, doing);
  if (hunts) await atAxiom(report, credentials.axiom, options.dashboard ?? false, doing);
  return closeReport(report, around, json);
}

interface Doing {
  readonly settings: Settings;
  readonly urls: Urls;
  readonly dryRun: boolean;
  readonly around: Surroundings;
}

interface Webhook {
  readonly url: string;
  readonly account: string | undefined;
  readonly token: Credential;
  readonly secret: Credential;
}

async function atCloudflare(report: Report, webhook: Webhook | undefined, doing: Doing): Promise<void> {
  const { settings, urls, around, dryRun } = doing;
  await inGroup(report, 'Cloudflare', urls.cloudflare, doing, async (say) => {
    if (webhook === undefined) {
      say(ok('webhook', 'left as it is, as --url was not given'));
      return;
    }
    const { token, ...request } = webhook;
    const rest = new CloudflareRest({ apiUrl: urls.cloudflare, token: token.value, ...around });
    await connectCloudflare(say, rest, {
      ...request,
      zones: settings['cloudflare.zones'],
      dryRun,
      fetch: around.fetch,
    });
  });
}

async function atAxiom(report: Report, token: Credential | undefined, dashboard: boolean, doing: Doing): Promise<void> {
  const { settings, urls, around, dryRun } = doing;
  await inGroup(report, 'Axiom', urls.axiom, doing, async (say) => {
    if (token === undefined) {
      say(fail('token', 'AXIOM_TOKEN is not set: it needs the capabilities datasets|create and datasets|read'));
      return;
    }
    const rest = new AxiomRest({ url: urls.axiom, token: token.value, ...around });
    await connectAxiom(say, rest, { settings, token, edgeUrl: urls.axiomEdge, dashboard, dryRun });
  });
}

async function inGroup(
  report: Report,
  system: 'Cloudflare' | 'Axiom',
  url: string,
  { dryRun }: Doing,
  connect: (say: Say) => Promise<void>,
): Promise<void> {
  const say = report.open(system.toLowerCase(), `${system} (${url})${dryRun ? ', dry run' : ''}`);
  try {
    await connect(say);
  } catch (error) {
    // Fails toward saying so: what was done before stays, and the next run finds it.
    if (!(error instanceof LatchkeyError)) throw error;
    say(fail(system, error.message));
  } finally {
    report.close(system.toLowerCase());
  }
}

function webhookUrl(text: string): string {
  const url = URL.parse(text);
  const isReachable = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname));
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (url === null || !isReachable || !isPlain || !url.pathname.endsWith(WEBHOOK_PATH)) {
    throw new UsageError(`--url: expected an https URL that ends with ${WEBHOOK_PATH}: the stack’s output WebhookUrl`);
  }
  return url.href;
}

function accountId(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{32}$/i.test(text)) return text?.toLowerCase();
  throw new UsageError('--account: expected the account’s id, 32 hexadecimal digits');
}

function requireCredentials({ cloudflare: token, webhookSecret: secret }: Credentials) {
  if (token === undefined) {
    throw new UsageError('CLOUDFLARE_API_TOKEN is not set: it needs Account → Notifications Edit and Zone → Zone Read');
  }
  if (secret === undefined) {
    throw new UsageError('CLOUDFLARE_WEBHOOK_SECRET is not set: without it every webhook would be refused');
  }
  return { token, secret };
}
