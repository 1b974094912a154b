import { describe, expect, it } from 'vitest';
import { novelty } from '../../../functions/core/score/novelty.ts';
import { credential } from '../../support/evidence.ts';
import { AMONG_MACHINES, AMONG_PEOPLE, accustomed, NETWORK, networkEvidence, WEIGHT } from './network-evidence.ts';

const BOT = { owner: { id: 90, bot: true } };
const JOB = { kind: 'ci-job' } as const;

describe('a network that is new for a credential', () => {
  it('counts more the longer its history is', () => {
    const points = [1, 2, 5, 30].map((days) => novelty(networkEvidence(accustomed({ days })), WEIGHT)?.points);
    expect(points).toEqual([20, 40, 100, 100]);
  });

  it.each([
    ['in full where the token list knows others', { credential: credential({ knownNetworks: [] }) }, 'new', 100],
    ['not where the token list knows it', { credential: credential({ knownNetworks: [NETWORK] }) }, 'recent', 0],
    ['not without any history', { credential: credential() }, 'no-history', 0],
    ['whoever its operator is', accustomed({ asnDays: { 64500: 9 } }), 'new', 100],
    ['where people share it and a person is new there', { ...accustomed(), ...AMONG_PEOPLE }, 'new', 100],
    ['where machines share it and a person is new there', { ...accustomed(), ...AMONG_MACHINES }, 'new', 100],
  ])('counts %s', (_what, given, input, points) => {
    expect(novelty(networkEvidence(given), WEIGHT)).toMatchObject({ input, points });
  });

  it('says nothing of one that it or its owner worked from on an earlier day', () => {
    expect(novelty(networkEvidence(accustomed({ networkDays: { [NETWORK]: 1 } })), WEIGHT)).toBeUndefined();
  });

  it.each([
    ['bot', BOT],
    ['job', JOB],
  ])('is nothing new for a %s among machines', (_what, machine) => {
    const scored = (where: Parameters<typeof networkEvidence>[0]) =>
      novelty(networkEvidence({ credential: { ...accustomed().credential, ...machine }, ...where }), WEIGHT);
    expect(scored(AMONG_MACHINES)).toMatchObject({ input: 'shared', points: 0 });
    expect(scored(AMONG_PEOPLE)).toMatchObject({ input: 'new', points: WEIGHT });
    expect(scored({})).toMatchObject({ input: 'new', points: WEIGHT });
  });

  it('is told with the days that say so', () => {
    const sentences = [1, 9].map((days) => novelty(networkEvidence(accustomed({ days })), WEIGHT)?.sentence);
    expect(sentences).toEqual([
      'Neither it nor its owner was seen from this network before, in 1 day of history.',
      'Neither it nor its owner was seen from this network before, in 9 days of history.',
    ]);
  });
});
