import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../functions/core/time.ts';
import { arrayAt, objectAt } from '../../infra/local/json.ts';
import { emptyWorld, withSpike, withTokenUse } from '../../infra/local/scenario/builders.ts';
import { BOT, movableClock, openScene, QUIET_BOT, spikeWithIntruder } from './support.ts';

describe('a later look', { timeout: 60_000 }, () => {
  it('pages once for what GitLab showed late', async () => {
    const clock = movableClock();
    const start = clock.now();
    const spike = withSpike(emptyWorld(start), { addresses: [QUIET_BOT, BOT] });
    const world = withTokenUse(spike, {
      tokenId: 4711,
      address: BOT,
      at: start - 5 * MINUTE,
      audit: ['project_created', 'deploy_key_added'],
      visibleFrom: start + 8 * MINUTE,
    });
    await using scene = await openScene({ world, clock });
    scene.after('Query GitLab', (look) => {
      if (look === 2) clock.forward(10 * MINUTE);
    });
    const { output } = await scene.investigate();
    expect(scene.looks().map(({ verdict }) => verdict)).toEqual([
      'not-observed',
      'not-observed',
      'probable',
      'probable',
    ]);
    expect(output).toMatchObject({ decision: { page: true }, counts: { findings: 1 } });
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(objectAt(objectAt(page, 'payload'), 'custom_details')).toMatchObject({
      look: 3,
      kind: 'page',
      credential_ids: ['token/4711'],
    });
  });

  it('pages once for what happened after the look before', async () => {
    const world = spikeWithIntruder();
    const [stolen] = world.gitlab.tokens.filter(({ id }) => id === 4711);
    const uses = stolen?.uses.splice(0) ?? [];
    const events = world.gitlab.auditEvents.splice(0);
    await using scene = await openScene({ world });
    scene.after('Query GitLab', (look) => {
      if (look !== 1) return;
      stolen?.uses.push(...uses);
      world.gitlab.auditEvents.push(...events);
    });
    await scene.investigate();
    expect(scene.looks().map(({ verdict }) => verdict)).toEqual(['not-observed', 'probable', 'probable', 'probable']);
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(objectAt(objectAt(page, 'payload'), 'custom_details')).toMatchObject({ look: 2, kind: 'page' });
  });

  it('pages once for what Cloudflare showed late', async () => {
    const world = spikeWithIntruder();
    const [zone] = world.cloudflare.zones;
    const requests = zone?.requests.splice(0) ?? [];
    const events = zone?.events.splice(0) ?? [];
    await using scene = await openScene({ world });
    scene.after('Join and score', (look) => {
      if (look !== 3) return;
      zone?.requests.push(...requests);
      zone?.events.push(...events);
    });
    await scene.investigate();
    expect(scene.looks()).toMatchObject([
      { counts: { sightings: 0 }, decision: { page: false } },
      { counts: { sightings: 0 }, decision: { page: false } },
      { counts: { sightings: 0 }, decision: { page: false } },
      { counts: { sightings: 2 }, decision: { page: true } },
    ]);
    const [page, ...more] = scene.pages();
    expect(more).toEqual([]);
    expect(objectAt(objectAt(page, 'payload'), 'custom_details')).toMatchObject({ look: 4, kind: 'page' });
  });

  it('adds new evidence about a paged credential to its alert, and pages anew for another credential', async () => {
    const start = Date.now();
    const world = spikeWithIntruder(start);
    const more = withTokenUse(world, {
      tokenId: 4711,
      address: BOT,
      at: start - 4 * MINUTE,
      audit: ['member_created'],
    });
    const other = {
      tokenId: 4712,
      address: BOT,
      at: start - 3 * MINUTE,
      audit: ['project_created', 'release_created'],
    };
    const second = withTokenUse(more, other);
    await using scene = await openScene({ world });
    scene.after('Query GitLab', (look) => {
      const { auditEvents, tokens, users } = world.gitlab;
      if (look === 1) auditEvents.push(...more.gitlab.auditEvents.slice(auditEvents.length));
      if (look !== 2) return;
      auditEvents.push(...second.gitlab.auditEvents.slice(auditEvents.length));
      tokens.push(...second.gitlab.tokens.slice(tokens.length));
      users.push(...second.gitlab.users.slice(users.length));
    });
    const { output } = await scene.investigate();
    const [incidentId, ...others] = arrayAt(output, 'incidentIds');
    expect(others).toEqual([]);
    expect(
      scene.pages().map(({ dedup_key, payload }) => ({
        dedup_key,
        ...objectAt(objectAt({ payload }, 'payload'), 'custom_details'),
      })),
    ).toMatchObject([
      { dedup_key: `${incidentId}/1`, look: 1, kind: 'page', credential_ids: ['token/4711'] },
      { dedup_key: `${incidentId}/1`, look: 2, kind: 'update', credential_ids: ['token/4711'] },
      { dedup_key: `${incidentId}/2`, look: 3, kind: 'page' },
    ]);
  });
});
