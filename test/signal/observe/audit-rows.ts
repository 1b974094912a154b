import { JOB_TOKEN_USED } from '../../../functions/adapters/gitlab/audit-event-kinds.ts';
import type { EventRow } from '../../../functions/adapters/gitlab/schemas.ts';
import type { CallAction, GitlabCall, Organisation, SimCredential } from '../truth.ts';
import { resourceNumber } from './listing.ts';
import { callTrain, type Train } from './train.ts';

/** A call of more operations than this makes no more events. */
const MOST_EVENTS = 2_000;

/** Events of one kind that a call made: one for each operation, on the call's projects in turn. */
export interface EventSeries {
  readonly train: Train;
  /** The first as GitLab writes it. */
  readonly row: EventRow;
  /** Reachable by REST; the others are streamed only. */
  readonly saved: boolean;
  /** Filed under a user: on GitLab.com nobody but GitLab sees it (`reference/gitlab.md` §2b). */
  readonly ofUser: boolean;
  /** Number of the first event: each further one has the next but one, whichever list shows it. */
  readonly serial: number;
}

/** A kind of event. */
export type EventType = Pick<EventSeries, 'saved' | 'ofUser'> & { readonly name: string };

/** What an operation is in the audit log (`reference/gitlab.md` §2); plain API requests are nothing. */
const EVENTS: Readonly<Partial<Record<CallAction, EventType>>> = {
  clone: streamed('repository_git_operation'),
  push: streamed('repository_git_operation'),
  'variable-read': streamed('variable_viewed_api'),
  'file-read': streamed('repository_file_accessed_api'),
  'member-added': saved('member_created'),
  'webhook-created': saved('webhook_created'),
  'project-export': saved('project_export_file_download_started'),
};
/** The same in a browser. */
const IN_BROWSER: typeof EVENTS = {
  'variable-read': streamed('variable_viewed_graphql'),
  'file-read': streamed('repository_file_accessed_web'),
};

/** The id that GitLab gives an event: saved ones a number, others a text (§3). */
export function eventId(serial: number, isSaved: boolean): EventRow['id'] {
  return isSaved ? 1_000_000 + serial : `streamed-${serial}`;
}

/** Writes audit events. */
export class AuditWriter {
  readonly #credentials: ReadonlyMap<string, SimCredential>;
  readonly #names: ReadonlyMap<number, string>;

  constructor({ credentials }: Organisation) {
    this.#credentials = new Map(credentials.map((credential) => [credential.id, credential]));
    this.#names = new Map(credentials.flatMap(({ owner: { id, username } }) => (username ? [[id, username]] : [])));
  }

  /**
   * The events of a call: one series of what was done, and with a job's token another, as it says each time that it
   * authenticated.
   *
   * @param index of the call in its story, for the ids of its events
   * @param wanted which kinds of events to write
   */
  seriesOf(call: GitlabCall, index: number, wanted: (type: EventType) => boolean): EventSeries[] {
    const types = call.refusal === undefined ? this.#typesOf(call) : [];
    if (!types.some(wanted)) return [];
    const { projects, times, mints } = call;
    const count = mints === undefined ? Math.min(MOST_EVENTS, Math.max(times, projects.length)) : 1;
    return types.flatMap((type, number) => {
      if (!wanted(type)) return [];
      const serial = index * MOST_EVENTS * 2 + number;
      const { saved, ofUser } = type;
      return { train: callTrain(call, count), row: this.#rowOf(call, type, serial), saved, ofUser, serial };
    });
  }

  #typesOf({ action, credential: id, mints }: GitlabCall): EventType[] {
    const types = this.#credentials.get(id ?? '')?.kind === 'ci-job' ? [streamed(JOB_TOKEN_USED)] : [];
    const verb = action === 'token-created' ? 'created' : action === 'token-rotated' ? 'rotated' : undefined;
    const ofToken = verb === undefined ? undefined : tokenEvent(this.#credentials.get(mints ?? '')?.kind, verb);
    const type = ofToken ?? (id === undefined ? IN_BROWSER[action] : undefined) ?? EVENTS[action];
    return type === undefined ? types : [...types, type];
  }

  #rowOf(call: GitlabCall, { name, saved, ofUser }: EventType, serial: number): EventRow {
    const { owner, address, credential, mints, projects } = call;
    const [project] = projects;
    const author = this.#names.get(owner);
    const message = name === JOB_TOKEN_USED ? jobMessage(credential) : mintMessage(this.#credentials.get(mints ?? ''));
    return {
      id: eventId(serial, saved),
      author_id: owner,
      entity_id: ofUser ? owner : resourceNumber(project),
      entity_type: ofUser ? 'User' : 'Project',
      event_name: name,
      created_at: call.from,
      details: {
        ip_address: address,
        author_class: 'User',
        ...(author === undefined ? {} : { author_name: author }),
        ...(ofUser ? {} : { entity_path: project, target_details: project }),
        ...(message === undefined ? {} : { custom_message: message }),
      },
    };
  }
}

/** Lifecycle events are filed under what the token belongs to: those of people's tokens under the user (§2c). */
function tokenEvent(kind: SimCredential['kind'] | undefined, verb: 'created' | 'rotated'): EventType {
  switch (kind) {
    case 'project':
    case 'group':
      return saved(`${kind}_access_token_${verb}`);
    case 'deploy-token':
      return saved(`deploy_token_${verb}`);
    default:
      return { ...saved(`personal_access_token_${verb}`), ofUser: true };
  }
}

function mintMessage(made: SimCredential | undefined): string | undefined {
  if (made === undefined) return undefined;
  const scopes = made.scopes === undefined ? '' : ` with scopes: ${JSON.stringify(made.scopes)}`;
  return `Created token with token_id: ${numberOf(made.id)}${scopes}`;
}

function jobMessage(job: string | undefined): string {
  return `The user authenticated using job token of job id: ${numberOf(job ?? '')}`;
}

/** `12` of `token/12`. */
function numberOf(id: string): string {
  return id.slice(id.indexOf('/') + 1);
}

function saved(name: string): EventType {
  return { name, saved: true, ofUser: false };
}

function streamed(name: string): EventType {
  return { name, saved: false, ofUser: false };
}
