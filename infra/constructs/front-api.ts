import { CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  type HttpRoute,
  HttpStage,
  LogGroupLogDestination,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

export interface FrontApiProps {
  /** Answers `POST /webhooks/cloudflare`. */
  readonly receiver: IFunction;
  readonly throttle: ThrottleSettings;
  /** Answers `POST /webhooks/gitlab`. */
  readonly streamReceiver: IFunction;
  /** Its own: neither of the two may use up what is let through of the other. */
  readonly streamThrottle: ThrottleSettings;
  /** Answers `GET /cases/{caseId}` and what lies below it. */
  readonly caseViewer: IFunction;
  /** Answers `GET /cases`. */
  readonly caseLister: IFunction;
  readonly logRetention: RetentionDays;
}

/**
 * The front door: one HTTP API, one route per webhook and per page of cases. The stage is explicit, as the one an HTTP
 * API makes by itself has no throttle (reference/aws-platform.md §5).
 */
export class FrontApi extends Construct {
  readonly api: HttpApi;
  /** Its root, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: FrontApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      description: 'Latchkey: webhooks of the systems that see attacks, and the pages of cases',
      createDefaultStage: false,
    });
    this.url = rootOf(this.api);
    const accessLog = new LogGroup(this, 'AccessLog', {
      // Below this prefix AWS's own deliveries do not use up the account's ten log resource policies.
      logGroupName: `/aws/vendedlogs/latchkey/${Stack.of(this).stackName}/api`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: props.throttle,
      accessLogSettings: { destination: new LogGroupLogDestination(accessLog), format: ACCESS_LOG },
    });
    this.#routes([`POST ${CLOUDFLARE}`], 'ReceiveWebhook', props.receiver, SHARED_SECRET);
    this.#output('WebhookUrl', CLOUDFLARE, 'Where Cloudflare sends its alerts');
    const streams = this.#routes([`POST ${GITLAB}`], 'ReceiveAuditEvents', props.streamReceiver, SHARED_SECRET);
    this.#output('StreamingUrl', GITLAB, 'Where GitLab may stream its audit events');
    const pages = [
      ...this.#routes([CASE_LIST], 'ListCases', props.caseLister, SIGNED_LINK),
      ...this.#routes(CASE_PAGES, 'ShowCase', props.caseViewer, SIGNED_LINK),
    ];
    this.#output('CasesUrl', '', 'Root of the links to cases, for npm run link -- --url');
    throttleRoutes(stage, [
      { keys: [`POST ${GITLAB}`], routes: streams, throttle: props.streamThrottle },
      { keys: [CASE_LIST, ...CASE_PAGES], routes: pages, throttle: CASE_PAGE_THROTTLE },
    ]);
  }

  /** @param whyOpen why the routes have no authorizer */
  #routes(keys: readonly string[], id: string, handler: IFunction, whyOpen: string): HttpRoute[] {
    const integration = new HttpLambdaIntegration(id, handler);
    return keys.flatMap((key) => {
      const [method, path = ''] = key.split(' ');
      const methods = [method === 'GET' ? HttpMethod.GET : HttpMethod.POST];
      const routes = this.api.addRoutes({ path, methods, integration });
      for (const route of routes) Validations.of(route).acknowledge({ id: 'AwsSolutions-APIG4', reason: whyOpen });
      return routes;
    });
  }

  #output(id: string, path: string, description: string): void {
    new CfnOutput(this, id, { value: `${this.url}${path}`, description }).overrideLogicalId(id);
  }
}

/** Built from the id: emulators that make no HTTP APIs know no attributes of one either. */
function rootOf(api: HttpApi): string {
  const { region, urlSuffix } = Stack.of(api);
  return `https://${api.apiId}.execute-api.${region}.${urlSuffix}`;
}

const CLOUDFLARE = '/webhooks/cloudflare';
const GITLAB = '/webhooks/gitlab';

/** Everything a link may be signed for: the list, and what lies below it. */
const CASE_LIST = 'GET /cases';
const CASE_PAGES = ['GET /cases/{caseId}', 'GET /cases/{caseId}/evidence.json'];

/**
 * Requests a second, and at once, for each of these routes. A whole team that opens one page at a time stays far below;
 * somebody who guesses links is answered by few functions at a time, and takes nothing of what webhooks may.
 */
const CASE_PAGE_THROTTLE: ThrottleSettings = { rateLimit: 10, burstLimit: 20 };

const SHARED_SECRET =
  'The sender signs nothing and sends a shared secret. The function compares it in constant time before it reads the ' +
  'body; an authorizer would compare the same secret and never see the size of the body.';

const SIGNED_LINK =
  'The link is signed for one path and ends: whoever has it was given it. The function checks it in constant time ' +
  'before it reads anything about a case; an authorizer would check the same, with one more function to wait for.';

interface RouteThrottle {
  readonly keys: readonly string[];
  readonly routes: readonly HttpRoute[];
  readonly throttle: ThrottleSettings;
}

/** Lets so much through to each route. API Gateway knows no throttle of a route that does not exist yet. */
function throttleRoutes(stage: HttpStage, throttled: readonly RouteThrottle[]): void {
  const resource = stage.node.defaultChild;
  if (!(resource instanceof CfnStage)) throw new Error('a stage without its resource');
  resource.routeSettings = Object.fromEntries(
    throttled.flatMap(({ keys, throttle: { rateLimit, burstLimit } }) =>
      keys.map((key) => [key, { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit }]),
    ),
  );
  stage.node.addDependency(...throttled.flatMap(({ routes }) => routes));
}

/** One JSON line a request: neither headers (a secret) nor a query string (what opens a case) can be in it. */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    at: '$context.requestTimeEpoch',
    address: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    route: '$context.routeKey',
    status: '$context.status',
    bytes: '$context.responseLength',
    ms: '$context.responseLatency',
    error: '$context.integrationErrorMessage',
  }),
);
