import type { Visit } from './gitlab-access.ts';
import { notFound } from './gitlab-answers.ts';
import { groupAudit, instanceAudit, projectAudit } from './gitlab-audit.ts';
import {
  currentUser,
  groupList,
  groupProjects,
  groupsBelow,
  metadata,
  oneGroup,
  oneProject,
  oneUser,
  projectList,
  userList,
} from './gitlab-catalog.ts';
import {
  groupTokens,
  impersonationTokens,
  managedCredentials,
  personalToken,
  personalTokens,
  projectTokens,
} from './gitlab-tokens.ts';
import type { Answer } from './stand-in.ts';

/**
 * Answers the route these path segments name.
 * @throws Refusal 404 for a route this stand-in does not have.
 */
export function answerRoute(visit: Visit, segments: readonly string[]): Answer {
  const [resource, id, ...rest] = segments;
  if (rest.length > 2) throw notFound();
  if (resource === 'groups') return groupRoute(visit, id, rest);
  if (resource === 'projects') return projectRoute(visit, id, rest);
  if (resource === 'users') return userRoute(visit, id, rest);
  if (rest.length > 0) throw notFound();
  if (resource === 'audit_events') return instanceAudit(visit, id);
  if (resource === 'personal_access_tokens') {
    return id === undefined ? personalTokens(visit) : personalToken(visit, id);
  }
  if (id !== undefined) throw notFound();
  if (resource === 'user') return currentUser(visit);
  if (resource === 'metadata' || resource === 'version') return metadata(visit.world);
  throw notFound();
}

function groupRoute(visit: Visit, id: string | undefined, [what, which]: readonly string[]): Answer {
  if (id === undefined) return groupList(visit);
  if (what === undefined) return oneGroup(visit, id);
  if (what === 'audit_events') return groupAudit(visit, id, which);
  if (what === 'manage' && which !== undefined) return managedCredentials(visit, id, which);
  if (what === 'access_tokens') return groupTokens(visit, id, which);
  if (which !== undefined) throw notFound();
  if (what === 'subgroups' || what === 'descendant_groups') return groupsBelow(visit, id, what === 'descendant_groups');
  if (what === 'projects') return groupProjects(visit, id);
  throw notFound();
}

function projectRoute(visit: Visit, id: string | undefined, [what, which]: readonly string[]): Answer {
  if (id === undefined) return projectList(visit);
  if (what === undefined) return oneProject(visit, id);
  if (what === 'audit_events') return projectAudit(visit, id, which);
  if (what === 'access_tokens') return projectTokens(visit, id, which);
  throw notFound();
}

function userRoute(visit: Visit, id: string | undefined, [what, which]: readonly string[]): Answer {
  if (id === undefined) return userList(visit);
  if (what === undefined) return oneUser(visit, id);
  if (what === 'impersonation_tokens' && which === undefined) return impersonationTokens(visit, id);
  throw notFound();
}
