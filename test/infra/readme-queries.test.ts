import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complete } from '../../functions/core/coverage.ts';
import type { Finding } from '../../functions/core/finding.ts';
import { asWritten, huntReport, manifestOf, retractionOf } from '../../functions/core/hunt-report.ts';
import { HOUR } from '../../functions/core/time.ts';
import { systemClock } from '../../functions/runtime/clock.ts';
import { arrayAt, objectAt, parseJson } from '../../infra/local/json.ts';
import {
  AXIOM_STAND_IN_TOKEN,
  type AxiomEvent,
  type AxiomStandIn,
  startAxiomStandIn,
} from '../../infra/local/stand-ins/axiom.ts';
import { credential, finding } from '../support/evidence.ts';

/** Two hours ago, a full hour. */
const FIRST = Math.floor(systemClock.now() / HOUR) * HOUR - 3 * HOUR;

/** What two hunts left: one thief in both, written twice in the first; and a row that was taken back. */
function correlations(): AxiomEvent[] {
  const thief = finding({ credential: credential({ id: 'token/1' }) });
  const mistake = finding({ credential: credential({ id: 'token/2' }), score: 99 });
  const [first, second] = [FIRST, FIRST + HOUR].map((start) =>
    report(start, [thief, ...(start === FIRST ? [mistake] : [])]),
  );
  if (first === undefined || second === undefined) throw new Error('two hours make two reports');
  const write = (hunt: typeof first, attempt: number, dropped = '') =>
    hunt.rows.map((row) =>
      row.credential_id === dropped
        ? retractionOf(row.row_key, hunt.runId, attempt, FIRST, hunt.window)
        : asWritten(row, hunt.runId, attempt, FIRST, hunt.window),
    );
  const events = [
    ...write(first, 1),
    ...write(first, 2, 'token/2'),
    manifestOf(first, 2, FIRST, 1),
    ...write(second, 1),
    manifestOf(second, 1, FIRST, 0),
  ];
  return events.map((event): AxiomEvent => ({ ...event }));
}

function report(start: number, findings: readonly Finding[]) {
  return huntReport({
    caseId: `hunt-${start}`,
    window: { start, end: start + HOUR },
    findings,
    coverage: { axiom: complete() },
    verdict: 'confirmed',
    sightings: 10,
    tokenUses: 5,
    incidents: new Map(),
    shadow: false,
    operators: [],
  });
}

let axiom: AxiomStandIn;
beforeAll(async () => {
  axiom = await startAxiomStandIn({ clock: systemClock, datasets: { 'latchkey-correlations': correlations() } });
});
afterAll(async () => {
  await axiom.close();
});

/** Rows of the answer to one of the README's queries, which its first comment names. */
async function answerTo(comment: string): Promise<unknown[][]> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const blocks = [...readme.matchAll(/```kusto\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const block = blocks.find((text) => text.includes(comment));
  if (block === undefined) throw new Error(`The README has no query with the comment ${comment}`);
  const apl = block
    .split('\n')
    .filter((line) => !line.startsWith('//'))
    .join('\n');
  const response = await fetch(`${axiom.url}/v1/datasets/_apl?format=tabular`, {
    method: 'POST',
    headers: { authorization: `Bearer ${AXIOM_STAND_IN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      apl,
      startTime: new Date(FIRST).toISOString(),
      endTime: new Date(FIRST + 2 * HOUR).toISOString(),
    }),
  });
  const answer = parseJson(await response.text());
  expect(response.status, JSON.stringify(answer)).toBe(200);
  const columns = arrayAt(arrayAt(answer, 'tables')[0], 'columns').map((column) =>
    Array.isArray(column) ? column : [],
  );
  expect(objectAt(answer, 'status')).toMatchObject({ isPartial: false });
  return (columns[0] ?? []).map((_, row) => columns.map((column) => column[row]));
}

describe('the queries of the README', () => {
  it('show every finding once, and none that was taken back', async () => {
    const rows = await answerTo('each once');
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).toContain('token/1');
    expect(JSON.stringify(rows)).not.toContain('token/2');
  });

  it('show who comes back hour after hour', async () => {
    expect(await answerTo('hour after hour')).toEqual([expect.arrayContaining(['token/1', 2])]);
  });

  it('show which hours were hunted', async () => {
    const rows = await answerTo('Was every hour hunted');
    expect(rows).toHaveLength(2);
    expect(rows.every((row) => row.includes(1))).toBe(true);
  });
});
