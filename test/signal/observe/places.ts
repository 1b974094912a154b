import { networkOf, parseAddress } from '../../../functions/core/address.ts';
import { isCloudflareAddress } from '../../../functions/core/cloudflare-ranges.ts';

/** Setting `match.ipv6PrefixLength`. */
const IPV6_PREFIX_LENGTH = 64;

/** An address as sightings and token uses carry it. */
export interface Place {
  readonly address: string;
  readonly network: string;
  readonly original: string;
}

/** Places by address: a story's thousands of rows come from the same few. */
export class Places {
  readonly #known = new Map<string, Place>();

  /** @throws Error for what no source would show as an address, or as anybody's: then the story is wrong */
  of(text: string): Place {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const address = parseAddress(text);
    if (address === undefined || address.canonical !== text) throw new Error(`${text} is no canonical address`);
    if (isCloudflareAddress(address)) throw new Error(`${text} is an address of Cloudflare's own`);
    const place = { address: text, network: networkOf(address, IPV6_PREFIX_LENGTH), original: text };
    this.#known.set(text, place);
    return place;
  }
}
