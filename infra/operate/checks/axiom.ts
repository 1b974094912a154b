import { TokenRefusedError } from '../../../functions/adapters/axiom/axiom-errors.ts';
import { openAxiom } from '../../../functions/adapters/axiom/open-axiom.ts';
import { readSchema } from '../../../functions/adapters/axiom/schema.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { ConfigError, EvidenceGapError, LatchkeyError } from '../../../functions/runtime/errors.ts';
import type { Settings } from '../../settings.ts';
import { type AxiomDataset, deploymentOf, edgeUrlOf, listDatasets } from '../axiom-datasets.ts';
import { AxiomRest } from '../axiom-rest.ts';
import type { Credential } from '../inputs.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';
import { type AxiomAsking, lookAt } from './axiom-asking.ts';
import { checkCloudflareDataset } from './axiom-cloudflare.ts';
import { checkGitlabDataset } from './axiom-gitlab.ts';
import { checkReportDataset } from './axiom-report.ts';
import { type Checking, memoryCache, without } from './checking.ts';

const PATIENCE_MS = 3 * MINUTE;

/** Whether hunts are on, whose token we have, and of every dataset what it gives. */
export async function checkAxiom(say: Say, checking: Checking): Promise<void> {
  const { settings, clock, fetch, random, urls } = checking;
  const names = namesOf(settings);
  say(huntsLine(settings));
  const [first] = names.read;
  if (first === undefined) return;
  const token = checking.credentials.axiom;
  if (token === undefined) {
    say(without('axiom', 'token', `no dataset can be asked; it needs ${neededFor(names)}`, checking));
    return;
  }
  const rest = new AxiomRest({ url: urls.axiom, token: token.value, fetch, clock, random });
  const asking: AxiomAsking = {
    checking,
    client: openAxiom({
      url: urls.axiom,
      edgeUrl: urls.axiomEdge,
      token: async () => token.value,
      fetch,
      clock,
      random,
    }),
    cache: memoryCache(),
    token,
    known: await knownDatasets(rest),
    deadline: clock.now() + PATIENCE_MS,
  };
  const line = tokenLine(token, checking, await isRefused(asking, first), neededFor(names));
  say(line);
  if (line.status === 'fail') return;
  for (const place of placeLines(asking, [...names.read, ...names.written])) say(place);
  const { cloudflare, gitlab } = names;
  if (cloudflare !== undefined) await lookAt(say, 'cloudflareDataset', cloudflare, asking, checkCloudflareDataset);
  if (gitlab !== undefined) await lookAt(say, 'gitlabDataset', gitlab, asking, checkGitlabDataset);
  for (const report of names.written) await checkReportDataset(say, report, asking);
}

interface Names {
  readonly cloudflare: string | undefined;
  readonly gitlab: string | undefined;
  readonly read: readonly string[];
  readonly written: readonly string[];
}

function namesOf(settings: Settings): Names {
  const cloudflare = settings['axiom.cloudflareDataset'] || undefined;
  const gitlab = settings['axiom.gitlabDataset'] || undefined;
  return {
    cloudflare,
    gitlab,
    read: [cloudflare ?? [], gitlab ?? []].flat(),
    written: cloudflare === undefined ? [] : [settings['axiom.reportDataset']],
  };
}

function neededFor({ read, written }: Names): string {
  const ingest = written.length === 0 ? '' : `, Ingest on ${written.join()}`;
  return `an advanced API token (xaat-…) with Query on ${[...read, ...written].join(', ')}${ingest}`;
}

function huntsLine(settings: Settings): Line {
  if (settings['axiom.cloudflareDataset'] === '') {
    return ok(
      'hunts',
      'off, as axiom.cloudflareDataset is empty: name the Axiom dataset with Cloudflare’s requests there and deploy again to turn them on',
    );
  }
  const [delay, overlap] = [settings['hunt.delayMinutes'], settings['hunt.overlapMinutes']];
  return ok(
    'hunts',
    `on, ${settings['hunt.schedule']}: an hour is hunted once it ended ${delay} min ago, with the ${overlap} min before it`,
  );
}

async function knownDatasets(rest: AxiomRest): Promise<readonly AxiomDataset[] | undefined> {
  try {
    return await listDatasets(rest);
  } catch (error) {
    // Fails toward not knowing: the product asks no such list, and an edge deployment may answer without the API.
    if (!(error instanceof LatchkeyError)) throw error;
    return undefined;
  }
}

/**
 * A token that may list datasets is known to Axiom; of any other the first question tells.
 * @throws TransientError, RateLimitedError when Axiom cannot be asked
 */
async function isRefused({ known, client, cache, checking, deadline }: AxiomAsking, dataset: string): Promise<boolean> {
  if (known !== undefined) return false;
  try {
    await readSchema(client, cache, dataset, checking.clock, deadline);
    return false;
  } catch (error) {
    // Fails toward looking at the datasets: what else Axiom refuses is said there.
    if (!(error instanceof ConfigError || error instanceof EvidenceGapError)) throw error;
    return error instanceof TokenRefusedError;
  }
}

/** `reference/axiom.md` §1: what a token may be begins with `xaat-` or, for people's own, `xapt-`. */
function tokenLine(token: Credential, { urls }: Checking, refused: boolean, needed: string): Line {
  const what = 'token';
  const isPersonal = token.value.startsWith('xapt-');
  if (isPersonal && urls.axiomEdge !== undefined && deploymentOf(urls.axiomEdge) !== undefined) {
    return fail(what, `${token.from} is a personal token, which edge deployments refuse; make ${needed}`);
  }
  if (refused) {
    const kind = isPersonal ? 'a personal token' : 'mistyped, deleted, expired or of another organisation';
    return fail(what, `Axiom refuses ${token.from}: it is ${kind}, or lacks the permission; make ${needed}`);
  }
  if (isPersonal) {
    return warn(
      what,
      `${token.from} is a personal token: deprecated, and may do whatever its user may; make ${needed}`,
    );
  }
  return token.value.startsWith('xaat-')
    ? ok(what, `${token.from} is an API token, and accepted`)
    : warn(what, `${token.from} is accepted, but does not look like an API token (xaat-…); make ${needed}`);
}

/** Whether the datasets lie where they are asked, as far as Axiom tells (`reference/axiom.md` §4). */
function* placeLines({ checking, known }: AxiomAsking, names: readonly string[]): Generator<Line> {
  const { axiom, axiomEdge } = checking.urls;
  const what = 'edge deployment';
  if (deploymentOf(axiom) !== undefined) {
    yield fail(
      what,
      'axiom.url is that of an edge deployment: set it back to https://api.axiom.co, and axiom.edgeUrl to this',
    );
  }
  const asked = axiomEdge === undefined ? undefined : deploymentOf(axiomEdge);
  const mine = (known ?? []).filter(({ name }) => names.includes(name));
  const deployments = [...new Set(mine.flatMap(({ deployment }) => deployment ?? []))];
  const [only] = deployments;
  if (deployments.length > 1) {
    const places = mine.map(({ name, deployment }) => `${name} in ${deployment ?? 'another'}`).join(', ');
    yield fail(what, `the datasets lie in different ones (${places}), and Latchkey asks one`);
  } else if (only !== undefined && axiomEdge === undefined && only !== DEFAULT_DEPLOYMENT) {
    yield warn(
      what,
      `the datasets lie in ${only}: set axiom.edgeUrl to ${edgeUrlOf(only)}, so that they are asked there`,
    );
  } else if (only !== undefined && asked !== undefined && asked !== only) {
    yield fail(
      what,
      `the datasets lie in ${only}, and axiom.edgeUrl is that of ${asked}: set it to ${edgeUrlOf(only)}`,
    );
  } else if (asked !== undefined) yield ok(what, asked);
}

const DEFAULT_DEPLOYMENT = 'cloud.us-east-1.aws';
