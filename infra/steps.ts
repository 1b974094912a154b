/** Every function of the stack: a folder below `functions` with a `handler.ts`. */
export const STEPS = [
  'receive-webhook',
  'receive-audit-events',
  'start-hunt',
  'poll-security-events',
  'extract',
  'query-gitlab',
  'join',
  'write-report',
  'analyze',
  'page',
  'send-alert',
  'report-health',
  'show-case',
  'list-cases',
] as const;

/** One of them. */
export type Step = (typeof STEPS)[number];
