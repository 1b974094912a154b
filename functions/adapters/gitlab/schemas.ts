import * as z from 'zod/mini';

/*
 * Rows as GitLab's REST API writes them (`reference/gitlab.md` §1, §4). Unknown fields are ignored; a field of the
 * wrong type makes the row malformed.
 */

const ISO = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d))?$/;

/** ISO 8601 with a zone, or a date (midnight UTC), as epoch milliseconds. */
const instant = z.pipe(
  z.string().check(z.regex(ISO)),
  z.pipe(
    z.transform((text: string) => Date.parse(text)),
    z.number(),
  ),
);
const id = z.int().check(z.positive());

export const TokenRow = z.object({
  id,
  name: z.nullish(z.string()),
  revoked: z.nullish(z.boolean()),
  active: z.nullish(z.boolean()),
  created_at: z.nullish(instant),
  last_used_at: z.nullish(instant),
  expires_at: z.nullish(instant),
  scopes: z.nullish(z.array(z.string())),
  user_id: z.nullish(id),
  impersonation: z.nullish(z.boolean()),
  /** Missing on some versions and lists; `[]` where GitLab recorded none: both unknown (§4a). */
  last_used_ips: z.nullish(z.array(z.nullable(z.string()))),
  access_level: z.nullish(z.int()),
  resource_type: z.nullish(z.string()),
  resource_id: z.nullish(id),
});
export type TokenRow = z.infer<typeof TokenRow>;

const text = z.catch(z.optional(z.string()), undefined);
const reference = z.catch(z.optional(z.union([z.string(), z.number()])), undefined);

/** Open-ended by design: what we read of it is read leniently. */
const EventDetails = z.looseObject({
  ip_address: z.nullish(z.string()),
  event_name: text,
  author_name: text,
  author_class: text,
  target_id: reference,
  target_type: text,
  target_details: text,
  entity_path: text,
});

export const EventRow = z.object({
  id: z.union([z.int(), z.string().check(z.regex(/^[\w-]{1,64}$/))]),
  author_id: z.int(),
  entity_id: z.nullish(z.union([z.int(), z.string()])),
  entity_type: z.nullish(z.string()),
  event_name: z.nullish(z.string()),
  created_at: instant,
  ip_address: z.nullish(z.string()),
  details: EventDetails,
});
export type EventRow = z.infer<typeof EventRow>;

export const GroupRow = z.object({ id, full_path: z.nullish(z.string()) });

export const ProjectRow = z.object({ id, last_activity_at: z.nullish(instant) });

export const SelfRow = z.object({ id, user_id: z.nullish(id) });

/** `bot` and `is_admin` are shown to admins. */
export const UserRow = z.object({
  id,
  username: z.string(),
  bot: z.nullish(z.boolean()),
  is_admin: z.nullish(z.boolean()),
});
export type UserRow = z.infer<typeof UserRow>;
