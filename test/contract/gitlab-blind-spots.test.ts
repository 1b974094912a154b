import { describe, expect, it } from 'vitest';
import { read } from './support/gitlab-reading.ts';
import { event, row, SAAS } from './support/gitlab-rows.ts';
import { FORBIDDEN, type Reply } from './support/gitlab-server.ts';
import { newKept } from './support/gitlab-setup.ts';
import { answersOf, EMPTY_SITE, type Site } from './support/gitlab-site.ts';

const site: Site = { ...EMPTY_SITE, tokens: [row(11), row(12)], events: { '': [event(30)] } };

describe('tokens that record no address', () => {
  it.each([
    ['missing', undefined],
    ['empty', []],
    ['null', null],
    ['not readable', ['unknown', null]],
  ])('make the inventory partial where the addresses are %s', async (_, last_used_ips) => {
    const { inventory } = await read({ ...site, tokens: [row(11), row(12, { last_used_ips })] });
    expect(inventory.coverage).toMatchObject({ status: 'partial', counts: { withoutIps: 1 } });
    expect(inventory.coverage.why).toEqual([expect.stringMatching(/^1 of 2 tokens .*record no address/)]);
  });

  it('leave it whole where they were never used', async () => {
    const all = answersOf(site);
    const unused = row(13, { last_used_at: null, last_used_ips: [] });
    const { inventory } = await read((asked) => {
      const isList = asked.path === 'personal_access_tokens' && !asked.query.has('user_id');
      return isList ? { body: [row(11), unused] } : all(asked);
    });
    expect(inventory.coverage).toMatchObject({ status: 'complete', why: [], counts: { withoutIps: 0 } });
  });
});

describe('an instance that refuses its audit events', () => {
  const all = answersOf({ ...site, events: { 'groups/1': [event(30)] } });

  it('shows those of groups, and says what they leave out and which right is missing', async () => {
    const kept = newKept();
    const { audit } = await read((asked) => (asked.path === 'audit_events' ? FORBIDDEN : all(asked)), { kept });
    expect(audit.coverage).toMatchObject({ status: 'partial', counts: { events: 1 } });
    const [why] = audit.coverage.why;
    for (const part of ['403', 'events of users', 'groups not owned', "administrator's token", 'read_api']) {
      expect(why).toContain(part);
    }
    // Whoever grants the right need not wait for a day.
    expect([...kept.cached.keys()].filter((key) => key.startsWith('gitlab-deployment'))).toEqual([]);
  });
});

describe('groups that were not all found', () => {
  const all = answersOf({ ...SAAS, tier: 'premium' });
  const owned = (reply: (link: string) => Reply) =>
    read((asked) => (asked.path === 'groups' ? reply(`${asked.origin}/api/v4/groups?page=2`) : all(asked)), {
      groups: [],
    });

  it('make both sources partial where there are more than are asked for', async () => {
    const { inventory, audit } = await owned((link) => ({
      body: [{ id: 1 }],
      headers: { link: `<${link}>; rel="next"` },
    }));
    for (const { coverage } of [inventory, audit]) {
      expect(coverage.status).toBe('partial');
      expect(coverage.why.join(' ')).toContain('were not all listed (only the first 1 pages were read)');
    }
  });

  it('leave no audit events, which is not the same as none being offered', async () => {
    const { audit } = await owned(() => ({ status: 503, text: '' }));
    expect(audit.coverage).toMatchObject({ status: 'unavailable', why: [expect.stringContaining('503')] });
  });
});

describe('what GitLab says in a way that cannot be read', () => {
  it('makes a source partial', async () => {
    const { inventory, audit } = await read({
      ...site,
      tokens: [row(11), { ...row(12), scopes: 'api' }],
      events: { '': [event(30), event(31, { created_at: 'yesterday' })] },
    });
    expect(inventory.coverage.why).toEqual(['1 rows of token lists could not be read and were left out.']);
    expect(audit.coverage.why).toEqual(['1 rows of audit event lists could not be read and were left out.']);
  });

  it('is every address where no event has one', async () => {
    const events = { '': [event(30, { details: { ip_address: null } }), event(31, { details: {} })] };
    const { audit } = await read({ ...site, events });
    expect(audit.coverage).toMatchObject({ status: 'partial', why: [expect.stringContaining('No audit event')] });
  });
});
