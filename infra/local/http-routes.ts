import { stringAt } from './json.ts';
import type { Template } from './template.ts';

/** One route of the template's HTTP API, and the function behind it. */
export interface Route {
  /** As API Gateway names it, for example `POST /webhooks/cloudflare`. */
  readonly key: string;
  /** `ANY` stands for every method. */
  readonly method: string;
  /** Path parts; `{name}` takes one part, `{name+}` the rest. Empty for `$default`. */
  readonly parts: readonly string[];
  readonly isDefault: boolean;
  readonly functionArn: string;
}

/** The route that answers a request, with the path parameters it took, still percent-encoded. */
export interface RouteMatch {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * The routes of every HTTP API in the template.
 * @throws Error when a route leads to something that is no function, or has an authorizer: neither is run here.
 */
export function readRoutes(template: Template): Route[] {
  const integrations = new Map(
    template.ofType('AWS::ApiGatewayV2::Integration').map(({ logicalId, properties }) => [logicalId, properties]),
  );
  return template.ofType('AWS::ApiGatewayV2::Route').map(({ path, properties }) => {
    const key = stringAt(properties, 'RouteKey') ?? '';
    const integration = integrations.get((stringAt(properties, 'Target') ?? '').replace('integrations/', ''));
    const functionArn = functionOf(stringAt(integration, 'IntegrationUri') ?? '');
    if (functionArn === undefined) throw new Error(`${path}: the local stack runs routes to functions only`);
    if ((stringAt(properties, 'AuthorizationType') ?? 'NONE') !== 'NONE') {
      throw new Error(`${path}: the local stack has no authorizers`);
    }
    const [method = 'ANY', pattern = ''] = key.split(' ');
    const isDefault = key === '$default';
    return { key, method: isDefault ? 'ANY' : method, parts: partsOf(pattern), isDefault, functionArn };
  });
}

/** The route for a request, chosen as API Gateway does: full matches before greedy ones before `$default`. */
export function matchRoute(routes: readonly Route[], method: string, path: string): RouteMatch | undefined {
  const parts = partsOf(path);
  const matches = routes
    .filter((route) => route.method === 'ANY' || route.method === method)
    .flatMap((route) => {
      const parameters = parametersOf(route, parts);
      return parameters === undefined ? [] : [{ route, parameters }];
    });
  return matches.toSorted((a, b) => rankOf(a.route) - rankOf(b.route))[0];
}

/** `…:function:NAME` itself, or inside an API Gateway invocation URI. */
function functionOf(uri: string): string | undefined {
  return /(arn:aws:lambda:[^:]*:\d*:function:[^:/]+)/.exec(uri)?.[1];
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function parametersOf(route: Route, parts: readonly string[]): Record<string, string> | undefined {
  if (route.isDefault) return {};
  const parameters: Record<string, string> = {};
  for (const [index, pattern] of route.parts.entries()) {
    const part = parts[index];
    const name = /^\{([^}+]+)(\+?)\}$/.exec(pattern);
    if (part === undefined) return undefined;
    if (name?.[1] !== undefined && name[2] === '+') return { ...parameters, [name[1]]: parts.slice(index).join('/') };
    if (name?.[1] !== undefined) parameters[name[1]] = part;
    else if (pattern !== part) return undefined;
  }
  return route.parts.length === parts.length ? parameters : undefined;
}

function rankOf(route: Route): number {
  if (route.isDefault) return 4;
  const isGreedy = route.parts.some((part) => part.endsWith('+}'));
  const hasParameter = route.parts.some((part) => part.startsWith('{'));
  return (isGreedy ? 2 : hasParameter ? 1 : 0) + (route.method === 'ANY' ? 0.5 : 0);
}
