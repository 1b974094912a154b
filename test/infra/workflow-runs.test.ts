import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { type CaseState, openCase } from '../../functions/core/case.ts';
import { definitionOf, resourcesOf, stackOf } from './synth.ts';

const definition = definitionOf(resourcesOf(stackOf({ looks: { minutes: [] } })));
const withLooks = definitionOf(resourcesOf(stackOf()));

const MONITOR = openCase({
  caseId: 'monitor-20261120T181500Z-0123456789ab',
  trigger: 'monitor',
  window: { start: '2026-11-20T17:15:00.000Z', end: '2026-11-20T18:15:00.000Z' },
  shadow: false,
  monitor: {
    name: 'all',
    key: `${'0'.repeat(32)}#${'1'.repeat(32)}`,
    zone: { id: '0'.repeat(32), name: 'example.com' },
    total: 10,
    reference: 0,
    isEstimate: false,
    isLowerBound: false,
    window: { start: '2026-11-19T18:15:00.000Z', end: '2026-11-20T18:15:00.000Z' },
    alertOn: 'growth',
    resend: false,
  },
});

const HUNT = openCase({
  caseId: 'hunt-2026-11-20T18Z',
  trigger: 'hunt',
  window: { start: '2026-11-20T18:00:00.000Z', end: '2026-11-20T19:00:00.000Z' },
  shadow: false,
  hunt: { attempt: 1, resend: false, written: false },
});

type Work = (state: CaseState) => CaseState;

/** What a task answers with; a text is the name of the error it throws. */
type Answers = Readonly<Record<string, Work | string>>;

const HANDS_ON: Work = (state) => state;

/** Every step as it goes when all is well; a test replaces what it is about. */
const WELL: Answers = {
  'Extract sightings': (state) => ({ ...state, look: state.look + 1 }),
  'Join and score': due({ report: true, explain: true, page: true }),
  'Write report': due({ report: false }),
  Analyze: due({ explain: false }),
  'Page on-call': due({ page: false }),
  'Send alert': due({ alert: false }),
  'Report pipeline health': due({ health: false }),
};

function due(change: Partial<CaseState['due']>): Work {
  return (state) => ({ ...state, due: { ...state.due, ...change } });
}

/** Runs the definition in the interpreter; answers with the states it entered and the last one's output. */
async function run(start: CaseState, answers: Answers, of = definition) {
  const all: Answers = { ...WELL, ...answers };
  const titles = Object.entries<{ Type: string }>(of.States).flatMap(([title, { Type }]) =>
    Type === 'Task' ? title : [],
  );
  const handlers = titles.map((title) => [
    title,
    async (input: CaseState) => {
      const answer = all[title] ?? HANDS_ON;
      if (typeof answer === 'string') throw Object.assign(new Error('as the test wants'), { name: answer });
      return answer(input);
    },
  ]);
  const machine = new StateMachine(of);
  const { eventLogs, result } = machine.run(JSON.parse(JSON.stringify(start)), {
    context: { Execution: { Id: 'arn:aws:states:us-east-1:111122223333:execution:Latchkey:test' } },
    overrides: { taskResourceLocalHandlers: Object.fromEntries(handlers) },
  });
  const ended: Promise<{ readonly output?: unknown; readonly error?: string }> = result.then(
    (output) => ({ output }),
    (error: Error) => ({ error: error.name }),
  );
  const entered: string[] = [];
  for await (const event of eventLogs) if (event.type === 'StateEntered') entered.push(event.state.name);
  return { entered, ...(await ended) };
}

/** The definition with its waits over at once: a test does not wait. */
function withoutPauses(of: typeof definition): typeof definition {
  const states = Object.entries<{ Type: string }>(of.States).map(([title, state]) => [
    title,
    state.Type === 'Wait' ? { ...state, Seconds: 0 } : state,
  ]);
  return { ...of, States: Object.fromEntries(states) };
}

const READING = [
  'Only an alert to send?',
  'Open case',
  'Report already computed?',
  'Extract sightings',
  'Query GitLab',
  'Join and score',
];
const TELLING = [
  ...['Anything to explain?', 'Analyze', 'Anything to page?', 'Page on-call', 'Anything to send?', 'What next?'],
];

describe('a hunt in the interpreter', () => {
  it('is read, joined, written, explained and paged once, without another look', async () => {
    const { entered } = await run(HUNT, {}, withLooks);
    expect(entered).toEqual([...READING, 'A report to write?', 'Write report', ...TELLING, 'Case closed']);
  });

  it('writes nothing where no report is due', async () => {
    const { entered } = await run(HUNT, { 'Join and score': due({ health: true }) });
    expect(entered).toEqual([
      ...READING,
      ...['A report to write?', 'Anything to explain?', 'Anything to page?', 'Anything to send?', 'What next?'],
      ...['Report pipeline health', 'What next?', 'Case closed'],
    ]);
  });

  it('reads nothing again where the findings of an earlier attempt only have to be written', async () => {
    const again = { ...HUNT, look: 1, hunt: { attempt: 2, resend: true, written: false } };
    const { entered } = await run({ ...again, due: { ...HUNT.due, report: true, page: true } }, {});
    expect(entered).toEqual([
      ...['Only an alert to send?', 'Open case', 'Report already computed?', 'Write report', 'Anything to explain?'],
      ...['Anything to page?', 'Page on-call', 'Anything to send?', 'What next?', 'Case closed'],
    ]);
  });

  it.each([
    ['that is told', {}],
    ['that cannot even be told', { 'Report unwritten hunt': 'ConfigError' }],
  ])('goes on to its page after a report that could not be written and %s', async (_, answers) => {
    const { entered, output } = await run(HUNT, { 'Write report': 'ConfigError', ...answers });
    expect(entered).toEqual([
      ...[...READING, 'A report to write?', 'Write report', 'Report unwritten hunt'],
      ...[...TELLING, 'Case closed'],
    ]);
    expect(output).toMatchObject({ reportFailure: { Error: 'ConfigError' } });
  });

  it('hands the failed report to the function that tells of it', async () => {
    const seen: unknown[] = [];
    const listen: Work = (state) => {
      seen.push(state);
      return state;
    };
    await run(HUNT, { 'Write report': 'EvidenceGapError', 'Report unwritten hunt': listen });
    expect(seen).toMatchObject([{ caseId: HUNT.caseId, reportFailure: { Error: 'EvidenceGapError' } }]);
  });

  it('fails at once when its page cannot be delivered, as there is no look to try again', async () => {
    const { entered, error } = await run(HUNT, { 'Page on-call': 'ConfigError' }, withLooks);
    expect(entered.slice(-5)).toEqual([
      ...['Page on-call', 'Report undelivered page', 'Anything to send?', 'What next?', 'Page undelivered'],
    ]);
    expect(error).toBeDefined();
  });
});

describe('a monitor’s case in the interpreter', () => {
  const ATTACK: Answers = { 'Join and score': due({ explain: true, page: true, alert: true }) };
  const BEFORE = [...READING, 'A report to write?', 'Anything to explain?', 'Analyze', 'Anything to page?'];
  const SENDING = ['Anything to send?', 'Send alert', 'What next?'];
  const looks = withoutPauses(withLooks);

  it('is read, joined, explained, paged and sent', async () => {
    const { entered } = await run(MONITOR, ATTACK);
    expect(entered).toEqual([...BEFORE, 'Page on-call', ...SENDING, 'Case closed']);
  });

  it('is sent without a page, too', async () => {
    const { entered } = await run(MONITOR, { 'Join and score': due({ explain: true, alert: true }) });
    expect(entered).toEqual([...BEFORE, ...SENDING, 'Case closed']);
  });

  it.each([
    ['that is told', {}],
    ['that cannot even be told', { 'Report undelivered page': 'ConfigError' }],
  ])('is sent after a page that failed and %s', async (_, answers) => {
    const { entered } = await run(MONITOR, { ...ATTACK, 'Page on-call': 'RefusedError', ...answers });
    expect(entered).toEqual([
      ...[...BEFORE, 'Page on-call', 'Report undelivered page', ...SENDING],
      'Page undelivered',
    ]);
  });

  it('is looked at again as a spike is, also after an alert that failed', async () => {
    const once: Work = (state) =>
      due(state.look === 1 ? { alert: true } : { alert: false, page: state.look === 3 })(state);
    const { entered, output } = await run(MONITOR, { 'Join and score': once, 'Send alert': 'UndeliveredError' }, looks);
    expect(entered.filter((name) => name.startsWith('Wait for look'))).toHaveLength(3);
    expect(entered.filter((name) => name === 'Send alert')).toHaveLength(1);
    expect(entered.filter((name) => name === 'Page on-call')).toHaveLength(1);
    expect(entered.at(-1)).toBe('Case closed');
    expect(output).toMatchObject({ look: 4, alertFailure: { Error: 'UndeliveredError' } });
  });

  it.each([
    ['that is delivered', {}],
    ['that fails again', { 'Send alert': 'UndeliveredError' }],
  ])('repeats nothing but the alert, %s, and has no looks', async (_, answers) => {
    const { monitor } = MONITOR;
    if (monitor === undefined) throw new Error('no monitor case');
    const again = { ...MONITOR, look: 1, monitor: { ...monitor, resend: true }, due: { ...MONITOR.due, alert: true } };
    const { entered, error } = await run(again, answers, withLooks);
    expect(entered).toEqual(['Only an alert to send?', 'Send alert', 'What next?', 'Case closed']);
    expect(error).toBeUndefined();
  });
});

describe('a spike in the interpreter', () => {
  it('has no report, whatever else is due', async () => {
    const { hunt: _, ...spike } = { ...HUNT, caseId: 'spike', trigger: 'spike' as const };
    const { entered } = await run(spike, { 'Join and score': due({ explain: true, page: true }) });
    expect(entered).toEqual([...READING, 'A report to write?', ...TELLING, 'Case closed']);
  });
});
