import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../functions/core/time.ts';
import { EvidenceGapError } from '../../functions/runtime/errors.ts';
import { read, serve } from './support/gitlab-reading.ts';
import { BOT, BOT_EVENT, row } from './support/gitlab-rows.ts';
import { type Answer, TOKEN } from './support/gitlab-server.ts';
import { NOW, newKept, testClock, testSources, WINDOW } from './support/gitlab-setup.ts';
import { answersOf, EMPTY_SITE } from './support/gitlab-site.ts';

describe('GitLab that gives no answer', () => {
  it.each<[string, Answer, string]>([
    ['refuses our token', () => ({ status: 401, body: { message: '401 Unauthorized' } }), 'latchkey/gitlab'],
    ['is down', () => ({ status: 503, text: 'down' }), '503'],
    ['answers web pages', () => ({ text: '<html>' }), 'no JSON'],
    [
      'redirects elsewhere',
      () => ({ status: 302, text: '', headers: { location: 'https://example.invalid/' } }),
      'gitlab.url',
    ],
  ])('because it %s is unavailable, not clean', async (_, answer, why) => {
    const { inventory, audit, own } = await read(answer);
    for (const { coverage } of [inventory, audit]) {
      expect(coverage.status).toBe('unavailable');
      expect(coverage.why.join(' ')).toContain(why);
      expect(coverage.why.join(' ')).not.toContain(TOKEN);
    }
    expect(own).toBeUndefined();
  });

  it('for its token list still has its audit events, with bots as people', async () => {
    const all = answersOf({ ...EMPTY_SITE, tokens: [BOT], events: { '': [BOT_EVENT] } });
    const { inventory, audit } = await read((asked) =>
      asked.path === 'personal_access_tokens' && !asked.query.has('user_id') ? { status: 500, text: '' } : all(asked),
    );
    expect(inventory.coverage.status).toBe('unavailable');
    expect(audit.uses).toEqual([expect.objectContaining({ credential: 'user/50', strength: 'acted' })]);
    expect(audit.coverage.status).toBe('partial');
  });

  it('reads on after 401 with a token that was renewed meanwhile', async () => {
    const server = await serve(answersOf({ ...EMPTY_SITE, tokens: [row(11)] }));
    const tokens = ['glpat-old', TOKEN];
    const token = async (options?: { fresh: boolean }) => {
      if (options?.fresh) tokens.shift();
      return tokens[0] ?? '';
    };
    const { sources } = testSources(server.url, testClock(), newKept(), { token });
    const inventory = await sources[0]?.read({ window: WINDOW, deadline: NOW + MINUTE });
    expect(inventory?.coverage.status).toBe('complete');
  });
});

describe('a snapshot that was kept and lost', () => {
  it('counts as none, is said, and is kept anew', async () => {
    const kept = newKept();
    const load = async (): Promise<never> => {
      throw new EvidenceGapError('stored document inventory snapshot is not whole');
    };
    const lost = { ...kept, snapshots: { ...kept.snapshots, load } };
    const { inventory } = await read({ ...EMPTY_SITE, tokens: [row(11)] }, { kept: lost });
    expect(inventory.uses).not.toEqual([]);
    expect(inventory.coverage.status).toBe('partial');
    expect(inventory.coverage.why).toEqual([expect.stringContaining('What earlier readings kept could not be read')]);
    expect(kept.state.snapshot?.credentials).toHaveProperty('token/11');
  });
});
