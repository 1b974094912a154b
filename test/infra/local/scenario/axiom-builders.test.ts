import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../../functions/core/address.ts';
import { HOUR, MINUTE } from '../../../../functions/core/time.ts';
import {
  flaggedRow,
  malformedRows,
  manyAddresses,
  timeForms,
  withAxiom,
  withEvents,
  withFlagged,
  withGitlabLogs,
} from '../../../../infra/local/scenario/axiom-builders.ts';
import { DATASETS, emptyWorld, withSpike, withTokenUse } from '../../../../infra/local/scenario/builders.ts';
import type { World } from '../../../../infra/local/scenario/world.ts';
import { START } from '../stand-ins/asking.ts';

const cloudflareRows = ({ axiom }: World) => axiom.datasets[DATASETS.cloudflare] ?? [];

describe('builders of an Axiom', () => {
  it('leave the world they build on as it was', () => {
    const before = withSpike(emptyWorld(START), { addresses: ['198.18.0.1'], perMinute: 2 });
    const copy = structuredClone(before);
    withFlagged(withAxiom(before), ['198.18.0.2']);
    withEvents(before, 'another', [{ _time: START }]);
    expect(before).toEqual(copy);
  });

  it('add to what is there', () => {
    const world = withFlagged(withAxiom(withSpike(emptyWorld(START), { addresses: ['198.18.0.1'], perMinute: 2 })), [
      '198.18.0.2',
    ]);
    expect(cloudflareRows(world)).toHaveLength(21);
    expect(withEvents(world, 'another', [{ _time: START, a: 1 }]).axiom.datasets.another).toEqual([
      { _time: START, a: 1 },
    ]);
  });

  it('hold what happened once, however often it is laid out', () => {
    const spike = withSpike(emptyWorld(START), { addresses: ['198.18.0.1'], perMinute: 90 });
    const first = withAxiom(withGitlabLogs(withTokenUse(spike, { tokenId: 7, address: '192.0.2.1', at: START })));
    expect(withAxiom(withGitlabLogs(first)).axiom).toEqual(first.axiom);
    const later = withGitlabLogs(withTokenUse(first, { tokenId: 7, address: '192.0.2.1', at: START + MINUTE }));
    expect(first.axiom.datasets[DATASETS.gitlab]).toHaveLength(1);
    expect(later.axiom.datasets[DATASETS.gitlab]).toHaveLength(2);
    expect(cloudflareRows(first)).toHaveLength(900);
  });

  it('lay flagged addresses out within a window, cheaply at any number', () => {
    const within = { start: START - HOUR, end: START };
    const addresses = manyAddresses(60_000);
    const rows = cloudflareRows(withFlagged(emptyWorld(START), addresses, { within }));
    expect(new Set(rows.map(({ ClientIP }) => ClientIP)).size).toBe(60_000);
    for (const { EdgeStartTimestamp, BotScore } of rows.filter((_, index) => index % 1000 === 0)) {
      const at = Date.parse(String(EdgeStartTimestamp));
      expect(at).toBeGreaterThanOrEqual(within.start);
      expect(at).toBeLessThan(within.end);
      expect(BotScore).toBeGreaterThanOrEqual(1);
      expect(BotScore).toBeLessThan(30);
    }
  });

  it('let requests differ, and be shown late', () => {
    const visibleFrom = START + HOUR;
    const request = { host: 'git.example.com', visibleFrom };
    const rows = cloudflareRows(
      withFlagged(emptyWorld(START), ['2001:db8::1'], { each: 3, request, columns: { BotScore: '7' } }),
    );
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(row).toMatchObject({ ClientRequestHost: 'git.example.com', BotScore: '7', visibleFrom });
      expect(row._time).toBeLessThan(START + MINUTE);
    }
  });

  it('know as many addresses as anybody wants', () => {
    const addresses = manyAddresses(140_000);
    const parsed = addresses.map((address) => parseAddress(address)?.canonical);
    expect(parsed).toEqual(addresses);
    expect(new Set(addresses).size).toBe(140_000);
  });

  it('break rows one way at a time', () => {
    const whole = flaggedRow(START, '198.18.0.1');
    for (const row of Object.values(malformedRows(START, '198.18.0.1'))) {
      expect(
        Object.keys(whole).filter((column) => row[column] !== whole[column] && column !== 'SecuritySources'),
      ).toHaveLength(1);
    }
  });

  it('write an instant in four forms', () => {
    const { rfc3339, unix, unixms, unixnano } = timeForms(START + MINUTE);
    expect([Date.parse(String(rfc3339)), Number(unix) * 1000, unixms, Number(unixnano) / 1e6]).toEqual(
      Array(4).fill(START + MINUTE),
    );
  });
});
