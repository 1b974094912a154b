import * as z from 'zod/mini';
import type { EpochMs } from '../../core/time.ts';
import { LatchkeyError } from '../../runtime/errors.ts';
import type { GitLabApi, PageReader } from './api.ts';
import { readListing } from './listing.ts';
import { GroupRow, TokenRow } from './schemas.ts';

/** What our token may read of this GitLab. Found out by asking, never assumed from its name or version. */
export const Deployment = z.object({
  /** The token is an admin's: `/personal_access_tokens` lists every token of the instance. */
  allTokens: z.boolean(),
  /** The instance's audit events can be read. */
  instanceAudit: z.boolean(),
  /** What GitLab answered when asked for them. */
  instanceAuditStatus: z.number(),
  /** Top-level groups; asked only where the instance as a whole cannot be read. */
  groups: z.array(
    z.object({
      /** Full path or id. */
      group: z.union([z.string(), z.number()]),
      /** Answer of the credentials inventory, which lists a whole hierarchy in one call (GitLab.com Ultimate). */
      manageStatus: z.number(),
      /** Answer of the group's audit events. */
      auditStatus: z.number(),
    }),
  ),
  /** Why there may be more groups of ours than `groups`, as a sentence. */
  unlisted: z.optional(z.string()),
});
export type Deployment = z.infer<typeof Deployment>;
export type GroupAccess = Deployment['groups'][number];

/** HTTP status of a probe; this one means that GitLab gave no answer. */
const NO_ANSWER = 0;

/** Whether to read what a probe asked for: it was granted, or nothing is known. */
export function isReadable(status: number): boolean {
  return status === 200 || status === NO_ANSWER;
}

/** Everything useful is readable, so the answer may be kept for a day. What an administrator lacks may be granted. */
export function isWorthKeeping({ allTokens, instanceAudit, groups, unlisted }: Deployment): boolean {
  if (allTokens) return instanceAudit;
  const groupsAnswered = groups.every((group) => group.auditStatus === 200 && group.manageStatus !== NO_ANSWER);
  return groups.length > 0 && groupsAnswered && unlisted === undefined;
}

/**
 * Asks what can be read. Throws what the transport throws: a probe that fails says nothing about the deployment.
 *
 * @param configured full paths of top-level groups; where there are none, those our token's user owns are found
 * @param own user of our token
 */
export async function probeDeployment(
  api: GitLabApi,
  configured: readonly string[],
  own: number | undefined,
  deadline: EpochMs,
  now: EpochMs,
): Promise<Deployment> {
  const moment = { start: now - 1, end: now };
  const [allTokens, audit] = await Promise.all([
    seesTokensOfOthers(api, own, deadline),
    api.auditEvents(undefined, moment, 1)(deadline),
  ]);
  const instanceAudit = audit.status === 200;
  const found = { allTokens, instanceAudit, instanceAuditStatus: audit.status };
  if (allTokens && instanceAudit) return { ...found, groups: [] };
  const { groups, unlisted } = configured.length > 0 ? { groups: configured } : await ownedGroups(api, deadline);
  const probed = await probeGroups(api, groups, deadline, now);
  return { ...found, groups: probed, ...(unlisted === undefined ? {} : { unlisted }) };
}

/** Asking for another user's tokens is refused (401) to anyone but admins (`reference/gitlab.md` §4a). */
async function seesTokensOfOthers(api: GitLabApi, own: number | undefined, deadline: EpochMs): Promise<boolean> {
  const other = own === 1 ? 2 : 1;
  const { status, body } = await api.tokensOfUser(other)(deadline);
  const rows = z.safeParse(z.array(TokenRow), body);
  // Rows of our own user mean that the filter was ignored, which proves nothing.
  return status === 200 && rows.success && rows.data.every(({ user_id }) => user_id !== own || own === undefined);
}

async function probeGroups(
  api: GitLabApi,
  groups: readonly (string | number)[],
  deadline: EpochMs,
  now: EpochMs,
): Promise<GroupAccess[]> {
  return await Promise.all(
    groups.map(async (group) => {
      const [manageStatus, auditStatus] = await Promise.all([
        statusOf(api.managedTokens(group, 'resource', now), deadline),
        statusOf(api.auditEvents({ groupId: group }, { start: now - 1, end: now }, 1), deadline),
      ]);
      return { group, manageStatus, auditStatus };
    }),
  );
}

interface OwnedGroups {
  readonly groups: readonly (string | number)[];
  readonly unlisted?: string | undefined;
}

async function ownedGroups(api: GitLabApi, deadline: EpochMs): Promise<OwnedGroups> {
  const { rows, end, skippedMalformed } = await readListing(api.ownedGroups(), GroupRow, { deadline, maxPages: 1 });
  const groups = rows.map(({ id }) => id);
  const isWhole = end.kind !== 'cut' && skippedMalformed === 0;
  if (isWhole) return { groups };
  const why = end.kind === 'cut' ? end.why : 'some could not be read';
  const unlisted = `The groups that our token's user owns were not all listed (${why}): name the groups to read in gitlab.groups.`;
  return { groups, unlisted };
}

async function statusOf(read: PageReader, deadline: EpochMs): Promise<number> {
  try {
    return (await read(deadline)).status;
  } catch (error) {
    // Fails toward asking for it anyway: one endpoint in trouble must not hide the others.
    if (error instanceof LatchkeyError) return NO_ANSWER;
    throw error;
  }
}
