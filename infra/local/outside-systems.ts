import type { Clock } from '../../functions/runtime/clock.ts';
import type { OutsidePlan, RealSystem, StandInSystem } from './outside.ts';
import type { World } from './scenario/world.ts';
import { type AlertSink, startAlertSink } from './stand-ins/alert-sink.ts';
import { type AxiomStandIn, startAxiomStandIn } from './stand-ins/axiom.ts';
import { type BedrockFaults, type BedrockStandIn, startBedrockStandIn } from './stand-ins/bedrock.ts';
import { type CloudflareStandIn, startCloudflareStandIn } from './stand-ins/cloudflare.ts';
import { type GitlabStandIn, startGitlabStandIn } from './stand-ins/gitlab.ts';
import { PAGERDUTY_STAND_IN_KEY, type PagerDutyStandIn, startPagerDutyStandIn } from './stand-ins/pagerduty.ts';
import type { Faults, StandIn } from './stand-ins/stand-in.ts';

/** The stand-ins that were started; a system that is really asked has none. */
export interface StandIns {
  readonly cloudflare?: CloudflareStandIn;
  readonly gitlab?: GitlabStandIn;
  readonly axiom?: AxiomStandIn;
  readonly pagerduty?: PagerDutyStandIn;
  readonly bedrock?: BedrockStandIn;
  readonly alerts?: AlertSink;
}

/** What goes wrong from the start, by stand-in; each stand-in's `faults` may be changed while it runs. */
export interface StandInFaults {
  readonly cloudflare?: Partial<Faults>;
  readonly gitlab?: Partial<Faults>;
  readonly axiom?: Partial<Faults>;
  readonly pagerduty?: Partial<Faults>;
  readonly bedrock?: Partial<BedrockFaults>;
  readonly alerts?: Partial<Faults>;
}

/** The outside world as the functions see it. */
export interface OutsideSystems {
  readonly standIns: StandIns;
  /** Values of the variables that say where a system is (design §5). */
  readonly variables: Readonly<Record<string, string>>;
  /** `AWS_ENDPOINT_URL_BEDROCK_RUNTIME`; undefined for the real Bedrock. */
  readonly modelUrl: string | undefined;
  /** Secret strings by name. */
  readonly secrets: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

/** What the stand-ins accept: no system anywhere else does. */
const CLOUDFLARE_TOKEN = 'latchkey-local-cloudflare-token';
const GITLAB_TOKEN = 'latchkey-local-gitlab-token';
const AXIOM_TOKEN = 'latchkey-local-axiom-token';

/**
 * Starts the stand-ins the plan wants, and says where everything is and with which credential.
 * @throws TransientError when a stand-in cannot listen; those started before it are closed.
 */
export async function startOutside(
  plan: OutsidePlan,
  world: World,
  clock: Clock,
  faults: StandInFaults = {},
): Promise<OutsideSystems> {
  await using cleanup = new AsyncDisposableStack();
  const started = async <T extends StandIn>(starting: Promise<T>): Promise<T> => {
    const standIn = await starting;
    cleanup.defer(() => standIn.close());
    return standIn;
  };
  const { cloudflare, gitlab, axiom, pagerduty, bedrock, alerts } = plan;
  const standIns: StandIns = {
    ...(cloudflare.kind === 'stand-in' && {
      cloudflare: await started(
        startCloudflareStandIn({ world, token: CLOUDFLARE_TOKEN, clock, faults: faults.cloudflare ?? {} }),
      ),
    }),
    ...(gitlab.kind === 'stand-in' && {
      gitlab: await started(startGitlabStandIn({ world, token: GITLAB_TOKEN, clock, faults: faults.gitlab ?? {} })),
    }),
    ...(axiom.kind === 'stand-in' && {
      axiom: await started(
        startAxiomStandIn({ ...world.axiom, token: AXIOM_TOKEN, clock, faults: faults.axiom ?? {} }),
      ),
    }),
    ...(pagerduty.kind === 'stand-in' && {
      pagerduty: await started(startPagerDutyStandIn({ clock, faults: faults.pagerduty ?? {} })),
    }),
    ...(bedrock.kind === 'stand-in' && {
      bedrock: await started(startBedrockStandIn({ clock, faults: faults.bedrock ?? {} })),
    }),
    ...(alerts.kind === 'stand-in' && {
      alerts: await started(startAlertSink({ clock, faults: faults.alerts ?? {} })),
    }),
  };
  const alertUrl = urlOf(alerts, standIns.alerts);
  const closing = cleanup.move();
  return {
    standIns,
    variables: {
      CLOUDFLARE_API_URL: urlOf(cloudflare, standIns.cloudflare),
      GITLAB_URL: urlOf(gitlab, standIns.gitlab),
      AXIOM_URL: urlOf(axiom, standIns.axiom),
      // Empty is none: an edge in the settings belongs to the Axiom in the settings.
      AXIOM_EDGE_URL: (axiom.kind === 'real' && axiom.edgeUrl) || '',
      PAGERDUTY_EVENTS_URL: urlOf(pagerduty, standIns.pagerduty),
      ALERT_WEBHOOK_URL: alertUrl,
    },
    modelUrl: bedrock.kind === 'endpoint' ? bedrock.url : standIns.bedrock?.url,
    secrets: secretsOf(plan, alertUrl),
    close: () => closing.disposeAsync(),
  };
}

function urlOf(system: StandInSystem | Pick<RealSystem, 'kind' | 'url'>, standIn: StandIn | undefined): string {
  return system.kind === 'real' ? system.url : (standIn?.url ?? '');
}

/** The secrets a deployed stack would find in Secrets Manager (design §5). */
function secretsOf(plan: OutsidePlan, alertUrl: string): ReadonlyMap<string, string> {
  const { cloudflare, gitlab, axiom, pagerduty, webhookSecret, streamingToken } = plan;
  const routing =
    pagerduty.kind === 'real'
      ? { routingKey: pagerduty.credential, healthRoutingKey: pagerduty.healthCredential }
      : { routingKey: PAGERDUTY_STAND_IN_KEY };
  return new Map([
    ['latchkey/cloudflare', cloudflare.kind === 'real' ? cloudflare.credential : CLOUDFLARE_TOKEN],
    ['latchkey/cloudflare-webhook', webhookSecret.value],
    ['latchkey/gitlab', gitlab.kind === 'real' ? gitlab.credential : GITLAB_TOKEN],
    ['latchkey/gitlab-streaming', streamingToken.value],
    ['latchkey/axiom', axiom.kind === 'real' ? axiom.credential : AXIOM_TOKEN],
    ['latchkey/pagerduty', JSON.stringify(routing)],
    ['latchkey/alert-webhook', alertUrl],
  ]);
}
