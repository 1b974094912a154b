/** An error as Lambda reports it to its caller, and Step Functions puts it into `Cause`. */
export interface LambdaFailure {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

/** What a worker is started with. */
export interface WorkerSetup {
  /** Absolute path of the bundle. */
  readonly file: string;
  readonly exportName: string;
  readonly functionName: string;
  readonly functionArn: string;
  readonly memoryMb: number;
}

/** One invocation. */
export interface ToWorker {
  readonly requestId: string;
  /** JSON. */
  readonly payload: string;
  /** Epoch milliseconds at which the invocation is stopped. */
  readonly deadline: number;
}

/** `ready` once, then `result` or `failed` per invocation; `crashed` at any time: the environment is of no more use. */
export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'result'; readonly payload: string }
  | { readonly kind: 'failed'; readonly failure: LambdaFailure }
  | { readonly kind: 'crashed'; readonly failure: LambdaFailure };
