import { column, text } from '../../functions/adapters/axiom/apl.ts';

/** The dashboard's own name at Axiom: writing it again changes the one that is there (`reference/axiom.md` §5). */
export const DASHBOARD_UID = 'latchkey';

/** Axiom's layout is twelve columns wide. */
const WIDE = 12;
const HALF = 6;

/**
 * The dashboard of a correlation dataset, as `PUT /v2/dashboards/uid/{uid}` takes it: a closed document, in which one
 * unknown field is refused.
 */
export function dashboardOf(dataset: string) {
  const charts = [findingsPerHour(dataset), huntsPerHour(dataset), topFindings(dataset), topCredentials(dataset)];
  return {
    name: 'Latchkey',
    description:
      'Credentials of GitLab used from addresses that Cloudflare saw as bots. Made by npm run connect, which writes it anew.',
    owner: 'X-AXIOM-EVERYONE',
    refreshTime: 300,
    schemaVersion: 2,
    timeWindowStart: 'qr-now-7d',
    timeWindowEnd: 'qr-now',
    charts: [...charts, coverage(dataset)],
    layout: [
      { i: 'findings', x: 0, y: 0, w: HALF, h: 4 },
      { i: 'hunts', x: HALF, y: 0, w: HALF, h: 4 },
      { i: 'top', x: 0, y: 4, w: WIDE, h: 6 },
      { i: 'credentials', x: 0, y: 10, w: WIDE, h: 5 },
      { i: 'coverage', x: 0, y: 15, w: WIDE, h: 5 },
    ],
  };
}

const PER_HOUR = { timeSeriesVariant: 'bars', displayNull: 'zero' } as const;

function findingsPerHour(dataset: string) {
  const apl = [
    ...rows(dataset),
    `extend ${known({ verdict: '', credential_id: '' })}`,
    'summarize findings = dcount(credential_id) by bin(_time, 1h), verdict',
  ];
  const query = { apl: piped(apl), queryOptions: PER_HOUR };
  return { id: 'findings', type: 'TimeSeries', name: 'Credentials found, by hour', query };
}

/** Every hunt ends with one manifest, findings or not: an hour without is an hour nobody looked. */
function huntsPerHour(dataset: string) {
  const apl = [...manifests(dataset), 'summarize hunts = count() by bin(_time, 1h)'];
  const query = { apl: piped(apl), queryOptions: PER_HOUR };
  return { id: 'hunts', type: 'TimeSeries', name: 'Hours hunted (0: nobody looked, or not yet)', query };
}

function topFindings(dataset: string) {
  const shown = { window_start: '', score: 0, verdict: '', decision: '', ...WHOSE, ...WHERE, case_id: '' };
  const apl = [...rows(dataset), `project ${known(shown)}`, 'top 50 by score desc'];
  return { id: 'top', type: 'Table', name: 'Top findings', query: { apl: piped(apl) } };
}

function topCredentials(dataset: string) {
  const apl = [
    ...rows(dataset),
    `extend ${known({ window_start: '', score: 0, ...WHOSE, address: '' })}`,
    `summarize top_score = max(score), hours = dcount(window_start), addresses = dcount(address) by ${Object.keys(WHOSE).join(', ')}`,
    'top 20 by top_score desc',
  ];
  return { id: 'credentials', type: 'Table', name: 'Top credentials', query: { apl: piped(apl) } };
}

/** What each of the last two days' hunts could see: nothing found means nothing without it. */
function coverage(dataset: string) {
  const shown = {
    window_start: '',
    verdict: '',
    findings: 0,
    sightings: 0,
    token_uses: 0,
    coverage_axiom: '',
    coverage_logs: '',
    coverage_inventory: '',
    coverage_audit: '',
    coverage_why: '',
  };
  const apl = [...manifests(dataset), `project ${known(shown)}`, 'order by window_start desc', 'limit 48'];
  return { id: 'coverage', type: 'Table', name: 'What hunts could see', query: { apl: piped(apl) } };
}

const WHOSE = { credential_id: '', credential_name: '', credential_kind: '', owner: '' };
const WHERE = { address: '', network: '', country: '', requests: 0, uses: 0 };

/**
 * The rows that hold: the newest attempt of each, unless that took it back. Whoever reads the dataset has to begin so,
 * as Axiom neither replaces nor deletes what was written (`reference/axiom.md` §3).
 */
function rows(dataset: string): string[] {
  return [
    column(dataset),
    "where kind in ('row', 'retracted')",
    'summarize arg_max(attempt, *) by row_key',
    "where kind == 'row'",
  ];
}

/** The manifest of each hunted hour, of its newest attempt. */
function manifests(dataset: string): string[] {
  return [column(dataset), "where kind == 'run' and status == 'complete'", 'summarize arg_max(attempt, *) by row_key'];
}

/** A column that no row has had yet is an error at Axiom, and a dashboard is opened before the first finding. */
function known(columns: Readonly<Record<string, string | number>>): string {
  return Object.entries(columns)
    .map(
      ([name, empty]) => `${name} = column_ifexists(${text(name)}, ${typeof empty === 'string' ? text(empty) : empty})`,
    )
    .join(', ');
}

function piped(parts: readonly string[]): string {
  return parts.join('\n| ');
}
