import * as z from 'zod/mini';
import { Capabilities } from '../../../functions/adapters/cloudflare/capabilities.ts';
import { CloudflareClient } from '../../../functions/adapters/cloudflare/client.ts';
import { inParallel } from '../../../functions/adapters/cloudflare/in-parallel.ts';
import { isZoneId, ZoneDirectory, type ZoneRef } from '../../../functions/adapters/cloudflare/zones.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { ConfigError, LatchkeyError } from '../../../functions/runtime/errors.ts';
import type { Settings } from '../../settings.ts';
import { CloudflareRest, type RestAnswer, zoneRows } from '../cloudflare-rest.ts';
import type { Credential } from '../inputs.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';
import { type Checking, memoryCache, untilItEnds, without } from './checking.ts';
import { zoneMonitor } from './zone-monitor.ts';
import { zoneOffers } from './zone-offers.ts';

/**
 * Each zone costs a request of a budget of 300 in five minutes, which the deployed functions share. What its rules are
 * called is asked of another.
 */
const MOST_ZONES = 100;
const ZONES_AT_ONCE = 4;
const PATIENCE_MS = 2 * MINUTE;

const Verified = z.object({ status: z.string(), expires_on: z.nullish(z.string()) });

/** The webhook secret, the token, and of every zone what it offers. */
export async function checkCloudflare(say: Say, checking: Checking): Promise<void> {
  say(webhookSecret(checking));
  const token = checking.credentials.cloudflare;
  if (token === undefined) {
    say(without('cloudflare', 'token', `no bot address can be read; create one with ${PERMISSIONS}`, checking));
    return;
  }
  const { clock, fetch, random, urls } = checking;
  const rest = new CloudflareRest({ apiUrl: urls.cloudflare, token: token.value, fetch, clock, random });
  const state = await verify(rest, token, checking);
  say(state);
  if (state.status !== 'fail') await checkZones(say, checking, token);
}

const PERMISSIONS =
  'Account → Account Analytics Read, Zone → Analytics Read and Zone → Zone Read, for every zone, and for the names of ' +
  'rules Zone → Zone WAF Read';

/** Shorter secrets can be guessed, and whoever knows it opens cases. */
const ENOUGH_CHARACTERS = 32;

function webhookSecret(checking: Checking): Line {
  const what = 'webhook secret';
  const secret = checking.credentials.webhookSecret;
  if (secret === undefined) {
    const cost = `every webhook would be refused; make one up, ${ENOUGH_CHARACTERS} random characters`;
    return without('webhookSecret', what, cost, checking);
  }
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(secret.value)) {
    return fail(what, `${secret.from} holds characters a header cannot carry: use printable ASCII`);
  }
  const { length } = secret.value;
  return length < ENOUGH_CHARACTERS
    ? warn(what, `${length} characters: whoever guesses it opens cases; use ${ENOUGH_CHARACTERS} random ones`)
    : ok(what, `${length} characters`);
}

/** Tokens of a user and tokens of an account are verified at different places (`reference/cloudflare.md` §8). */
async function verify(rest: CloudflareRest, token: Credential, { clock }: Checking): Promise<Line> {
  const what = 'token';
  const ofUser = await rest.get('/user/tokens/verify');
  const answer = ofUser.status === 200 ? ofUser : await verifyOfAccount(rest, ofUser);
  const verified = Verified.safeParse(answer.result);
  if (answer.status !== 200 || !verified.success) {
    return fail(
      what,
      `Cloudflare refuses ${token.from} (${answer.status}${said(answer)}): it is mistyped, deleted or expired; create a new one`,
    );
  }
  const { status, expires_on: ends } = verified.data;
  if (status !== 'active') return fail(what, `${token.from} is ${status}: create a new one or enable it again`);
  const at = ends ? Date.parse(ends) : Number.NaN;
  return untilItEnds(what, `${token.from} is active`, Number.isNaN(at) ? undefined : at, clock.now());
}

/** The account's id is only known from a zone: tokens of an account may not list accounts. */
async function verifyOfAccount(rest: CloudflareRest, ofUser: RestAnswer): Promise<RestAnswer> {
  const [zone] = zoneRows((await rest.get('/zones?per_page=5')).result);
  return zone === undefined ? ofUser : await rest.get(`/accounts/${zone.account.id}/tokens/verify`);
}

function said({ refusal }: RestAnswer): string {
  return refusal === '' ? '' : `: ${refusal}`;
}

async function checkZones(say: Say, checking: Checking, token: Credential): Promise<void> {
  const { urls, clock, fetch, random, settings } = checking;
  const client = new CloudflareClient({
    apiUrl: urls.cloudflare,
    token: async () => token.value,
    fetch,
    clock,
    random,
  });
  const cache = memoryCache();
  const deadline = clock.now() + PATIENCE_MS;
  const directory = new ZoneDirectory({ client, cache, clock });
  const zones = await zonesToCheck(say, directory, settings['cloudflare.zones'], deadline);
  const capabilities = new Capabilities({ client, cache, clock });
  await inParallel(zones.slice(0, MOST_ZONES), ZONES_AT_ONCE, async (zone) => {
    for (const line of await checkZone(zone, { capabilities, client, settings, deadline })) say(line);
  });
  if (zones.length > MOST_ZONES) {
    say(
      warn('zones', `only the first ${MOST_ZONES} of ${zones.length} were looked at; name fewer in cloudflare.zones`),
    );
  }
}

/** The configured zones, or all the token can see. */
async function zonesToCheck(
  say: Say,
  directory: ZoneDirectory,
  configured: readonly string[],
  deadline: number,
): Promise<readonly ZoneRef[]> {
  try {
    if (configured.length > 0) {
      const found = await inParallel(configured, ZONES_AT_ONCE, async (entry) => {
        const zone = await (isZoneId(entry) ? directory.byId(entry, deadline) : directory.byName(entry, deadline));
        if (zone === undefined) {
          say(
            fail(
              `zone ${entry}`,
              'is no zone the token can read: give it Zone → Zone Read there, or correct cloudflare.zones',
            ),
          );
        }
        return zone ?? [];
      });
      return found.flat();
    }
    const zones = await directory.all(deadline);
    if (zones.length === 0) {
      say(fail('zones', 'the token sees none: give it Zone → Zone Read and Zone → Analytics Read for your zones'));
    } else say(ok('zones', `cloudflare.zones is empty, so every zone the token sees is looked at: ${zones.length}`));
    return zones;
  } catch (error) {
    // Fails toward saying so: nothing else can be asked without a zone.
    if (!(error instanceof LatchkeyError)) throw error;
    const why =
      error instanceof ConfigError ? 'the token may not look zones up: give it Zone → Zone Read' : error.message;
    say(fail('zones', why));
    return [];
  }
}

interface ZoneChecking {
  readonly capabilities: Capabilities;
  readonly client: CloudflareClient;
  readonly settings: Settings;
  readonly deadline: number;
}

async function checkZone(zone: ZoneRef, { capabilities, client, settings, deadline }: ZoneChecking): Promise<Line[]> {
  const name = zone.name ?? zone.id;
  const what = `zone ${name}`;
  try {
    const offers = await capabilities.of(zone.id, deadline);
    const line = zoneOffers(what, offers);
    if (settings['monitor.filters'].length === 0) return [line];
    const problem = await namesProblem(zone, client, deadline);
    return [line, zoneMonitor(`monitor ${name}`, offers, settings, problem)];
  } catch (error) {
    // Fails toward saying so; the other zones are still looked at.
    if (!(error instanceof LatchkeyError)) throw error;
    if (!(error instanceof ConfigError)) return [fail(what, error.message)];
    return [
      fail(
        what,
        'its analytics are closed to the token: give it Account → Account Analytics Read and Zone → Analytics Read there',
      ),
    ];
  }
}

/** Why an alert could not say what the rules of a zone are called; it works without. */
async function namesProblem(zone: ZoneRef, client: CloudflareClient, deadline: number): Promise<string | undefined> {
  try {
    await client.get(`/zones/${zone.id}/rulesets`, deadline);
    return undefined;
  } catch (error) {
    // Fails toward saying so: names are a comfort.
    if (!(error instanceof LatchkeyError)) throw error;
    return error instanceof ConfigError
      ? 'rules are told by their ids: for their names give the token Zone → Zone WAF Read'
      : `rules are told by their ids: ${error.message}`;
  }
}
