import type { NodeFunction } from './node-function.ts';

/** The functions of the workflow, by what they do in it. */
export interface WorkflowTasks {
  readonly extract: NodeFunction;
  readonly queryGitlab: NodeFunction;
  readonly join: NodeFunction;
  readonly writeReport: NodeFunction;
  readonly analyze: NodeFunction;
  readonly page: NodeFunction;
  readonly sendAlert: NodeFunction;
  readonly reportHealth: NodeFunction;
}
