import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveZones, type ZoneHints } from '../../../functions/adapters/cloudflare/case-zones.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { CloudflareServer, FakeZone, NOW } from '../support/cloudflare-server.ts';
import { connect, memoryCache } from '../support/cloudflare-setup.ts';

const DEADLINE = NOW + MINUTE;
let server: CloudflareServer;

beforeEach(async () => {
  server = await new CloudflareServer().start();
  server.zones = [
    new FakeZone('a', 'example.com'),
    new FakeZone('b', 'shop.example.com'),
    new FakeZone('c', 'example.org'),
  ];
});
afterEach(() => server.close());

const resolve = (hints: ZoneHints, configured: readonly string[] = []) =>
  resolveZones(hints, configured, connect(server).directory, DEADLINE);
const named = async (hints: ZoneHints, configured?: readonly string[]) =>
  (await resolve(hints, configured)).zones.map(({ name, id }) => name ?? id);
const idOf = (letter: string) => letter.padEnd(32, '0');

describe('the zone an alert is about', () => {
  it.each<[string, ZoneHints, string]>([
    ['by its tag, before anything else', { zoneId: idOf('c'), zoneName: 'example.com' }, 'example.org'],
    ['by a tag in capitals', { zoneId: idOf('C') }, 'example.org'],
    ['by its name', { zoneName: 'Example.ORG', hostname: 'www.example.com' }, 'example.org'],
    ['by the longest suffix of the host name', { hostname: 'a.b.shop.example.com' }, 'shop.example.com'],
    ['by the host name itself', { hostname: 'example.com' }, 'example.com'],
    [
      'by host name, when tag and name are unknown',
      { zoneId: idOf('f'), zoneName: 'x.test', hostname: 'w.example.org' },
      'example.org',
    ],
  ])('is found %s', async (_, hints, name) => {
    expect(await resolve(hints)).toMatchObject({ zones: [{ name }], why: [] });
  });

  it.each<[string, ZoneHints]>([
    ['is not there', { zoneName: 'fake-zone-name' }],
    ['is no name at all', { zoneName: '?name=example.com&x', zoneId: '../accounts' }],
    ['is only a top-level domain', { hostname: 'com' }],
  ])('falls back to all configured zones, and says so, when it %s', async (_, hints) => {
    const { zones, why } = await resolve(hints, ['example.org', idOf('a')]);
    expect(zones.map(({ name }) => name)).toEqual(['example.org', 'example.com']);
    expect(why.join()).toContain('could not be resolved');
  });

  it('is every zone of the token when nothing is said and nothing configured, over pages', async () => {
    server.zones = Array.from({ length: 120 }, (_, index) => new FakeZone((index + 1).toString(16), `z${index}.test`));
    const { zones, why } = await resolve({});
    expect(zones).toHaveLength(120);
    expect(why).toEqual([]);
    expect(server.paths).toHaveLength(3);
  });

  it('names configured zones that the token cannot read', async () => {
    const { zones, why } = await resolve({}, ['example.org', 'gone.test']);
    expect(zones).toHaveLength(1);
    expect(why.join()).toContain('"gone.test"');
  });

  it('is taken by its tag unread, when the token may not read zones', async () => {
    server.faults = Array.from({ length: 9 }, () => ({ status: 403, body: { success: false } }));
    expect(await named({ zoneId: idOf('a') })).toEqual([idOf('a')]);
  });

  it('says so when zones cannot be looked up at all', async () => {
    server.faults = Array.from({ length: 20 }, () => ({ status: 500 }));
    const { zones, why } = await resolve({ zoneName: 'example.com' });
    expect(zones).toEqual([]);
    expect(why.join()).toContain('500');
  });
});

describe('remembering zones', () => {
  it('asks for a found zone once, and for a missing one again', async () => {
    const cache = memoryCache();
    for (let round = 0; round < 2; round++) {
      const { directory } = connect(server, { cache });
      await directory.byName('example.com', DEADLINE);
      await directory.byName('gone.test', DEADLINE);
    }
    expect(server.paths).toEqual(['/zones?name=example.com', '/zones?name=gone.test', '/zones?name=gone.test']);
  });

  it('works without its cache', async () => {
    const broken = {
      ...memoryCache(),
      get: () => Promise.reject(new Error('no table')),
      put: () => Promise.reject(new Error('no table')),
    };
    const { directory } = connect(server, { cache: broken });
    expect(await directory.byName('example.com', DEADLINE)).toMatchObject({ name: 'example.com' });
  });
});
