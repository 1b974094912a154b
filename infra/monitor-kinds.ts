import { type Kind, listOf, record, text, whole } from './setting-kinds.ts';

/** One monitor as people write it: fields left out let everything through. */
export interface MonitorSetting {
  readonly name: string;
  readonly rulesetIds?: readonly string[];
  readonly ruleIds?: readonly string[];
  readonly sources?: readonly string[];
  readonly actions?: readonly string[];
  readonly hosts?: readonly string[];
  readonly description?: string;
  readonly excludeAsns?: readonly number[];
}

const name = text('a name of 1 to 40 letters, digits, spaces, "-", "_" or "."', (value) =>
  /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u.test(value),
);

const id = text('an id of 32 hexadecimal digits', (value) => /^[0-9a-f]{32}$/.test(value));

/** Products and actions are spelled as in `reference/cloudflare.md` §4.4; new ones come without notice. */
const word = text(
  'a word as Cloudflare spells it, such as "l7ddos", "firewallManaged" or "managed_challenge"',
  (value) => /^[A-Za-z0-9_]{1,64}$/.test(value),
);

const host = text('a host name as clients ask for it, such as "www.example.com"', (value) =>
  /^[^\s\p{Cc}]{1,253}$/u.test(value),
);

const pattern = text('a text of 1 to 200 characters, with % for any text, such as "%login%"', (value) =>
  /^[^\p{Cc}]{1,200}$/u.test(value),
);

/** The entries of setting `monitor.filters`. */
export const monitorFilters: Kind<readonly MonitorSetting[]> = listOf(
  record<MonitorSetting>(
    {
      name,
      rulesetIds: listOf(id),
      ruleIds: listOf(id),
      sources: listOf(word),
      actions: listOf(word),
      hosts: listOf(host),
      description: pattern,
      excludeAsns: listOf(whole(1, 4_294_967_295)),
    },
    ['name'],
  ),
);
