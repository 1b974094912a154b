import type { Answer } from './stand-in.ts';

/** An error in the REST envelope (`reference/cloudflare.md` §9). */
export function failed(status: number, code: number, message: string, headers: Record<string, string> = {}): Answer {
  return { status, headers, body: { success: false, errors: [{ code, message }], messages: [], result: null } };
}

/** A result in the REST envelope. */
export function succeeded(result: unknown, message?: string): Record<string, unknown> {
  const messages = message === undefined ? [] : [{ code: 10000, message }];
  return { success: true, errors: [], messages, result };
}
