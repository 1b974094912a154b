import * as z from 'zod/mini';
import { ConfigError } from '../../functions/runtime/errors.ts';
import type { CloudflareRest, RestAnswer } from './cloudflare-rest.ts';

const Destination = z.object({ id: z.string(), name: z.catch(z.string(), ''), url: z.catch(z.string(), '') });
export type Destination = z.infer<typeof Destination>;

const Ids = z.array(z.object({ id: z.string() }));

const Policy = z.looseObject({
  id: z.string(),
  name: z.catch(z.string(), ''),
  alert_type: z.string(),
  enabled: z.catch(z.boolean(), true),
  mechanisms: z.catch(z.record(z.string(), Ids), {}),
  filters: z.catch(z.record(z.string(), z.unknown()), {}),
});
/** A notification policy as Cloudflare shows it. */
export type Policy = z.infer<typeof Policy>;

const Option = z.object({
  Key: z.string(),
  Range: z.catch(z.string(), ''),
  AvailableValues: z.catch(z.nullable(z.array(z.object({ ID: z.string() }))), null),
});
const AlertType = z.object({
  type: z.string(),
  display_name: z.catch(z.string(), ''),
  filter_options: z.catch(z.array(z.unknown()), []),
});

/** An alert type the account may subscribe to. */
export interface OfferedAlert {
  readonly type: string;
  readonly name: string;
  readonly filters: readonly FilterOption[];
}

export interface FilterOption {
  readonly key: string;
  /** A policy without it is refused (`Range` from 1). */
  readonly required: boolean;
  /** Every value it takes; undefined where they are not listed. */
  readonly values: readonly string[] | undefined;
}

/** What a policy is made of. */
export interface PolicyBody {
  readonly name: string;
  readonly description: string;
  readonly alert_type: string;
  readonly enabled: boolean;
  readonly mechanisms: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly filters: Readonly<Record<string, unknown>>;
}

/** Cloudflare's notifications of one account (`reference/cloudflare.md` §3). It never deletes. */
export class Alerting {
  readonly #rest: CloudflareRest;
  readonly #path: string;

  constructor(rest: CloudflareRest, account: string) {
    this.#rest = rest;
    this.#path = `/accounts/${account}/alerting/v3`;
  }

  /** @throws ConfigError when the token may not read notifications; else as `CloudflareRest`, like the others. */
  async destinations(): Promise<Destination[]> {
    return rowsOf(Destination, await this.#list('destinations/webhooks'));
  }

  async policies(): Promise<Policy[]> {
    return rowsOf(Policy, await this.#list('policies'));
  }

  async offered(): Promise<OfferedAlert[]> {
    const result = await this.#list('available_alerts');
    const products = typeof result === 'object' && result !== null ? Object.values(result) : [];
    return products.flatMap((rows) => rowsOf(AlertType, rows)).map(offeredAlert);
  }

  async createDestination(body: object): Promise<RestAnswer> {
    return await this.#rest.post(`${this.#path}/destinations/webhooks`, body);
  }

  async changeDestination(id: string, body: object): Promise<RestAnswer> {
    return await this.#rest.put(`${this.#path}/destinations/webhooks/${encodeURIComponent(id)}`, body);
  }

  async createPolicy(body: PolicyBody): Promise<RestAnswer> {
    return await this.#rest.post(`${this.#path}/policies`, body);
  }

  async changePolicy(id: string, body: PolicyBody): Promise<RestAnswer> {
    return await this.#rest.put(`${this.#path}/policies/${encodeURIComponent(id)}`, body);
  }

  async #list(what: string): Promise<unknown> {
    const answer = await this.#rest.get(`${this.#path}/${what}`);
    if (answer.status < 300) return answer.result;
    throw new ConfigError(whyRefused(answer));
  }
}

/** What a refusal of the notifications API means. */
export function whyRefused({ status, refusal }: RestAnswer): string {
  const words = refusal === '' ? `${status}` : `${status}: ${refusal}`;
  return status === 401 || status === 403
    ? `Cloudflare refuses the token there (${words}): it needs Account → Notifications Edit for this account`
    : `Cloudflare refuses it (${words})`;
}

/** Rows that cannot be read are not ours: whatever we made has the documented form. */
function rowsOf<T>(schema: z.ZodMiniType<T>, rows: unknown): T[] {
  return (Array.isArray(rows) ? rows : []).flatMap((row: unknown) => {
    const parsed = schema.safeParse(row);
    return parsed.success ? [parsed.data] : [];
  });
}

function offeredAlert({ type, display_name: name, filter_options: options }: z.infer<typeof AlertType>): OfferedAlert {
  return {
    type,
    name: name || type,
    filters: rowsOf(Option, options).map(({ Key: key, Range: range, AvailableValues: values }) => ({
      key: key.toLowerCase(),
      required: /^[1-9]/.test(range),
      values: values?.map(({ ID }) => ID),
    })),
  };
}
