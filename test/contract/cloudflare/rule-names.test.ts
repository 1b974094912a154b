import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { CloudflareServer, FakeZone, NOW } from '../support/cloudflare-server.ts';
import { connectEvents } from '../support/event-setup.ts';

const idOf = (letter: string) => letter.repeat(32);
const MANAGED = idOf('a');
const CUSTOM = idOf('b');

let server: CloudflareServer;
let zone: FakeZone;

beforeEach(async () => {
  server = await new CloudflareServer().start();
  zone = new FakeZone('a', 'example.com');
  server.zones = [zone];
  zone.rulesets = [
    { id: MANAGED, name: 'Managed rules', kind: 'managed', rules: [{ id: idOf('1'), description: 'SQL injection' }] },
    { id: CUSTOM, name: 'default', kind: 'zone', rules: [{ id: idOf('2'), description: 'Block scrapers' }] },
  ];
});
afterEach(() => server.close());

const namesOf = (ruleIds: readonly string[], rulesetIds: readonly string[], setup = connectEvents(server)) =>
  setup.rules.namesOf({ id: zone.id, name: zone.name }, { ruleIds, rulesetIds }, setup.clock.now() + MINUTE);

describe('names of rules', () => {
  it('come from the rulesets that hold them, with the names of these', async () => {
    expect(await namesOf([idOf('1'), idOf('2'), idOf('9')], [MANAGED, CUSTOM])).toEqual({
      names: {
        [MANAGED]: 'Managed rules',
        [CUSTOM]: 'default',
        [idOf('1')]: 'SQL injection',
        [idOf('2')]: 'Block scrapers',
      },
    });
  });

  it("come from the zone's own rulesets where events do not tell theirs", async () => {
    expect((await namesOf([idOf('1'), idOf('2')], [])).names).toEqual({ [idOf('2')]: 'Block scrapers' });
    expect(server.paths.some((path) => path.includes(MANAGED))).toBe(false);
  });

  it('are asked for once an hour', async () => {
    const setup = connectEvents(server);
    await namesOf([idOf('1')], [MANAGED], setup);
    expect(server.paths).toHaveLength(2);
    expect((await namesOf([idOf('1')], [MANAGED], setup)).names[idOf('1')]).toBe('SQL injection');
    expect(server.paths).toHaveLength(2);
  });

  it('are kept in the cache for an hour', async () => {
    const expiries: number[] = [];
    const cache = {
      values: new Map(),
      get: async () => undefined,
      put: async (_: string, __: unknown, at?: number) => void expiries.push(at ?? 0),
    };
    await namesOf([idOf('1')], [MANAGED], connectEvents(server, { cache }));
    expect(expiries).toEqual([NOW + HOUR, NOW + HOUR]);
  });

  it('are missed with a note that names the permission', async () => {
    zone.rulesets = 'forbidden';
    const { names, note } = await namesOf([idOf('1')], [MANAGED]);
    expect(names).toEqual({});
    expect(note).toContain('Zone WAF Read');
  });

  it('are missed with a note when Cloudflare cannot be reached, without using up the time of others', async () => {
    server.faults = Array.from({ length: 20 }, () => ({ status: 429, headers: { 'retry-after': '30' } }));
    const setup = connectEvents(server);
    const { names, note } = await namesOf([idOf('1')], [MANAGED], setup);
    expect(names).toEqual({});
    expect(note).toContain('429');
    expect(setup.clock.now() - NOW).toBeLessThanOrEqual(10_000);
  });

  it('that are written in another script or are endless stay bounded; what is no text names nothing', async () => {
    zone.rulesets = [
      {
        id: CUSTOM,
        name: '規則'.repeat(500),
        kind: 'zone',
        rules: [
          { id: idOf('1'), description: '😀'.repeat(1000) },
          { id: idOf('2'), description: { toString: 'x' } },
          { id: idOf('3'), description: '' },
          { id: '__proto__', description: 'polluted' },
        ],
      },
    ];
    const { names } = await namesOf([idOf('1'), idOf('2'), idOf('3'), '__proto__'], [CUSTOM]);
    expect(Object.keys(names).sort()).toEqual([idOf('1'), CUSTOM]);
    for (const name of Object.values(names)) {
      expect(name.length).toBeLessThanOrEqual(300);
      expect(name.isWellFormed()).toBe(true);
    }
  });

  it.each(['../accounts', 'x'.repeat(32), '', `${idOf('1')}?x`])(
    'are not asked for "%s", which is no id',
    async (id) => {
      expect(await namesOf([id], [id])).toEqual({ names: {} });
      expect(server.paths).toEqual([]);
    },
  );

  it('are missed for a ruleset that is gone, and found for the others', async () => {
    zone.rulesets = [
      { id: MANAGED, name: 'Managed rules', kind: 'managed', rules: [] },
      { id: CUSTOM, name: 'default', kind: 'zone', rules: [{ id: idOf('2'), description: 'Block scrapers' }] },
    ];
    server.faults = [undefined, { status: 404, body: { success: false, errors: [], result: null } }];
    expect((await namesOf([idOf('1'), idOf('2')], [MANAGED, CUSTOM])).names[idOf('2')]).toBe('Block scrapers');
  });

  it('in a form that Cloudflare does not document are missed with a note', async () => {
    server.faults = [{ body: { success: true, result: 'none' } }];
    expect(await namesOf([idOf('1')], [MANAGED])).toMatchObject({ names: {}, note: expect.stringContaining('form') });
  });
});
