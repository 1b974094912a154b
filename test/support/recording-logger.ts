import type { LogFields, StepLogger } from '../../functions/runtime/logger.ts';

/** A logger that keeps what it was told. */
export function recordingLogger(): {
  logger: StepLogger;
  lines: { level: string; message: string; fields: LogFields }[];
} {
  const lines: { level: string; message: string; fields: LogFields }[] = [];
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) => {
      lines.push({ level, message, fields });
    };
  return { lines, logger: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } };
}
