import { Logger } from '@aws-lambda-powertools/logger';

/** What may be logged: ids, counts, names of ours. Never a payload, an address list, a header or a secret. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** The part of the logger that steps and adapters see. */
export interface StepLogger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A logger whose every line can be given fields for the time of one invocation. */
export interface InvocationLogger extends StepLogger {
  /** Forgets the last invocation's fields and sets this one's. */
  begin(fields: LogFields): void;
}

/** JSON lines on stdout; level and service name from the `POWERTOOLS_*` variables. */
export function makeLogger(): InvocationLogger {
  const logger = new Logger();
  return {
    begin: (fields) => {
      logger.resetKeys();
      logger.appendKeys({ ...fields });
    },
    debug: (message, fields = {}) => logger.debug(message, { ...fields }),
    info: (message, fields = {}) => logger.info(message, { ...fields }),
    warn: (message, fields = {}) => logger.warn(message, { ...fields }),
    error: (message, fields = {}) => logger.error(message, { ...fields }),
  };
}
