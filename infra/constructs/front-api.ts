import { CfnOutput, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpStage,
  LogGroupLogDestination,
  type ThrottleSettings,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, DependencyGroup, type IDependable } from 'constructs';

export interface FrontApiProps {
  /** Answers `POST /webhooks/cloudflare`. */
  readonly receiver: IFunction;
  readonly throttle: ThrottleSettings;
  /** Answers `POST /webhooks/gitlab`. */
  readonly streamReceiver: IFunction;
  /** Its own: neither of the two may use up what is let through of the other. */
  readonly streamThrottle: ThrottleSettings;
  readonly logRetention: RetentionDays;
}

/**
 * The front door: one HTTP API, one route per webhook. The stage is explicit, as the one an HTTP API makes by itself has
 * no throttle (reference/aws-platform.md §5).
 */
export class FrontApi extends Construct {
  readonly api: HttpApi;
  /** Its root, without a slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: FrontApiProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      description: 'Latchkey: webhooks of the systems that see attacks',
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
    this.#route(CLOUDFLARE, 'ReceiveWebhook', props.receiver);
    this.#output('WebhookUrl', CLOUDFLARE, 'Where Cloudflare sends its alerts');
    const streamed = this.#route(GITLAB, 'ReceiveAuditEvents', props.streamReceiver);
    throttleRoute(stage, streamed, `POST ${GITLAB}`, props.streamThrottle);
    this.#output('StreamingUrl', GITLAB, 'Where GitLab may stream its audit events');
  }

  #route(path: string, id: string, handler: IFunction): IDependable {
    const routes = this.api.addRoutes({
      path,
      methods: [HttpMethod.POST],
      integration: new HttpLambdaIntegration(id, handler),
    });
    for (const route of routes) {
      Validations.of(route).acknowledge({
        id: 'AwsSolutions-APIG4',
        reason:
          'The sender signs nothing and sends a shared secret. The function compares it in constant time before it ' +
          'reads the body; an authorizer would compare the same secret and never see the size of the body.',
      });
    }
    return new DependencyGroup(...routes);
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

/** Lets so much through to one route. API Gateway knows no throttle of a route that does not exist yet. */
function throttleRoute(stage: HttpStage, route: IDependable, key: string, throttle: ThrottleSettings): void {
  const resource = stage.node.defaultChild;
  if (!(resource instanceof CfnStage)) throw new Error('a stage without its resource');
  const { rateLimit, burstLimit } = throttle;
  resource.routeSettings = { [key]: { ThrottlingRateLimit: rateLimit, ThrottlingBurstLimit: burstLimit } };
  stage.node.addDependency(route);
}

/** One JSON line a request: neither headers (the secret) nor a query string are in it. */
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
