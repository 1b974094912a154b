import { describe, expect, it } from 'vitest';
import { HOUR, instant, MINUTE } from '../../functions/core/time.ts';
import { credential, finding, match, tokenUse } from '../support/evidence.ts';
import { call, FROM, intrusion } from './fixtures.ts';
import { Labels } from './labels.ts';

const DEED = FROM + 12 * HOUR;
const LATER = FROM + 20 * HOUR;
const { intrusion: _, ...innocent } = call({ credential: 'token/9' });
const labels = new Labels({ calls: [call(), innocent], intrusions: [intrusion()] });
const at = (minutes: number) => instant(DEED + minutes * MINUTE);

describe('a label', () => {
  it('needs the credential, the address and the time of a deed', () => {
    const use = { credential: 'token/42', address: '203.0.113.7', at: at(0) };
    expect(labels.ofUse(use, LATER)).toEqual(['scraping-address/1']);
    expect(labels.ofUse({ ...use, credential: 'token/43' }, LATER)).toEqual([]);
    expect(labels.ofUse({ ...use, address: '203.0.113.8' }, LATER)).toEqual([]);
    expect(labels.ofUse({ ...use, at: at(10) }, LATER)).toEqual(['scraping-address/1']);
    expect(labels.ofUse({ ...use, at: at(11) }, LATER)).toEqual([]);
    expect(labels.ofUse({ ...use, at: at(-11) }, LATER)).toEqual([]);
  });

  it('is not for what is innocent', () => {
    expect(labels.ofUse({ credential: 'token/9', address: '203.0.113.7', at: at(0) }, LATER)).toEqual([]);
  });

  it('takes a use that a list bounds only by an interval around the deed', () => {
    const bounds = { notBefore: DEED - 5 * HOUR, notAfter: DEED + HOUR };
    const use = { credential: 'token/42', address: '203.0.113.7', at: bounds };
    expect(labels.ofUse(use, LATER)).toEqual(['scraping-address/1']);
  });

  it('is not given before the intrusion began', () => {
    const use = { credential: 'token/42', address: '203.0.113.7', at: at(0) };
    expect(labels.ofUse(use, intrusion().from - 1)).toEqual([]);
  });

  it('is also for the account that acts, and for what it mints', () => {
    const minting = call({ credential: undefined, action: 'token-created', mints: 'token/77' });
    const made = new Labels({ calls: [minting], intrusions: [intrusion()] });
    const from = (id: string) => made.ofUse({ credential: id, address: '203.0.113.7', at: at(1) }, LATER);
    expect(from('user/7')).toEqual(['scraping-address/1']);
    expect(from('token/77')).toEqual(['scraping-address/1']);
    expect(from('user/8')).toEqual([]);
    expect(made.ofCreation('token/77', DEED, LATER)).toEqual(['scraping-address/1']);
    expect(made.ofCreation('token/77', DEED + HOUR, LATER)).toEqual([]);
    expect(made.ofCreation('token/42', DEED, LATER)).toEqual([]);
  });

  it('is given to a finding for any of its matches', () => {
    const elsewhere = match({ use: tokenUse({ address: '203.0.113.99', at: at(0) }) });
    const there = match({ use: tokenUse({ at: at(0) }) });
    const owned = { credential: credential(), matchCount: 2, addresses: [] };
    expect(labels.ofFinding(finding({ ...owned, matches: [elsewhere, there] }), LATER)).toEqual(['scraping-address/1']);
    expect(labels.ofFinding(finding({ ...owned, matches: [elsewhere] }), LATER)).toEqual([]);
  });

  it('is given to a finding whose matches were cut, by its addresses', () => {
    const address = {
      address: '203.0.113.7',
      network: '203.0.113.7',
      rule: 'same-address' as const,
      strength: 'used' as const,
      uses: 900,
      firstUse: DEED - HOUR,
      lastUse: DEED + HOUR,
      sources: ['logs' as const],
      requests: 10,
    };
    const cut = finding({ matches: [], matchCount: 51, addresses: [address] });
    expect(labels.ofFinding(cut, LATER)).toEqual(['scraping-address/1']);
    expect(labels.ofFinding({ ...cut, matchCount: 0 }, LATER)).toEqual([]);
  });
});
