import { describe, expect, it } from 'vitest';
import { type CaseFile, currentFindings } from '../../../functions/core/case-file.ts';
import { addressesOf } from '../../../functions/core/finding-addresses.ts';
import { findingsSection } from '../../../functions/show-case/html/findings-section.ts';
import { networkSection } from '../../../functions/show-case/html/network-section.ts';
import {
  casePageFactsOf,
  hostileCaseFile,
  largeCaseFile,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  reportedOnly,
  sampleCaseFile,
} from '../../support/case-files.ts';
import { finding, match, sighting, tokenUse } from '../../support/evidence.ts';

function findings(...args: Parameters<typeof casePageFactsOf>): string {
  return String(findingsSection(casePageFactsOf(...args)));
}

function network(...args: Parameters<typeof casePageFactsOf>): string {
  return String(networkSection(casePageFactsOf(...args)));
}

function occurrences(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Widths of the rectangles of that class, in percents of the drawing. */
function widths(markup: string, group: string): number[] {
  return [...markup.matchAll(new RegExp(`<rect class="score-${group}"[^>]*? width="([\\d.]+)%"`, 'g'))].map((found) =>
    Number(found[1]),
  );
}

describe('the findings', () => {
  it('tell each credential with its verdict, its score and whether it pages', () => {
    const markup = findings(sampleCaseFile());
    expect(occurrences(markup, '<article')).toBe(2);
    expect(markup).toContain('id="finding-1"');
    expect(markup).toContain('Token 42 &#39;deploy&#39; (api)</h3>');
    expect(markup).toContain('Pages on-call.');
    expect(markup).toContain('Reported, pages nobody.');
    expect(markup.indexOf('Token 42')).toBeLessThan(markup.indexOf('Token 77'));
  });

  it('are in full at page level, and folded below it, each inside its fold so that a link to it opens it', () => {
    const markup = findings(sampleCaseFile());
    expect(occurrences(markup, '<details')).toBe(1);
    expect(markup).toMatch(/^<article class="finding finding-page" id="finding-1"/m);
    expect(markup).toMatch(
      /<details class="finding finding-fold"><summary[^>]*><h3 id="finding-2-title">Token 77 .*<\/h3><span[^>]*><strong>48<\/strong> of 100, [a-z]+, reported<\/span><\/summary>\s<article[^>]* id="finding-2"/,
    );
  });

  it('open the worst where nothing is at page level, and no other', () => {
    const markup = findings({ ...reportedOnly(sampleCaseFile()), incidents: [] });
    expect(markup.match(/<details[^>]*>/g)).toEqual([
      '<details class="finding finding-fold" open>',
      '<details class="finding finding-fold">',
    ]);
    expect(markup).not.toContain('finding-page');
  });

  it('are at page level where another case of the incident paged: the card, and the map', () => {
    const file = reportedOnly(sampleCaseFile());
    const markup = findings(file);
    expect(markup).toMatch(/^<article class="finding finding-page" id="finding-1"/m);
    expect(markup).toContain('finding-word-page">At page level, by an earlier look or another case.</strong>');
    expect(occurrences(markup, 'finding-word-page')).toBe(1);
    const map = network(file);
    expect(map).toMatch(/score \d+, page level</);
    expect(map).toContain('class="network-link network-paged"');
    expect(map).toContain('matched, at page level');
    expect(map).not.toContain(', pages<');
  });

  it('page by the case alone that ordered a page', () => {
    const file = monitorCaseFile();
    expect(findings(file)).toContain('Pages on-call.');
    expect(network(file)).toMatch(/score \d+, pages</);
    const silent = { ...file, pages: [] };
    expect(findings(silent)).toContain('finding-word-page">At page level.</strong>');
    expect(findings(silent)).not.toContain('Pages on-call.');
    expect(network(silent)).toMatch(/score \d+, page level</);
    expect(network(silent)).not.toContain(', pages<');
  });

  it('say that nobody is paged in shadow mode', () => {
    const file = sampleCaseFile();
    if (file.state === undefined) throw new Error('the sample has a state');
    const markup = findings({ ...file, state: { ...file.state, shadow: true } });
    expect(markup).toContain('Would page (shadow mode).');
    expect(markup).not.toContain('Pages on-call.');
  });

  it('draw as many points as the score has, and label or number each part', () => {
    const file = sampleCaseFile();
    const [worst] = currentFindings(file);
    const drawn = findings({ ...file, looks: file.looks.map((look) => ({ ...look, findings: worst ? [worst] : [] })) });
    const width = ['may', 'did', 'bot', 'new'].flatMap((group) => widths(drawn, group)).reduce((a, b) => a + b, 0);
    const points = (worst?.parts ?? []).reduce((sum, part) => sum + part.points, 0);
    expect(width / 0.97).toBeCloseTo(points, 0);
    expect(drawn).toContain('>1 scope</text>');
    expect(drawn).toContain('pages from 70');
    for (const part of worst?.parts ?? []) expect(drawn).toContain(part.sentence.slice(0, 20).replaceAll("'", '&#39;'));
  });

  it('draw the score as wide as the page, words once for a desk and once for a phone', () => {
    const drawn = findings(sampleCaseFile());
    const bar = /<svg class="score-bar"[\s\S]*?<\/svg>/.exec(drawn)?.[0] ?? '';
    expect(bar).toMatch(/^<svg class="score-bar" width="100%" height="\d+"/);
    expect(bar).not.toContain('viewBox');
    const shares = [...bar.matchAll(/ (?:x|x1|x2|width)="([\d.-]+)%"/g)].map((found) => Number(found[1]));
    expect(Math.min(...shares) >= 0 && Math.max(...shares) <= 100).toBe(true);
    expect(bar).toMatch(/<g class="score-wide">[\s\S]*>1 scope<[\s\S]*<g class="score-narrow">[\s\S]*>\d</);
  });

  it('take away from the end what lowers the score', () => {
    const file = sampleCaseFile();
    const part = (name: string, points: number) => ({ name, input: '', weight: 1, points, sentence: 'Because.' });
    const parts = [part('scope', 60), part('bot', 30), part('usual-network', -28)];
    const looks = file.looks.map((look) => ({
      ...look,
      findings: (look.findings ?? []).slice(0, 1).map((one) => ({ ...one, parts, score: 62 })),
    }));
    const markup = findings({ ...file, looks });
    expect(markup).toContain('what lowers it takes away 28, which leaves 62');
    expect(widths(markup, 'less')).toHaveLength(1);
    expect(markup).toContain('−28');
  });

  it('show the credential, the address and what is known of both', () => {
    const markup = findings(sampleCaseFile());
    for (const text of [
      'personal access token',
      '<code>api</code>: read and write everything its owner can',
      'sam, user 7',
      'On 2031-11-22, 199 days from now.',
      'Blast radius.',
      '<code>203.0.113.7</code>',
      'Netherlands (NL)',
      '1 of 99: surely automated',
      'Cloudflare scored it as a bot',
      'found by asking back',
      'https://gitlab.example.com/sam',
    ]) {
      expect(markup).toContain(text);
    }
  });

  it('tell ten of hundreds in full, a hundred in a row each, and count the rest', () => {
    const markup = findings(largeCaseFile());
    expect(occurrences(markup, '<article')).toBe(10);
    expect(markup).toContain('<tr id="finding-110">');
    expect(markup).not.toContain('finding-111');
    expect(markup).toContain('110 of 300 credentials are shown');
    expect(markup).toContain('25 of 200 addresses are shown');
    expect(markup.length).toBeLessThan(180_000);
  });

  it('say what it is worth that there is none', () => {
    expect(findings(quietCaseFile())).toContain('No credential was seen at any of the 40 addresses sighted.');
    expect(findings(openedCaseFile())).toContain('nothing is known');
  });
});

describe('the network map', () => {
  it('shows the bots beside the usual place, and says so in words and in a table', () => {
    const markup = network(sampleCaseFile());
    // One of each kind in the legend.
    expect(occurrences(markup, 'class="network-bot"')).toBe(3);
    expect(occurrences(markup, 'class="network-use"')).toBe(2);
    expect(markup).toMatch(
      /<desc[^>]*>2 credentials and 2 sighted addresses.*also used from 1 address that is not in this/,
    );
    expect(markup).toContain(
      '<tr><th scope="row"><code>192.0.2.20</code></th><td>not in this case&#39;s sightings</td>',
    );
  });

  it('has a legend of what it draws: shapes, then lines of every colour', () => {
    const legend = (file: CaseFile) => /<ul class="timeline-legend">[\s\S]*?<\/ul>/.exec(network(file))?.[0] ?? '';
    expect(legend(sampleCaseFile())).toMatch(
      /sighted by Cloudflare<[\s\S]*page level<[\s\S]*reported<[\s\S]*at page level<[\s\S]*below page level<[\s\S]*no match</,
    );
    expect(legend(sampleCaseFile())).not.toMatch(/its network|turned away/);
    const bot = sighting({ address: '2001:db8::7', network: '2001:db8::/64' });
    const use = tokenUse({ address: '2001:db8::9', network: '2001:db8::/64', strength: 'refused' });
    const matches = [match({ rule: 'same-network', sighting: bot, use })];
    const found = finding({ matches, addresses: addressesOf(matches) });
    const looks = [{ look: 1, findings: [found] }];
    const near = network(sampleCaseFile({ looks, uses: { readAt: 0, uses: [], leftOut: 0 } }));
    expect(near).toContain('1 credential and 0 sighted addresses, and 1 next to a sighted one, that touched it.');
    expect(near).toMatch(/its network was sighted<[\s\S]*matched by its network<[\s\S]*turned away</);
    expect(near).toContain('<td>tried and refused: 1</td>');
  });

  it('promises no more of the JSON than it holds', () => {
    expect(network(largeCaseFile())).toContain('the JSON has more.');
    expect(network(largeCaseFile())).not.toContain('the JSON has all');
  });

  it('does not take what is not stored for an absence', () => {
    const { uses, ...file } = sampleCaseFile();
    expect(network(file)).toContain('a missing usual place proves nothing');
    expect(network(file)).not.toContain('No use from another address is known');
  });

  it('stays small however much there is', () => {
    const markup = network(largeCaseFile());
    const drawing = markup.slice(markup.indexOf('<svg'), markup.indexOf('</svg>'));
    expect(occurrences(drawing, '<')).toBeLessThan(900);
    expect(markup.length).toBeLessThan(60_000);
    expect(markup).toMatch(/1,\d{3} more addresses and 288 more credentials are not on the map/);
  });

  it('draws nothing where there is nothing, and says why', () => {
    expect(network(quietCaseFile())).toContain('There is nothing to draw.');
    expect(network(quietCaseFile())).not.toContain('<svg');
  });
});

describe('both sections', () => {
  const both = (file: Parameters<typeof casePageFactsOf>[0]) => findings(file) + network(file);

  it.each([
    '"><script>alert(1)</script>',
    '</svg><svg onload=alert(1)>',
    '" onfocus="alert(1)',
    "' onmouseover='alert(1)",
    'javascript:alert(1)',
    'glpat-aaaaaaaaaaaaaaaaaaaa',
    '\u202Eevil\u202C',
    '',
  ])('make no markup, link or secret of what others wrote: %j', (text) => {
    const markup = both(hostileCaseFile(text));
    expect(markup).not.toMatch(/<script|<svg onload|glpat-a|\u202E|href="javascript| onfocus="| onmouseover='/i);
    const plain = both(hostileCaseFile('plain'));
    expect(occurrences(markup, '<article')).toBe(occurrences(plain, '<article'));
    expect(occurrences(markup, '<svg')).toBe(occurrences(plain, '<svg'));
  });

  it('carry no style of their own, and no id twice', () => {
    for (const file of [sampleCaseFile(), largeCaseFile()]) {
      const markup = both(file);
      expect(markup).not.toMatch(/ style=/);
      const ids = [...markup.matchAll(/ id="([^"]+)"/g)].map((found) => found[1]);
      expect(new Set(ids).size).toBe(ids.length);
      const named = [...markup.matchAll(/(?:aria-labelledby="|url\(#)([^")]+)/g)].flatMap(
        (found) => found[1]?.split(' ') ?? [],
      );
      expect(named.filter((id) => !ids.includes(id))).toEqual([]);
    }
  });
});
