import type { WorkflowEvent } from './execution.ts';

/** What the local stack tells while it runs. */
export type LocalEvent = WorkflowEvent | PagerEvent | AlertSent | AxiomIngest | FunctionLog | FunctionFailed;

/** PagerDuty's stand-in accepted an event. */
export interface PagerEvent {
  readonly kind: 'pager-event';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly body: unknown;
}

/** The alert sink took an alert. */
export interface AlertSent {
  readonly kind: 'alert-sent';
  /** Epoch milliseconds. */
  readonly at: number;
  readonly body: unknown;
}

/** Axiom's stand-in took events, before the state was left that is told of next. */
export interface AxiomIngest {
  readonly kind: 'axiom-ingest';
  readonly events: number;
  readonly requests: number;
}

/** A line a function wrote. */
export interface FunctionLog {
  readonly kind: 'log';
  readonly function: string;
  readonly line: string;
}

/** A function failed, with the last lines it wrote. */
export interface FunctionFailed {
  readonly kind: 'function-failed';
  readonly function: string;
  readonly error: string;
  readonly message: string;
  readonly log: readonly string[];
}
