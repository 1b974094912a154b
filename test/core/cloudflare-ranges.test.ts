import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../functions/core/address.ts';
import { AddressSet } from '../../functions/core/address-set.ts';
import { CLOUDFLARE_RANGES, isCloudflareAddress } from '../../functions/core/cloudflare-ranges.ts';

function isCloudflare(text: string): boolean | undefined {
  const address = parseAddress(text);
  return address && isCloudflareAddress(address);
}

describe('CLOUDFLARE_RANGES', () => {
  it('holds blocks only, each of them once', () => {
    expect(AddressSet.from(CLOUDFLARE_RANGES).rejected).toEqual([]);
    expect(new Set(CLOUDFLARE_RANGES).size).toBe(CLOUDFLARE_RANGES.length);
  });
});

describe('isCloudflareAddress', () => {
  it.each([
    ['an edge address', '104.16.0.1'],
    ['the first of a block', '173.245.48.0'],
    ['the last of a block', '131.0.75.255'],
    ['an edge address, mapped', '::ffff:162.158.1.1'],
    ['an IPv6 edge address', '2606:4700::1111'],
    ['a Worker calling', '2a06:98c0:3600::103'],
    ['the end of the /29', '2a06:98c7:ffff::1'],
  ])('knows %s: %s', (_, text) => {
    expect(isCloudflare(text)).toBe(true);
  });

  it.each([
    ['just below a block', '173.245.47.255'],
    ['just above a block', '131.0.76.0'],
    ['a WARP user of the same ASN', '104.28.5.5'],
    ['a WARP user of the same ASN', '2a09:bac1::1'],
    ['just above the /29', '2a06:98c8::1'],
    ['anybody', '198.51.100.1'],
  ])('takes for somebody else %s: %s', (_, text) => {
    expect(isCloudflare(text)).toBe(false);
  });
});
