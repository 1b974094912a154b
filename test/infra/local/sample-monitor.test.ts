import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { ExecutionView } from '../../../infra/local/execution.ts';
import { closeServer, listen } from '../../../infra/local/local-server.ts';
import { judgeMonitor, type PlayedMonitor, playMonitor } from '../../../infra/local/sample-monitor.ts';
import { emptyWorld, emptyZone, withSpike, ZONE } from '../../../infra/local/scenario/builders.ts';
import { standIns } from './own-stand-ins.ts';

const START = Date.UTC(2031, 4, 6, 9, 30);
const PLAYED: PlayedMonitor = {
  first: { status: 200, executions: ['monitor-1'] },
  again: { status: 200, executions: [] },
};

/** One zone with events, one without, and one whose events our token does not show. */
function world() {
  const spiked = withSpike(emptyWorld(START), { addresses: ['198.18.0.1'] });
  const [first] = spiked.cloudflare.zones;
  spiked.cloudflare.zones.push(emptyZone('a'.repeat(32), 'quiet.example', 'pro', false), {
    ...emptyZone('b'.repeat(32), 'hidden.example', 'pro', false),
    access: 'hidden',
    events: first?.events ?? [],
  });
  return spiked;
}

function execution(
  status: ExecutionView['status'] = 'SUCCEEDED',
  id = 'monitor-1',
  zone: string = ZONE.id,
): ExecutionView {
  return { id, trigger: 'monitor', caseId: id, status, states: [], output: { monitor: { zone: { id: zone } } } };
}

const alert = (caseId: string) => ({ at: '2031-05-06T09:30:00.000Z', body: { case: { id: caseId } } });

type Run = Parameters<typeof judgeMonitor>[0];
function judged(fields: Partial<Run> & { alerts?: ReturnType<typeof alert>[] } = {}, played = PLAYED): string {
  const { alerts = [alert('monitor-1')], ...more } = fields;
  const run: Run = {
    executions: () => [execution()],
    outbox: () => ({ pagerduty: [], alerts, axiom: {} }),
    standIns: standIns(),
    remembers: false,
    world: world(),
    ...more,
  };
  return judgeMonitor(run, played).join('\n');
}

describe('judgeMonitor', () => {
  it('is content with one case and one alert for each zone with events, and none afterwards', () => {
    expect(judged()).toBe('');
  });

  it.each<[string, Parameters<typeof judged>[0], PlayedMonitor, string]>([
    ['a refusal', {}, { ...PLAYED, again: { status: 404, executions: [] } }, 'answered 404'],
    ['a zone nobody was told of', {}, { ...PLAYED, first: { status: 200, executions: [] } }, `events of ${ZONE.name}`],
    [
      'another zone',
      { executions: () => [execution('SUCCEEDED', 'monitor-1', 'other')] },
      PLAYED,
      `events of ${ZONE.name}`,
    ],
    ['a failed case', { executions: () => [execution('FAILED')] }, PLAYED, 'ended FAILED'],
    ['a lost case', { executions: () => [] }, PLAYED, 'ended nowhere'],
    ['no alert', { alerts: [] }, PLAYED, 'sent 0 alerts'],
    ["another case's alert", { alerts: [alert('monitor-2')] }, PLAYED, 'sent 0 alerts'],
    ['two alerts', { alerts: [alert('monitor-1'), alert('monitor-1')] }, PLAYED, 'sent 2 alerts'],
    [
      'an alert for nothing new',
      { executions: () => [execution(), execution('SUCCEEDED', 'monitor-2')] },
      { ...PLAYED, again: { status: 200, executions: ['monitor-2'] } },
      'monitor-2 was started although nothing had changed',
    ],
  ])('names %s', (_, fields, played, problem) => {
    expect(judged(fields, played)).toContain(problem);
  });

  it('expects no news where the table remembers earlier polls', () => {
    const quiet = { ...PLAYED, first: { status: 200, executions: [] } };
    expect(judged({ remembers: true, alerts: [] }, quiet)).toBe('');
  });

  it('counts no alerts that went to a server of the user', () => {
    const { alerts: _, ...others } = standIns();
    expect(judged({ standIns: others, alerts: [] })).toBe('');
  });

  it('judges only how it ended where the evidence is not ours', () => {
    expect(judged({ standIns: {}, alerts: [] }, { ...PLAYED, first: { status: 404, executions: [] } })).toBe('');
    expect(judged({ standIns: {}, executions: () => [execution('FAILED')] })).toContain('ended FAILED');
  });
});

describe('playMonitor', () => {
  async function play(answers: readonly object[], status = 200) {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(status).end(JSON.stringify(answers[asked.length - 1]));
    });
    const apiUrl = await listen(server);
    const told: string[] = [];
    const waitForIdle = async () => void asked.push('waited');
    const played = await playMonitor({ apiUrl, waitForIdle }, (line) => void told.push(line));
    await closeServer(server);
    return { asked, played, text: told.join('\n') };
  }

  it('fires the rule, waits, and fires it once more', async () => {
    const { asked, played, text } = await play([{ executions: ['monitor-1'] }, {}, { executions: [] }]);
    expect(asked).toEqual(['POST /local/monitor', 'waited', 'POST /local/monitor', 'waited']);
    expect(played).toEqual(PLAYED);
    expect(text).toContain('answered 200, monitor-1');
    expect(text).toContain('nothing new, no alert');
  });

  it('says what it was refused for', async () => {
    const refused = { message: 'no such rule' };
    const { played, text } = await play([refused, {}, refused], 404);
    expect(text).toContain('answered 404, no such rule');
    expect(played.first).toEqual({ status: 404, executions: [] });
  });
});
