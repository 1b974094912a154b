import { DAY } from '../../../functions/core/time.ts';
import type { AuditEvent } from '../scenario/world.ts';
import {
  DEVELOPER,
  findGroup,
  findProject,
  MAINTAINER,
  OWNER,
  roleInGroup,
  roleInProject,
  type Visit,
} from './gitlab-access.ts';
import {
  badRequest,
  forbidden,
  isoOf,
  notAllowed,
  notFound,
  numberParameter,
  timeParameter,
  wordParameter,
} from './gitlab-answers.ts';
import { asksForKeyset, keysetPage, offsetPage } from './gitlab-paging.ts';
import type { Answer } from './stand-in.ts';

/** The widest span between `created_after` and `created_before` (`reference/gitlab.md` §1). */
const WIDEST = 30 * DAY;

const ENTITY_TYPES = ['User', 'Group', 'Project', 'Gitlab::Audit::InstanceScope'] as const;

/** `GET /audit_events` and `/audit_events/:id`: every saved event, for instance admins. */
export function instanceAudit(visit: Visit, id?: string): Answer {
  if (!visit.admin) throw forbidden();
  licensed(visit);
  const type = wordParameter(visit.asked.query, 'entity_type', ENTITY_TYPES);
  const entity = numberParameter(visit.asked.query, 'entity_id');
  if (entity !== undefined && type === undefined) throw badRequest('entity_type is missing');
  return answer(
    visit,
    id,
    (event) => (type ?? event.entityType) === event.entityType && (entity ?? event.entityId) === event.entityId,
  );
}

/** `GET /groups/:id/audit_events`: events whose entity is that group, not what is below it. */
export function groupAudit(visit: Visit, idOrPath: string, id?: string): Answer {
  const group = findGroup(visit, idOrPath);
  licensed(visit);
  const own = ownOnly(visit, roleInGroup(visit, group), OWNER);
  return answer(visit, id, (event) => event.entityType === 'Group' && event.entityId === group.id && own(event));
}

/** `GET /projects/:id/audit_events`: events whose entity is that project. */
export function projectAudit(visit: Visit, idOrPath: string, id?: string): Answer {
  const project = findProject(visit, idOrPath);
  licensed(visit);
  const own = ownOnly(visit, roleInProject(visit, project), MAINTAINER);
  return answer(visit, id, (event) => event.entityType === 'Project' && event.entityId === project.id && own(event));
}

/** The community edition has no such routes; the enterprise edition forbids them without a licence. */
function licensed({ world }: Visit): void {
  if (world.tier !== 'free') return;
  throw world.version.endsWith('-ee') ? forbidden() : notFound();
}

/** From Developer on a member sees what it did itself; from `all` on, everybody's. */
function ownOnly({ user }: Visit, role: number, all: number): (event: AuditEvent) => boolean {
  if (role < DEVELOPER) throw forbidden();
  return (event) => role >= all || event.authorId === user.id;
}

function answer(visit: Visit, id: string | undefined, holds: (event: AuditEvent) => boolean): Answer {
  const { asked, world, now } = visit;
  const visible = world.auditEvents.filter(
    (event) => (event.visibleFrom ?? event.at + world.auditLagMs) <= now && holds(event),
  );
  const show = (event: AuditEvent) => shown(visit, event);
  if (id !== undefined) {
    const event = visible.find((one) => String(one.id) === id);
    if (event === undefined) throw notFound('Audit Event');
    return { status: 200, body: show(event) };
  }
  const after = timeParameter(asked.query, 'created_after');
  const before = timeParameter(asked.query, 'created_before');
  if (after !== undefined && (before ?? now) - after > WIDEST) {
    throw badRequest('created_after and created_before must be no more than 30 days apart');
  }
  const from = after ?? (before ?? now) - WIDEST;
  const events = visible.filter(({ at }) => at >= from && at <= (before ?? at));
  if (asksForKeyset(asked)) return keysetPage(asked, events, show, ['desc']);
  if (asked.query.has('page') && asked.query.get('page') !== '1') {
    throw notAllowed(
      'Offset pagination is not available for audit events, use pagination=keyset&order_by=id&sort=desc',
    );
  }
  return offsetPage(
    asked,
    events.sort((a, b) => b.id - a.id),
    show,
  );
}

function shown({ world }: Visit, event: AuditEvent): object {
  const author = world.users.find(({ id }) => id === event.authorId);
  const facts = {
    author_name: event.authorName,
    target_id: event.targetId,
    target_type: event.targetType,
    target_details: event.targetDetails,
    ip_address: event.address,
    entity_path: event.entityPath,
  };
  return {
    id: event.id,
    author_id: event.authorId,
    entity_id: event.entityId,
    entity_type: event.entityType,
    event_name: event.eventName,
    details: {
      ...facts,
      ...(author === undefined ? {} : { author_email: author.email }),
      author_class: event.authorClass,
      ...event.message,
      ...(event.eventName === null ? {} : { event_name: event.eventName }),
    },
    ...(event.entityType === 'Gitlab::Audit::InstanceScope' ? { ...facts, event_type: event.eventName } : {}),
    created_at: isoOf(event.at),
  };
}
