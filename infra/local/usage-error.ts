/** The command line, a variable or a file given to the local stack is wrong. The entry point exits with status 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
