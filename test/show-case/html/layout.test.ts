import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY, documentOf } from '../../../functions/show-case/html/layout.ts';
import { LOCAL_TIME_SCRIPT } from '../../../functions/show-case/html/local-time-script.ts';
import { html } from '../../../functions/show-case/html/markup.ts';
import {
  badFilterPage,
  missingPage,
  refusalPage,
  unavailablePage,
} from '../../../functions/show-case/html/plain-pages.ts';
import { NOON } from '../../support/evidence.ts';

const PLAIN = {
  refusal: refusalPage(),
  missing: missingPage(30),
  unavailable: unavailablePage(),
  filter: badFilterPage('x'),
};

/** The hash by which a policy allows what stands between a document's only tags of that name. */
function hashOf(page: string, tag: 'style' | 'script'): string {
  const found = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];
  expect(found).toHaveLength(1);
  return `'sha256-${createHash('sha256')
    .update(found[0]?.[1] ?? '', 'utf8')
    .digest('base64')}'`;
}

describe('a document', () => {
  it.each(Object.entries(PLAIN))('carries the very style and script its policy allows: %s', (_, page) => {
    expect(CONTENT_SECURITY_POLICY.split('; ')).toEqual([
      "default-src 'none'",
      `style-src ${hashOf(page, 'style')}`,
      `script-src ${hashOf(page, 'script')}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  it('asks nobody for anything', () => {
    const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(PLAIN.refusal) ?? [];
    expect(style).not.toMatch(/@import|url\(|#[a-z][a-z-]*\s*[{,]/);
    expect(PLAIN.refusal).not.toMatch(/\ssrc=|https?:/);
  });

  it('escapes its title and its environment', () => {
    const page = documentOf({
      title: '</title><script>1</script>',
      environment: '<b>x</b>',
      body: html`<p>y</p>`,
      renderedAt: NOON,
    });
    expect(page).toContain('<title>&lt;/title&gt;');
    expect(page).not.toContain('<b>x</b>');
    expect(page).toContain('<p>y</p>');
  });

  it('has one heading of the first level', () => {
    for (const page of Object.values(PLAIN)) expect(page.match(/<h1[\s>]/g)).toHaveLength(1);
  });
});

describe('what a link that opens nothing tells', () => {
  it('is where to ask, and nothing of what lies behind', () => {
    const [, main = ''] = /<main[^>]*>([\s\S]*)<\/main>/.exec(PLAIN.refusal) ?? [];
    expect(
      main
        .replace(/<[^>]*>/g, ' ')
        .replace(/\s+/g, ' ')
        .trim(),
    ).toBe('This link does not open anything Ask for a new one.');
    expect(PLAIN.refusal).not.toMatch(/<footer|<time |class="(?:environment|mode-shadow)"/);
  });

  it('is how long cases are kept where one is gone, and never that there was nothing', () => {
    expect(missingPage(30)).toContain('30 days');
    expect(unavailablePage()).toMatch(/try again/);
  });

  it('names a bad filter as text', () => {
    expect(badFilterPage('trigger is <b>, not one of spike')).toContain('trigger is &lt;b&gt;, not one of spike');
  });
});

describe('the script', () => {
  interface Written {
    className: string;
    textContent: string;
  }

  /** Runs it over times as a browser of that zone would. */
  function localTimes(zone: string, times: readonly { iso: string; inTable?: boolean }[]): (Written | undefined)[] {
    const written = new Map<number, Written>();
    const elements = times.map(({ iso, inTable = false }, index) => ({
      dateTime: iso,
      closest: () => (inTable ? {} : null),
      after: (span: Written) => written.set(index, span),
    }));
    const page = { querySelectorAll: () => elements, createElement: () => ({ className: '', textContent: '' }) };
    const before = process.env.TZ;
    process.env.TZ = zone;
    try {
      new Function('document', LOCAL_TIME_SCRIPT)(page);
    } finally {
      if (before === undefined) delete process.env.TZ;
      else process.env.TZ = before;
    }
    return times.map((_, index) => written.get(index));
  }

  it("writes the reader's own time beside each, with its zone, short in tables, the day where it is another", () => {
    const iso = '2031-05-06T23:30:05.000Z';
    const [long, short, same] = localTimes('Europe/Berlin', [
      { iso },
      { iso, inTable: true },
      { iso: '2031-05-06T12:00:00Z' },
    ]);
    expect(long?.className).toBe('local-time');
    expect(long?.textContent).toMatch(/7.*01:30:05.*(?:GMT\+2|CEST)/);
    expect(short?.textContent).toMatch(/01:30 /);
    expect(same?.textContent).toMatch(/^ \(14:00:00 (?:GMT\+2|CEST)\)$/);
  });

  it('writes nothing where that is UTC, or the time is none', () => {
    expect(localTimes('UTC', [{ iso: '2031-05-06T12:00:00Z' }])).toEqual([undefined]);
    expect(localTimes('Europe/Berlin', [{ iso: 'never' }])).toEqual([undefined]);
  });
});
