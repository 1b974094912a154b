import type { GroupAccess } from '../../../functions/adapters/gitlab/deployment.ts';
import { GitLabSession, type SessionOptions } from '../../../functions/adapters/gitlab/session.ts';
import type { GitLabTransport } from '../../../functions/adapters/gitlab/transport.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';

const PATIENCE_MS = MINUTE;

/**
 * What kind of GitLab this is to our token, found out as the product does: by asking.
 * @param isHidden the token's user is an administrator, and the token has not the scope that would show it
 * @returns whether anything but our own tokens can be read
 */
export async function checkReach(
  say: Say,
  options: SessionOptions,
  transport: GitLabTransport,
  { isHidden }: { readonly isHidden: boolean },
): Promise<boolean> {
  const deadline = options.clock.now() + PATIENCE_MS;
  const { deployment } = await new GitLabSession(options).access(deadline);
  const { allTokens, instanceAudit, groups } = deployment;
  if (allTokens && instanceAudit) {
    say(ok('reach', 'administrator of the whole GitLab, Premium or Ultimate: every token and every saved audit event'));
    return true;
  }
  if (allTokens) {
    say(
      warn('reach', 'administrator of the whole GitLab, but it shows no audit events: they need Premium or Ultimate'),
    );
  } else say(notAdministrator(options.api.host, isHidden, groups.length));
  for (const access of groups) say(await groupLine(access, transport, deadline));
  return allTokens || instanceAudit || groups.length > 0;
}

function notAdministrator(host: string, isHidden: boolean, groups: number): Line {
  if (isHidden) {
    return warn('reach', 'its user is an administrator, but Admin Mode hides it: give the token scope admin_mode too');
  }
  const rest =
    groups === 0
      ? 'and owns no top-level group: only its own tokens are seen'
      : `and owns or was given ${groups === 1 ? 'a top-level group' : `${groups} top-level groups`}`;
  if (host === 'gitlab.com') {
    return groups === 0
      ? fail('reach', `${rest.slice(4)}; make its user Owner of your top-level group and name that in gitlab.groups`)
      : ok('reach', rest.slice(4));
  }
  const why = `no administrator ${rest}; on a GitLab of your own use an administrator’s token, which sees every token`;
  return groups === 0 ? fail('reach', `${why}; else name your top-level groups in gitlab.groups`) : warn('reach', why);
}

/** What a group gives: its credentials inventory is Ultimate's, its audit events are Premium's. */
async function groupLine(access: GroupAccess, transport: GitLabTransport, deadline: number): Promise<Line> {
  const { group, manageStatus, auditStatus } = access;
  const what = `group ${group}`;
  const path = `groups/${encodeURIComponent(group)}`;
  if (auditStatus === 404 && (await transport.get(path, '', deadline)).status === 404) {
    return fail(what, 'is not there, or the token may not see it: correct gitlab.groups, or make its user Owner there');
  }
  const audit =
    auditStatus === 200
      ? 'audit events'
      : `no audit events (${told(auditStatus)}: they need Premium or Ultimate and the Owner role)`;
  if (manageStatus === 200) {
    const line = `Ultimate: tokens of the whole hierarchy in one list, ${audit}`;
    return auditStatus === 200 ? ok(what, line) : warn(what, line);
  }
  return warn(
    what,
    `tokens group by group and project by project (its credentials inventory answers ${told(manageStatus)}: it needs GitLab.com Ultimate and the Owner role), ${audit}`,
  );
}

function told(status: number): string {
  return status === 0 ? 'no answer' : String(status);
}
