import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { MAP_LIMITS, type NetworkGraph, networkGraph } from '../../../functions/core/case-view/network-graph.ts';
import { networkMap, ROW_HEIGHT } from '../../../functions/core/case-view/network-map.ts';
import { complete } from '../../../functions/core/coverage.ts';
import { addressesOf } from '../../../functions/core/finding-addresses.ts';
import { largeCaseFile, sampleCaseFile } from '../../support/case-files.ts';
import { credential, finding, match, sighting, tokenUse } from '../../support/evidence.ts';

function linked(graph: NetworkGraph): string[] {
  return graph.links.map(({ address, credential, touch, signs }) => {
    return `${graph.addresses[address]?.address} ${graph.credentials[credential]?.credential.id} ${touch} ${signs}`;
  });
}

describe('which address touched which credential', () => {
  it('holds the sighted places of each credential and its usual ones', () => {
    const graph = networkGraph(sampleCaseFile());
    expect(linked(graph).sort()).toEqual([
      '192.0.2.20 token/42 unmatched 2',
      '198.18.0.1 token/77 same-address 1',
      '203.0.113.7 token/42 same-address 14',
    ]);
    expect(graph.addresses.map(({ address, sighted }) => [address, sighted])).toEqual([
      ['203.0.113.7', 'address'],
      ['198.18.0.1', 'address'],
      ['192.0.2.20', 'no'],
    ]);
  });

  it('says where uses that did not match are not stored', () => {
    const { uses, ...file } = sampleCaseFile();
    const graph = networkGraph(file);
    expect(graph.usesKnown).toBe(false);
    expect(graph.addresses.every(({ sighted }) => sighted === 'address')).toBe(true);
  });

  it('calls an address sighted where Cloudflare sighted it, whether or not the times met', () => {
    const file = sampleCaseFile();
    const stray = tokenUse({ address: '198.18.0.9', network: '198.18.0.9' });
    const graph = networkGraph({ ...file, uses: { readAt: 0, uses: [stray], leftOut: 0 } });
    expect(graph.addresses.find(({ address }) => address === '198.18.0.9')?.sighted).toBe('address');
    expect(linked(graph)).toContain('198.18.0.9 token/42 unmatched 1');
  });

  it('does not call a neighbour of a sighted address sighted, nor gives it that one’s bot score', () => {
    const network = '2001:db8:1:2::/64';
    const bot = sighting({ address: '2001:db8:1:2::7', network, lowestBotScore: 1 });
    const use = tokenUse({ address: '2001:db8:1:2::9', network });
    const matches = [match({ rule: 'same-network', sighting: bot, use })];
    const found = finding({ matches, addresses: addressesOf(matches) });
    const [look] = sampleCaseFile().looks;
    const report = { sightings: [bot], whole: true, coverage: complete() };
    const file = sampleCaseFile({ looks: [{ ...look, look: 1, findings: [found], sightings: report }] });
    const near = networkGraph(file).addresses.find(({ address }) => address === use.address);
    expect(near).toMatchObject({ sighted: 'network', asn: 64500 });
    expect(near).not.toHaveProperty('lowestBotScore');
  });

  it('counts uses apart from acts of their owner, where all of them are stored', () => {
    const file = sampleCaseFile();
    const acted = [1, 2, 3].map((id) => tokenUse({ strength: 'acted', address: '192.0.2.77', eventId: String(id) }));
    const used = tokenUse({ address: '192.0.2.77' });
    const graph = networkGraph({ ...file, uses: { readAt: 0, uses: [...acted, used], leftOut: 0 } });
    const index = graph.addresses.findIndex(({ address }) => address === '192.0.2.77');
    expect(graph.links.find(({ address }) => address === index)).toMatchObject({
      signs: 4,
      strengths: { used: 1, acted: 3 },
    });
    const { uses: _, ...unread } = file;
    const [look] = file.looks;
    const cut = finding({ matches: [], matchCount: 60, addresses: addressesOf([match()]) });
    const [link] = networkGraph({ ...unread, looks: [{ ...look, look: 1, findings: [cut] }] }).links;
    expect(link).toMatchObject({ signs: 1 });
    expect(link).not.toHaveProperty('strengths');
  });

  it('marks what was only ever turned away', () => {
    const file = sampleCaseFile();
    const address = '192.0.2.99';
    const refused = tokenUse({ address, network: address, strength: 'refused' });
    const ofUses = (uses: CaseFile['uses']) => {
      const graph = networkGraph({ ...file, ...(uses === undefined ? {} : { uses }) });
      const index = graph.addresses.findIndex((one) => one.address === address);
      return graph.links.find((link) => link.address === index)?.refused;
    };
    expect(ofUses({ readAt: 0, uses: [refused, refused], leftOut: 0 })).toBe(true);
    for (const uses of [
      [refused, { ...refused, strength: 'used' as const }],
      [{ ...refused, strength: 'used' as const }, refused],
    ]) {
      expect(ofUses({ readAt: 0, uses, leftOut: 0 })).toBe(false);
    }
  });

  it('is cut to what one look takes in, counts the rest, and shows something of every credential', () => {
    const graph = networkGraph(largeCaseFile());
    expect(graph.addresses).toHaveLength(MAP_LIMITS.addresses);
    expect(graph.credentials).toHaveLength(MAP_LIMITS.credentials);
    expect(graph.moreCredentials).toBe(300 - MAP_LIMITS.credentials);
    expect(graph.moreAddresses).toBeGreaterThan(100);
    expect(new Set(graph.links.map(({ credential }) => credential)).size).toBe(MAP_LIMITS.credentials);
  });

  it('leaves room for usual places, however many sighted ones there are', () => {
    const file = largeCaseFile();
    const elsewhere = ['token/1000', 'token/1001'].map((id) =>
      tokenUse({ credential: id, address: '192.0.2.20', network: '192.0.2.20' }),
    );
    const graph = networkGraph({ ...file, uses: { readAt: 0, uses: elsewhere, leftOut: 0 } });
    expect(graph.addresses.filter(({ sighted }) => sighted === 'no').map(({ address }) => address)).toEqual([
      '192.0.2.20',
    ]);
    expect(graph.addresses).toHaveLength(MAP_LIMITS.addresses);
  });
});

const anyGraph = fc
  .record({ addresses: fc.integer({ min: 1, max: 24 }), credentials: fc.integer({ min: 1, max: 12 }) })
  .chain(({ addresses, credentials }) =>
    fc.record({
      addresses: fc.constant(addresses),
      credentials: fc.constant(credentials),
      pairs: fc.uniqueArray(
        fc.tuple(fc.nat(addresses - 1), fc.nat(credentials - 1), fc.integer({ min: 1, max: 1e9 })),
        {
          selector: ([a, c]) => `${a} ${c}`,
          maxLength: 60,
        },
      ),
    }),
  )
  .map(({ addresses, credentials, pairs }): NetworkGraph => {
    return {
      addresses: Array.from({ length: addresses }, (_, index) => ({
        address: `192.0.2.${index}`,
        network: `192.0.2.${index}`,
        sighted: 'address' as const,
      })),
      credentials: Array.from({ length: credentials }, (_, index) => ({
        credential: credential({ id: `token/${index}` }),
        score: 1,
        decision: 'report' as const,
        ordered: false,
      })),
      links: pairs.map(([address, owner, uses]) => ({
        address,
        credential: owner,
        touch: 'same-address' as const,
        signs: uses,
        refused: false,
      })),
      moreAddresses: 0,
      moreCredentials: 0,
      usesKnown: true,
      usesLeftOut: 0,
    };
  });

describe('the layout of the map', () => {
  it('never lays two rows over each other, nor anything outside the drawing', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const { addresses, credentials, height } = networkMap(graph);
        for (const column of [addresses, credentials]) {
          const ys = column.map(({ y }) => y);
          for (const [index, y] of ys.entries()) {
            expect(y - (ys[index - 1] ?? -ROW_HEIGHT / 2)).toBeGreaterThanOrEqual(ROW_HEIGHT - 0.2);
          }
          expect((ys.at(-1) ?? 0) + ROW_HEIGHT / 2).toBeLessThanOrEqual(height + 0.2);
        }
        expect(new Set(addresses.map(({ node }) => node)).size).toBe(graph.addresses.length);
        expect(new Set(credentials.map(({ node }) => node)).size).toBe(graph.credentials.length);
      }),
    );
  });

  it('ends each link at its own address and credential, none thicker than a row', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const { links, addresses, credentials } = networkMap(graph);
        expect(links).toHaveLength(graph.links.length);
        for (const { address, credential: owner, fromY, toY, width } of links) {
          expect(addresses.find(({ y }) => y === fromY)?.node).toBe(graph.addresses[address]);
          expect(credentials.find(({ y }) => y === toY)?.node).toBe(graph.credentials[owner]);
          expect(width > 0 && width < ROW_HEIGHT / 2).toBe(true);
        }
      }),
    );
  });

  it('crosses no more links than the order it was given, and untangles what can be untangled', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const given = graph.links.map(({ address, credential: owner }): [number, number] => [address, owner]);
        expect(crossed(laidOut(graph))).toBeLessThanOrEqual(crossed(given));
      }),
    );
    const [first] = fc.sample(anyGraph, 1);
    if (first === undefined) throw new Error('no graph was drawn');
    const swapped = [0, 1, 2, 3].map((index) => ({
      address: index,
      credential: 3 - index,
      touch: 'same-address' as const,
      signs: 1,
      refused: false,
    }));
    const four = {
      ...first,
      links: swapped,
      addresses: swapped.map(({ address }) => ({
        address: `192.0.2.${address}`,
        network: '',
        sighted: 'address' as const,
      })),
      credentials: swapped.map(({ address }) => ({
        credential: credential({ id: `token/${address}` }),
        score: 1,
        decision: 'page' as const,
        ordered: true,
      })),
    };
    expect(crossed(laidOut(four))).toBe(0);
  });

  it('draws what was used more often wider', () => {
    const graph = networkGraph(sampleCaseFile());
    const widths = networkMap(graph).links.map(({ signs, width }) => [signs, width]);
    expect(widths.map(([signs]) => signs)).toEqual([14, 2, 1]);
    const [often = 0, twice = 0, once = 0] = widths.map(([, width]) => width);
    expect(often > twice && twice > once).toBe(true);
  });
});

function laidOut(graph: NetworkGraph): [number, number][] {
  return networkMap(graph).links.map(({ fromY, toY }) => [fromY, toY]);
}

function crossed(ends: readonly (readonly [number, number])[]): number {
  return ends.flatMap(([a, b], index) => ends.slice(index + 1).filter(([c, d]) => (a - c) * (b - d) < 0)).length;
}
