import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditUses } from '../../../functions/adapters/gitlab/audit-uses.ts';
import { readStreamedRows } from '../../../functions/adapters/gitlab/streamed-rows.ts';

const BOT = 50;

function sample(name: string) {
  return JSON.parse(readFileSync(new URL(`../../events/gitlab/${name}.json`, import.meta.url), 'utf8'));
}

/** What events say once they were stored and read again. */
function usesOf(...rows: readonly object[]) {
  const stored = JSON.parse(JSON.stringify(readStreamedRows(rows).kept));
  const { uses, credentials } = auditUses(stored, {
    source: 'stream',
    tokenOfBot: (userId) => (userId === BOT ? 'token/12' : undefined),
    ipv6PrefixLength: 64,
  });
  return { uses, credentials, claims: uses.map(({ credential, strength }) => `${credential} ${strength}`) };
}

describe('a streamed audit event', () => {
  it.each([
    ['git-operation-by-deploy-key', ['deploy-key/deploy-key-name@project/29 used']],
    ['git-push-by-user', ['user/5 acted']],
    ['job-token-used', ['job/8675309 used']],
    ['token-used-from-unseen-ip', ['token/4711 used']],
    ['variable-viewed', ['user/5 acted']],
    ['project-token-created', ['token/12 minted']],
  ])('%s says %j', (name, claims) => {
    const found = usesOf(sample(name));
    expect(found.claims).toEqual(claims);
    expect(found.uses[0]?.sources).toEqual(['stream']);
  });

  it('keeps when, where and which event it was', () => {
    const at = Date.UTC(2022, 6, 26, 5, 43, 53, 662);
    expect(usesOf(sample('git-operation-by-deploy-key')).uses).toMatchObject([
      { at: { notBefore: at, notAfter: at }, original: '127.0.0.1', eventId: '1', action: 'repository_git_operation' },
    ]);
  });

  it('by a job names the job and whose it is', () => {
    expect(usesOf(sample('job-token-used')).credentials).toEqual([
      { id: 'job/8675309', kind: 'ci-job', resource: 'example-group/example-project', owner: { id: 5 } },
    ]);
  });

  it('names the job by its target where the message does not', () => {
    const event = sample('job-token-used');
    expect(usesOf({ ...event, details: { ...event.details, custom_message: 'authenticated' } }).claims).toEqual([
      'job/8675309 used',
    ]);
  });

  it('by a bot is a use of its token, unless a job of the bot authenticated from there, too', () => {
    const byBot = { ...sample('git-push-by-user'), author_id: BOT };
    const job = { ...sample('job-token-used'), author_id: BOT };
    expect(usesOf(byBot).claims).toEqual(['token/12 used']);
    expect(usesOf(byBot, job).claims).toEqual([`user/${BOT} acted`, 'job/8675309 used']);
    const elsewhere = { ...job, details: { ...job.details, ip_address: '192.0.2.1' } };
    expect(usesOf(byBot, elsewhere).claims).toEqual(['token/12 used', 'job/8675309 used']);
  });

  it('by a deploy token is that token', () => {
    const event = { ...sample('git-operation-by-deploy-key'), author_id: -2 };
    expect(usesOf(event).claims).toEqual(['deploy-token/deploy-key-name@project/29 used']);
  });
});

describe('a streamed body', () => {
  it('may be an array: what is of use is kept, the rest counted', () => {
    const { kept, dropped, skippedMalformed } = readStreamedRows(sample('batch'));
    expect({ dropped, skippedMalformed }).toEqual({ dropped: 1, skippedMalformed: 2 });
    expect(kept.map(({ event_name: name }) => name)).toEqual([
      'repository_git_operation',
      'user_authenticated_using_job_token',
      'project_access_token_created',
      'repository_git_operation',
    ]);
  });

  it('keeps everything that GitLab saves, and of the rest what a credential does', () => {
    const kept = (id: string | number, type: string) =>
      readStreamedRows({ ...sample('git-push-by-user'), id, event_type: type }).kept.length === 1;
    const uuid = '0b8d5bc1-6a5a-4b4a-9d1c-3a1a8e2a7c09';
    expect(kept(7, 'member_created')).toBe(true);
    expect(kept(uuid, 'member_created')).toBe(false);
    expect(kept(uuid, 'merge_request_commented')).toBe(false);
    expect(kept(uuid, 'comment_by_project_bot')).toBe(true);
    expect(kept(uuid, 'ip_restricted_group_accessed')).toBe(true);
    expect(kept(uuid, 'job_artifact_downloaded')).toBe(true);
  });

  it('keeps nothing of an event but what is read of it later, and that bounded', () => {
    const event = sample('git-push-by-user');
    const long = 'x'.repeat(100_000);
    const details = { ...event.details, author_email: 'ann@example.com', author_name: long, custom_message: long };
    const [kept] = readStreamedRows({ ...event, details }).kept;
    expect(JSON.stringify(kept).length).toBeLessThan(3_000);
    expect(JSON.stringify(kept)).not.toContain('ann@example.com');
  });

  it('never breaks the step, whatever is in it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue())), (body) => {
        const { kept, dropped, skippedMalformed } = readStreamedRows(body);
        expect(kept.length + dropped + skippedMalformed).toBe(Array.isArray(body) ? body.length : 1);
      }),
    );
  });
});
