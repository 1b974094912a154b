import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { ExecutionView } from '../../../infra/local/execution.ts';
import type { JsonObject } from '../../../infra/local/json.ts';
import { closeServer, listen } from '../../../infra/local/local-server.ts';
import { paintWith } from '../../../infra/local/paint.ts';
import { judgeHunt, type PlayedHunt, playHunt } from '../../../infra/local/sample-hunt.ts';
import type { RunResult } from '../../../infra/local/sample-run.ts';
import { found, HUNT, written } from './hunt-rows.ts';
import { standIns } from './own-stand-ins.ts';

const FOUND = [
  found(1, ['198.18.0.1', '198.18.0.2'], { score: 90 }),
  found(2, ['198.18.0.3'], { score: 40 }),
  found(3, ['198.18.0.4'], { score: 40 }),
];
const PLAYED: PlayedHunt = { status: 200, executions: ['hunt-1-1'] };

function execution(status: ExecutionView['status'] = 'SUCCEEDED'): ExecutionView {
  return { id: 'hunt-1-1', trigger: 'hunt', caseId: HUNT, status, states: [], output: {} };
}

function run(rows: readonly JsonObject[], fields: Partial<RunResult> = {}): RunResult {
  return {
    executions: () => [execution()],
    outbox: () => ({ pagerduty: [], alerts: [], axiom: { findings: rows } }),
    standIns: standIns(),
    remembers: false,
    ...fields,
  };
}

const judged = (rows: readonly JsonObject[], fields: Partial<RunResult> = {}, played = PLAYED) =>
  judgeHunt(run(rows, fields), played).join('\n');

describe('judgeHunt', () => {
  const rows = written(FOUND);

  it('is content with ranked rows and one manifest', () => {
    expect(judged(rows)).toBe('');
  });

  it.each<[string, readonly JsonObject[], Partial<RunResult>, PlayedHunt, string]>([
    ['a refusal', rows, {}, { status: 404, executions: [] }, 'answered 404'],
    ['no execution', rows, {}, { status: 200, executions: [] }, '0 executions'],
    ['a failed one', rows, { executions: () => [execution('FAILED')] }, PLAYED, 'ended FAILED'],
    ['no manifest', rows.slice(0, -1), {}, PLAYED, 'wrote no manifest'],
    ['two manifests', [...rows, ...rows.slice(-1)], {}, PLAYED, 'wrote 2 manifests'],
    ['a lost row', rows.slice(1), {}, PLAYED, '3 rows were written, its manifest says 4'],
    ['an hour without findings', written([]), {}, PLAYED, 'found nothing'],
    ['the worst last', written(FOUND.toReversed()), {}, PLAYED, 'not ranked'],
    ['a gap', rows.map((row) => (row.rank === 2 ? { ...row, rank: 7 } : row)), {}, PLAYED, 'not ranked'],
  ])('names %s', (_, written, fields, played, problem) => {
    expect(judged(written, fields, played)).toContain(problem);
  });

  it('expects no second hunt of an hour the table remembers', () => {
    expect(judged([], { remembers: true }, { status: 200, executions: [] })).toBe('');
  });

  it('judges only how it ended where the evidence is not ours', () => {
    expect(judged([], { standIns: {} })).toBe('');
    expect(judged([], { standIns: {} }, { status: 404, executions: [] })).toBe('');
    expect(judged([], { standIns: {}, executions: () => [execution('FAILED')] })).toContain('ended FAILED');
  });
});

describe('playHunt', () => {
  async function play(status: number, answer: object, rows: readonly JsonObject[]) {
    const asked: unknown[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status).end(JSON.stringify(answer));
    });
    const apiUrl = await listen(server);
    const told: string[] = [];
    let waits = 0;
    const waitForIdle = async () => void waits++;
    const stack = { ...run(rows), apiUrl, waitForIdle };
    const played = await playHunt(stack, (line) => void told.push(line), paintWith(false));
    await closeServer(server);
    return { asked, waits, played, text: told.join('\n') };
  }

  it('fires the rule, waits, and shows what was written', async () => {
    const { asked, waits, played, text } = await play(200, { executions: ['hunt-1-1'] }, written(FOUND));
    expect(asked).toEqual(['POST /local/hunt']);
    expect(waits).toBe(1);
    expect(played).toEqual(PLAYED);
    for (const { address } of FOUND.flatMap(({ addresses }) => addresses)) expect(text).toContain(address);
    expect(text).toContain('4 rows of 3 findings');
  });

  it('says why there is nothing to show', async () => {
    expect((await play(200, { executions: ['hunt-1-1'] }, [])).text).toContain('no report was written');
    expect((await play(200, { executions: [] }, [])).text).toContain('nothing to hunt');
    const { text, played } = await play(404, { message: 'no such rule' }, []);
    expect(text).toContain('answered 404, no such rule');
    expect(played).toEqual({ status: 404, executions: [] });
  });
});
