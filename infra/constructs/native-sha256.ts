import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

/**
 * Takes the place of `@smithy/core/checksum` in the bundles, of which AWS's clients use this one class to sign requests.
 * The original brings SHA-256 in JavaScript along for runtimes without it, which Node is not: 3 kB of each bundle.
 */
export class Sha256 {
  readonly #secret: Bytes | undefined;
  #hash: Hash | Hmac;

  /** @param secret for an HMAC */
  constructor(secret?: Bytes) {
    this.#secret = secret;
    this.#hash = begun(secret);
  }

  update(data: Bytes): void {
    this.#hash.update(viewOf(data));
  }

  async digest(): Promise<Uint8Array> {
    // A plain hash may go on after it was asked for, as the original's may.
    return new Uint8Array('copy' in this.#hash ? this.#hash.copy().digest() : this.#hash.digest());
  }

  reset(): void {
    this.#hash = begun(this.#secret);
  }
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

function begun(secret: Bytes | undefined): Hash | Hmac {
  return secret ? createHmac('sha256', viewOf(secret)) : createHash('sha256');
}

function viewOf(data: Bytes): string | Uint8Array {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
