import { describe, expect, it } from 'vitest';
import { HOUR, instant, MINUTE } from '../../../functions/core/time.ts';
import type { GitlabCall, SimCredential } from '../truth.ts';
import { auditEvents } from './audit-events.ts';
import { EventSource } from './event-source.ts';
import type { Listing } from './listing.ts';
import { Places } from './places.ts';
import { around, BOT, call, credential, JOB, NOON, OWN, PERSON, STRANGER, story } from './small-story.ts';

const MADE = credential({ id: 'token/77', scopes: ['read_api'] });
const MADE_FOR_PROJECT = credential({ id: 'token/78', kind: 'project', resource: 'acme/shop', owner: { id: 92 } });
const CREDENTIALS: readonly SimCredential[] = [PERSON, BOT, JOB, OWN, MADE, MADE_FOR_PROJECT];

function read(source: 'audit' | 'stream', calls: GitlabCall[], listing: Listing = 'all', now = NOON + 2 * HOUR) {
  const told = story({ calls, organisation: { credentials: CREDENTIALS } });
  return new EventSource(source, auditEvents(source, told, listing, new Places())).read(around(NOON), now);
}

const byBot = (overrides: Partial<GitlabCall>) => call({ credential: BOT.id, owner: 90, ...overrides });

describe('the stream', () => {
  it('has an event for each project cloned: an act of a person, a use of a bot token', () => {
    const projects = ['acme/a', 'acme/b', 'acme/c'] as const;
    const cloned = { action: 'clone', projects, times: 3, until: NOON + 2 * MINUTE } as const;
    const { uses } = read('stream', [call(cloned), byBot(cloned)]);
    const of = (id: string) => uses.filter(({ credential }) => credential === id);
    expect(of('user/7').map(({ strength, target, at }) => [strength, target, at])).toEqual([
      ['acted', 'acme/a', instant(NOON)],
      ['acted', 'acme/b', instant(NOON + MINUTE)],
      ['acted', 'acme/c', instant(NOON + 2 * MINUTE)],
    ]);
    expect(of(BOT.id).map(({ strength }) => strength)).toEqual(['used', 'used', 'used']);
    expect(new Set(uses.map(({ eventId }) => eventId)).size).toBe(6);
    expect(uses[0]).toMatchObject({ action: 'repository_git_operation', sources: ['stream'], address: STRANGER });
  });

  it('names the job whose token authenticated, and nobody for a plain request', () => {
    const { uses, credentials } = read('stream', [call({ credential: JOB.id, times: 2 }), call({ times: 9 })]);
    expect(uses.map(({ credential, strength }) => [credential, strength])).toEqual([
      [JOB.id, 'used'],
      [JOB.id, 'used'],
    ]);
    expect(credentials[0]).toMatchObject({ id: JOB.id, kind: 'ci-job', owner: { id: 7 }, resource: 'acme/shop' });
  });

  it('takes what a bot did beside a job of its own for an act', () => {
    const job = call({ credential: JOB.id, owner: 90 });
    const clone = byBot({ action: 'clone', from: NOON + MINUTE });
    const strengths = (calls: GitlabCall[]) =>
      read('stream', calls)
        .uses.filter(({ action }) => action === 'repository_git_operation')
        .map(({ credential, strength }) => `${credential} ${strength}`);
    expect(strengths([clone])).toEqual([`${BOT.id} used`]);
    expect(strengths([job, clone])).toEqual(['user/90 acted']);
  });

  it('says of a token made by a person what it is, and no more', () => {
    const { uses, credentials } = read('stream', [call({ action: 'token-created', mints: 'token/78' })]);
    expect(uses).toHaveLength(1);
    expect(uses[0]).toMatchObject({
      credential: 'token/78',
      strength: 'minted',
      action: 'project_access_token_created',
    });
    const { id, kind, scopes, owner } = credentials[0] ?? {};
    expect({ id, kind, scopes, owner }).toEqual({ id: 'token/78', kind: 'project', scopes: ['api'], owner: undefined });
  });

  it('loses about one event in two hundred', () => {
    const many = Array.from({ length: 10 }, (_, n) =>
      call({ action: 'file-read', from: NOON + n * 1000, until: NOON + 30 * MINUTE, times: 2_000 }),
    );
    const { uses } = read('stream', many);
    expect(uses.length).toBeGreaterThan(19_800);
    expect(uses.length).toBeLessThan(19_960);
  });

  it('comes within seconds, later where a call is late', () => {
    const clone = { action: 'clone' } as const;
    expect(read('stream', [call(clone)], 'all', NOON + 21_000).uses).toHaveLength(1);
    const late = call({ ...clone, lateBy: 8 * MINUTE });
    expect(read('stream', [late], 'all', NOON + 8 * MINUTE).uses).toEqual([]);
  });
});

describe('the audit events', () => {
  const writes = ['member-added', 'webhook-created', 'project-export'] as const;

  it('have what is saved, and no clone, read or job', () => {
    const reads = ['clone', 'push', 'variable-read', 'file-read', 'api-read', 'api-write'] as const;
    const { uses } = read('audit', [
      ...reads.map((action) => byBot({ action })),
      call({ credential: JOB.id }),
      ...writes.map((action) => byBot({ action })),
    ]);
    expect(uses.map(({ action, strength }) => [action, strength])).toEqual([
      ['member_created', 'used'],
      ['webhook_created', 'used'],
      ['project_export_file_download_started', 'used'],
    ]);
  });

  it('hide from GitLab.com what is filed under a user', () => {
    const minted = [
      call({ action: 'token-created', mints: 'token/77' }),
      call({ action: 'token-created', mints: 'token/78' }),
    ];
    const made = (listing: Listing) => read('audit', minted, listing).uses.map(({ credential }) => credential);
    expect(made('all')).toEqual(['token/77', 'token/78']);
    expect(made('managed')).toEqual(['token/78']);
  });

  it('have the ids of the same events streamed, and come minutes later', () => {
    const added = [call({ action: 'member-added' })];
    const [saved] = read('audit', added).uses;
    expect(saved?.eventId).toBe(read('stream', added).uses[0]?.eventId);
    expect(read('audit', added, 'all', NOON + 59_000).uses).toEqual([]);
    expect(read('audit', added, 'all', NOON + 3 * MINUTE).uses).toHaveLength(1);
  });

  it('have nothing of what was turned away', () => {
    expect(read('audit', [call({ action: 'member-added', refusal: 'insufficient_scope' })]).uses).toEqual([]);
  });
});
