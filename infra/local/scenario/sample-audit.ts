import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { auditEvent } from './builders.ts';
import { HOSTILE_TEXTS } from './clients.ts';
import type { Random } from './random.ts';
import { CAST, TOKENS } from './sample-cast.ts';
import type { Holder, Organisation } from './sample-people.ts';
import type { AuditEvent, GitlabUser } from './world.ts';

const ORDINARY = 5000;
const DAYS = 10;

type Draft = Omit<AuditEvent, 'id'>;

/** Some 5,000 saved audit events of ten days, oldest first, the intruder's among them. */
export function auditTrail(
  start: EpochMs,
  organisation: Organisation,
  strangers: readonly string[],
  random: Random,
): AuditEvent[] {
  const drafts: Draft[] = [];
  for (let index = 0; index < ORDINARY; index++) drafts.push(ordinary(start, organisation, random));
  drafts.push(...intrusion(start, organisation), ...strangers.map((address) => failedSignIn(start, address, random)));
  return drafts.sort((a, b) => a.at - b.at).map((draft, index) => ({ ...draft, id: 880_000 + index * 3 }));
}

const WRITES: readonly [string, ...string[]] = [
  'member_created',
  'member_updated',
  'ci_variable_created',
  'ci_variable_updated',
  'project_fork_operation',
  'repository_download_operation',
  'webhook_created',
  'protected_branch_created',
  'project_archived',
];
const SIGN_INS: readonly [string, ...string[]] = [
  'authenticated_with_password',
  'authenticated_with_webauthn',
  'authenticated_with_oauth',
  'user_signed_in_from_unseen_ip',
];
const BOT_WRITES: readonly [string, ...string[]] = [
  'merge_request_created_by_project_bot',
  'issue_created_by_project_bot',
];

function ordinary(start: EpochMs, { holders, projects }: Organisation, random: Random): Draft {
  const active = holders.filter(({ habit }) => habit !== 'dormant' && habit !== 'story');
  const holder = active[random.int(0, active.length - 1)];
  const project = projects[random.int(0, projects.length - 1)];
  // Today's share is laid before the spike or after it by chance, as on any day.
  const at = start - random.int(0, DAYS * DAY) + random.int(0, HOUR);
  if (holder === undefined || project === undefined) throw new RangeError('the sample has no active holders');
  const place = usualPlace(holder, random);
  const { id: _, ...event } = auditEvent(0, at, random.pick(WRITES), holder.user, place, {
    entityId: project.id,
    entityPath: project.fullPath,
    targetId: project.id,
    targetDetails: random.chance(0.01) ? HOSTILE_TEXTS.injection : project.fullPath,
  });
  if (holder.user.bot) return botEvent(event, random);
  if (random.chance(0.35)) return { ...userEvent(event, holder.user), eventName: random.pick(SIGN_INS) };
  if (random.chance(0.02))
    return { ...event, eventName: null, message: { change: 'visibility', from: 'Public', to: 'Private' } };
  if (random.chance(0.03))
    return { ...event, authorId: -2, authorName: 'gitlab+deploy-token-7', authorClass: 'DeployToken' };
  return random.chance(0.05) ? { ...event, address: null } : event;
}

/** Where an event of this holder may have been saved from. */
function usualPlace({ places }: Holder, random: Random): string {
  return (random.chance(0.75) ? places[0] : places.at(-1)) ?? CAST.office;
}

function botEvent(event: Draft, random: Random): Draft {
  return {
    ...event,
    eventName: random.pick(BOT_WRITES),
    targetType: 'MergeRequest',
    targetDetails: 'Update dependencies',
  };
}

function userEvent(event: Draft, user: GitlabUser): Draft {
  return {
    ...event,
    entityType: 'User',
    entityId: user.id,
    entityPath: user.username,
    targetId: user.id,
    targetType: 'User',
    targetDetails: user.name,
  };
}

/** What the thief wrote with the stolen token: reads leave no trace here. */
function intrusion(start: EpochMs, { holders, projects }: Organisation): Draft[] {
  const thief = holders.find(({ token }) => token.id === TOKENS.stolen);
  const project = projects.find(({ fullPath }) => fullPath === 'example/payments/services/api');
  if (thief === undefined || project === undefined) throw new RangeError('the sample has lost its story');
  const [first, second] = CAST.intruder;
  const acts: readonly (readonly [number, string, string])[] = [
    [8.8, 'repository_download_operation', first],
    [8.1, 'project_export_file_download_started', first],
    [6.2, 'ci_variable_created', second],
    [4.6, 'webhook_created', `::ffff:${first}`],
    [3.0, 'project_fork_operation', second],
  ];
  return acts.map(([minutes, name, address]) => {
    const { id: _, ...event } = auditEvent(0, start - Math.round(minutes * MINUTE), name, thief.user, address, {
      entityId: project.id,
      entityPath: project.fullPath,
      targetId: project.id,
      targetDetails: project.fullPath,
    });
    return event;
  });
}

/** A password guessed in vain at the sign-in page: nobody's credential. */
function failedSignIn(start: EpochMs, address: string, random: Random): Draft {
  return {
    at: start - random.int(150, 700) * 1000,
    eventName: 'login_failed_with_standard_authentication',
    authorId: -1,
    authorName: random.pick(['admin', 'root', 'mira.okafor0', HOSTILE_TEXTS.delimiter]),
    authorClass: 'Gitlab::Audit::UnauthenticatedAuthor',
    entityType: 'Gitlab::Audit::InstanceScope',
    entityId: 1,
    entityPath: 'gitlab_instance',
    targetId: null,
    targetType: 'User',
    targetDetails: 'admin',
    address,
    message: { custom_message: 'Failed to login with STANDARD authentication', failed_login: 'STANDARD' },
  };
}
