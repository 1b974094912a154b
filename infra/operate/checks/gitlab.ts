import * as z from 'zod/mini';
import { GitLabApi } from '../../../functions/adapters/gitlab/api.ts';
import { trustCertificates } from '../../../functions/adapters/gitlab/certificates.ts';
import { Pacer } from '../../../functions/adapters/gitlab/pacer.ts';
import { TokenRow } from '../../../functions/adapters/gitlab/schemas.ts';
import { type GitLabAnswer, GitLabTransport } from '../../../functions/adapters/gitlab/transport.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import type { Credential } from '../inputs.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';
import { type Checking, memoryCache, untilItEnds, without } from './checking.ts';
import { checkEvidence } from './gitlab-evidence.ts';
import { checkReach } from './gitlab-reach.ts';

const AUDIT_REQUESTS_PER_MINUTE = 180;
const PATIENCE_MS = MINUTE;

const Metadata = z.object({ version: z.string(), enterprise: z.nullish(z.boolean()) });
const Me = z.object({ username: z.string(), is_admin: z.nullish(z.boolean()) });

/** Whether GitLab answers, whose token we have, what it reaches, and what evidence that gives. */
export async function checkGitlab(say: Say, checking: Checking): Promise<void> {
  const { settings, clock, fetch, random, urls } = checking;
  trustCertificates(settings['gitlab.ca']);
  const token = checking.credentials.gitlab;
  if (token === undefined) {
    say(without('gitlab', 'token', `no credential can be looked at; it needs ${NEEDED}`, checking));
    return;
  }
  const transport = new GitLabTransport({
    url: urls.gitlab,
    token: async () => token.value,
    fetch,
    clock,
    random,
    pacer: new Pacer(AUDIT_REQUESTS_PER_MINUTE, clock),
  });
  const deadline = clock.now() + PATIENCE_MS;
  const [metadata, self, me] = await Promise.all([
    transport.get('metadata', '', deadline),
    transport.get('personal_access_tokens/self', '', deadline),
    transport.get('user', '', deadline),
  ]);
  say(siteLine(metadata, transport.host));
  const user = Me.safeParse(me.body).data;
  const line = tokenLine(self, token, user?.username, clock.now());
  say(line);
  if (line.status === 'fail') return;
  const row = TokenRow.safeParse(self.body).data;
  if (row !== undefined) {
    const scopes = scopesLine(row.scopes ?? []);
    say(scopes);
    if (scopes.status === 'fail') return;
  }

  const session = {
    api: new GitLabApi(transport),
    cache: memoryCache(),
    clock,
    groups: settings['gitlab.groups'],
  };
  const isHidden = user?.is_admin === true && !(row?.scopes ?? []).includes('admin_mode');
  if (!(await checkReach(say, session, transport, { isHidden }))) return;
  await checkEvidence(say, session, settings);
}

const NEEDED =
  'an administrator’s personal access token (self-managed, Dedicated) or that of a top-level group’s owner (GitLab.com), scope read_api';

function siteLine({ status, body }: GitLabAnswer, host: string): Line {
  const metadata = Metadata.safeParse(body).data;
  if (status < 300 && metadata !== undefined) {
    const edition = metadata.enterprise === false ? ', Community Edition: no audit events' : '';
    return ok('site', `${host} answers, version ${metadata.version}${edition}`);
  }
  if (status === 404) return warn('site', `${host} answers, but tells no version: is gitlab.url the root of the site?`);
  return ok('site', `${host} answers`);
}

function tokenLine({ status, body }: GitLabAnswer, token: Credential, user: string | undefined, now: number): Line {
  const what = 'token';
  if (status === 401) return fail(what, `GitLab refuses ${token.from}: it is ${deathOf(body)}; create a new one`);
  const row = TokenRow.safeParse(status < 300 ? body : undefined).data;
  if (row === undefined) {
    return user === undefined
      ? fail(what, `GitLab does not let ${token.from} in (${status}): its scopes reach nothing; it needs ${NEEDED}`)
      : warn(what, `works for ${user}, but GitLab does not tell which token it is (${status})`);
  }
  const name = `“${row.name ?? row.id}”${user === undefined ? '' : ` of ${user}`}`;
  return untilItEnds(what, name, row.expires_at ?? undefined, now);
}

const Death = z.object({ error_description: z.string() });

/** Why a token is refused, as far as GitLab says so. */
function deathOf(body: unknown): string {
  const description = Death.safeParse(body).data?.error_description ?? '';
  if (/revoked/i.test(description)) return 'revoked';
  return /expired/i.test(description) ? 'expired' : 'mistyped, deleted, or of another GitLab';
}

function scopesLine(scopes: readonly string[]): Line {
  const list = scopes.join(', ');
  if (scopes.includes('api')) {
    return warn('scopes', `${list}: api may also write; Latchkey only reads, read_api is enough`);
  }
  if (scopes.includes('read_api')) return ok('scopes', list);
  return fail('scopes', `${list || 'none'}: token lists and audit events need read_api`);
}
