import { afterEach, describe, expect, it } from 'vitest';
import { openAxiom } from '../../../functions/adapters/axiom/open-axiom.ts';
import { DAY, HOUR, toIso } from '../../../functions/core/time.ts';
import {
  AXIOM_STAND_IN_TOKEN,
  type AxiomEvent,
  type AxiomStandIn,
  startAxiomStandIn,
} from '../../../infra/local/stand-ins/axiom.ts';
import { dashboardOf } from '../../../infra/operate/axiom-dashboard.ts';
import { fakeClock, START } from '../local/stand-ins/asking.ts';

const DATASET = 'latchkey-correlations';
const FIRST = Math.floor(START / HOUR) * HOUR - 3 * HOUR;
const SECOND = FIRST + HOUR;

let axiom: AxiomStandIn | undefined;

afterEach(() => axiom?.close());

/** What a chart shows over events of a dataset. */
async function shown(id: string, events: readonly AxiomEvent[]) {
  const clock = fakeClock();
  axiom = await startAxiomStandIn({ clock, datasets: { [DATASET]: events } });
  const token = async () => AXIOM_STAND_IN_TOKEN;
  const client = openAxiom({ url: axiom.url, token, fetch, clock, random: () => 0.5 });
  const chart = dashboardOf(DATASET).charts.find((one) => one.id === id);
  const range = { start: START - 7 * DAY, end: START };
  return await client.query(chart?.query.apl ?? '', { range, deadline: START + HOUR });
}

function manifest(at: number, attempt: number, columns: AxiomEvent = {}): AxiomEvent {
  const common = { kind: 'run', status: 'complete', row_key: `run-${at}`, run_id: `${toIso(at)}/1` };
  return { _time: at, window_start: toIso(at), attempt, findings: 0, verdict: 'not-observed', ...common, ...columns };
}

function row(key: string, at: number, attempt: number, columns: AxiomEvent = {}): AxiomEvent {
  const who = { credential_id: 'personal:1', owner: 'sam', address: '203.0.113.9', score: 80, verdict: 'confirmed' };
  return { _time: at, kind: 'row', row_key: key, window_start: toIso(at), attempt, ...who, ...columns };
}

function retracted(key: string, at: number, attempt: number): AxiomEvent {
  return { _time: at, kind: 'retracted', row_key: key, attempt };
}

const IDS = dashboardOf(DATASET).charts.map(({ id }) => id);

describe('the dashboard', () => {
  it('has a place for every chart, and none is over another', () => {
    const { charts, layout } = dashboardOf(DATASET);
    expect(layout.map(({ i }) => i).sort()).toEqual(charts.map(({ id }) => id).sort());
    const cells = layout.flatMap(({ x, y, w, h }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it.each(IDS)('asks what Axiom answers before the first finding: %s', async (id) => {
    const rows = await shown(id, [manifest(FIRST, 1)]);
    expect(rows.length).toBe(id === 'hunts' || id === 'coverage' ? 1 : 0);
  });

  it('shows the newest attempt of each row, and none that was taken back', async () => {
    const rows = await shown('top', [
      row('a', FIRST, 1, { score: 40 }),
      row('a', FIRST, 2, { score: 90 }),
      row('b', FIRST, 1, { score: 99 }),
      retracted('b', FIRST, 2),
      row('c', SECOND, 1, { score: 70 }),
      { _time: SECOND, kind: 'doctor' },
    ]);
    expect(rows.map(({ score }) => score)).toEqual([90, 70]);
    expect(rows[0]).toMatchObject({ credential_id: 'personal:1', owner: 'sam', address: '203.0.113.9', case_id: '' });
  });

  it('counts the credentials of each hour by their verdict', async () => {
    const rows = await shown('findings', [
      row('a', FIRST, 1),
      row('b', FIRST, 1, { address: '203.0.113.10' }),
      row('c', SECOND, 1, { credential_id: 'personal:2', verdict: 'probable' }),
      row('d', SECOND, 1),
      retracted('d', SECOND, 2),
    ]);
    const counted = rows.map(({ _time, verdict, findings }) => [Date.parse(String(_time)), verdict, findings]);
    expect(counted).toEqual([
      [FIRST, 'confirmed', 1],
      [SECOND, 'probable', 1],
    ]);
  });

  it('puts the addresses and hours of one credential together', async () => {
    const rows = await shown('credentials', [
      row('a', FIRST, 1, { score: 50 }),
      row('b', SECOND, 1, { address: '203.0.113.10' }),
      row('c', SECOND, 1, { credential_id: 'personal:2', score: 99 }),
    ]);
    expect(rows).toMatchObject([
      { credential_id: 'personal:2', top_score: 99, hours: 1, addresses: 1 },
      { credential_id: 'personal:1', top_score: 80, hours: 2, addresses: 2 },
    ]);
  });

  it('counts each hunted hour once, however often it was hunted', async () => {
    const events = [
      manifest(FIRST, 1),
      manifest(FIRST, 2),
      manifest(SECOND, 1),
      manifest(START, 1, { status: 'begun' }),
    ];
    const rows = await shown('hunts', events);
    expect(rows.map(({ _time, hunts }) => [Date.parse(String(_time)), hunts])).toEqual([
      [FIRST, 1],
      [SECOND, 1],
    ]);
  });

  it('shows what the newest hunts could see', async () => {
    const seen = {
      coverage_axiom: 'complete',
      coverage_inventory: 'partial',
      coverage_why: ['inventory: no addresses'],
    };
    const rows = await shown('coverage', [manifest(FIRST, 1), manifest(SECOND, 2, { ...seen, findings: 3 })]);
    expect(rows[0]).toMatchObject({ window_start: toIso(SECOND), findings: 3, ...seen });
    expect(rows).toHaveLength(2);
  });
});
