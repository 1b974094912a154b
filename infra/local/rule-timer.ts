import type { Clock } from '../../functions/runtime/clock.ts';
import type { FunctionPool } from './function-pool.ts';
import { eventOfRule, type Rule, readRules, ruleOf, untilNext } from './rules.ts';
import type { Template } from './template.ts';
import type { WorkflowRunner } from './workflow-runner.ts';

export interface RuleTimerOptions {
  readonly template: Template;
  readonly clock: Clock;
  readonly functions: Pick<FunctionPool, 'has' | 'invoke'>;
  readonly workflow: Pick<WorkflowRunner, 'arn' | 'start' | 'list'>;
}

/** EventBridge on this machine: fires the template's scheduled rules, on their timer or when asked to. */
export class RuleTimer {
  readonly #options: RuleTimerOptions;
  readonly #rules: readonly Rule[];
  readonly #stop = new AbortController();

  constructor(options: RuleTimerOptions) {
    this.#options = options;
    this.#rules = readRules(options.template);
  }

  /** Fires every rule at its times from now on. Returns a sentence for each whose schedule is not understood here. */
  run(): string[] {
    return this.#rules.flatMap((rule) => {
      if (untilNext(rule.schedule, this.#options.clock.now()) === undefined) {
        return [`${rule.path}: ${rule.schedule} is not run on this machine`];
      }
      this.#repeat(rule).catch(() => {
        // Only stop() ends it: the sleep rejects then.
      });
      return [];
    });
  }

  /**
   * Fires the rule of a trigger as EventBridge would at `time` (ISO 8601; now without it); undefined where there is
   * none. Resolves with the names of the executions that started meanwhile for this trigger.
   */
  fire(trigger: string, time: string | undefined): Promise<readonly string[]> | undefined {
    const rule = ruleOf(this.#rules, trigger);
    if (rule === undefined) return undefined;
    return this.#started(trigger, () =>
      this.#fire(rule, time === undefined ? this.#options.clock.now() : Date.parse(time)),
    );
  }

  stop(): void {
    this.#stop.abort();
  }

  async #repeat(rule: Rule): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await clock.sleep(untilNext(rule.schedule, clock.now()) ?? 0, this.#stop.signal);
      // A failed invocation is told by the function pool; the next one is due all the same.
      this.#fire(rule, clock.now()).catch(() => {});
    }
  }

  async #fire(rule: Rule, at: number): Promise<void> {
    const { functions, workflow, template } = this.#options;
    for (const target of rule.targets) {
      const event = eventOfRule(rule, target, at, template.place.region);
      if (target.arn === workflow.arn) workflow.start(JSON.stringify(event));
      else if (functions.has(target.arn)) await functions.invoke(target.arn, event);
      else throw new Error(`${rule.path}: its target ${target.arn} is not run on this machine`);
    }
  }

  async #started(trigger: string, work: () => Promise<void>): Promise<string[]> {
    const { workflow } = this.#options;
    const before = new Set(workflow.list().map(({ id }) => id));
    await work();
    const after = workflow.list().filter((execution) => !before.has(execution.id) && execution.trigger === trigger);
    return after.map(({ id }) => id);
  }
}
