import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LearnedStore } from '../../../functions/adapters/dynamodb/learned.ts';
import { DAY, HOUR, instant } from '../../../functions/core/time.ts';
import { credential, tokenUse } from '../../support/evidence.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { type LocalTable, openLocalTable } from './local-table.ts';

let local: LocalTable;
beforeAll(async () => {
  local = await openLocalTable();
});
afterAll(async () => {
  await local.close();
});

const KEY = { pk: 'learned', sk: 'context' };

afterEach(async () => {
  await local.table.delete(KEY);
});

/** Of yesterday. */
const worked = (owner: string) => [{ owner, machine: false, asn: 64500, at: instant(local.clock.now() - DAY) }];

const IN_TIME = Number.POSITIVE_INFINITY;

const store = () => new LearnedStore(local.table, 30);

/** A reading of yesterday with one credential on a network of its own. */
function lesson(n: number) {
  const network = `203.0.113.${n}`;
  const use = tokenUse({ credential: `token/${n}`, network, at: instant(local.clock.now() - DAY) });
  return { uses: [use], credentials: [credential({ id: `token/${n}`, owner: { id: n } })] };
}

async function learnedTokens(): Promise<string[]> {
  const context = await store().load();
  return Object.keys(context.stored(local.clock.now(), 30 * DAY).credentials).sort();
}

describe('what was learned', () => {
  it('is nothing at first, then every reading', async () => {
    const { logger } = recordingLogger();
    expect(await learnedTokens()).toEqual([]);
    await store().learn(lesson(1), IN_TIME, logger);
    await store().learn(lesson(2), IN_TIME, logger);
    await store().learn(lesson(1), IN_TIME, logger);
    expect(await learnedTokens()).toEqual(['token/1', 'token/2']);
  });

  it('holds from which operators’ networks owners worked, and is not written for none', async () => {
    const { logger } = recordingLogger();
    await store().learnOperators([], IN_TIME, logger);
    expect(await local.table.get(KEY)).toBeUndefined();
    await store().learn(lesson(1), IN_TIME, logger);
    await store().learnOperators(worked('user/1'), IN_TIME, logger);
    const { credentials, operators } = (await store().load()).stored(local.clock.now(), 30 * DAY);
    expect(Object.keys(credentials)).toEqual(['token/1']);
    expect(Object.keys(operators['user/1'] ?? {})).toEqual(['64500']);
  });

  it('loses no reading to another that is written at the same moment', async () => {
    const { logger, lines } = recordingLogger();
    await Promise.all([1, 2, 3].map((n) => store().learn(lesson(n), IN_TIME, logger)));
    expect(await learnedTokens()).toEqual(['token/1', 'token/2', 'token/3']);
    expect(lines).toEqual([]);
  });

  it('is not kept where no time is left, and the log says so', async () => {
    const { logger, lines } = recordingLogger();
    await store().learn(lesson(1), local.clock.now(), logger);
    expect(await learnedTokens()).toEqual([]);
    expect(lines).toMatchObject([{ level: 'warn' }]);
  });

  it('expires when nothing is taught any more', async () => {
    await store().learn(lesson(1), IN_TIME, recordingLogger().logger);
    local.clock.advance(30 * DAY + HOUR);
    expect(await learnedTokens()).toEqual([]);
  });

  it('that lost its parts is nothing, and is replaced by what is learned next', async () => {
    const { logger, lines } = recordingLogger();
    await local.table.put(KEY, { set: 'gone', parts: 2, bytes: 9, version: 7 }, { expires: local.clock.now() + DAY });
    expect(await learnedTokens()).toEqual([]);
    await store().learn(lesson(4), IN_TIME, logger);
    expect(await learnedTokens()).toEqual(['token/4']);
    expect(lines).toEqual([]);
  });
});
