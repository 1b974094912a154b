import { describe, expect, it } from 'vitest';
import type { CaseState } from '../../../functions/core/case.ts';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import type { LooksDue } from '../../../functions/core/case-view/looks-due.ts';
import { verdictSentence } from '../../../functions/core/case-view/verdict-sentence.ts';
import { complete, unavailable } from '../../../functions/core/coverage.ts';
import type { Finding } from '../../../functions/core/finding.ts';
import { pageSummary } from '../../../functions/core/page-event.ts';
import { DAY, HOUR, instant, MINUTE } from '../../../functions/core/time.ts';
import {
  hostileCaseFile,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  reportedOnly,
  sampleCaseFile,
} from '../../support/case-files.ts';
import { credential, finding, match, NOON, sighting, tokenUse } from '../../support/evidence.ts';

const ALL_DONE: LooksDue = { done: 4, due: 4, isLate: false };

/** The sample with these findings at both looks, all of which its sources could see, and its state as given. */
function caseOf(findings: readonly Finding[], state: Partial<CaseState> = {}): CaseFile {
  const file = sampleCaseFile();
  const coverage = { cloudflare: complete(), inventory: complete(), audit: complete() };
  const statuses = { cloudflare: 'complete', inventory: 'complete', audit: 'complete' } as const;
  return {
    ...file,
    ...(file.state && { state: { ...file.state, coverage: statuses, ...state } }),
    looks: file.looks.map((look) => ({ ...look, findings, coverage })),
  };
}

function textOf(file: CaseFile, looks = ALL_DONE): string {
  const { lead, text } = verdictSentence(file, looks, 70);
  return `${lead} ${text}`;
}

describe('what a case comes to, where a credential was found', () => {
  it('says yes, and which credential, from where, and when that was', () => {
    const { tone, more, meaning } = verdictSentence(caseOf([finding()], { topScore: 90 }), ALL_DONE, 70);
    expect(textOf(caseOf([finding()]))).toBe(
      "Yes: Token 42 'deploy' (api) was used from 203.0.113.7 while that address attacked us as a bot.",
    );
    expect(tone).toBe('alarm');
    expect(more).toEqual([]);
    expect(meaning).toMatch(/very moment/);
  });

  it.each([
    [
      { use: tokenUse({ at: instant(NOON - 30 * MINUTE) }), gap: 20 * MINUTE },
      /, 20 minutes before that address attacked/,
    ],
    [{ use: tokenUse({ at: instant(NOON + 3 * HOUR) }), gap: 3 * HOUR }, /, 3 hours after that address attacked/],
    [{ use: tokenUse({ at: instant(NOON) }), gap: 30_000 }, /, less than a minute after that address attacked/],
    [{ sighting: sighting({ seenExactly: false }) }, /203\.0\.113\.7, an address that Cloudflare scored as a bot\./],
    [
      { sighting: sighting({ method: 'security-event' }) },
      /a security rule stopped or logged, which is no word about bots/,
    ],
    [{ sighting: sighting({ method: 'share' }) }, /an address with an unusual share of the traffic/],
    [{ onGitlab: true }, /203\.0\.113\.7, an address that Cloudflare scored as a bot\./],
    [
      {
        rule: 'same-network',
        sighting: sighting({ address: '2001:db8::9' }),
        use: tokenUse({ address: '2001:db8::5' }),
      },
      /used from 2001:db8::5, in the same network as 2001:db8::9, an address/,
    ],
  ] as const)('claims no more of the two times than is known: %#', (more, words) => {
    const found = match(more);
    expect(textOf(caseOf([finding({ matches: [found] })]))).toMatch(words);
  });

  it.each([
    ['probable', 'used', /^Very probably: Token 42 .* was used from 203\.0\.113\.7/],
    ['corroborated', 'used', /^Perhaps: Token 42 .* was used from 203\.0\.113\.7 at an unknown time, an address/],
    ['corroborated', 'minted', /^Perhaps: Token 42 .* was created or rotated from/],
    ['corroborated', 'refused', /^Perhaps: Token 42 .* was tried from 203\.0\.113\.7 and refused/],
    ['corroborated', 'acted', /^Perhaps: the owner of Token 42 .* acted from/],
  ] as const)('says how sure it is: %s, %s', (verdict, strength, words) => {
    const use = tokenUse({ strength, at: { notBefore: NOON - HOUR, notAfter: NOON } });
    const found = finding({ verdict, matches: [match({ use })] });
    expect(textOf(caseOf([found], { verdict }))).toMatch(words);
  });

  it('names a person whose credential nobody knows', () => {
    const user = credential({ id: 'user/7', kind: 'user' });
    const use = tokenUse({ credential: 'user/7', strength: 'acted' });
    const found = finding({ credential: user, verdict: 'corroborated', matches: [match({ use })] });
    expect(textOf(caseOf([found], { verdict: 'corroborated' }))).toMatch(
      /^Perhaps: User 7 'sam' \(token unknown\) acted from/,
    );
  });

  it('warns rather than alarms where nobody was to be woken', () => {
    const found = finding({ decision: 'report', score: 40 });
    const file = { ...reportedOnly(caseOf([found], { topScore: 40 })), incidents: [] };
    expect(verdictSentence(file, ALL_DONE, 70).tone).toBe('caution');
    expect(textOf(file)).toMatch(/^Perhaps nothing: Token 42 .* was used from 203\.0\.113\.7/);
    // What this case only reports may be at page level by another.
    const elsewhere = { ...file, incidents: sampleCaseFile().incidents };
    expect(verdictSentence(elsewhere, ALL_DONE, 70)).toMatchObject({ tone: 'alarm', lead: 'Yes:' });
    expect(verdictSentence(file, ALL_DONE, 40).lead).toBe('Yes:');
  });

  it.each([
    [{ sharedNetworks: ['203.0.113.7'] }, 'Yes, but from a place that many people share:'],
    [{ usualNetworks: ['203.0.113.7'] }, 'Yes, but from where it or its owner works on other days:'],
    [
      {
        sharedNetworks: ['203.0.113.7'],
        parts: [{ name: 'known-egress', input: '', weight: -60, points: -60, sentence: '' }],
      },
      'Yes, but from a place listed as ours (knownEgress):',
    ],
    [{ networks: ['203.0.113.7', '203.0.113.8'], usualNetworks: ['203.0.113.7'] }, 'Perhaps nothing:'],
  ])('says first that a place explains it: %#', (more, lead) => {
    const found = finding({ decision: 'report', score: 18, ...more });
    const file = { ...reportedOnly(caseOf([found], { topScore: 18 })), incidents: [] };
    expect(verdictSentence(file, ALL_DONE, 70)).toMatchObject({ tone: 'caution', lead });
  });

  it('says which of the two ways to be probable it was', () => {
    const meaningOf = (...uses: readonly Parameters<typeof tokenUse>[0][]) => {
      const matches = uses.map((use) => match({ use: tokenUse(use) }));
      return verdictSentence(caseOf([finding({ verdict: 'probable', matches })], { verdict: 'probable' }), ALL_DONE, 70)
        .meaning;
    };
    const listed = { at: { notBefore: NOON - 40 * MINUTE, notAfter: NOON }, sources: ['inventory'] } as const;
    expect(meaningOf(listed)).toBe('No record has the very moment. It lies within 40 minutes.');
    const since = (notBefore: number) => ({ ...listed, at: { notBefore, notAfter: NOON } });
    const acted = { strength: 'acted', sources: ['audit'] } as const;
    expect(meaningOf(since(0), acted)).toContain('Two sources agree on it:');
    // A list that shows an address since the token was made says nothing of when.
    expect(meaningOf(since(NOON - 200 * DAY), acted)).toContain('Two sources agree on it:');
    expect(meaningOf(since(NOON - 200 * DAY))).toBe('No record has the very moment.');
  });

  it('lets what pages speak, as the page to on-call does, not what is surer and harmless', () => {
    const harmless = finding({ credential: credential({ id: 'token/1', name: 'ci' }), decision: 'report', score: 20 });
    const paged = finding({ verdict: 'probable', score: 85 });
    const file = caseOf([harmless, paged], { verdict: 'probable', topScore: 85 });
    const { state } = file;
    if (state === undefined) throw new Error('the sample has a state');
    expect(textOf(file)).toMatch(/^Very probably: Token 42 /);
    const order = { incidentId: 'i', dedupKey: 'i/1', kind: 'page', credentials: ['token/42'], why: '' } as const;
    expect(pageSummary({ findings: [paged], order, state })).toMatch(/^\[85\] Token 42 /);
    expect(verdictSentence(file, ALL_DONE, 70).more).toEqual(['1 more credential matched, below page level.']);
  });

  it('names one that has the verdict told, and says that another scored higher', () => {
    const sure = finding({ credential: credential({ id: 'token/8', name: 'sure' }), score: 72 });
    const high = finding({ verdict: 'probable', score: 95 });
    const file = caseOf([high, sure], { verdict: 'confirmed', topScore: 95 });
    expect(textOf(file)).toMatch(/^Yes: Token 8 'sure'/);
    expect(verdictSentence(file, ALL_DONE, 70).more).toEqual([
      '1 more credential matched, at page level too; the highest score is 95.',
    ]);
  });

  it('keeps to what an earlier look proved when the newest says less', () => {
    const file = caseOf([finding({ verdict: 'corroborated', score: 60, decision: 'report' })]);
    const [first, ...later] = file.looks;
    if (first === undefined) throw new Error('the sample has looks');
    const told = { ...file, looks: [{ ...first, findings: [finding()] }, ...later] };
    expect(textOf(told)).toMatch(/^Yes: Token 42 .* was used from 203\.0\.113\.7 while/);
  });

  it('says why the score it shows is not that of the newest finding', () => {
    const { more } = verdictSentence(caseOf([finding({ score: 80 })], { topScore: 95 }), ALL_DONE, 70);
    expect(more).toEqual(['Its score is 80 by now; at an earlier look it was 95.']);
  });

  it('says what it knows where the findings cannot be read', () => {
    const file = { ...caseOf([]), unread: ['The findings of look 1 could not be read.'] };
    const { tone, more } = verdictSentence(file, ALL_DONE, 70);
    expect(textOf(file)).toBe(
      'Yes: a GitLab credential matched, and what was found is not stored. It is Token 42, by the page that was ordered.',
    );
    expect(textOf({ ...file, pages: [], incidents: [] })).toBe(
      'Yes: a GitLab credential matched; which one could not be read.',
    );
    expect(tone).toBe('alarm');
    expect(more).toContain('Part of what is stored of this case could not be read.');
  });

  it('says that there may be more where a source could not be read', () => {
    const { more } = verdictSentence(sampleCaseFile(), ALL_DONE, 70);
    expect(more.at(-1)).toBe("GitLab's audit events could not be read. There may be more.");
  });

  it('lets no name become a link, a mention or a secret', () => {
    const words = textOf(hostileCaseFile('@all https://evil.example glpat-abcdefghij0123456789'));
    expect(words).not.toMatch(/@all|https:\/\/evil|glpat-abc/);
  });
});

describe('what a case comes to, where nothing was found', () => {
  it('is calm only where every source was read whole and no look is missing', () => {
    const { tone, more } = verdictSentence(quietCaseFile(), ALL_DONE, 70);
    expect(textOf(quietCaseFile())).toBe(
      'No GitLab credential was seen at any of the 40 addresses that attacked us as bots.',
    );
    expect(tone).toBe('calm');
    expect(more).toEqual(['Every source was read whole.']);
  });

  it('says "so far" while looks are to come', () => {
    const { tone, more } = verdictSentence(quietCaseFile(), { done: 2, due: 4, nextAt: NOON, isLate: false }, 70);
    expect(textOf(quietCaseFile(), { done: 2, due: 4, isLate: false })).toContain('was seen so far at any of');
    expect(tone).toBe('calm');
    expect(more).toContain('Evidence can arrive late: it is looked for again.');
  });

  it('is no all-clear where a look is missing that was due', () => {
    const { tone, text } = verdictSentence(quietCaseFile(), { done: 2, due: 4, nextAt: NOON, isLate: true }, 70);
    expect(tone).toBe('unknown');
    expect(text).toMatch(/but this is no all-clear\.$/);
  });

  it('is no all-clear where a source could not be read', () => {
    const file = quietCaseFile();
    const state = file.state && { ...file.state, coverage: { ...file.state.coverage, audit: 'unavailable' as const } };
    const { tone, text, more } = verdictSentence({ ...file, ...(state && { state }) }, ALL_DONE, 70);
    expect(tone).toBe('unknown');
    expect(text).toMatch(/but this is no all-clear\.$/);
    expect(more).toEqual(["GitLab's audit events could not be read."]);
  });

  it('does not know what GitLab did not say', () => {
    const file = quietCaseFile();
    const coverage = { cloudflare: 'complete', inventory: 'unavailable', audit: 'unavailable' } as const;
    const blind = {
      ...file,
      ...(file.state && { state: { ...file.state, verdict: 'undetermined' as const, coverage } }),
    };
    expect(textOf(blind)).toBe(
      'Unknown: GitLab could not be asked whether any of the 40 addresses that attacked us as bots held one of our keys.',
    );
    expect(verdictSentence(blind, ALL_DONE, 70).tone).toBe('unknown');
  });

  it('does not know whom to compare where the source of sightings gave no answer', () => {
    const file = quietCaseFile();
    const statuses = { cloudflare: 'unavailable', inventory: 'complete' } as const;
    const state = file.state && { ...file.state, coverage: statuses, counts: { ...file.state.counts, sightings: 0 } };
    const looks = file.looks.map((look) => ({
      ...look,
      sightings: { sightings: [], whole: false, coverage: unavailable('No answer.') },
    }));
    const silent = { ...file, ...(state && { state }), looks };
    expect(textOf(silent)).toBe('Unknown: Cloudflare could not be asked which addresses attacked us as bots.');
    expect(verdictSentence(silent, ALL_DONE, 70).meaning).toContain('of what could be compared');
  });

  it('says that the list of addresses was cut, and completed by asking back', () => {
    const file = quietCaseFile();
    const looks = file.looks.map((look) => ({
      ...look,
      sightings: { sightings: [sighting()], whole: false, totalAddresses: 9, coverage: complete({ askedBack: 3 }) },
    }));
    expect(verdictSentence({ ...file, looks }, ALL_DONE, 70).more).toEqual([
      'Every source was read whole.',
      'The list of addresses was cut or sampled: Cloudflare counted 9. To complete it, addresses that GitLab saw were asked about: 3.',
    ]);
  });

  it('speaks of security events where a monitor began the case', () => {
    const { state, looks } = quietCaseFile();
    const file = { ...monitorCaseFile(), ...(state && { state }), looks };
    expect(textOf(file)).toBe('No GitLab credential was seen at any of the 40 addresses of these security events.');
  });

  it('still looks where no look has ended', () => {
    const { lead, tone, more } = verdictSentence(openedCaseFile(), { done: 0, due: 4, isLate: false }, 70);
    expect([lead, tone]).toEqual(['Still looking:', 'unknown']);
    expect(more.join(' ')).toContain('no all-clear');
  });

  it('worries once the first look is late', () => {
    const { lead, text, more } = verdictSentence(openedCaseFile(), { done: 0, due: 4, isLate: true }, 70);
    expect(`${lead} ${text}`).toContain('the pipeline may be broken');
    expect(more.join(' ')).not.toContain('in a minute');
  });

  it('does not still look where the state is lost, and knows no more than the looks tell', () => {
    const { state, ...file } = quietCaseFile();
    const silent = { cloudflare: complete(), inventory: unavailable('503'), audit: unavailable('503') };
    const blind = { ...file, looks: file.looks.map((look) => ({ ...look, coverage: silent })) };
    expect(textOf(blind)).toMatch(/^Unknown: GitLab could not be asked/);
    expect(verdictSentence(blind, ALL_DONE, 70).meaning).toContain('came to is not stored');
    expect(verdictSentence(file, ALL_DONE, 70).tone).toBe('unknown');
    const lost = { ...file, looks: file.looks.map(({ findings, ...look }) => look) };
    expect(textOf(lost)).toBe('Unknown: what was found is not stored.');
  });

  it('never calls silence an all-clear where part of the case could not be read', () => {
    const { tone, text } = verdictSentence(quietCaseFile({ unread: ['Look 2: findings.'] }), ALL_DONE, 70);
    expect([tone, text.includes('no all-clear')]).toEqual(['unknown', true]);
  });

  it('never calls silence an all-clear where the coverage is not stored', () => {
    const { state, ...file } = quietCaseFile();
    const bare = { ...file, ...(state && { state: { ...state, coverage: {} } }), looks: [] };
    expect(verdictSentence(bare, ALL_DONE, 70).tone).toBe('unknown');
  });
});
