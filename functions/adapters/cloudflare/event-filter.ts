import * as z from 'zod/mini';
import type { MonitorFilter } from '../../core/monitor.ts';
import type { Variable } from './zone-query.ts';

const texts = z._default(z.array(z.string()), []);

/** One entry of setting `monitor.filters`, with what was left out filled in. */
export const MonitorFilterSetting = z.object({
  name: z.string(),
  rulesetIds: texts,
  ruleIds: texts,
  sources: texts,
  actions: texts,
  hosts: texts,
  description: z._default(z.string(), ''),
  excludeAsns: z._default(z.array(z.number()), []),
});

/** A filter's part of a query: fields of a filter object, and the variables they name. */
export interface FilterClauses {
  readonly clauses: readonly string[];
  readonly variables: Readonly<Record<string, Variable>>;
}

/**
 * The filter as GraphQL (`reference/cloudflare.md` §4.5, §5 Q4). Everything from the settings is a variable.
 * @param prefix Begins the variables' names, so that several filters fit into one query: a letter, then letters or digits.
 */
export function filterClauses(filter: MonitorFilter, prefix: string): FilterClauses {
  const clauses: string[] = [];
  const variables: Record<string, Variable> = {};
  const add = (field: string, name: string, value: string | readonly string[]) => {
    if (value.length === 0) return;
    const variable = `${prefix}${name}`;
    clauses.push(`${field}: $${variable}`);
    variables[variable] = { type: typeof value === 'string' ? 'string' : '[string!]', value };
  };
  add('rulesetId_in', 'Rulesets', filter.rulesetIds);
  add('ruleId_in', 'Rules', filter.ruleIds);
  add('source_in', 'Sources', filter.sources);
  add('action_in', 'Actions', filter.actions);
  add('clientRequestHTTPHost_in', 'Hosts', filter.hosts);
  add('description_like', 'Description', filter.description);
  add('clientAsn_notin', 'Asns', filter.excludeAsns.map(String));
  return { clauses, variables };
}
