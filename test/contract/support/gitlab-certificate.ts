import { generateKeyPairSync, sign } from 'node:crypto';

/** A certificate authority nobody trusts, for 127.0.0.1 itself, valid from 2000 to 2099; made anew at each call. */
export function selfSigned(): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const name = sequence(tag(0x31, sequence(oid('550403'), tag(0x0c, Buffer.from('Latchkey test')))));
  const validity = sequence(tag(0x18, Buffer.from('20000101000000Z')), tag(0x18, Buffer.from('20990101000000Z')));
  const isAuthority = sequence(oid('551d13'), octets(sequence(tag(0x01, Buffer.from([0xff])))));
  const forLoopback = sequence(oid('551d11'), octets(sequence(tag(0x87, Buffer.from([127, 0, 0, 1])))));
  const body = sequence(
    tag(0xa0, integer(2)),
    integer(1),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(isAuthority, forLoopback)),
  );
  const signature = tag(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, privateKey)]));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(sequence(body, algorithm, signature)),
  };
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/** ASN.1 DER: a tag, the length, the content. */
function tag(number: number, content: Buffer): Buffer {
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([number, ...bytes]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts));
}

function octets(content: Buffer): Buffer {
  return tag(0x04, content);
}

function integer(value: number): Buffer {
  return tag(0x02, Buffer.from([value]));
}

function oid(hex: string): Buffer {
  return tag(0x06, Buffer.from(hex, 'hex'));
}
