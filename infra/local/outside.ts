import type { Variables } from './env-file.ts';
import { UsageError } from './usage-error.ts';

/** A system that is asked at a URL with a credential. */
export interface RealSystem {
  readonly kind: 'real';
  /** As its variable wants it (design §5). */
  readonly url: string;
  readonly credential: string;
}

/** A system whose stand-in is started and asked instead. */
export interface StandInSystem {
  readonly kind: 'stand-in';
}

/** A secret that requests to this stack carry; `own` where somebody gave it. */
interface LocalSecret {
  readonly value: string;
  readonly own: boolean;
}

/** The model: a stand-in, any server at an endpoint, or the real Bedrock with the caller's credentials. */
export type ModelPlan = StandInSystem | { readonly kind: 'endpoint'; readonly url: string } | { readonly kind: 'aws' };

/** Who is asked, and with what. Credentials in here are never printed. */
export interface OutsidePlan {
  readonly cloudflare: StandInSystem | RealSystem;
  readonly gitlab: StandInSystem | RealSystem;
  readonly axiom: StandInSystem | (RealSystem & { readonly edgeUrl?: string });
  readonly pagerduty: StandInSystem | (RealSystem & { readonly healthCredential?: string });
  readonly bedrock: ModelPlan;
  /** Where alerts go; the whole URL is a credential. */
  readonly alerts: StandInSystem | { readonly kind: 'real'; readonly url: string };
  readonly webhookSecret: LocalSecret;
  /** What whoever streams audit events to us sends with them. */
  readonly streamingToken: LocalSecret;
  /** What was ignored or filled in, for the banner: one sentence each, no credential in any. */
  readonly notes: readonly string[];
}

export interface OutsideRequest {
  readonly livePaging: boolean;
  readonly liveModel: boolean;
  /** The built-in sample will be played. */
  readonly playsSample: boolean;
}

/** The webhook secret of a stack that was given none. It guards a loopback port with made-up data behind it. */
export const LOCAL_WEBHOOK_SECRET = 'latchkey-local-webhook-secret';
/** Likewise, of 16 to 24 characters as GitLab's are (`reference/gitlab.md` §3). */
export const LOCAL_STREAMING_TOKEN = 'latchkey-local-streaming';

const PLACEHOLDER_CREDENTIAL = 'latchkey-local-placeholder';
/** A routing key has 32 characters (reference/pagerduty.md §1). */
const PLACEHOLDER_ROUTING_KEY = 'latchkeylocalplaceholder00000000';
const PAGERDUTY_US = 'https://events.pagerduty.com';

/**
 * Decides, system by system, whether the real one or a stand-in is asked. Nobody is paged or alerted by accident:
 * PagerDuty and an alert webhook off this machine need `--live-paging`, Bedrock needs `--live-model`, and both need
 * evidence that is real. Hunts write what they found to Axiom: nothing made up goes to one off this machine.
 * @throws UsageError naming the variable or option that contradicts another.
 */
export function decideOutside(variables: Variables, request: OutsideRequest): OutsidePlan {
  const notes: string[] = [];
  const cloudflare = evidenceSystem(variables, 'CLOUDFLARE_API_URL', 'CLOUDFLARE_API_TOKEN', notes);
  const gitlab = evidenceSystem(variables, 'GITLAB_URL', 'GITLAB_TOKEN', notes);
  const isReal = cloudflare.kind === 'real' && gitlab.kind === 'real';
  if (request.livePaging) requireRealEvidence('--live-paging', request, isReal);
  if (request.liveModel) requireRealEvidence('--live-model', request, isReal);
  return {
    cloudflare,
    gitlab,
    axiom: axiom(variables, request, gitlab.kind === 'real', notes),
    pagerduty: pager(variables, request.livePaging, notes),
    bedrock: model(variables, request.liveModel, notes),
    alerts: alertWebhook(variables, request.livePaging, notes),
    webhookSecret: localSecret(variables, 'CLOUDFLARE_WEBHOOK_SECRET', LOCAL_WEBHOOK_SECRET),
    streamingToken: localSecret(variables, 'GITLAB_STREAMING_TOKEN', LOCAL_STREAMING_TOKEN),
    notes,
  };
}

/** True for a URL that cannot leave this machine. */
export function isLoopback(url: string): boolean {
  return isLoopbackHost(new URL(url).hostname);
}

/** True for a host name (IPv6 in brackets or not) that names this machine's loopback. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name);
}

function evidenceSystem(variables: Variables, urlName: string, tokenName: string, notes: string[]) {
  const url = urlFrom(variables, urlName);
  const token = variables.get(tokenName);
  if (url === undefined) {
    if (token?.from === 'file') {
      throw new UsageError(`${tokenName} is set without ${urlName}: set both to ask the real one, or neither`);
    }
    if (token) notes.push(`${tokenName} is in the environment without ${urlName}: ignored, the stand-in is asked`);
    return { kind: 'stand-in' } as const;
  }
  if (token) return { kind: 'real', url, credential: token.value } as const;
  if (!isLoopback(url)) throw new UsageError(`${urlName} is set without ${tokenName}: set both, or neither`);
  notes.push(`${tokenName} is not set: ${urlName} on this machine gets a placeholder`);
  return { kind: 'real', url, credential: PLACEHOLDER_CREDENTIAL } as const;
}

function axiom(
  variables: Variables,
  { playsSample }: OutsideRequest,
  isGitlabReal: boolean,
  notes: string[],
): OutsidePlan['axiom'] {
  const url = urlFrom(variables, 'AXIOM_URL');
  if (url === undefined && variables.get('AXIOM_EDGE_URL')?.from === 'file') {
    throw new UsageError('AXIOM_EDGE_URL is set without AXIOM_URL: set both to ask the real one, or neither');
  }
  if (url === undefined && variables.has('AXIOM_EDGE_URL')) {
    notes.push('AXIOM_EDGE_URL is in the environment without AXIOM_URL: ignored, the stand-in is asked');
  }
  const edgeUrl = url === undefined ? undefined : urlFrom(variables, 'AXIOM_EDGE_URL');
  const leaves = [url, edgeUrl].some((one) => one !== undefined && !isLoopback(one));
  if (leaves && (playsSample || !isGitlabReal)) {
    const why = playsSample ? 'the built-in sample writes to' : 'without the real GitLab, hunts write to';
    notes.push(`AXIOM_URL was ignored: ${why} no Axiom off this machine`);
    return { kind: 'stand-in' };
  }
  if (leaves && !variables.has('AXIOM_TOKEN')) {
    throw new UsageError('AXIOM_URL is set without AXIOM_TOKEN: set both, or neither');
  }
  const system = evidenceSystem(variables, 'AXIOM_URL', 'AXIOM_TOKEN', notes);
  return system.kind === 'real' && edgeUrl !== undefined ? { ...system, edgeUrl } : system;
}

function pager(variables: Variables, live: boolean, notes: string[]): OutsidePlan['pagerduty'] {
  const url = urlFrom(variables, 'PAGERDUTY_EVENTS_URL');
  const key = variables.get('PAGERDUTY_ROUTING_KEY')?.value;
  const healthKey = variables.get('PAGERDUTY_HEALTH_ROUTING_KEY')?.value;
  const health = healthKey === undefined ? {} : { healthCredential: healthKey };
  if (url !== undefined && isLoopback(url)) {
    if (key === undefined)
      notes.push('PAGERDUTY_ROUTING_KEY is not set: the server on this machine gets a placeholder');
    return { kind: 'real', url, credential: key ?? PLACEHOLDER_ROUTING_KEY, ...health };
  }
  if (live) {
    if (key === undefined) throw new UsageError('--live-paging needs PAGERDUTY_ROUTING_KEY');
    return { kind: 'real', url: url ?? PAGERDUTY_US, credential: key, ...health };
  }
  if (url !== undefined) notes.push('PAGERDUTY_EVENTS_URL was ignored: paging off this machine needs --live-paging');
  for (const name of ['PAGERDUTY_ROUTING_KEY', 'PAGERDUTY_HEALTH_ROUTING_KEY']) {
    if (variables.has(name)) notes.push(`${name} was ignored: nobody is paged without --live-paging`);
  }
  return { kind: 'stand-in' };
}

function model(variables: Variables, live: boolean, notes: string[]): ModelPlan {
  const url = urlFrom(variables, 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME');
  if (url !== undefined && isLoopback(url)) return { kind: 'endpoint', url };
  if (live) return url === undefined ? { kind: 'aws' } : { kind: 'endpoint', url };
  if (url !== undefined) {
    notes.push('AWS_ENDPOINT_URL_BEDROCK_RUNTIME was ignored: a model off this machine needs --live-model');
  }
  return { kind: 'stand-in' };
}

function alertWebhook(variables: Variables, live: boolean, notes: string[]): OutsidePlan['alerts'] {
  const url = urlFrom(variables, 'ALERT_WEBHOOK_URL');
  if (url !== undefined && (live || isLoopback(url))) return { kind: 'real', url };
  if (url !== undefined) notes.push('ALERT_WEBHOOK_URL was ignored: alerts off this machine need --live-paging');
  return { kind: 'stand-in' };
}

function localSecret(variables: Variables, name: string, otherwise: string): LocalSecret {
  const given = variables.get(name)?.value;
  return given ? { value: given, own: true } : { value: otherwise, own: false };
}

function requireRealEvidence(option: string, request: OutsideRequest, isReal: boolean): void {
  if (request.playsSample) throw new UsageError(`${option}: the built-in sample reaches no live system; add --serve`);
  if (!isReal) {
    throw new UsageError(
      `${option} needs real evidence: set CLOUDFLARE_API_URL, CLOUDFLARE_API_TOKEN, GITLAB_URL and GITLAB_TOKEN`,
    );
  }
}

function urlFrom(variables: Variables, name: string): string | undefined {
  const text = variables.get(name)?.value;
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new UsageError(`${name}: expected an http or https URL`);
  }
  return text;
}
