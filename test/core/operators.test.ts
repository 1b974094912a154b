import { describe, expect, it } from 'vitest';
import { operatorsOf } from '../../functions/core/operators.ts';
import { DAY, HOUR, instant } from '../../functions/core/time.ts';
import { credential, NOON, sighting, tokenUse } from '../support/evidence.ts';

const PERSON = credential();
const BOT = credential({ id: 'token/50', kind: 'project', owner: { id: 90, bot: true } });
const JOB = credential({ id: 'job/9', kind: 'ci-job' });
const CREDENTIALS = [PERSON, BOT, JOB];
const { asn: _, ...NAMELESS } = sighting();

describe('operators of the networks that uses came from', () => {
  it.each([
    ['a person', tokenUse(), { owner: 'user/7', machine: false }],
    [
      'a person in a session',
      tokenUse({ credential: 'user/8', strength: 'acted' }),
      { owner: 'user/8', machine: false },
    ],
    ['a bot', tokenUse({ credential: BOT.id }), { owner: 'bot/90', machine: true }],
    ['a job', tokenUse({ credential: JOB.id }), { owner: 'jobs/7', machine: true }],
    ['whom nobody described', tokenUse({ credential: 'token/9' }), { owner: 'token/9', machine: false }],
  ])('are those of %s', (_who, use, who) => {
    expect(operatorsOf([use], CREDENTIALS, [sighting()])).toEqual([{ ...who, asn: 64500, at: use.at }]);
  });

  it.each([
    ['of what was turned away', tokenUse({ strength: 'refused' }), sighting()],
    ['of what no single day is known of', tokenUse({ at: { notBefore: NOON - DAY - 1, notAfter: NOON } }), sighting()],
    ['where Cloudflare named none', tokenUse(), NAMELESS],
    ['of another address of the network', tokenUse({ address: '203.0.113.8', network: '203.0.113.7' }), sighting()],
  ])('are not %s', (_what, use, seen) => {
    expect(operatorsOf([use], CREDENTIALS, [seen])).toEqual([]);
  });

  it('are one a day, of each owner and operator', () => {
    const elsewhere = { address: '198.51.100.9' };
    const uses = [0, 1, 2].flatMap((hours) => [
      tokenUse({ at: instant(NOON - hours * HOUR) }),
      tokenUse({ at: instant(NOON - hours * HOUR), ...elsewhere }),
    ]);
    const yesterday = tokenUse({ at: instant(NOON - DAY) });
    const sightings = [sighting(), NAMELESS, sighting({ ...elsewhere, asn: 64501 })];
    const found = operatorsOf([...uses, yesterday], CREDENTIALS, sightings);
    expect(found.map(({ asn, at }) => [asn, Math.floor(at.notAfter / DAY) - Math.floor(NOON / DAY)])).toEqual([
      [64500, 0],
      [64501, 0],
      [64500, -1],
    ]);
  });
});
