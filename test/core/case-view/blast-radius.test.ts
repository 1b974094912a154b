import { describe, expect, it } from 'vitest';
import { blastRadius } from '../../../functions/core/case-view/blast-radius.ts';
import { expiryWords, livenessWords, ownerName, roleName } from '../../../functions/core/case-view/credential-words.ts';
import { addressesOf } from '../../../functions/core/finding-addresses.ts';
import { DAY, HOUR } from '../../../functions/core/time.ts';
import type { Credential } from '../../../functions/core/token-use.ts';
import { credential, finding, match, NOON, tokenUse } from '../../support/evidence.ts';

function of(overrides: Partial<Credential>): string {
  return blastRadius(credential(overrides), NOON);
}

describe('the blast radius', () => {
  it('says what the key opens, as whom, and until when', () => {
    expect(of({ expiresAt: NOON + 200 * DAY })).toBe(
      'Whoever holds it can read and write everything its owner can, as sam. It ends by itself only on 2031-11-22, 200 days from now.',
    );
  });

  it('says that a listed token without an expiry never ends, and that of another it is not known', () => {
    expect(of({})).toContain('It never expires: it works until somebody revokes it.');
    const { createdAt, ...undescribed } = credential();
    expect(blastRadius(undescribed, NOON)).toContain('When it ends is not known: it may never.');
  });

  it('tells the role and the place of a bot', () => {
    const text = of({
      kind: 'project',
      scopes: ['write_repository'],
      owner: { id: 9, username: 'project_12_bot', bot: true },
      accessLevel: 40,
      resource: 'acme/shop',
    });
    expect(text).toContain(
      'read and change code over git, as the bot project_12_bot with the Maintainer role in project acme/shop.',
    );
  });

  it('counts unknown scopes as the worst, and an empty list as nothing', () => {
    const { scopes, ...unknown } = credential();
    expect(blastRadius(unknown, NOON)).toContain('count on everything its owner can');
    expect(blastRadius({ id: 'deploy-token/7', kind: 'deploy-token' }, NOON)).not.toContain('owner');
    expect(of({ scopes: [] })).toContain('can do nothing: it has no scope');
    expect(of({ scopes: ['brand_new'] })).toContain(
      'do what its scope brand_new allows, which this version does not know',
    );
  });

  it('leaves out what api grants anyway, and never what it does not', () => {
    const text = of({ scopes: ['read_user', 'api', 'self_rotate', 'read_api'] });
    expect(text).not.toContain('profile');
    expect(text).toContain('read and write everything its owner can and rotate itself');
  });

  it('counts the scopes that it does not tell', () => {
    expect(of({ scopes: ['read_user', 'read_registry', 'read_repository', 'read_api', 'mcp'] })).toContain(
      'and what 2 further scopes allow',
    );
  });

  it.each([
    [{ revoked: true }, 'It is revoked'],
    [{ expiresAt: NOON }, 'It expired on 2031-05-06'],
    [{ active: false }, 'GitLab says that it is not active'],
  ])('says first that a dead key opens nothing any more: %o', (overrides, start) => {
    expect(of(overrides).startsWith(start)).toBe(true);
    expect(of(overrides)).toContain('Whoever held it could');
  });

  it('counts on all that a person can do where nothing says with which credential they acted', () => {
    const text = of({ id: 'user/7', kind: 'user', owner: { id: 7, username: 'sam', admin: true } });
    expect(text).toBe(
      'Nothing says with which credential sam acted: count on everything that sam, an instance administrator, can do.',
    );
  });

  it('never throws on times that no date can hold', () => {
    expect(of({ expiresAt: 1e300 })).toContain('unknown');
  });
});

describe('words for a credential', () => {
  it('knows the roles of GitLab, and names the number of another', () => {
    expect([10, 15, 20, 25, 30, 40, 50, 61].map(roleName)).toEqual([
      'Guest',
      'Planner',
      'Reporter',
      'Security Manager',
      'Developer',
      'Maintainer',
      'Owner',
      'role 61',
    ]);
  });

  it('tells no expiry from an unknown one', () => {
    expect(expiryWords(credential(), NOON)).toContain('Never');
    const { createdAt, ...undescribed } = credential();
    expect(expiryWords(undescribed, NOON)).toContain('Not known');
    expect(expiryWords(credential({ expiresAt: NOON + HOUR }), NOON)).toContain('within a day');
  });

  it('does not take silence about its state for activity', () => {
    const { active, ...silent } = credential();
    expect(livenessWords(finding({ credential: silent }), NOON)).toBe('Not known.');
  });

  it('does not call a key harmless that may have expired only after it was seen', () => {
    const expired = credential({ expiresAt: NOON - HOUR });
    const words = (notBefore: number) => {
      const addresses = addressesOf([match({ use: tokenUse({ at: { notBefore, notAfter: NOON } }) })]);
      return livenessWords(finding({ credential: expired, addresses }), NOON);
    };
    expect(words(NOON - HOUR)).toBe('Expired: it opens nothing any more.');
    expect(words(NOON - DAY)).toBe('Expired by now; when it was seen it may still have worked.');
    expect(livenessWords({ credential: expired, addresses: [] }, NOON)).toContain('may still have worked');
  });

  it('keeps the random name of a bot readable, and takes a secret out of a name a person chose', () => {
    const random = 'group_3_bot_0123456789abcdef0123456789abcdef';
    expect(ownerName(credential({ owner: { id: 1, username: random, bot: true } }))).toBe(random);
    expect(ownerName(credential({ owner: { id: 1, username: 'glpat-aaaaaaaaaaaaaaaaaaaa' } }))).toBe('[redacted]');
    expect(ownerName(credential({ owner: { id: 1 } }))).toBe('user 1');
  });
});
