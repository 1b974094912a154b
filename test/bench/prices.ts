/** US dollars, list prices of us-east-1 without any free tier. */

/** One state transition of a Standard workflow (`reference/peers.md` §4.2). */
export const TRANSITION = 0.025 / 1000;

/** A gigabyte-second of Lambda on arm64, and one request (aws.amazon.com/lambda/pricing). */
export const GB_SECOND = 0.0000133334;
export const REQUEST = 0.2 / 1e6;

/** A unit of 4 kB read consistently, and one of 1 kB written, on demand (aws.amazon.com/dynamodb/pricing/on-demand). */
export const READ_UNIT = 0.125 / 1e6;
export const WRITE_UNIT = 0.625 / 1e6;

/** A secret for a month, and one reading of it (aws.amazon.com/secrets-manager/pricing). */
export const SECRET = 0.4;
export const SECRET_READ = 0.05 / 10_000;

/** A month of an alarm on one metric, and a byte of log, vended or not (aws.amazon.com/cloudwatch/pricing). */
export const ALARM = 0.1;
export const LOG_BYTE = 0.5 / 1024 ** 3;

/** One trace recorded (aws.amazon.com/xray/pricing). */
export const TRACE = 5 / 1e6;
