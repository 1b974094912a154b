import * as z from 'zod/mini';
import { isWorthKeeping } from './audit-event-kinds.ts';
import { ID_KEYS, nameOf } from './audit-message.ts';
import { EventRow } from './schemas.ts';

/** What one delivery of streamed audit events holds. */
export interface StreamedRows {
  /** Rows worth keeping, cut down to what is read of them later. */
  readonly kept: readonly EventRow[];
  /** Rows of types that say nothing of credentials. */
  readonly dropped: number;
  readonly skippedMalformed: number;
}

/** Text written by others is kept this long at most; messages, which list scopes, longer. */
const MAX_TEXT = 200;
const MAX_MESSAGE = 1_000;

const text = z.catch(z.optional(z.string()), undefined);
const reference = z.catch(z.optional(z.union([z.string(), z.number()])), undefined);

/** As streamed: much of `details` stands beside it once more, and the name is called `event_type` (`reference/gitlab.md` §3). */
const StreamedRow = z.extend(EventRow, {
  event_type: text,
  author_name: text,
  entity_path: text,
  target_id: reference,
  target_type: text,
  target_details: text,
});
type StreamedRow = z.infer<typeof StreamedRow>;

/**
 * The audit events of a streamed body, which is one event or, batched, an array of them (`reference/gitlab.md` §3). Rows
 * that are no audit events are counted and left out.
 */
export function readStreamedRows(body: object): StreamedRows {
  const kept: EventRow[] = [];
  let dropped = 0;
  let skippedMalformed = 0;
  for (const row of Array.isArray(body) ? body : [body]) {
    const parsed = z.safeParse(StreamedRow, row);
    if (!parsed.success) {
      skippedMalformed += 1;
      continue;
    }
    const event = cutDown(parsed.data);
    if (isWorthKeeping(nameOf(event), isSaved(event))) kept.push(event);
    else dropped += 1;
  }
  return { kept, dropped, skippedMalformed };
}

/** Saved events carry their number in GitLab's database, others a UUID. */
function isSaved({ id }: EventRow): boolean {
  return /^\d+$/.test(`${id}`);
}

function cutDown(row: StreamedRow): EventRow {
  const { details } = row;
  const cut = (value: string | undefined) => value?.slice(0, MAX_TEXT).toWellFormed();
  return {
    id: row.id,
    author_id: row.author_id,
    created_at: row.created_at,
    entity_id: bounded(row.entity_id ?? undefined),
    entity_type: cut(row.entity_type ?? undefined),
    event_name: cut(row.event_type ?? row.event_name ?? details.event_name),
    details: {
      ...identifiers(details),
      ip_address: cut(details.ip_address ?? row.ip_address ?? undefined),
      author_name: cut(details.author_name ?? row.author_name),
      author_class: cut(details.author_class),
      target_id: bounded(details.target_id ?? row.target_id),
      target_type: cut(details.target_type ?? row.target_type),
      target_details: cut(details.target_details ?? row.target_details),
      entity_path: cut(details.entity_path ?? row.entity_path),
      custom_message: messageOf(details.custom_message),
    },
  };
}

function bounded(value: string | number | undefined): string | number | undefined {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT).toWellFormed() : value;
}

/** `custom_message` may be text or an object: of that, what names a credential. */
function messageOf(message: unknown): string | object | undefined {
  if (typeof message === 'string') return message.slice(0, MAX_MESSAGE).toWellFormed();
  return typeof message === 'object' && message !== null ? identifiers(message) : undefined;
}

const NAMING = new Set([...ID_KEYS, 'gl_key_id']);

function identifiers(holder: object): Record<string, string | number> {
  const found = Object.entries(holder).flatMap(([key, value]): [string, string | number][] => {
    const isNaming =
      NAMING.has(key) && (typeof value === 'number' || (typeof value === 'string' && value.length <= 20));
    return isNaming ? [[key, value]] : [];
  });
  return Object.fromEntries(found);
}
