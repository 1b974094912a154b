import { describe, expect, it } from 'vitest';
import { pageShell } from '../../../functions/runtime/page/layout.ts';
import { LOCAL_TIME_SCRIPT } from '../../../functions/runtime/page/local-time-script.ts';
import { html } from '../../../functions/runtime/page/markup.ts';
import {
  badFilterPage,
  missingPage,
  PLAIN_SHELL,
  refusalPage,
  unavailablePage,
} from '../../../functions/runtime/page/plain-pages.ts';
import { NOON } from '../../support/evidence.ts';
import { hashOf } from '../../support/page-hash.ts';

const PLAIN = {
  refusal: refusalPage(),
  missing: missingPage(30),
  unavailable: unavailablePage(),
  filter: badFilterPage('x'),
};

describe('a document', () => {
  const shell = pageShell('.x { color: red; }');
  const own = shell.documentOf({ title: 'x', body: html`<h1>x</h1>` });

  it.each([
    ...Object.entries(PLAIN).map(([name, page]) => [name, page, PLAIN_SHELL] as const),
    ['one with a style of its own', own, shell] as const,
  ])('carries the very style and script its policy allows: %s', (_, page, { contentSecurityPolicy }) => {
    expect(contentSecurityPolicy.split('; ')).toEqual([
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
    const page = shell.documentOf({
      title: '</title><script>1</script>',
      environment: '<b>x</b>',
      body: html`<p>y</p>`,
      renderedAt: NOON,
    });
    expect(page).toContain('<title>&lt;/title&gt;');
    expect(page).not.toContain('<b>x</b>');
    expect(page).toContain('<p>y</p>');
  });

  it('names the deployment where it is called otherwise than the product', () => {
    const named = (environment: string) => shell.documentOf({ title: 't', body: html`<p>y</p>`, environment });
    expect(named('Latchkey')).not.toContain('class="environment"');
    expect(named('Latchkey-staging')).toContain('<span class="environment">Latchkey-staging</span>');
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

  it('is told in few bytes, as anybody may ask for it', () => {
    expect(Buffer.byteLength(PLAIN.refusal)).toBeLessThan(8_000);
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
