import { credentialIdTitle } from '../../credential-title.ts';
import { withoutSecrets } from '../../hostile-text.ts';
import type { EpochMs } from '../../time.ts';
import type { Credential } from '../../token-use.ts';
import { type Liveness, livenessOf } from '../credential-words.ts';
import { type Command, ONLY_READS, type WordPart } from './command.ts';
import {
  type GitlabCall,
  gitlabCommand,
  isGitlabCom,
  numberIn,
  type ResourceRef,
  resourceRef,
  userNumber,
} from './gitlab-api.ts';

/** How to end one credential. */
export interface Revocation {
  /** It opens nothing any more, so that there is nothing to run. */
  readonly isEnded?: true;
  /** What is to be known before, and what to look up where an id is not known; one sentence each. */
  readonly notes: readonly string[];
  /** The one to run first, first. */
  readonly commands: readonly Command[];
}

/** One sentence on the two ways to take a token from a thief (`reference/gitlab.md` §4a). */
export const ROTATE_OR_REVOKE =
  'Revoking ends a token for whatever rightly uses it, too. Rotating (POST …/rotate) ends the old secret as fast and answers with a new one: do so where work must go on and only its owner gets the answer.';

/**
 * The commands that end a credential, made of ids in strict forms only. Where an id is missing, or is of no such form, no
 * command is made of it: the notes say what to look up. Endpoints: `reference/gitlab.md` §4; docs.gitlab.com, api/jobs,
 * api/deploy_keys, api/user_moderation.
 */
export function revocationOf(credential: Credential, gitlabUrl: string | undefined, now: EpochMs): Revocation {
  const ended = ENDED[livenessOf(credential, now)];
  if (ended !== undefined) return { isEnded: true, notes: [ended], commands: [] };
  const site: Site = { gitlabUrl, isGitlabCom: isGitlabCom(gitlabUrl) };
  switch (credential.kind) {
    case 'personal':
    case 'impersonation':
    case 'service-account':
      return ofPersonal(credential, site);
    case 'project':
    case 'group':
      return ofResourceToken(credential, site);
    case 'deploy-token':
      return ofDeployToken(credential, site);
    case 'deploy-key':
      return ofDeployKey(credential, site);
    case 'ci-job':
      return ofJob(credential, site);
    case 'oauth':
      return ofOauth(credential, site);
    case 'user':
      return ofUser(credential, site);
  }
}

interface Site {
  readonly gitlabUrl: string | undefined;
  readonly isGitlabCom: boolean;
}

/** What a command says beside its call. */
type Words = Pick<Command, 'title' | 'needs' | 'breaks'>;

function command({ gitlabUrl }: Site, call: GitlabCall, words: Words): Command {
  return { ...words, language: 'shell', text: gitlabCommand(call, gitlabUrl) };
}

const ENDED: Readonly<Partial<Record<Liveness, string>>> = {
  revoked: 'It was revoked already when GitLab was read: there is nothing to end.',
  expired: 'It has expired by now: there is nothing to end. See that it was not rotated or made anew.',
  inactive: 'It was not active any more when GitLab was read (expired or revoked): see that it stays so.',
};

const FIND_NUMBER =
  'List them, find the number of the one with this name, and end it under Settings, Repository, or by DELETE on that address, a slash and the number.';
const ADMIN = 'GITLAB_TOKEN of an administrator, scope api (and admin_mode where Admin Mode is on).';
const GROUP_OWNER =
  'GITLAB_TOKEN of an Owner of your top-level group, scope api; GITLAB_GROUP: the number of that group. GitLab.com Ultimate.';
const TOKEN_STOPS = 'Everything that uses this token stops at once: scripts, git over HTTPS, integrations.';

function ofPersonal(credential: Credential, site: Site): Revocation {
  const number = numberIn(credential.id, 'token');
  if (number === undefined) return withoutNumber(credential, site);
  const title = `Revoke token ${number}`;
  if (!site.isGitlabCom) {
    const call: GitlabCall = { method: 'DELETE', path: [`personal_access_tokens/${number}`] };
    return {
      notes: [],
      commands: [
        command(site, call, {
          title,
          needs: `${ADMIN} Its owner may revoke it with their own token.`,
          breaks: TOKEN_STOPS,
        }),
      ],
    };
  }
  return {
    notes: [
      'GitLab.com lets a group end tokens of its enterprise users and service accounts only; anybody else revokes their own, under Preferences, Access tokens.',
    ],
    commands: [
      command(
        site,
        { method: 'DELETE', path: [...MANAGE, `/personal_access_tokens/${number}`] },
        { title, needs: GROUP_OWNER, breaks: TOKEN_STOPS },
      ),
    ],
  };
}

/** The credentials inventory of GitLab.com (`reference/gitlab.md` §4c). */
const MANAGE: readonly WordPart[] = ['groups/', { variable: 'GITLAB_GROUP' }, '/manage'];

function ofResourceToken(credential: Credential, site: Site): Revocation {
  const number = numberIn(credential.id, 'token');
  if (number === undefined) return withoutNumber(credential, site);
  const resource = resourceRef(credential);
  const words = {
    title: `Revoke token ${number}`,
    breaks: 'Every job, script or integration that uses this token stops at once.',
  };
  if (resource?.kind !== undefined) {
    const call: GitlabCall = { method: 'DELETE', path: [`${resource.kind}s/${resource.ref}/access_tokens/${number}`] };
    return { notes: [], commands: [command(site, call, { ...words, needs: roleIn(resource.kind) })] };
  }
  const call: GitlabCall = site.isGitlabCom
    ? { method: 'DELETE', path: [...MANAGE, `/resource_access_tokens/${number}`] }
    : { method: 'DELETE', path: [`personal_access_tokens/${number}`] };
  return {
    notes: ['The project or group it belongs to is not known here, so this asks for it by its number alone.'],
    commands: [command(site, call, { ...words, needs: site.isGitlabCom ? GROUP_OWNER : ADMIN })],
  };
}

function roleIn(kind: 'project' | 'group'): string {
  return kind === 'project'
    ? 'GITLAB_TOKEN of a Maintainer or Owner of the project, or an administrator, scope api.'
    : 'GITLAB_TOKEN of an Owner of the group, or an administrator, scope api.';
}

function ofDeployToken(credential: Credential, site: Site): Revocation {
  const number = numberIn(credential.id, 'deploy-token');
  const resource = resourceRef(credential);
  if (resource === undefined)
    return { notes: [unplaced('deploy tokens', 'Settings, Repository, Deploy tokens')], commands: [] };
  const kinds = resource.kind === undefined ? (['project', 'group'] as const) : [resource.kind];
  const where = (kind: string) => (kinds.length > 1 ? `, if ${decodeURIComponent(resource.ref)} is a ${kind}` : '');
  if (number === undefined) {
    return {
      notes: [unnumbered(credential), FIND_NUMBER],
      commands: kinds.map((kind) =>
        command(
          site,
          { method: 'GET', path: [`${kind}s/${resource.ref}/deploy_tokens`] },
          { title: `List deploy tokens${where(kind)}`, needs: roleIn(kind), breaks: ONLY_READS },
        ),
      ),
    };
  }
  return {
    notes: [],
    commands: kinds.map((kind) =>
      command(
        site,
        { method: 'DELETE', path: [`${kind}s/${resource.ref}/deploy_tokens/${number}`] },
        {
          title: `Revoke deploy token ${number}${where(kind)}`,
          needs: roleIn(kind),
          breaks:
            'Every server that pulls with it stops. A deploy token cannot be rotated: make a new one first where something must go on.',
        },
      ),
    ),
  };
}

function ofDeployKey(credential: Credential, site: Site): Revocation {
  const number = numberIn(credential.id, 'deploy-key');
  const project = projectOf(credential);
  if (project === undefined) {
    const known = number === undefined ? [] : [`Its number is ${number}.`];
    return { notes: [unplaced('deploy keys', 'Settings, Repository, Deploy keys'), ...known], commands: [] };
  }
  if (number === undefined) {
    return {
      notes: [unnumbered(credential), FIND_NUMBER],
      commands: [
        command(
          site,
          { method: 'GET', path: [`projects/${project}/deploy_keys`] },
          { title: 'List the deploy keys of the project', needs: roleIn('project'), breaks: ONLY_READS },
        ),
      ],
    };
  }
  return {
    notes: [
      'Other projects may have enabled the same key, and keep it: an administrator finds them with GET /deploy_keys.',
    ],
    commands: [
      command(
        site,
        { method: 'DELETE', path: [`projects/${project}/deploy_keys/${number}`] },
        {
          title: `Remove deploy key ${number} from the project`,
          needs: roleIn('project'),
          breaks: 'Every server that uses this SSH key for this project stops.',
        },
      ),
    ],
  };
}

function ofJob(credential: Credential, site: Site): Revocation {
  const number = numberIn(credential.id, 'job');
  const project = projectOf(credential);
  const ends =
    "A CI job token dies with its job: a job that is over has none. Whoever had it was on the runner, in the job's script, or read its log.";
  if (number === undefined || project === undefined) {
    const missing =
      number === undefined ? 'Neither the number of the job is known' : `Of job ${number} the project is not known`;
    return {
      notes: [ends, `${missing}: look for running jobs of the owner under CI/CD, Jobs, and cancel them.`],
      commands: [],
    };
  }
  return {
    notes: [ends],
    commands: [
      command(
        site,
        { method: 'POST', path: [`projects/${project}/jobs/${number}/cancel`] },
        {
          title: `Cancel job ${number}, which ends its token`,
          needs:
            'GITLAB_TOKEN of somebody who may cancel jobs of the project (Developer or more, by its settings), scope api.',
          breaks: 'The job fails, and its pipeline with it; a deployment may stop half-way.',
        },
      ),
    ],
  };
}

function projectOf(credential: Credential): string | undefined {
  const resource: ResourceRef | undefined = resourceRef(credential);
  return resource?.kind === 'project' ? resource.ref : undefined;
}

function ofOauth(credential: Credential, site: Site): Revocation {
  const notes = [
    'GitLab ends no OAuth token by its number: its owner revokes the application under Preferences, Applications. An administrator may delete it, which ends its tokens for everybody.',
  ];
  return { notes, commands: userCommands(credential, site, 'block') };
}

function ofUser(credential: Credential, site: Site): Revocation {
  const notes = [
    'Which credential it was is not known: a session in a browser, an SSH key or one of several tokens. List the tokens first, and revoke those its owner does not know or that were used lately.',
    ...(userNumber(credential) === undefined
      ? ['The number of the user is not known: look the user up by name in the Admin area or the group’s members.']
      : []),
  ];
  return { notes, commands: userCommands(credential, site, 'list', 'block') };
}

function withoutNumber(credential: Credential, site: Site): Revocation {
  const notes = ['The number of this token is not known: look it up among the tokens of its owner, by its name.'];
  return { notes, commands: userCommands(credential, site, 'list') };
}

function userCommands(credential: Credential, site: Site, ...wanted: readonly ('list' | 'block')[]): Command[] {
  const number = userNumber(credential);
  if (number === undefined) return [];
  return wanted.flatMap((what) => (what === 'list' ? [listTokens(number, site)] : blockUser(number, site)));
}

function listTokens(number: string, site: Site): Command {
  const start = site.isGitlabCom ? [...MANAGE, '/'] : [];
  return command(
    site,
    { method: 'GET', path: [...start, `personal_access_tokens?user_id=${number}&state=active&per_page=100`] },
    {
      title: `List the active tokens of user ${number}`,
      needs: site.isGitlabCom ? GROUP_OWNER : ADMIN.replace('scope api', 'scope read_api'),
      breaks: ONLY_READS,
    },
  );
}

/** GitLab.com blocks nobody for a group (docs.gitlab.com, api/user_moderation: Self-Managed and Dedicated). */
function blockUser(number: string, site: Site): Command[] {
  if (site.isGitlabCom) return [];
  return [
    command(
      site,
      { method: 'POST', path: [`users/${number}/block`] },
      {
        title: `Block user ${number}, which stops all they hold`,
        needs: ADMIN,
        breaks:
          'The person can neither sign in nor use any token or key until unblocked (POST …/unblock); their CI jobs stop, too.',
      },
    ),
  ];
}

function unnumbered({ id, name }: Credential): string {
  const title = name === undefined ? credentialIdTitle(id) : `‘${withoutSecrets(name, 60)}’`;
  return `GitLab named it by its name only (${title}), which another may have, too: its number is not known.`;
}

function unplaced(what: string, where: string): string {
  return `Where it belongs is not known, so no command can end it: look among the ${what} of the projects it may read, under ${where}.`;
}
