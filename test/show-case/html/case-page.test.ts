import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import { complete, unavailable } from '../../../functions/core/coverage.ts';
import type { SightingReport } from '../../../functions/core/sighting.ts';
import { HOUR } from '../../../functions/core/time.ts';
import { casePage } from '../../../functions/show-case/html/case-page.ts';
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

const FILES = {
  sample: sampleCaseFile(),
  monitor: monitorCaseFile(),
  quiet: quietCaseFile(),
  opened: openedCaseFile(),
};

function idsOf(page: string): string[] {
  return [...page.matchAll(/<section id="([a-z]+)"/g)].flatMap(([, id]) => id ?? []);
}

/** The page's words without its markup, as somebody reads them. */
function wordsOf(markup: string): string {
  return markup.replace(/<[^>]*>/g, '').replace(/\s+/g, ' ');
}

function sectionOf(page: string, id: string): string {
  return page.split(`<section id="${id}"`)[1]?.split('<section id=')[0] ?? '';
}

describe('the page of a case', () => {
  it('puts the answer first and the rest in the order somebody who was woken needs it', () => {
    const expected = [
      'verdict',
      'decision',
      'timeline',
      'findings',
      'network',
      'coverage',
      'analysis',
      'evidence',
      'next',
    ];
    expect(idsOf(casePage(casePageFactsOf(FILES.sample)))).toEqual(expected);
  });

  it('tells what the attack looked like where a monitor began the case, and only there', () => {
    expect(idsOf(casePage(casePageFactsOf(FILES.monitor)))).toContain('events');
    expect(idsOf(casePage(casePageFactsOf(FILES.sample)))).not.toContain('events');
  });

  it.each(Object.entries(FILES))('leads to each of its sections, to what to do now before others: %s', (_, file) => {
    const page = casePage(casePageFactsOf(file));
    const [nav = ''] = /<nav class="jump-list"[\s\S]*?<\/nav>/.exec(page) ?? [];
    const linked = [...nav.matchAll(/href="#([a-z]+)"/g)].map(([, id]) => id);
    expect(linked[0]).toBe('next');
    expect([...linked].sort()).toEqual(
      idsOf(page)
        .filter((id) => id !== 'verdict')
        .sort(),
    );
  });

  it.each(Object.entries(FILES))(
    'has one heading of the first level, landmarks, and no style inside: %s',
    (_, file) => {
      const page = casePage(casePageFactsOf(file));
      expect(page.match(/<h1[\s>]/g)).toHaveLength(1);
      for (const landmark of ['<header', '<main', '<footer', '<nav']) expect(page).toContain(landmark);
      expect(page).not.toMatch(/<[^>]*\sstyle=/);
      const [, main = ''] = /<main[^>]*>([\s\S]*)<\/main>/.exec(page) ?? [];
      expect(main.length).toBeGreaterThan(1_000);
      expect(main).not.toMatch(/\bundefined\b|\[object|NaN/);
    },
  );

  it('is called by how bad, how sure and which', () => {
    const page = casePage(casePageFactsOf(FILES.sample));
    expect(page).toMatch(/<title>95 · confirmed · Token 42 &#39;deploy&#39; \(api\) – Latchkey<\/title>/);
    expect(casePage(casePageFactsOf(FILES.quiet))).toMatch(
      /<title>not observed · spike on example\.com 2031-05-06 12:00 UTC – /,
    );
  });

  it('says the score as a figure of a hundred, how sure it is, and what it is about', () => {
    const words = wordsOf(sectionOf(casePage(casePageFactsOf(FILES.sample)), 'verdict'));
    expect(words).toMatch(/Score 95 of 100/);
    expect(words).toMatch(/Confirmed\. GitLab recorded the very moment/);
    expect(words).toMatch(/40 addresses, about [\d,]+ requests; zone example\.com/);
    expect(words).toMatch(/2 of 4 done; the next was due about 2031-05-06 12:15:30 UTC and is not stored/);
    expect(words).toMatch(/A spike alert from Cloudflare bot_traffic_basic_alert: since 2031-05-06 11:46:00 UTC/);
  });

  it('says of a cut list that it was cut, and how many requests of whom', () => {
    const seenOf = (file: CaseFile) => wordsOf(sectionOf(casePage(casePageFactsOf(file)), 'verdict'));
    const withReport = (file: CaseFile, more: Partial<SightingReport>): CaseFile => ({
      ...file,
      looks: file.looks.map(({ sightings, ...look }) => {
        const { totalAddresses, totalRequests, ...report } = sightings ?? {
          sightings: [],
          whole: true,
          coverage: complete(),
        };
        return { ...look, sightings: { ...report, ...more } };
      }),
    });
    expect(seenOf(withReport(FILES.sample, { whole: false, totalAddresses: 4_800, totalRequests: 90_000 }))).toContain(
      '4,800 addresses, of which 40 of the largest are listed, about 90,000 requests; zone example.com',
    );
    expect(seenOf(withReport(FILES.sample, { whole: false }))).toMatch(
      /at least 40 addresses \(the list was cut\), about [\d,]+ requests of those;/,
    );
    expect(seenOf(FILES.monitor)).toMatch(/40 addresses; in all about [\d,]+ security events; zone/);
    const silent = { sightings: [], whole: false, coverage: unavailable('503') };
    expect(seenOf(withReport(FILES.quiet, silent))).toContain('Not known: Cloudflare could not be read');
    expect(seenOf(withReport(FILES.quiet, silent))).not.toMatch(/\b0 addresses/);
  });

  it('calls the dataset of a hunt a dataset, not a zone', () => {
    const { alert, ...file } = FILES.quiet;
    const zone = { id: 'axiom/cloudflare-http', name: 'cloudflare-http' };
    const looks = file.looks.map((look) => {
      const report = look.sightings ?? { sightings: [], whole: true, coverage: complete() };
      return { ...look, sightings: { ...report, sightings: report.sightings.map((one) => ({ ...one, zone })) } };
    });
    const page = casePage(casePageFactsOf({ ...file, looks, trigger: 'hunt' }));
    expect(wordsOf(sectionOf(page, 'verdict'))).toContain('; Axiom dataset cloudflare-http');
    expect(page).toContain('<title>not observed · hunt 2031-05-06');
  });

  it('leads from the answer to the command that ends the key, where something is at page level', () => {
    const page = casePage(casePageFactsOf(FILES.sample));
    const [, id = ''] = /<a href="#([a-z-]+)">Revoke token 42: the command is ready<\/a>/.exec(page) ?? [];
    expect(page.split(`id="${id}"`)).toHaveLength(2);
    expect(sectionOf(page, 'next').split(`id="${id}"`)[1]).toMatch(/^[\s\S]{0,300}--request DELETE/);
    const report = { ...reportedOnly(FILES.sample), incidents: [] };
    expect(casePage(casePageFactsOf(report))).not.toContain('the command is ready');
  });

  it('names the page of another case without its ids, and tells its times as times', () => {
    const incidents = FILES.sample.incidents.map((one) => ({ ...one, pagedBy: { 1: 'spike-1#1' } }));
    const markup = sectionOf(casePage(casePageFactsOf({ ...reportedOnly(FILES.sample), incidents })), 'verdict');
    expect(wordsOf(markup)).toContain('A page about this was ordered 2031-05-06 12:00:22 UTC by a spike’s case.');
    expect(markup).not.toContain('inc-1');
    expect(markup).toMatch(/<dt>Time asked about<\/dt><dd><time [^>]+>[^<]+<\/time> to <time /);
  });

  it('says shadow mode wherever the answer could be read without it', () => {
    const { state, ...file } = FILES.sample;
    const page = casePage(casePageFactsOf({ ...file, ...(state && { state: { ...state, shadow: true } }), pages: [] }));
    expect(page).toContain('<title>[shadow] 95 ');
    expect(wordsOf(sectionOf(page, 'verdict'))).toContain('Shadow mode: nobody is woken, whatever this says.');
    expect(wordsOf(sectionOf(page, 'decision'))).toContain('Live mode would have paged on-call.');
    expect(page).toMatch(/<header[\s\S]*Shadow mode: nobody is woken[\s\S]*<\/header>/);
    expect(page).toContain('in shadow mode');
  });

  it('says when it was made', () => {
    const facts = casePageFactsOf(FILES.sample);
    expect(casePage(facts)).toMatch(new RegExp(`Made <time datetime="${new Date(facts.now).toISOString()}">`));
  });

  it('lets nobody outside write markup', () => {
    const text = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
    const page = casePage(casePageFactsOf(hostileCaseFile(text), { environment: text }));
    expect(page).not.toMatch(/<img|onerror=alert\(1\)>|<script>alert/);
    expect(page.match(/<script>/g)).toHaveLength(1);
  });

  it('stays light however large the case is', () => {
    const page = casePage(casePageFactsOf(largeCaseFile(), { now: casePageFactsOf(FILES.sample).now + HOUR }));
    expect(Buffer.byteLength(page)).toBeLessThan(500_000);
  });
});
