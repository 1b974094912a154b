import { describe, expect, it } from 'vitest';
import { type CaseFile, currentFindings } from '../../../functions/core/case-file.ts';
import type { Finding, Match } from '../../../functions/core/finding.ts';
import { addressesOf } from '../../../functions/core/finding-addresses.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { findingsSection } from '../../../functions/show-case/html/findings-section.ts';
import { casePageFactsOf, quietCaseFile, sampleCaseFile } from '../../support/case-files.ts';
import { credential, finding, match, NOON, tokenUse } from '../../support/evidence.ts';

function findings(file: CaseFile): string {
  return String(findingsSection(casePageFactsOf(file)));
}

const OF_LIST = match({
  use: tokenUse({ at: { notBefore: credential().createdAt ?? 0, notAfter: NOON }, sources: ['inventory'] }),
});

/** The sample with these findings, and no other. */
function holding(found: readonly Finding[]): CaseFile {
  const file = sampleCaseFile();
  return { ...file, looks: file.looks.map((look) => ({ ...look, findings: found })) };
}

/** The sample with one finding, of these matches. */
function fileOf(matches: readonly Match[], owner = credential()): CaseFile {
  const addresses = addressesOf(matches);
  return holding([finding({ credential: owner, matches, matchCount: matches.length, addresses })]);
}

describe('the words for a finding', () => {
  it("never tell its owner's acts as uses of the token", () => {
    const act = match({ use: tokenUse({ strength: 'acted', action: 'webhook_created', target: 'acme/shop' }) });
    const markup = findings(fileOf([OF_LIST, act, act, act]));
    expect(markup).toContain('<td>Used once; its owner acted 3 times<small>');
    expect(markup).toContain('its owner: <code>webhook_created</code> on acme/shop, 3 times from 203.0.113.7, last ');
    expect(markup).not.toMatch(/What it did|What the credential did|held it/);
  });

  it('say of a person what they did, where nothing tells with what', () => {
    const person = credential({ id: 'user/7', kind: 'user' });
    const use = tokenUse({ credential: 'user/7', strength: 'acted', action: 'member_created' });
    const markup = findings(fileOf([match({ use })], person));
    expect(markup).toContain('<td>Acted once<small>');
    expect(markup).toMatch(
      /<li>(?:<strong.*?<\/strong> )?<code>member_created<\/code>, once from 203\.0\.113\.7, <time/,
    );
    expect(markup).not.toContain('owner acted');
  });

  it('do not tell from when a token is as when it was used', () => {
    const markup = findings(fileOf([OF_LIST]));
    expect(markup).toMatch(/<td>at an unknown time up to <time datetime="2031-05-06T12:00:00.000Z">/);
    const both = findings(fileOf([OF_LIST, match()]));
    expect(both).toMatch(
      /<td><time datetime="2031-05-06T11:55:00.000Z">[^<]*<\/time><small>and at unknown times<\/small>/,
    );
  });

  it('say in what order addresses stand, and that a network may have matched', () => {
    const markup = findings(fileOf([match({ rule: 'same-network' })]));
    expect(markup).toContain('1 credential was seen at sighted addresses or their networks;');
    expect(markup).toContain('from a sighted address or its network, at a known time.');
    expect(markup).toContain('1 address, most uses and acts first');
  });

  it('fold the rows of those that are only reported into one line, without a word for each that says so', () => {
    const [one] = currentFindings(sampleCaseFile());
    if (one === undefined) throw new Error('the sample has a finding');
    const many = Array.from({ length: 48 }, (_, index) => ({
      ...one,
      credential: { ...one.credential, id: `token/${100 + index}` },
      ...(index < 10 ? {} : { decision: 'report' as const }),
    }));
    const rows = findings(holding(many)).split('38 further credentials, all below page level')[1] ?? '';
    expect(findings(holding(many))).toContain(
      '<details><summary>38 further credentials, all below page level</summary>',
    );
    expect(rows.match(/<tr id="finding-/g)).toHaveLength(38);
    expect(rows).not.toContain('pages nobody');
    const paging = findings(holding(many.map((each) => ({ ...each, decision: 'page' as const }))));
    expect(paging).toContain('<details open><summary>38 further credentials, 38 at page level</summary>');
  });

  it('say of an expired key that it opens nothing only where it had expired before it was seen', () => {
    const expired = (minutes: number) =>
      findings(fileOf([match()], credential({ expiresAt: NOON + minutes * MINUTE, active: false })));
    expect(expired(-30)).toContain('it opens nothing any more');
    expect(expired(30)).toContain('when it was seen it may still have worked');
    expect(expired(30)).not.toContain('it opens nothing any more');
  });

  it('do not speak of the owner of a deploy token, which has none', () => {
    const { owner, scopes, ...rest } = credential();
    const markup = findings(fileOf([match()], { ...rest, id: 'deploy-token/7', kind: 'deploy-token' }));
    expect(markup).not.toContain('its owner can');
    expect(markup).toContain('<dt>Owner</dt><dd>none</dd>');
  });

  it('do not say that nobody is paged of what paged at an earlier look', () => {
    const one = finding();
    const [first, second] = sampleCaseFile().looks;
    const looks = [
      { ...first, look: 1, findings: [one] },
      { ...second, look: 2, findings: [{ ...one, decision: 'report' as const }] },
    ];
    const markup = findings({ ...sampleCaseFile(), looks });
    expect(markup).toContain('At page level, by an earlier look or another case.');
    expect(markup).toContain('1 reached page level.');
    expect(markup).not.toContain('pages nobody');
  });

  it('leave what the sources could see to the section of that, where there is none', () => {
    const quiet = findings(quietCaseFile());
    expect(quiet).toContain('at any of the 40 addresses sighted. See <a href="#coverage">what could be seen</a>.');
    expect(quiet).not.toContain('read whole');
  });
});
