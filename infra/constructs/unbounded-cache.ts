/**
 * Takes the place of `mnemonist/lru-cache` in the bundles: DynamoDB's client makes one for endpoint discovery, which is
 * off unless asked for, and never puts anything into it. 7 kB of each bundle.
 */
export default class UnboundedCache<Key, Value> extends Map<Key, Value> {
  /** The size that is asked for; nothing is ever kept here. */
  constructor(_capacity?: number) {
    super();
  }

  peek(key: Key): Value | undefined {
    return this.get(key);
  }
}
