import { describe, expect, it } from 'vitest';
import { DAY, MINUTE } from '../../../../functions/core/time.ts';
import {
  emptyWorld,
  withHostUsingManyTokens,
  withSpike,
  withTokenUse,
} from '../../../../infra/local/scenario/builders.ts';
import { nodesOf } from '../../../../infra/local/scenario/capabilities.ts';
import { START } from './asking.ts';

describe('worlds for a test', () => {
  it('start with nothing but our own token', () => {
    const { cloudflare, gitlab } = emptyWorld(START);
    expect(cloudflare.zones.flatMap(({ requests, events }) => [...requests, ...events])).toEqual([]);
    expect(gitlab.tokens.map(({ id }) => id)).toEqual([gitlab.ownTokenId]);
    expect(gitlab.users.find(({ id }) => id === gitlab.tokens[0]?.userId)?.admin).toBe(true);
  });

  it('leave the world they build on as it was', () => {
    const before = emptyWorld(START);
    const copy = structuredClone(before);
    withSpike(before, { addresses: ['198.18.0.1'] });
    withTokenUse(before, { address: '198.18.0.1', at: START, audit: ['member_created'] });
    expect(before).toEqual(copy);
  });

  it('fill the ten minutes before the alert with bot requests, each challenged', () => {
    const [zone] = withSpike(emptyWorld(START), { addresses: ['198.18.0.1', '198.18.0.2'] }).cloudflare.zones;
    expect(zone?.requests).toHaveLength(20);
    expect(zone?.events).toHaveLength(20);
    for (const { at, botScore } of zone?.requests ?? []) {
      expect(at).toBeGreaterThanOrEqual(START - 12 * MINUTE);
      expect(at).toBeLessThan(START - 2 * MINUTE);
      expect(botScore).toBeGreaterThanOrEqual(1);
      expect(botScore).toBeLessThan(30);
    }
  });

  it('let one token be used more than once, by one owner', () => {
    let world = withTokenUse(emptyWorld(START), { tokenId: 9, address: '192.0.2.1', at: START - DAY, kind: 'project' });
    world = withTokenUse(world, {
      tokenId: 9,
      address: '198.18.0.1',
      at: START,
      audit: ['issue_created_by_project_bot'],
    });
    const made = world.gitlab.tokens.filter(({ id }) => id === 9);
    expect(made.map(({ uses }) => uses.map(({ address }) => address))).toEqual([['192.0.2.1', '198.18.0.1']]);
    expect(world.gitlab.users.filter(({ bot }) => bot)).toHaveLength(1);
    expect(world.gitlab.auditEvents).toMatchObject([{ authorId: made[0]?.userId, address: '198.18.0.1', at: START }]);
  });

  it('put twenty tokens with a past elsewhere on one new host', () => {
    const { gitlab } = withHostUsingManyTokens(emptyWorld(START), '198.18.0.1', START - 5 * MINUTE);
    const there = gitlab.tokens.filter(({ uses }) => uses.some(({ address }) => address === '198.18.0.1'));
    expect(there).toHaveLength(20);
    expect(new Set(there.map(({ userId }) => userId)).size).toBe(20);
    for (const { uses } of there) {
      expect(uses).toHaveLength(2);
      expect(uses[0]?.at).toBeLessThan(START - 2 * DAY);
    }
  });

  it('offer what a plan includes', () => {
    const free = nodesOf('free', false);
    const enterprise = nodesOf('enterprise', true);
    expect(free.firewallEventsAdaptive.availableFields).not.toContain('botScore');
    expect(enterprise.firewallEventsAdaptive.availableFields).toContain('botScore');
    expect(enterprise.httpRequestsAdaptiveGroups.availableFields).toContain('dimensions_ja4');
    expect(nodesOf('business', false).httpRequestsAdaptiveGroups.availableFields).toContain('dimensions_clientAsn');
  });
});
