import { StateMachine } from 'aws-local-stepfunctions';
import { describe, expect, it } from 'vitest';
import { ERROR_NAMES } from '../../functions/runtime/error-names.ts';
import { readSettings } from '../../infra/settings.ts';
import { definitionOf, functionsOf, only, resourcesOf, stackOf } from './synth.ts';

const resources = resourcesOf(stackOf());
const definition = definitionOf(resources);

interface Retrier {
  readonly ErrorEquals: string[];
  readonly IntervalSeconds: number;
  readonly BackoffRate?: number;
  readonly MaxAttempts: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy: string;
}

interface State {
  readonly Type: string;
  readonly Comment?: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Resource?: string;
  readonly Seconds?: number;
  readonly TimeoutSeconds?: number;
  readonly Choices?: { readonly Next: string }[];
  readonly Retry?: readonly Retrier[];
  readonly Catch?: { readonly ErrorEquals: string[]; readonly Next: string; readonly ResultPath: string }[];
}

function statesOf(of: { States: Record<string, State> }): [string, State][] {
  return Object.entries(of.States);
}

const tasks = statesOf(definition).filter(([, { Type }]) => Type === 'Task');

/** Follows one choice as Step Functions does, with the facts given by `$.path` → value. */
function follow(from: string, facts: Record<string, unknown>): string {
  const state = definition.States[from];
  for (const rule of state.Choices ?? []) if (holds(rule, facts)) return rule.Next;
  return state.Default;
}

interface ChoiceRule {
  readonly And?: ChoiceRule[];
  readonly Not?: ChoiceRule;
  readonly Variable?: string;
  readonly IsPresent?: boolean;
  readonly BooleanEquals?: boolean;
  readonly NumericEquals?: number;
  readonly StringEquals?: string;
}

function holds(rule: ChoiceRule, facts: Record<string, unknown>): boolean {
  if (rule.And !== undefined) return rule.And.every((part) => holds(part, facts));
  if (rule.Not !== undefined) return !holds(rule.Not, facts);
  const fact = facts[rule.Variable ?? ''];
  if (rule.IsPresent !== undefined) return (fact !== undefined) === rule.IsPresent;
  return fact === (rule.BooleanEquals ?? rule.NumericEquals ?? rule.StringEquals);
}

/** Comparisons of a rule with a matching field that are not preceded by a question whether it is there. */
function unguarded(rule: ChoiceRule, field: RegExp): string[] {
  const parts = rule.And ?? [rule.Not ?? rule];
  if (parts[0] !== rule) {
    const asked = parts.filter(({ IsPresent }) => IsPresent === true).map(({ Variable }) => Variable);
    return parts.flatMap((part) => (asked.includes(part.Variable) ? [] : unguarded(part, field)));
  }
  const { Variable = '', IsPresent } = rule;
  return IsPresent === undefined && field.test(Variable) ? [Variable] : [];
}

describe('the workflow', () => {
  it('is accepted by the local interpreter, which checks it against the language', () => {
    expect(() => new StateMachine(definition)).not.toThrow();
  });

  it('tells each state’s purpose', () => {
    for (const [name, { Comment }] of statesOf(definition)) expect(Comment, name).toMatch(/\w{3}.*[.:]/);
  });

  it('needs nothing but JSONPath: no JSONata, no intrinsic functions, no other context object', () => {
    const text = JSON.stringify(definition);
    expect(definition.QueryLanguage ?? 'JSONPath').toBe('JSONPath');
    expect(text).not.toMatch(/\{%|JSONata|States\.(?:Format|Math|Array|Json|String|UUID|Hash|Base64)/);
    expect(text.match(/\$\$\.(?!Execution\.)\w+/g)).toBeNull();
  });

  it('gives every task a time limit later than its function’s own, a retry list and a catch for everything', () => {
    const timeouts = new Map(functionsOf(resources).map(({ step, properties }) => [step, properties.Timeout]));
    expect(tasks.length).toBeGreaterThanOrEqual(6);
    for (const [name, task] of tasks) {
      expect(task.TimeoutSeconds, name).toBeGreaterThan(
        timeouts.get(task.Resource?.split(':').at(-1) ?? '') ?? Number.NaN,
      );
      expect(task.Retry?.length, name).toBeGreaterThan(0);
      expect(
        task.Catch?.map(({ ErrorEquals }) => ErrorEquals),
        name,
      ).toEqual([['States.ALL']]);
      for (const { ResultPath } of task.Catch ?? []) expect(ResultPath, name).toMatch(/^\$\.[a-zA-Z]+$/);
    }
  });

  it('retries what the code calls passing, but for alerts the limits, which polls wait for; faults of Lambda; nothing else', () => {
    const passing: string[] = [ERROR_NAMES.transient, ERROR_NAMES.rateLimited];
    for (const [name, { Retry = [] }] of tasks) {
      const errors = Retry.flatMap(({ ErrorEquals }) => ErrorEquals);
      if (name === 'Send alert') expect(errors.filter((error) => passing.includes(error))).toEqual(['TransientError']);
      else expect(errors, name).toEqual(expect.arrayContaining(passing));
      for (const error of errors) {
        if (!/^(?:Lambda|States|Sandbox|Runtime)\./.test(error)) expect(passing, `${name}: ${error}`).toContain(error);
      }
      for (const { JitterStrategy } of Retry) expect(JitterStrategy, name).toBe('FULL');
    }
  });

  it('waits for PagerDuty as long as its limits ask, and for words hardly at all', () => {
    const { Retry: page } = definition.States['Page on-call'];
    const patient = page.find(({ ErrorEquals }: { ErrorEquals: string[] }) => ErrorEquals.includes('RateLimitedError'));
    expect(patient).toMatchObject({ IntervalSeconds: 30, MaxAttempts: 3, BackoffRate: 2, MaxDelaySeconds: 300 });
    const { Retry: analyze } = definition.States.Analyze;
    for (const { IntervalSeconds, MaxAttempts } of analyze)
      expect(IntervalSeconds * MaxAttempts).toBeLessThanOrEqual(2);
  });

  it('goes on past every failure but that of the join', () => {
    const goesTo = Object.fromEntries(tasks.map(([name, { Catch }]) => [name, Catch?.[0]?.Next]));
    expect(goesTo).toEqual({
      'Extract sightings': 'Query GitLab',
      'Query GitLab': 'Join and score',
      'Join and score': 'Report broken pipeline',
      'Write report': 'Report unwritten hunt',
      'Report unwritten hunt': 'Anything to explain?',
      Analyze: 'Anything to page?',
      'Page on-call': 'Report undelivered page',
      'Send alert': 'What next?',
      'Report pipeline health': 'Health report failed',
      'Report undelivered page': 'Anything to send?',
      'Report broken pipeline': 'Pipeline broke',
    });
  });

  it('waits for Axiom a minute at most between its tries, as a page waits behind the report', () => {
    const { Retry } = definition.States['Write report'];
    const steady = Retry.find(({ ErrorEquals }: { ErrorEquals: string[] }) => ErrorEquals.includes('RateLimitedError'));
    expect(steady.ErrorEquals).toContain('Sandbox.Timedout');
    const pauses = Array.from(
      { length: steady.MaxAttempts },
      (_, retry) => steady.IntervalSeconds * steady.BackoffRate ** retry,
    );
    expect(pauses.length).toBeGreaterThanOrEqual(3);
    expect(pauses.reduce((sum, pause) => sum + pause)).toBeLessThanOrEqual(90);
  });

  it('writes a report after the join where one is due, before anything else', () => {
    expect(definition.States['Join and score'].Next).toBe('A report to write?');
    expect(follow('A report to write?', { '$.due.report': true })).toBe('Write report');
    expect(follow('A report to write?', { '$.due.report': false })).toBe('Anything to explain?');
    expect(definition.States['Write report'].Next).toBe('Anything to explain?');
  });

  it('computes nothing again where only the writing is left', () => {
    const from = (resend: unknown) => follow('Report already computed?', { '$.hunt.resend': resend });
    expect([true, false, undefined].map(from)).toEqual(['Write report', 'Extract sightings', 'Extract sightings']);
  });

  it('computes nothing again where only an alert is left to be sent', () => {
    const from = (resend: unknown) => follow('Only an alert to send?', { '$.monitor.resend': resend });
    expect([true, false, undefined].map(from)).toEqual(['Send alert', 'Open case', 'Open case']);
  });

  it('compares nothing that may not be there: that would fail the execution', () => {
    const optional = /^\$\.(?:hunt|monitor)\./;
    for (const [name, { Choices = [] }] of statesOf(definition)) {
      for (const rule of Choices as ChoiceRule[]) expect(unguarded(rule, optional), name).toEqual([]);
    }
  });

  it('explains before it pages, and only what is due', () => {
    expect(follow('Anything to explain?', { '$.due.explain': true })).toBe('Analyze');
    expect(follow('Anything to explain?', { '$.due.explain': false })).toBe('Anything to page?');
    expect(follow('Anything to page?', { '$.due.page': true })).toBe('Page on-call');
    expect(follow('Anything to page?', { '$.due.page': false })).toBe('Anything to send?');
  });

  it('sends an alert after the page, paged or not, and only what is due', () => {
    expect(definition.States['Page on-call'].Next).toBe('Anything to send?');
    expect(definition.States['Report undelivered page'].Next).toBe('Anything to send?');
    expect(follow('Anything to send?', { '$.due.alert': true })).toBe('Send alert');
    expect(follow('Anything to send?', { '$.due.alert': false })).toBe('What next?');
    expect(definition.States['Send alert'].Next).toBe('What next?');
  });

  it('reports health first, then waits for the next look, then fails for an undelivered page, else closes', () => {
    const next = (health: boolean, look: number, page: boolean, trigger = 'spike') =>
      follow('What next?', { '$.trigger': trigger, '$.due.health': health, '$.look': look, '$.due.page': page });
    expect(next(true, 1, true)).toBe('Report pipeline health');
    expect([1, 2, 3].map((look) => next(false, look, true))).toEqual([
      'Wait for look 2',
      'Wait for look 3',
      'Wait for look 4',
    ]);
    expect(next(false, 4, true)).toBe('Page undelivered');
    expect(next(false, 4, false)).toBe('Case closed');
    expect(next(false, 1, false, 'monitor')).toBe('Wait for look 2');
    expect(next(true, 1, true, 'hunt')).toBe('Report pipeline health');
    expect(next(false, 1, true, 'hunt')).toBe('Page undelivered');
    expect(next(false, 1, false, 'hunt')).toBe('Case closed');
  });

  it('has no look after an alert that was sent again, which the first execution of its case has', () => {
    const next = (resend: boolean) =>
      follow('What next?', {
        ...{ '$.trigger': 'monitor', '$.monitor.resend': resend, '$.look': 1 },
        ...{ '$.due.health': false, '$.due.page': false },
      });
    expect(next(true)).toBe('Case closed');
    expect(next(false)).toBe('Wait for look 2');
  });

  it('goes on without a health report that failed, and does not try it for ever', () => {
    const state = definition.States['Health report failed'];
    expect(state).toMatchObject({ Type: 'Pass', Result: false, ResultPath: '$.due.health', Next: 'What next?' });
  });

  it('reaches every state from the first, and ends somewhere', () => {
    const reached = new Set<string>();
    const visit = (name: string): void => {
      if (reached.has(name)) return;
      reached.add(name);
      const { Next, Default, Choices = [], Catch = [] }: State = definition.States[name];
      for (const to of [Next, Default, ...[...Choices, ...Catch].map((way) => way.Next)])
        if (to !== undefined) visit(to);
    };
    visit(definition.StartAt);
    expect(definition.StartAt).toBe('Only an alert to send?');
    expect(definition.States['Open case'].Next).toBe('Report already computed?');
    expect([...reached].sort()).toEqual(Object.keys(definition.States).sort());
  });

  it.each([
    [
      [5, 15, 60],
      [300, 600, 2700],
    ],
    [[1], [60]],
    [[], []],
    [
      [10, 20, 30, 40, 120],
      [600, 600, 600, 600, 4800],
    ],
  ])('waits between looks as the setting %j says', (minutes, seconds) => {
    const other = definitionOf(resourcesOf(stackOf({ looks: { minutes } })));
    const waits = statesOf(other).filter(([, { Type }]) => Type === 'Wait');
    expect(waits.map(([name]) => name)).toEqual(minutes.map((_, index) => `Wait for look ${index + 2}`));
    expect(waits.map(([, { Seconds }]) => Seconds)).toEqual(seconds);
    for (const [, { Next }] of waits) expect(Next).toBe('Extract sightings');
    expect(other.TimeoutSeconds).toBeGreaterThan(seconds.reduce((sum, wait) => sum + wait, 0) + 3600);
  });

  it('has time for every task of a look to be tried as often as it may, one after the other', () => {
    const longest = tasks.reduce((sum, [, { TimeoutSeconds = 0, Retry }]) => {
      const own = Retry?.[0];
      const pauses = Array.from({ length: own?.MaxAttempts ?? 0 }, (_, retry) =>
        Math.min((own?.IntervalSeconds ?? 1) * (own?.BackoffRate ?? 2) ** retry, own?.MaxDelaySeconds ?? Infinity),
      );
      return pauses.reduce((total, pause) => total + pause + TimeoutSeconds, sum + TimeoutSeconds);
    }, 0);
    const [lastLook = 0] = readSettings({})['looks.minutes'].slice(-1);
    expect(longest).toBeGreaterThan(3600);
    expect(definition.TimeoutSeconds - lastLook * 60).toBeGreaterThan(longest);
  });

  it('is a standard state machine, traced, with every event and its data logged', () => {
    const machine = only(resources, 'AWS::StepFunctions::StateMachine');
    expect(machine.Properties).toMatchObject({
      StateMachineType: 'STANDARD',
      TracingConfiguration: { Enabled: true },
      LoggingConfiguration: { Level: 'ALL', IncludeExecutionData: true },
    });
  });
});
