import { describe, expect, it } from 'vitest';
import { clientAddress } from '../../../functions/adapters/axiom/log-address.ts';

describe("a log line's address", () => {
  it.each([
    ['one address', '203.0.113.9', '203.0.113.9'],
    ['one of IPv6', '2001:DB8:0:0::9', '2001:db8::9'],
    ['one written as IPv6', '::ffff:203.0.113.9', '203.0.113.9'],
    ['an internal one alone', '10.1.2.3', '10.1.2.3'],
    ['a list', '203.0.113.9, 198.51.100.4, 127.0.0.1', '203.0.113.9'],
    ['a list that begins inside', '10.1.2.3,192.168.0.7, 100.64.0.1,203.0.113.9', '203.0.113.9'],
    ['a list of internal ones', '172.18.0.2, 127.0.0.1', '172.18.0.2'],
    ['a list with IPv6 ones', '::1, fd00::4, fe80::1, 2001:db8::9', '2001:db8::9'],
    ['a list with what is none', 'unknown, _hidden, 203.0.113.9:443, 203.0.113.8', '203.0.113.8'],
  ])('is %s', (_what, text, address) => {
    expect(clientAddress(text)?.canonical).toBe(address);
  });

  it.each(['', ',', '-', 'localhost', '203.0.113', '010.1.2.3', 'fe80::1%eth0'])('is not in %j', (text) => {
    expect(clientAddress(text)).toBeUndefined();
  });

  it('is not looked for without end', () => {
    expect(clientAddress(`${'x,'.repeat(50)}203.0.113.9`)).toBeUndefined();
  });
});
