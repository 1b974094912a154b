import { describe, expect, it } from 'vitest';
import type { NetworkEvidence } from '../../../functions/core/score/network-evidence.ts';
import { sharedEgress } from '../../../functions/core/score/shared-egress.ts';
import { credential, match, tokenUse } from '../../support/evidence.ts';
import { AMONG_MACHINES, AMONG_PEOPLE, networkEvidence, WEIGHT } from './network-evidence.ts';

const PERSON = { credential: credential() };
const BOT = { credential: credential({ owner: { id: 90, bot: true } }) };
const JOB = { credential: credential({ kind: 'ci-job' }) };

describe('a network that was learned to be shared', () => {
  const points = (given: Parameters<typeof networkEvidence>[0]) =>
    sharedEgress(networkEvidence(given), -WEIGHT)?.points ?? 0;

  it('lowers most for machines among machines, then for people among people, then for whoever is among others', () => {
    const amongPeople = points({ ...PERSON, ...AMONG_PEOPLE });
    expect(points({ ...BOT, ...AMONG_MACHINES })).toBe(-WEIGHT);
    expect(points({ ...JOB, ...AMONG_MACHINES })).toBe(-WEIGHT);
    expect(amongPeople).toBeGreaterThan(-WEIGHT);
    const amongOthers = points({ ...PERSON, ...AMONG_MACHINES });
    expect(amongOthers).toBeGreaterThan(amongPeople);
    expect(amongOthers).toBeLessThan(0);
    for (const machine of [BOT, JOB]) expect(points({ ...machine, ...AMONG_PEOPLE })).toBe(amongOthers);
  });

  it('takes whoever makes a machine’s token for a person, and one act among others for enough', () => {
    const [made, used] = [match({ use: tokenUse({ strength: 'minted' }) }), match()];
    const among = (where: typeof AMONG_PEOPLE, matches: NetworkEvidence['matches']) =>
      points({ ...BOT, ...where, matches });
    const amongOthers = points({ ...PERSON, ...AMONG_MACHINES });
    expect(among(AMONG_PEOPLE, [made])).toBe(points({ ...PERSON, ...AMONG_PEOPLE }));
    expect(among(AMONG_MACHINES, [made])).toBe(amongOthers);
    for (const where of [AMONG_PEOPLE, AMONG_MACHINES]) expect(among(where, [made, used])).toBe(amongOthers);
  });

  it('is told with who shares it, and who does not belong there', () => {
    const told = (given: Parameters<typeof networkEvidence>[0]) =>
      sharedEgress(networkEvidence(given), -WEIGHT)?.sentence;
    expect(told(AMONG_PEOPLE)).toBe('9 owners (5 people) used this network on 4 days before.');
    expect(told(AMONG_MACHINES)).toBe(
      '9 owners (4 people) used this network on 4 days before. It is a person on a network of machines.',
    );
    expect(told({ ...BOT, ...AMONG_PEOPLE })).toContain('It is a machine on a network of people.');
  });

  it('says nothing of any other, and leaves what is listed to knownEgress', () => {
    expect(sharedEgress(networkEvidence(), -WEIGHT)).toBeUndefined();
    expect(sharedEgress(networkEvidence({ ...AMONG_PEOPLE, knownEgress: true }), -WEIGHT)).toBeUndefined();
  });
});
