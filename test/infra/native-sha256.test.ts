import { describe, expect, it } from 'vitest';
import { Sha256 } from '../../infra/constructs/native-sha256.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('the hash that signs requests to AWS', () => {
  it('hashes (FIPS 180-2, B.1), and goes on after it was asked', async () => {
    const hash = new Sha256();
    hash.update('a');
    hash.update(bytesOf('b'));
    await hash.digest();
    hash.update(bytesOf('_c_').subarray(1, 2));
    expect(hex(await hash.digest())).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  it('authenticates (RFC 4231, test case 2), with a key as text or as part of a buffer', async () => {
    for (const key of ['Jefe', bytesOf('Jefe').buffer, bytesOf('>Jefe<').subarray(1, 5)]) {
      const hash = new Sha256(key);
      hash.update('what do ya want for nothing?');
      expect(hex(await hash.digest())).toBe('5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
    }
  });

  it('begins anew', async () => {
    const [used, fresh] = [new Sha256('key'), new Sha256('key')];
    used.update('something else');
    used.reset();
    expect(await used.digest()).toEqual(await fresh.digest());
  });
});
