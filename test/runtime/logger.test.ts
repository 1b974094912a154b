import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeLogger } from '../../functions/runtime/logger.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function lines(spy: { mock: { calls: unknown[][] } }): Record<string, unknown>[] {
  return spy.mock.calls.map(([line]) => JSON.parse(String(line)));
}

describe('makeLogger', () => {
  it('writes JSON lines with the service, the fields of the invocation and those of the line', () => {
    vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'latchkey');
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    const spy = vi.spyOn(console, 'info').mockImplementation(() => {});
    const logger = makeLogger();
    logger.begin({ function: 'extract', caseId: 'one', look: 1 });
    logger.info('read', { sightings: 3 });
    logger.begin({ function: 'extract', caseId: 'two' });
    logger.info('read again');
    const [first, second] = lines(spy);
    expect(first).toMatchObject({
      level: 'INFO',
      service: 'latchkey',
      message: 'read',
      caseId: 'one',
      look: 1,
      sightings: 3,
    });
    expect(second).toMatchObject({ message: 'read again', caseId: 'two' });
    expect(second).not.toHaveProperty('look');
    expect(second).not.toHaveProperty('sightings');
  });

  it('holds to the level of the environment', () => {
    vi.stubEnv('POWERTOOLS_LOG_LEVEL', 'WARN');
    vi.stubEnv('POWERTOOLS_DEV', 'true');
    const info = vi.spyOn(console, 'info').mockImplementation(() => {});
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const logger = makeLogger();
    logger.info('quiet');
    logger.warn('loud');
    expect(info).not.toHaveBeenCalled();
    expect(warn).toHaveBeenCalledOnce();
  });
});
