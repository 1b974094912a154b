import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../functions/core/time.ts';
import { observable } from './observable.ts';
import { observe } from './observe.ts';
import { around, BOT, call, GITLAB_HOST, mix, NOON, STRANGER, scrape, story } from './small-story.ts';

const LATER = NOON + 70 * MINUTE;

describe('a reading of GitLab', () => {
  const told = story({ calls: [call({ credential: BOT.id, owner: 90, action: 'member-added' })] });

  it('is one use where four sources saw one, with what each knows of the credential', () => {
    const { uses, credentials, coverage, ownCredential } = observe(told, mix('all')).readGitlab(around(NOON), LATER);
    expect(uses).toHaveLength(1);
    expect(uses[0]).toMatchObject({
      credential: BOT.id,
      sources: ['logs', 'stream', 'inventory', 'audit'],
      action: 'member_created',
      at: { notBefore: NOON, notAfter: NOON },
    });
    expect(credentials).toMatchObject([{ id: BOT.id, kind: 'project', owner: { id: 90, bot: true }, scopes: ['api'] }]);
    expect(Object.entries(coverage).map(([name, { status }]) => `${name} ${status}`)).toEqual([
      'logs complete',
      'stream partial',
      'inventory complete',
      'audit complete',
    ]);
    expect(ownCredential).toBe('token/1');
  });

  it('says of a source outside the mix that it is off', () => {
    const { uses, coverage } = observe(told, mix('gitlab-com-premium')).readGitlab(around(NOON), LATER);
    expect(uses[0]?.sources).toEqual(['inventory', 'audit']);
    expect([coverage.logs?.status, coverage.stream?.status]).toEqual(['off', 'off']);
  });

  it('remembers for itself: what one mix read bounds nothing for another', () => {
    const windows = [around(NOON - HOUR), around(NOON), around(NOON + HOUR)];
    const readAll = () => {
      const seen = observe(told, mix('all'));
      return windows.map((window) => seen.readGitlab(window, window.end));
    };
    expect(readAll()).toEqual(readAll());
  });
});

describe('what is observable', () => {
  const intrusions = [
    { id: 'scraping-address/1', kind: 'scraping-address', from: NOON, until: NOON + HOUR, credentials: ['token/50'] },
  ] as const;
  const stolen = { credential: BOT.id, owner: 90, action: 'clone', intrusion: 'scraping-address/1' } as const;
  const count = (name: string, calls: Parameters<typeof call>[0][], web: Parameters<typeof scrape>[0][] = [{}]) =>
    observable(story({ intrusions, calls: calls.map(call), web: web.map(scrape) }), mix(name))[0];

  it('is what a source shows of a use that a bot of its network was near, from when both could be read', () => {
    const late = count('all', [{ ...stolen, from: NOON + 20 * MINUTE, lateBy: 9 * MINUTE }]);
    expect(late).toMatchObject({ kind: 'scraping-address', observable: true, evidentAt: NOON + 29 * MINUTE });
    const at = count('all', [stolen])?.evidentAt;
    // The list has it at once, Cloudflare has the bot's first request a minute later at the earliest.
    expect(at).toBeGreaterThanOrEqual(NOON + MINUTE);
    expect(at).toBeLessThanOrEqual(NOON + 4 * MINUTE);
  });

  it('is nothing more than half an hour apart, by another network, or by no bot', () => {
    const unseen = { observable: false, evidentAt: NOON };
    expect(count('all', [{ ...stolen, from: NOON + 41 * MINUTE }])).toMatchObject(unseen);
    expect(count('all', [{ ...stolen, address: '203.0.113.8' }])).toMatchObject(unseen);
    expect(count('all', [stolen], [{ botScore: 60 }])).toMatchObject(unseen);
    expect(count('all', [{ ...stolen, refusal: 'token_expired' }])).toMatchObject(unseen);
  });

  it('is what the token list still holds when somebody reads it', () => {
    const fleeting = [0, 2, 4, 6, 8, 10].map((minutes, index) => ({
      ...stolen,
      from: NOON + 20 * MINUTE + minutes * MINUTE,
      address: index === 0 ? STRANGER : `192.0.2.${index}`,
    }));
    const quiet = [{ requests: 10 }];
    expect(count('gitlab-com-premium', fleeting, quiet)?.observable).toBe(false);
    expect(count('gitlab-com-premium', fleeting.slice(0, 5), quiet)?.observable).toBe(true);
  });

  it('may rest on requests to GitLab itself where Cloudflare stands before it and the network is new', () => {
    const behind = (usual: Parameters<typeof call>[0][]) => {
      const organisation = { gitlab: { host: GITLAB_HOST, behindZone: true } };
      return observable(story({ intrusions, calls: [...usual, stolen].map(call), organisation }), mix('all'))[0];
    };
    const before = { credential: BOT.id, owner: 90, from: NOON - 20 * HOUR };
    expect(behind([{ ...before, address: '192.0.2.1' }])?.observable).toBe(true);
    expect(behind([{ ...before, address: STRANGER }])?.observable).toBe(false);
    expect(behind([])?.observable).toBe(false);
  });
});
