import type { Clock } from '../../functions/runtime/clock.ts';
import type { FunctionPool } from './function-pool.ts';
import { isObject } from './json.ts';
import { LambdaFault } from './lambda-runner.ts';
import { eventOfRule, type Rule, readRules, ruleOf, untilNext } from './rules.ts';
import type { Template } from './template.ts';
import type { WorkflowRunner } from './workflow-runner.ts';

export interface RuleTimerOptions {
  readonly template: Template;
  readonly clock: Clock;
  readonly functions: Pick<FunctionPool, 'has' | 'invoke'>;
  readonly workflow: Pick<WorkflowRunner, 'arn' | 'start' | 'list'>;
}

/** How a rule is fired by hand. */
export interface Firing {
  /** ISO 8601; now without it. */
  readonly time?: string | undefined;
  /** Asks for the work to be done although it was done before. */
  readonly force?: boolean | undefined;
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
   * Fires the rule of a trigger as EventBridge would at `time`; undefined where there is none. Resolves with the names of
   * the executions that started meanwhile for this trigger, also when the function failed after it had started them:
   * the function pool tells of that, and EventBridge answers nobody either.
   */
  fire(trigger: string, { time, force }: Firing = {}): Promise<readonly string[]> | undefined {
    const rule = ruleOf(this.#rules, trigger);
    if (rule === undefined) return undefined;
    const at = time === undefined ? this.#options.clock.now() : Date.parse(time);
    return this.#started(trigger, () => this.#fire(rule, at, force ? { force } : {}));
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

  async #fire(rule: Rule, at: number, more: object = {}): Promise<void> {
    const { functions, workflow, template } = this.#options;
    for (const target of rule.targets) {
      const plain = eventOfRule(rule, target, at, template.place.region);
      const event = isObject(plain) ? { ...plain, ...more } : plain;
      if (target.arn === workflow.arn) workflow.start(JSON.stringify(event));
      else if (functions.has(target.arn)) await functions.invoke(target.arn, event);
      else throw new Error(`${rule.path}: its target ${target.arn} is not run on this machine`);
    }
  }

  async #started(trigger: string, work: () => Promise<void>): Promise<string[]> {
    const { workflow } = this.#options;
    const before = new Set(workflow.list().map(({ id }) => id));
    try {
      await work();
    } catch (error) {
      // Toward what was started: only a function's own failure is told elsewhere.
      if (!(error instanceof LambdaFault)) throw error;
    }
    const after = workflow.list().filter((execution) => !before.has(execution.id) && execution.trigger === trigger);
    return after.map(({ id }) => id);
  }
}
