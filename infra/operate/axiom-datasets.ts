import * as z from 'zod/mini';
import type { AxiomRest } from './axiom-rest.ts';

/** A dataset as Axiom's management API shows it. */
export interface AxiomDataset {
  readonly name: string;
  /** Days its events are kept; undefined where it follows the organisation's default, or keeps them for ever. */
  readonly keptDays?: number;
  /** Edge deployment it lies in, such as `cloud.eu-central-1.aws`, where Axiom tells. */
  readonly deployment?: string;
}

const Row = z.object({
  name: z.string(),
  retentionDays: z.catch(z.number(), 0),
  useRetentionPeriod: z.catch(z.boolean(), false),
  edgeDeployment: z.catch(z.string(), ''),
});

/**
 * The datasets the token may see; undefined when it may not list them, as tokens that only query and ingest need not.
 * @throws TransientError, RateLimitedError when Axiom cannot be asked
 */
export async function listDatasets(rest: AxiomRest): Promise<readonly AxiomDataset[] | undefined> {
  const { status, body } = await rest.ask('GET', '/datasets');
  if (status >= 300 || !Array.isArray(body)) return undefined;
  return body.flatMap((row: unknown) => {
    const parsed = Row.safeParse(row);
    return parsed.success ? [datasetOf(parsed.data)] : [];
  });
}

function datasetOf({ name, retentionDays, useRetentionPeriod, edgeDeployment }: z.infer<typeof Row>): AxiomDataset {
  return {
    name,
    ...(useRetentionPeriod && retentionDays > 0 ? { keptDays: retentionDays } : {}),
    ...(DEPLOYMENT.test(edgeDeployment) ? { deployment: edgeDeployment } : {}),
  };
}

/** `reference/axiom.md` §4. */
const DEPLOYMENT = /^cloud\.([a-z0-9-]+\.[a-z0-9-]+)$/;
const EDGE_HOST = /^([a-z0-9-]+\.[a-z0-9-]+)\.edge\.axiom\.co$/;

/** The deployment behind one of Axiom's own edge URLs; undefined for any other URL. */
export function deploymentOf(url: string): string | undefined {
  const place = EDGE_HOST.exec(URL.parse(url)?.hostname ?? '')?.[1];
  return place === undefined ? undefined : `cloud.${place}`;
}

/** Where a deployment takes queries and events. */
export function edgeUrlOf(deployment: string): string {
  return `https://${DEPLOYMENT.exec(deployment)?.[1]}.edge.axiom.co`;
}
