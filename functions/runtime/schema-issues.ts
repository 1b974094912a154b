import type * as z from 'zod/mini';

type Issue = z.core.$ZodIssue;

/** The most problems one message names; the rest are counted. */
const NAMED = 5;

/**
 * A failed parse as one line for people: each field by its path, what was wrong and what is allowed. Never quotes the
 * value that was refused, which may be a secret or hostile. (`zod/mini` has no messages of its own.)
 */
export function describeIssues(issues: readonly Issue[]): string {
  const named = issues.slice(0, NAMED).map((issue) => `${pathOf(issue)} ${expectation(issue)}`);
  const more = issues.length - named.length;
  return named.join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function pathOf(issue: Issue): string {
  return issue.path.length === 0 ? 'the value' : issue.path.map(String).join('.');
}

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `is missing or no ${issue.expected}`;
    case 'too_small':
      return `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`;
    case 'too_big':
      return `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'invalid_format':
      return `must be written as ${issue.format}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'unrecognized_keys':
      return `has ${issue.keys.length} key(s) that are not allowed`;
    case 'custom':
      return issue.message ?? 'is not allowed';
    default:
      return 'is not of an allowed form';
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' entries' : '';
}
