import { type CaseFilters, LISTED_DECISIONS, LISTED_TRIGGERS, LISTED_VERDICTS } from '../core/case-list.ts';

/** What the list was asked for. */
export interface ListQuery {
  readonly filters: CaseFilters;
  /** Where an earlier page of the list ended. */
  readonly before?: string;
}

type Parameters = Readonly<Record<string, string | undefined>>;

const VALUES = { trigger: LISTED_TRIGGERS, verdict: LISTED_VERDICTS, decision: LISTED_DECISIONS } as const;
const NAMES = ['trigger', 'verdict', 'decision'] as const;
/** They open the list rather than filter it. */
const LINK_NAMES = ['expires', 'signature'];

/**
 * The list's parameters. A filter that is misspelt must not show everything as if that were all there is: answers with
 * a sentence that names the parameter and what is allowed, and quotes nothing that was sent.
 */
export function readListQuery(query: Parameters, isCursor: (text: string) => boolean): ListQuery | { reason: string } {
  const allowed = [...NAMES, 'before', ...LINK_NAMES];
  if (Object.keys(query).some((name) => !allowed.includes(name))) {
    return { reason: `There is a parameter that the list does not know. It knows: ${allowed.join(', ')}.` };
  }
  const wrong = NAMES.find((name) => query[name] !== undefined && !isOneOf(VALUES[name], query[name]));
  if (wrong !== undefined) return { reason: `Parameter ${wrong} must be one of: ${VALUES[wrong].join(', ')}.` };
  const { before } = query;
  if (before !== undefined && !isCursor(before)) {
    return { reason: 'Parameter before must be as the link to older cases on the list has it.' };
  }
  return { filters: filtersIn(query), ...(before === undefined ? {} : { before }) };
}

/** The parameters of a list so filtered, to be put behind a signed path: `&trigger=hunt`. */
export function listParameters({ filters, before }: ListQuery): string {
  const values = [...NAMES.map((name) => [name, filters[name]] as const), ['before', before] as const];
  return values.map(([name, value]) => (value === undefined ? '' : `&${name}=${encodeURIComponent(value)}`)).join('');
}

function filtersIn({ trigger, verdict, decision }: Parameters): CaseFilters {
  return {
    ...(isOneOf(LISTED_TRIGGERS, trigger) ? { trigger } : {}),
    ...(isOneOf(LISTED_VERDICTS, verdict) ? { verdict } : {}),
    ...(isOneOf(LISTED_DECISIONS, decision) ? { decision } : {}),
  };
}

function isOneOf<T extends string>(values: readonly T[], value: string | undefined): value is T {
  return values.some((one) => one === value);
}
