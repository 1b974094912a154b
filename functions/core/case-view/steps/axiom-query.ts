import { parseAddress } from '../../address.ts';
import { parseCidr } from '../../address-set.ts';
import type { Finding } from '../../finding.ts';
import { type EpochMs, toIso, type Window, widen } from '../../time.ts';
import { type Command, ONLY_READS } from './command.ts';

export interface AxiomQueryFacts {
  /** Setting `axiom.cloudflareDataset`. */
  readonly dataset: string | undefined;
  /** Its column of client addresses; undefined: Logpush's own name. */
  readonly addressField: string | undefined;
  readonly window: Window;
  /** Milliseconds. */
  readonly slack: EpochMs;
  readonly findings: readonly Finding[];
}

const ADDRESSES_ASKED = 50;
/** As the settings of the same names allow (`reference/axiom.md` §4). */
const DATASET = /^[A-Za-z0-9][\w.-]{0,127}$/;
const FIELD = /^[A-Za-z_@][\w.@-]{0,127}$/;

/**
 * The query that shows every request from the matched addresses at Axiom, ready to paste: there is no documented link that
 * opens one without the organisation's id (`reference/axiom.md`). Undefined where dataset, addresses or times would not
 * make a query that is safe to run.
 */
export function axiomQuery(facts: AxiomQueryFacts): Command | undefined {
  const { dataset, addressField = 'ClientIP', window, slack, findings } = facts;
  const addresses = matched(findings);
  const span = widen(window, slack);
  if (dataset === undefined || !DATASET.test(dataset) || !FIELD.test(addressField)) return undefined;
  if (addresses.length === 0 || !isDate(span.start) || !isDate(span.end)) return undefined;
  const column = `['${addressField}']`;
  const ranges = addresses.filter((one) => one.includes('/'));
  const exact = addresses.filter((one) => !one.includes('/'));
  const tests = [
    ...(exact.length === 0 ? [] : [`${column} in (${exact.map((one) => `'${one}'`).join(', ')})`]),
    ...(ranges.length === 0
      ? []
      : [`ipv6_is_in_any_range(${column}, dynamic([${ranges.map((one) => `'${one}'`).join(', ')}]))`]),
  ];
  return {
    title: 'Every request from these addresses in the time of this case',
    language: 'apl',
    text: [
      `['${dataset}']`,
      `| where _time between (datetime(${toIso(span.start)}) .. datetime(${toIso(span.end)}))`,
      `| where ${tests.join(' or ')}`,
      '| sort by _time asc',
      '| limit 1000',
    ].join('\n'),
    needs: 'Somebody who may query this dataset at Axiom: paste it under Query.',
    breaks: ONLY_READS,
  };
}

/** IPv4 as addresses, IPv6 by the network that one machine owns. */
function matched(findings: readonly Finding[]): string[] {
  const all = findings.flatMap(({ addresses }) =>
    addresses.slice(0, ADDRESSES_ASKED).flatMap(({ address, network }) => {
      if (network.includes('/') && parseCidr(network)?.family === 6) return [network];
      return parseAddress(address)?.canonical ?? [];
    }),
  );
  return [...new Set(all)].slice(0, ADDRESSES_ASKED);
}

function isDate(at: EpochMs): boolean {
  return Math.abs(at) <= 8.64e15;
}
