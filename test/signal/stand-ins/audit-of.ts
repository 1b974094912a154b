import { type EpochMs, toIso } from '../../../functions/core/time.ts';
import type { AuditEvent } from '../../../infra/local/scenario/world.ts';
import { resourceNumber } from '../observe/listing.ts';
import { callTrain, instantAt } from '../observe/train.ts';
import type { EvidenceMix } from '../observed.ts';
import type { CallAction, GitlabCall, SimCredential } from '../truth.ts';
import { type CutStory, isDetailed } from './cut-story.ts';
import { lateness, numberOf } from './gitlab-of.ts';

/** An audit event as GitLab posts it to a streaming destination (`reference/gitlab.md` §3). */
export interface StreamedEvent {
  readonly at: EpochMs;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A kind of audit event (`reference/gitlab.md` §2). */
interface EventType {
  readonly name: string;
  /** Saved in the database as well as streamed. */
  readonly saved: boolean;
  /** Filed under its author. */
  readonly ofUser?: boolean;
  readonly message?: string | object;
}

type Written = EventType & { readonly call: GitlabCall; readonly at: EpochMs; readonly project: string };

/** What GitLab wrote down of a story: what it saved, and what it streams; each empty where the mix has no such source. */
export function auditOf(story: CutStory, { sources }: EvidenceMix): { saved: AuditEvent[]; streamed: StreamedEvent[] } {
  const credentials = new Map(story.organisation.credentials.map((credential) => [credential.id, credential]));
  const authors = authorsOf(story);
  const written = story.calls
    .flatMap((call) => typesOf(call, credentials).flatMap((type) => operationsOf(call, type)))
    .sort((a, b) => a.at - b.at);
  const rows = written.map((event, index) => rowOf(event, index, authors(event.call)));
  return {
    saved: sources.includes('audit') ? rows.filter(({ event }) => event.saved).map(savedEvent) : [],
    streamed: sources.includes('stream')
      ? rows.filter(({ event: { call } }) => isDetailed(story, call)).map(streamedEvent)
      : [],
  };
}

const GIT = { protocol: 'http', gl_key_type: null, gl_key_id: null };
const TYPES: Readonly<Partial<Record<CallAction, EventType>>> = {
  clone: streamed('repository_git_operation', { ...GIT, action: 'git-upload-pack', verb: 'clone' }),
  push: streamed('repository_git_operation', { ...GIT, action: 'git-receive-pack', verb: 'push' }),
  'variable-read': streamed('variable_viewed_api', 'CI/CD variable viewed'),
  'file-read': streamed('repository_file_accessed_api', 'File accessed'),
  'member-added': { name: 'member_created', saved: true, message: 'Membership created' },
  'webhook-created': { name: 'webhook_created', saved: true, message: 'Created a webhook' },
  'project-export': {
    name: 'project_export_file_download_started',
    saved: true,
    message: 'Export file download started',
  },
};
/** The same in a browser. */
const IN_BROWSER: typeof TYPES = {
  'variable-read': streamed('variable_viewed_graphql', 'CI/CD variable viewed'),
  'file-read': streamed('repository_file_accessed_web', 'File accessed'),
};

/** Plain requests of the API leave nothing, and what was turned away neither. */
function typesOf(
  { action, credential, refusal, mints }: GitlabCall,
  credentials: ReadonlyMap<string, SimCredential>,
): EventType[] {
  if (refusal !== undefined) return [];
  const job = credential?.startsWith('job/') === true ? [jobUse(credential)] : [];
  const made = credentials.get(mints ?? '');
  const type =
    made === undefined
      ? ((credential === undefined ? IN_BROWSER[action] : undefined) ?? TYPES[action])
      : minted(made, action);
  return type === undefined ? job : [...job, type];
}

function jobUse(credential: string): EventType {
  const message = `The user authenticated using job token of job id: ${numberOf(credential)}`;
  return streamed('user_authenticated_using_job_token', message);
}

/** Filed under what the token belongs to: a personal one belongs to a user (§2c). */
function minted({ id, kind, scopes = [] }: SimCredential, action: CallAction): EventType {
  const what = kind === 'project' || kind === 'group' ? kind : 'personal';
  const verb = action === 'token-rotated' ? 'rotated' : 'created';
  const message = `${verb} ${what} access token with token_id: ${numberOf(id)} with scopes: ${JSON.stringify(scopes)}`;
  return { name: `${what}_access_token_${verb}`, saved: true, ofUser: what === 'personal', message };
}

function streamed(name: string, message: string | object): EventType {
  return { name, saved: false, message };
}

/** One event for each operation, on the call's projects in turn. */
function operationsOf(call: GitlabCall, type: EventType): Written[] {
  const { projects, times, mints } = call;
  const train = callTrain(call, mints === undefined ? Math.max(times, projects.length) : 1);
  return Array.from({ length: train.count }, (_, index) => ({
    ...type,
    call,
    at: instantAt(train, index),
    project: projects[index % projects.length] ?? projects[0],
  }));
}

interface Author {
  readonly id: number;
  readonly name: string;
  readonly class: string;
}

/** A deploy token is no user (§1). */
function authorsOf({ organisation }: CutStory): (call: GitlabCall) => Author {
  const tokens = new Map(organisation.credentials.map((credential) => [credential.id, credential]));
  const names = new Map(organisation.credentials.map(({ owner }) => [owner.id, owner.username]));
  return ({ credential, owner }) => {
    const token = tokens.get(credential ?? '');
    if (token?.kind === 'deploy-token') return { id: -2, name: token.name ?? '', class: 'DeployToken' };
    return { id: owner, name: names.get(owner) ?? `user${owner}`, class: 'User' };
  };
}

interface Row {
  readonly event: Written;
  readonly id: number;
  readonly author: Author;
  readonly entity: { readonly id: number; readonly type: 'User' | 'Project'; readonly path: string };
}

function rowOf(event: Written, index: number, author: Author): Row {
  const entity =
    event.ofUser === true
      ? { id: author.id, type: 'User' as const, path: author.name }
      : { id: resourceNumber(event.project), type: 'Project' as const, path: event.project };
  return { event, id: 1_000_000 + index, author, entity };
}

function savedEvent({ event: { name, message, call, at }, id, author, entity }: Row): AuditEvent {
  return {
    id,
    at,
    ...lateness(call, at),
    eventName: name,
    authorId: author.id,
    authorName: author.name,
    authorClass: author.class,
    entityType: entity.type,
    entityId: entity.id,
    entityPath: entity.path,
    targetId: entity.id,
    targetType: entity.type,
    targetDetails: entity.path,
    address: call.address,
    message: { custom_message: message },
  };
}

/** Much of `details` stands beside it once more. What is streamed only has no number of the database. */
function streamedEvent({ event: { name, saved, message, call, at }, id, author, entity }: Row): StreamedEvent {
  const doubled = {
    author_name: author.name,
    ip_address: call.address,
    entity_path: entity.path,
    target_id: entity.id,
    target_type: entity.type,
    target_details: entity.path,
  };
  const body = {
    id: saved ? id : `streamed-${id}`,
    author_id: author.id,
    entity_id: entity.id,
    entity_type: entity.type,
    details: { ...doubled, author_class: author.class, custom_message: message },
    ...doubled,
    created_at: toIso(at),
    event_type: name,
  };
  return { at, body };
}
