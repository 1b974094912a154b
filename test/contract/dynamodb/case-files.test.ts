import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaseFiles } from '../../../functions/adapters/dynamodb/case-files.ts';
import { CaseStore } from '../../../functions/adapters/dynamodb/cases.ts';
import { eachUse, ReadingStore } from '../../../functions/adapters/dynamodb/readings.ts';
import { Table } from '../../../functions/adapters/dynamodb/table.ts';
import { USES_KEPT } from '../../../functions/core/case-file.ts';
import { instant, MINUTE } from '../../../functions/core/time.ts';
import type { TokenUse } from '../../../functions/core/token-use.ts';
import { TransientError } from '../../../functions/runtime/errors.ts';
import { monitorCaseFile, openedCaseFile, quietCaseFile, sampleCaseFile } from '../../support/case-files.ts';
import { NOON, sighting, tokenUse } from '../../support/evidence.ts';
import { type LocalTable, localClient, openLocalTable } from './local-table.ts';
import { storeCaseFile } from './store-case-file.ts';

let local: LocalTable;
beforeEach(async () => {
  local = await openLocalTable();
});
afterEach(async () => {
  await local.close();
});

const files = () => new CaseFiles(local.table);
const file = sampleCaseFile();
const { caseId } = file;

async function overwrite(sk: string, attributes: Record<string, string>): Promise<void> {
  const Item = Object.fromEntries(
    Object.entries({ pk: `case#${caseId}`, sk, ...attributes }).map(([k, S]) => [k, { S }]),
  );
  await local.client.send(new PutItemCommand({ TableName: 'latchkey', Item }));
}

function manyUses(count: number, more: (index: number) => Partial<TokenUse>): TokenUse[] {
  return Array.from({ length: count }, (_, index) => tokenUse({ at: instant(NOON - index * 1_000), ...more(index) }));
}

async function loadWithUses(uses: readonly TokenUse[]) {
  await storeCaseFile(local, { ...file, uses: { readAt: NOON, uses, leftOut: 0 } });
  return (await files().load(caseId))?.uses;
}

describe('the file of a case', () => {
  it.each([
    ['a spike with a stolen token', file],
    ['a monitor with its alerts', monitorCaseFile()],
    ['a case that was only opened', openedCaseFile()],
  ])('holds everything of %s as it was stored', async (_, stored) => {
    await storeCaseFile(local, stored);
    expect(await files().load(stored.caseId)).toEqual(stored);
  });

  it('has no uses where nothing was found, and says nothing of them', async () => {
    const { uses, ...quiet } = quietCaseFile();
    await storeCaseFile(local, { ...quiet, uses: { readAt: NOON, uses: [tokenUse()], leftOut: 0 } });
    expect(await files().load(quiet.caseId)).toEqual(quiet);
  });

  it('is not there for a case that is not, or not any more', async () => {
    expect(await files().load('unknown')).toBeUndefined();
    await new CaseStore(local.table, 30).saveSightings('unopened', 1, {
      ...{ sightings: [], whole: true },
      coverage: { status: 'complete', why: [], counts: {}, pages: 0 },
    });
    expect(await files().load('unopened')).toBeUndefined();
  });

  it('asks the table little, however much a case holds', async () => {
    await storeCaseFile(local, file);
    const sent: string[] = [];
    const client = localClient(local.endpoint);
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          sent.push(String(commandName));
          return await next(args);
        },
      { step: 'initialize' },
    );
    const table = new Table({ client, tableName: 'latchkey', clock: local.clock });
    await new CaseFiles(table).load(caseId);
    client.destroy();
    // Everything of the case, its incident, its reading.
    expect(sent.sort()).toEqual(['GetItemCommand', 'GetItemCommand', 'QueryCommand']);
  });

  it('works with documents that carry no time', async () => {
    await storeCaseFile(local, file);
    const item = await local.table.get({ pk: `case#${caseId}`, sk: 'look#01#coverage' });
    const { at, pk, sk, expires, ...rest } = item ?? {};
    await local.table.put({ pk: `case#${caseId}`, sk: 'look#01#coverage' }, rest);
    const looks = (await files().load(caseId))?.looks;
    expect(looks?.[0]).not.toHaveProperty('at');
    expect(looks?.[0]).toHaveProperty('coverage');
  });
});

describe('what is lost of a case', () => {
  it('is told, part by part, and hides nothing else', async () => {
    await storeCaseFile(local, file);
    await overwrite('look#01#sightings', { set: 'gone' });
    await overwrite('look#02#coverage', { set: 'gone' });
    await local.table.put({ pk: `case#${caseId}`, sk: 'look#02#findings' }, { data: Buffer.from('no gzip') });
    await local.table.put({ pk: 'incident#inc-1', sk: 'incident' }, { set: 'gone', parts: 2, bytes: 9 });
    await local.table.put({ pk: `reading#reading-of-${caseId}`, sk: 'reading' }, { set: 'gone', parts: 2, bytes: 9 });
    const read = await files().load(caseId);
    expect(read?.unread).toEqual([
      'Incident inc-1 is stored, and parts of it are lost.',
      'What GitLab knew of these credentials besides is stored no more, or parts of it are lost.',
      'What look 1 stored as sightings is stored and cannot be read: parts of it are lost or broken.',
      'What look 2 stored as coverage is stored and cannot be read: parts of it are lost or broken.',
      'What look 2 stored as findings is stored and cannot be read: parts of it are lost or broken.',
    ]);
    expect(read).toMatchObject({ incidents: [], pages: file.pages, state: file.state });
    expect(read).not.toHaveProperty('uses');
    expect(read?.looks.map((look) => Object.keys(look).sort())).toEqual([
      ['analysis', 'at', 'coverage', 'findings', 'look', 'traffic'],
      ['analysis', 'look', 'sightings', 'traffic'],
    ]);
  });

  it('says so of a reading that has passed its time', async () => {
    await storeCaseFile(local, file);
    await local.table.delete({ pk: `reading#reading-of-${caseId}`, sk: 'reading' });
    expect((await files().load(caseId))?.unread).toEqual([
      'What GitLab knew of these credentials besides is stored no more, or parts of it are lost.',
    ]);
  });

  it('still has a case whose opening is lost', async () => {
    await storeCaseFile(local, file);
    await local.table.put({ pk: `case#${caseId}`, sk: 'case' }, { set: 'gone', trigger: 'spike', openedAt: NOON });
    const read = await files().load(caseId);
    expect(read).toMatchObject({ caseId, trigger: 'spike', openedAt: NOON, looks: [{ look: 1 }, { look: 2 }] });
    expect(read).not.toHaveProperty('alert');
    expect(read?.unread).toHaveLength(1);
  });

  it('never breaks on what a later version wrote', async () => {
    await storeCaseFile(local, file);
    const cases = new CaseStore(local.table, 30);
    await cases.saveTraffic(caseId, 3, JSON.parse('{"step":0,"points":[]}'));
    await cases.saveFindings(caseId, 3, JSON.parse('[{"credential":"token/1"}]'));
    await cases.savePicture(caseId, 3, JSON.parse('[]'));
    await cases.saveAnalysis(caseId, 3, JSON.parse('{"status":"model"}'));
    await overwrite('look#03#weather', { set: 'unheard of' });
    await overwrite('case-state', { state: '{"look":1}' });
    await overwrite('order#03#page#x', { order: 'no json' });
    await overwrite('alert#03', { kind: 'attack' });
    await overwrite('something else', { text: 'x' });
    const read = await files().load(caseId);
    expect(read?.unread).toEqual([
      'An order of a page is stored in a form that this version does not know.',
      'An order of an alert is stored in a form that this version does not know.',
      'The state of the case is stored in a form that this version does not know.',
      'What look 3 stored as analysis is stored in a form that this version does not know.',
      'What look 3 stored as findings is stored in a form that this version does not know.',
      'What look 3 stored as security events is stored in a form that this version does not know.',
      'What look 3 stored as traffic over time is stored in a form that this version does not know.',
    ]);
    expect(read?.looks.map(({ look }) => look)).toEqual([1, 2]);
    expect(read).not.toHaveProperty('state');
  });

  it('is nothing where the table does not answer', async () => {
    await storeCaseFile(local, file);
    const client = localClient('http://127.0.0.1:9');
    const table = new Table({ client, tableName: 'latchkey', clock: local.clock });
    await expect(new CaseFiles(table).load(caseId)).rejects.toThrow(TransientError);
    client.destroy();
  });

  it('leaves the sightings of older looks where there are too many for all looks', async () => {
    const cases = new CaseStore(local.table, 30);
    await storeCaseFile(local, { ...file, looks: [], pages: [], incidents: [] });
    // Addresses that do not compress.
    const one = (index: number) => String(Math.imul(index + 1, 2_654_435_761) >>> 0) + String(Math.imul(index, 40_503));
    for (const look of [1, 2, 3]) {
      const sightings = Array.from({ length: 60_000 }, (_, n) =>
        sighting({ address: one(n + look), paths: [one(n * 7)] }),
      );
      const coverage = { status: 'complete', why: [], counts: {}, pages: 0 } as const;
      await cases.saveSightings(caseId, look, { sightings, whole: true, coverage });
    }
    const read = await files().load(caseId);
    expect(read?.looks.at(-1)?.sightings?.sightings).toHaveLength(60_000);
    expect(read?.unread).toContain(
      'The sightings of look 1 are stored, and too many to be read beside those of later looks.',
    );
  }, 30_000);
});

describe('other uses of the credentials found', () => {
  it('keeps those of matched networks before others, then the newest', async () => {
    const matched = manyUses(150, () => ({ at: instant(NOON - 7_200_000) }));
    const others = manyUses(2_000, () => ({ network: '192.0.2.1', address: '192.0.2.1' }));
    const foreign = manyUses(500, () => ({ credential: 'token/999' }));
    const uses = await loadWithUses([...others, ...foreign, ...matched]);
    expect(uses?.uses).toHaveLength(USES_KEPT);
    expect(uses?.uses.filter(({ network }) => network === '203.0.113.7')).toHaveLength(150);
    const kept = uses?.uses.filter(({ network }) => network === '192.0.2.1').map(({ at }) => at.notAfter);
    expect(kept).toEqual(
      others
        .slice(0, 50)
        .map(({ at }) => at.notAfter)
        .reverse(),
    );
    expect(uses?.leftOut).toBe(1_950);
  });

  it('takes a credential for what it is, whatever its uses say', async () => {
    const target = '","credential":"token/42","x":"\\';
    const uses = await loadWithUses([tokenUse({ target }), tokenUse({ credential: 'token/1"\\', target })]);
    expect(uses).toMatchObject({ uses: [{ target, credential: 'token/42' }], leftOut: 0 });
  });

  it('reads a large reading one use at a time', async () => {
    const uses = manyUses(60_000, (n) => (n % 600 === 0 ? {} : { credential: `token/${1_000 + n}` }));
    await new ReadingStore(local.table, 30).save(
      'k',
      'r',
      { window: { start: 0, end: NOON }, readAt: NOON, credentials: [], uses, coverage: {}, realIpMissing: false },
      NOON + MINUTE,
    );
    let taken = 0;
    await eachUse(local.table, 'r', new Set(['token/42']), () => taken++);
    expect(taken).toBe(100);
  });
});
