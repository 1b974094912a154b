import { inParallel } from '../../functions/adapters/cloudflare/in-parallel.ts';
import { isZoneId } from '../../functions/adapters/cloudflare/zones.ts';
import { ConfigError, LatchkeyError } from '../../functions/runtime/errors.ts';
import { readVariables, type Variables } from '../local/env-file.ts';
import { isLoopbackHost } from '../local/outside.ts';
import { UsageError } from '../local/usage-error.ts';
import { Alerting } from './alerting.ts';
import { CloudflareRest, type ZoneRow, zoneRows } from './cloudflare-rest.ts';
import { closeReport, openReport, parseCommandLine, SHARED_HELP, type Surroundings } from './command-line.ts';
import { connectDestination } from './connect-destination.ts';
import { connectPolicies } from './connect-policies.ts';
import { type Credential, credentialsFrom, readOperatorSettings, urlsOf } from './inputs.ts';
import { fail, ok, type Say, warn } from './report.ts';

const HELP = `Usage: npm run connect -- --url URL [options]

Registers Latchkey with Cloudflare's notifications: one webhook destination, and a policy for each alert about attacks
that your account is offered. Safe to repeat: what is there is updated, nothing is ever deleted.

Deploy the stack and store the secret first: Cloudflare sends a test message to the URL before it takes it.

  --url URL          the stack's output WebhookUrl (https://…/webhooks/cloudflare)
  --account ID       Cloudflare account, 32 hexadecimal digits (default: that of the zones)
  --dry-run          say what would be done, change nothing
${SHARED_HELP}
Variables: CLOUDFLARE_API_TOKEN, a token with Account → Notifications Edit and Zone → Zone Read (make one for this and
delete it afterwards: the deployed functions need less); CLOUDFLARE_WEBHOOK_SECRET, the same text as in the secret
latchkey/cloudflare-webhook; CLOUDFLARE_API_URL instead of the setting's.

Exit status: 0 everything is in place, 1 something is not, 2 the command line was wrong.
`;

const OPTIONS = { url: { type: 'string' }, account: { type: 'string' }, 'dry-run': { type: 'boolean' } } as const;

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
  const url = webhookUrl(options.url);
  const account = accountId(options.account);
  const settings = await readOperatorSettings(options.settings);
  const variables = readVariables(around.env, options.env);
  const { cloudflare: apiUrl } = urlsOf(settings, variables);
  const { token, secret } = requireCredentials(variables);

  const json = options.json ?? false;
  const report = openReport(around, { json, nameColumns: 34 });
  report.hide(token.value);
  report.hide(secret.value);
  const say = report.open('cloudflare', `Cloudflare (${apiUrl})${options['dry-run'] ? ', dry run' : ''}`);
  try {
    const rest = new CloudflareRest({ apiUrl, token: token.value, ...around });
    const configured = settings['cloudflare.zones'];
    const place = await findPlace(say, rest, configured, account);
    if (place !== undefined) {
      const alerting = new Alerting(rest, place.account);
      const dryRun = options['dry-run'] ?? false;
      const destination = await connectDestination(say, alerting, { url, secret, dryRun, fetch: around.fetch });
      if (destination !== 'refused') {
        const chosen = configured.length > 0;
        await connectPolicies(say, alerting, { destination, zones: place.zones, chosen, dryRun });
      }
    }
  } catch (error) {
    // Fails toward saying so: what was done before stays, and the next run finds it.
    if (!(error instanceof LatchkeyError)) throw error;
    say(fail('Cloudflare', error.message));
  } finally {
    report.close('cloudflare');
  }
  return closeReport(report, around, json);
}

function webhookUrl(text: string | undefined): string {
  if (text === undefined) throw new UsageError('--url is missing: give the stack’s output WebhookUrl');
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

function requireCredentials(variables: Variables): { token: Credential; secret: Credential } {
  const { cloudflare: token, webhookSecret: secret } = credentialsFrom(variables);
  if (token === undefined) {
    throw new UsageError('CLOUDFLARE_API_TOKEN is not set: it needs Account → Notifications Edit and Zone → Zone Read');
  }
  if (secret === undefined) {
    throw new UsageError('CLOUDFLARE_WEBHOOK_SECRET is not set: without it every webhook would be refused');
  }
  return { token, secret };
}

/** The account everything is registered in, and its zones. */
interface Place {
  readonly account: string;
  readonly zones: readonly string[];
}

async function findPlace(
  say: Say,
  rest: CloudflareRest,
  configured: readonly string[],
  account: string | undefined,
): Promise<Place | undefined> {
  const zones = configured.length === 0 ? await allZones(rest, account) : await namedZones(say, rest, configured);
  const accounts = [...new Set(zones.map((zone) => zone.account.id))];
  if (account === undefined && accounts.length !== 1) {
    const why =
      accounts.length === 0
        ? 'unknown, as the token sees no zone: give it Zone → Zone Read, or give --account'
        : `the zones lie in ${accounts.length} accounts: run this once for each with --account (${accounts.join(', ')})`;
    say(fail('account', why));
    return undefined;
  }
  const here = account ?? accounts[0] ?? '';
  const elsewhere = zones.filter((zone) => zone.account.id !== here);
  if (elsewhere.length > 0) {
    say(
      warn(
        'zones',
        `${elsewhere.length} of other accounts are left out: ${elsewhere.map(({ name }) => name).join(', ')}`,
      ),
    );
  }
  const inside = zones.filter((zone) => zone.account.id === here);
  say(ok('account', `${here}, zones: ${inside.map(({ name }) => name).join(', ') || 'none known'}`));
  return { account: here, zones: inside.map(({ id }) => id) };
}

const PAGE = 50;
const MOST_PAGES = 100;

async function allZones(rest: CloudflareRest, account: string | undefined): Promise<ZoneRow[]> {
  const zones: ZoneRow[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const answer = await rest.get(`/zones?per_page=${PAGE}&page=${page}`);
    // With the account given, alert types that need no zones can do without the list.
    if (answer.status >= 300 && account === undefined) throw new ConfigError(`Zones: ${zonesRefused(answer.status)}`);
    const rows = answer.status >= 300 ? [] : zoneRows(answer.result);
    zones.push(...rows);
    if (rows.length < PAGE) break;
  }
  return zones;
}

const ZONES_AT_ONCE = 4;

async function namedZones(say: Say, rest: CloudflareRest, configured: readonly string[]): Promise<ZoneRow[]> {
  const found = await inParallel(configured, ZONES_AT_ONCE, async (entry) => {
    const answer = await rest.get(isZoneId(entry) ? `/zones/${entry}` : `/zones?name=${encodeURIComponent(entry)}`);
    const [zone] = answer.status < 300 ? zoneRows(answer.result) : [];
    if (zone === undefined) {
      const why = answer.status < 300 ? 'the token sees no such zone' : zonesRefused(answer.status);
      say(fail(`zone ${entry}`, `${why}; correct cloudflare.zones`));
    }
    return zone ?? [];
  });
  return found.flat();
}

function zonesRefused(status: number): string {
  return `Cloudflare refuses the token (${status}): it is wrong or expired, or lacks Zone → Zone Read`;
}
