import type { EventRow } from './schemas.ts';

/** How a message names a token, in the wordings GitLab has used (`reference/gitlab.md` §1). */
const TOKEN_ID = /\b(?:token[_ ]id|pat[_ ]id|with id)\b\s*[:=]?\s*(\d{1,15})\b/i;
const SCOPES = /\bscopes?:\s*(\[[^\]]{0,2000}\])/i;
const JOB_ID = /\bjob id:\s*(\d{1,15})\b/i;
export const ID_KEYS: readonly string[] = [
  'token_id',
  'pat_id',
  'personal_access_token_id',
  'deploy_token_id',
  'deploy_key_id',
];
const ID_TARGETS = /^(PersonalAccessToken|DeployToken|GroupDeployToken|DeployKey)$/;
/** Messages quote names that users chose. */
const MAX_MESSAGE = 4_000;

/**
 * The id of the credential an event is about: from its own field, from a target that is the credential itself, or from
 * the wording of its message. Undefined where the event does not say.
 */
export function credentialIdIn(event: EventRow): number | undefined {
  const { details } = event;
  const message = details.custom_message;
  for (const holder of [details, message]) {
    if (typeof holder !== 'object' || holder === null) continue;
    for (const [key, value] of Object.entries(holder)) {
      const id = ID_KEYS.includes(key) ? positive(value) : undefined;
      if (id !== undefined) return id;
    }
  }
  const target = ID_TARGETS.test(details.target_type ?? '') ? positive(details.target_id) : undefined;
  return target ?? positive(TOKEN_ID.exec(textOf(message))?.[1]);
}

/** The CI job whose token authenticated: `… authenticated using job token of job id: 7` (§2a), else the target. */
export function jobIdIn({ details }: EventRow): number | undefined {
  const inMessage = positive(JOB_ID.exec(textOf(details.custom_message))?.[1]);
  return inMessage ?? (/Build|Job/.test(details.target_type ?? '') ? positive(details.target_id) : undefined);
}

/** The event's name; rows from before events had names have none. */
export function nameOf(event: EventRow): string {
  return event.event_name ?? event.details.event_name ?? 'unnamed_event';
}

/** The scopes an event's message names, `with scopes: ["api"]`; undefined where it names none. */
export function scopesIn(event: EventRow): string[] | undefined {
  const list = SCOPES.exec(textOf(event.details.custom_message))?.[1];
  const scopes = list?.match(/[a-z][a-z_]{0,59}/g);
  return scopes === undefined || scopes === null ? undefined : [...scopes];
}

/** `custom_message` may be text or an object (`reference/gitlab.md` §3). */
function textOf(message: unknown): string {
  return typeof message === 'string' ? message.slice(0, MAX_MESSAGE) : '';
}

function positive(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number > 0 ? number : undefined;
}
