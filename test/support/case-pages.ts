import type { Context } from 'aws-lambda';
import { vi } from 'vitest';
import { LinkKeyStore } from '../../functions/adapters/dynamodb/link-keys.ts';
import type { CaseFile } from '../../functions/core/case-file.ts';
import { signedPath } from '../../functions/core/case-link.ts';
import { type EpochMs, HOUR } from '../../functions/core/time.ts';
import type { HandlerOptions } from '../../functions/runtime/handler.ts';
import type { PageResponse } from '../../functions/runtime/page/answers.ts';
import type { PageRequest } from '../../functions/runtime/page/page-request.ts';
import { type LocalTable, openLocalTable } from '../contract/dynamodb/local-table.ts';
import { storeCaseFile } from '../contract/dynamodb/store-case-file.ts';
import { openAwsStand } from './aws-stand.ts';
import { sampleCaseFile } from './case-files.ts';
import { NOON } from './evidence.ts';
import { lambdaContext } from './lambda-context.ts';
import { recordingLogger } from './recording-logger.ts';

export interface Asked {
  readonly routeKey: string;
  readonly caseId?: string;
  readonly href?: string;
  readonly headers?: Record<string, string>;
  readonly tableName?: string;
}

/** A function behind one of the routes, as its `handler.ts` makes it. */
type MakeHandler = (
  runtime?: HandlerOptions<PageResponse>['runtime'],
) => (request: PageRequest, context: Context) => Promise<PageResponse>;

/** Functions that show cases, asked as API Gateway asks them, with one case in a local table, an hour after noon. */
export interface CasePages {
  readonly local: LocalTable;
  readonly file: CaseFile;
  /** Answers for Step Functions from now on with that status. */
  stepFunctionsAnswer(status: number): void;
  /** A path with its signature; it works for a week unless it says otherwise. */
  signed(path: string, expires?: EpochMs): string;
  /** As `signed` by another deployment's key. */
  signedElsewhere(path: string): string;
  get(make: MakeHandler, asked: Asked): { answer: Promise<PageResponse>; lines: readonly unknown[] };
  close(): Promise<void>;
}

const SETTINGS = {
  retentionDays: 30,
  looks: { minutes: [5, 15, 60] },
  window: { slackMinutes: 30 },
  page: { threshold: 70 },
};
const WEEK = 7 * 24 * HOUR;

export async function openCasePages(): Promise<CasePages> {
  const file = sampleCaseFile();
  const local = await openLocalTable();
  let sfnStatus = 200;
  const stand = await openAwsStand((operation) => {
    if (sfnStatus !== 200) return { status: sfnStatus, body: { __type: 'InternalFailure', message: 'no' } };
    const running = { executionArn: 'arn:x', name: 'spike-running', startDate: NOON / 1000 };
    return { status: 200, body: operation.endsWith('ListExecutions') ? { executions: [running] } : { events: [] } };
  });
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', local.endpoint);
  vi.stubEnv('AWS_ENDPOINT_URL_SFN', stand.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
  await storeCaseFile(local, file);
  local.clock.advance(NOON + HOUR - local.clock.now());
  const key = await new LinkKeyStore(local.table, () => new Uint8Array(32).fill(7)).current();
  const later = () => local.clock.now() + WEEK;
  return {
    local,
    file,
    stepFunctionsAnswer: (status) => {
      sfnStatus = status;
    },
    signed: (path, expires = later()) => signedPath(path, expires, key),
    signedElsewhere: (path) => signedPath(path, later(), { ...key, secret: new Uint8Array(32) }),
    get: (make, asked) => {
      const { logger, lines } = recordingLogger();
      const handler = make({ env: environmentOf(asked), clock: local.clock, logger: { ...logger, begin: () => {} } });
      return { answer: handler(requestOf(asked), lambdaContext('pages', 25_000)), lines };
    },
    close: async () => {
      vi.unstubAllEnvs();
      await local.close();
      await stand.close();
    },
  };
}

function environmentOf({ tableName = 'latchkey' }: Asked) {
  return {
    AWS_REGION: 'us-east-1',
    TABLE_NAME: tableName,
    STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:latchkey',
    GITLAB_URL: 'https://gitlab.example.com',
    AXIOM_CLOUDFLARE_DATASET: 'cloudflare-http',
    AXIOM_ADDRESS_FIELD: 'client.ip',
    LATCHKEY_SETTINGS: JSON.stringify(SETTINGS),
  };
}

/** As API Gateway asks: the path's parameters decoded, the query parsed. */
function requestOf({ routeKey, caseId, href = '', headers = {} }: Asked): PageRequest {
  const query = Object.fromEntries(new URL(href, 'https://x.example').searchParams);
  return {
    routeKey,
    headers,
    ...(caseId === undefined ? {} : { pathParameters: { caseId } }),
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
  };
}

/** Every link on a page whose path is that one, as it stands in the page's markup. */
export function linksOn({ body }: PageResponse, path: string): string[] {
  return [...body.matchAll(/href="(\/cases[^"]*)"/g)]
    .map(([, href = '']) => href.replaceAll('&amp;', '&'))
    .filter((href) => href.startsWith(`${path}?`));
}

/** What every answer says of itself, whatever it shows. */
export const GUARDING_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'strict-transport-security': 'max-age=31536000',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};
