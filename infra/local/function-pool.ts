import type { Assembly } from './assembly.ts';
import type { LocalEvent } from './events.ts';
import { type FunctionSurroundings, readFunctions } from './function-environment.ts';
import { LambdaFault, LambdaRunner } from './lambda-runner.ts';
import type { Template } from './template.ts';

/** Every function of the stack, by ARN. */
export class FunctionPool {
  readonly #runners: ReadonlyMap<string, LambdaRunner>;
  readonly #emit: (event: LocalEvent) => void;

  /** @throws Error naming a function whose bundle is not in the assembly. */
  constructor(
    template: Template,
    assembly: Assembly,
    surroundings: FunctionSurroundings,
    emit: (event: LocalEvent) => void,
  ) {
    this.#emit = emit;
    this.#runners = new Map(
      readFunctions(template, assembly, surroundings).map((definition) => {
        const onLog = (line: string) => emit({ kind: 'log', function: definition.title, line });
        return [definition.arn, new LambdaRunner(definition, onLog)];
      }),
    );
  }

  /**
   * Invokes a function and waits for its answer.
   * @throws LambdaFault when it fails; what it wrote is told before.
   */
  async invoke(arn: string, payload: unknown): Promise<unknown> {
    const runner = this.#runners.get(arn);
    if (runner === undefined) throw new Error(`The template has no function ${arn}`);
    try {
      return await runner.invoke(payload);
    } catch (error) {
      if (error instanceof LambdaFault) {
        const { errorType, errorMessage } = error.failure;
        const { title } = runner.function;
        this.#emit({
          kind: 'function-failed',
          function: title,
          error: errorType,
          message: errorMessage,
          log: error.log,
        });
      }
      throw error;
    }
  }

  has(arn: string): boolean {
    return this.#runners.has(arn);
  }

  /** Stops every function; invocations under way fail. */
  async close(): Promise<void> {
    await Promise.all([...this.#runners.values()].map((runner) => runner.close()));
  }
}
