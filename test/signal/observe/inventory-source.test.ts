import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import type { SimCredential } from '../truth.ts';
import { observe } from './observe.ts';
import { around, BOT, call, credential, mix, NOON, OWN, PERSON, STRANGER, story } from './small-story.ts';

const MANAGED = credential({ id: 'token/43', owner: { id: 8 }, enterprise: true });
const SERVICE = credential({ id: 'token/44', kind: 'service-account', owner: { id: 91, bot: true } });

function seenBy(name: string): string[] {
  const credentials: SimCredential[] = [PERSON, BOT, OWN, MANAGED, SERVICE];
  const calls = credentials.map(({ id, owner }) => call({ credential: id, owner: owner.id, action: 'clone' }));
  const { uses } = observe(story({ organisation: { credentials }, calls }), mix(name)).readGitlab(
    around(NOON),
    NOON + HOUR,
  );
  const listed = uses.filter(({ sources }) => sources.includes('inventory'));
  return [...new Set(listed.map(({ credential }) => credential))].sort();
}

describe('the inventory', () => {
  it('bounds a new address by the readings of the hour before and after it', () => {
    const calls = [call({ from: NOON - 5 * HOUR, address: '192.0.2.9' }), call({ from: NOON + 20 * MINUTE })];
    const seen = observe(story({ calls }), mix('gitlab-com-ultimate'));
    const self = observe(story({ calls }), { name: 'x', title: 'x', gitlab: 'self-managed', sources: ['inventory'] });
    expect(seen.readGitlab(around(NOON), NOON + 70 * MINUTE).uses).toEqual([]);
    const { uses, credentials } = self.readGitlab({ start: NOON, end: NOON + HOUR }, NOON + 70 * MINUTE);
    const use = uses.find(({ address }) => address === STRANGER);
    expect(use?.at).toEqual({ notBefore: NOON + 10 * MINUTE, notAfter: NOON + 30 * MINUTE });
    expect(use?.strength).toBe('used');
    expect(credentials[0]).toMatchObject({ id: PERSON.id, knownNetworks: ['192.0.2.9'], active: true });
  });

  it('is read by the hourly rule also where no case asks', () => {
    const moving = [0, 1, 2, 3, 4, 5].map((n) => call({ from: NOON + n * 2 * HOUR, address: `203.0.113.${n + 1}` }));
    const seen = observe(story({ calls: moving }), mix('self-managed-logs'));
    const { credentials } = seen.readGitlab(around(NOON + 12 * HOUR, 120), NOON + 14 * HOUR);
    // Six addresses in turn: a list alone remembers five of them.
    expect(credentials[0]?.knownNetworks).toContain('203.0.113.1');
  });

  it('shows every token to an instance, managed ones to Ultimate, and project tokens to Premium; always our own', () => {
    expect(seenBy('self-managed-logs')).toEqual(['token/1', 'token/42', 'token/43', 'token/44', 'token/50']);
    expect(seenBy('gitlab-com-ultimate')).toEqual(['token/1', 'token/43', 'token/44', 'token/50']);
    expect(seenBy('gitlab-com-premium')).toEqual(['token/1', 'token/50']);
  });

  it('says of a revoked token that it is, from then on', () => {
    const revoked = credential({ id: 'token/60', revokedAt: NOON + 30 * MINUTE });
    const told = story({ organisation: { credentials: [revoked] }, calls: [call({ credential: 'token/60' })] });
    const seen = observe(told, mix('self-managed-logs'));
    const at = (now: number) => seen.readGitlab(around(NOON), now).credentials[0];
    expect(at(NOON + 20 * MINUTE)).toMatchObject({ active: true, revoked: false });
    expect(at(NOON + 40 * MINUTE)).toMatchObject({ active: false, revoked: true });
  });
});
