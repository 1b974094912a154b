import { describe, expect, it } from 'vitest';
import { actions } from '../../../functions/core/score/actions.ts';
import type { SensitiveAction } from '../../../functions/core/sensitive-actions.ts';
import { credential, habits, match, tokenUse } from '../../support/evidence.ts';
import { accustomed, NETWORK, networkEvidence, WEIGHT } from './network-evidence.ts';

const READ = 'variable_viewed_api';
const MINTED = 'personal_access_token_created';
const MEMBER = 'member_created';

/** What is made of these events by a credential with such habits, or with no history. */
function scored(events: readonly string[], usual?: readonly SensitiveAction[]) {
  const matches = events.map((action) => match({ use: tokenUse({ action }) }));
  const history = usual === undefined ? {} : accustomed({ actions: usual });
  return actions(networkEvidence({ matches, ...history }), WEIGHT);
}

describe('what takes secrets or makes sure to stay', () => {
  it.each([
    ['one kind may be a coincidence', [READ], 33],
    ['the same kind twice is still one', [READ, READ], 33],
    ['two kinds are a plan', [READ, MINTED], 90],
    ['three are all there is', [READ, MINTED, MEMBER], 100],
    ['and so are more', [READ, MINTED, MEMBER, 'webhook_created', 'deploy_key_added'], 100],
  ])('counts by its kinds: %s', (_what, events, points) => {
    expect(scored(events)?.points).toBe(points);
    expect(scored(events, [])?.points).toBe(points);
  });

  it.each([
    ['nothing of its only habit', [READ], ['variables-read'], 0, 'variables-read'],
    ['what it did not do before', [READ, MINTED], ['variables-read'], 33, 'token-minted'],
    ['both that it did not do before', [READ, MINTED, MEMBER], ['member-added'], 90, 'variables-read token-minted'],
    ['half where such things are its work', [READ], ['token-minted', 'member-added'], 16.5, 'variables-read'],
    ['half of two, too', [READ, 'deploy_key_added'], ['token-minted', 'member-added'], 45, 'variables-read key-added'],
  ] as const)('counts beside its habits %s', (_what, events, usual, points, input) => {
    expect(scored(events, usual)).toMatchObject({ points, input });
  });

  it.each([
    ['a bot', { owner: { id: 90, bot: true } }, 50],
    ['a job', { kind: 'ci-job' }, 50],
    ['a person', {}, 100],
  ] as const)('counts half for machines where they always work: %s', (_who, given, percent) => {
    const matches = [READ, MINTED, MEMBER].map((action) => match({ use: tokenUse({ action }) }));
    const points = (networkDays: Readonly<Record<string, number>>) =>
      actions(
        networkEvidence({ matches, credential: credential({ habits: habits({ networkDays }), ...given }) }),
        WEIGHT,
      )?.points;
    expect(points({ [NETWORK]: 1 })).toBe(percent);
    expect(points({})).toBe(100);
  });

  it('is nothing where no such thing was done, or it was turned away', () => {
    expect(scored(['push'])).toBeUndefined();
    const refused = match({ use: tokenUse({ strength: 'refused', action: READ }) });
    expect(actions(networkEvidence({ matches: [refused] }), WEIGHT)).toBeUndefined();
  });

  it('is told in words, with what is known of before', () => {
    const told = 'From there it, or its owner, read CI/CD variables, made or rotated a token and added a member';
    expect(scored([MINTED, MEMBER, READ])?.sentence).toBe(`${told}.`);
    expect(scored([MINTED, MEMBER, READ], [])?.sentence).toBe(`${told}, which was not done before.`);
    expect(scored([READ], ['variables-read'])?.sentence).toBe(
      'From there it, or its owner, read CI/CD variables, as on other days.',
    );
  });

  it('counts for half where somebody new works among colleagues, of whose habits nobody knows yet', () => {
    const matches = [match({ use: tokenUse({ action: MINTED }) })];
    const office = { sharedEgress: { owners: 20, people: 18, days: 9 } };
    const scoredThere = (days: number, shared: object = office) =>
      actions(networkEvidence({ matches, credential: credential({ habits: habits({ days }) }), ...shared }), 100)
        ?.points;
    expect(scoredThere(4)).toBe(16.5);
    expect(scoredThere(5)).toBe(33);
    expect(scoredThere(4, {})).toBe(33);
    expect(actions(networkEvidence({ matches, ...office }), 100)?.points).toBe(16.5);
  });
});
