import type { CredentialKind } from '../../core/token-use.ts';
import { nameOf } from './audit-message.ts';
import type { EventRow } from './schemas.ts';

/** Kinds of credential whose user is a bot: what that user does, it does with the token. */
export type BotKind = Extract<CredentialKind, 'project' | 'group' | 'service-account'>;

/** Whether a token of this kind belongs to a bot. */
export function isBotKind(kind: CredentialKind): kind is BotKind {
  return kind === 'project' || kind === 'group' || kind === 'service-account';
}

/** A bot by its user name, with the id of its project or group where the name has it. */
export interface BotName {
  readonly kind: BotKind;
  readonly resourceId?: number;
}

/** What the user names that GitLab gives to bots tell (`reference/gitlab.md` §4b); undefined for other names. */
export function botNamed(name: string): BotName | undefined {
  const resource = /^(project|group)_(\d{1,15})_bot/.exec(name);
  if (resource !== null)
    return { kind: resource[1] === 'group' ? 'group' : 'project', resourceId: Number(resource[2]) };
  return /^service_account(_|$)/.test(name) ? { kind: 'service-account' } : undefined;
}

/** Whether GitLab names the event so only when the user of a project or group token is its author (§2a). */
export function isByTokenBot(event: EventRow): boolean {
  return event.author_id > 0 && nameOf(event).endsWith('_by_project_bot');
}

/** Authors that the events themselves show to be bots: surely, by the event's name; or likely, by the author's. */
export function botsInEvents(events: readonly EventRow[]): {
  proven: ReadonlyMap<number, BotKind>;
  named: ReadonlyMap<number, BotKind>;
} {
  const proven = new Map<number, BotKind>();
  const named = new Map<number, BotKind>();
  for (const event of events) {
    const { author_id: author, details } = event;
    if (author <= 0) continue;
    const kind = [details.author_name, details.author_class].flatMap((name) => botNamed(name ?? '')?.kind ?? [])[0];
    if (kind !== undefined) named.set(author, kind);
    if (isByTokenBot(event)) proven.set(author, kind === 'group' ? 'group' : (proven.get(author) ?? 'project'));
  }
  return { proven, named };
}
