import { HtmlValidate } from 'html-validate';
import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../functions/core/case-file.ts';
import {
  badFilterPage,
  missingPage,
  refusalPage,
  unavailablePage,
} from '../../../functions/runtime/page/plain-pages.ts';
import { casePage } from '../../../functions/show-case/html/case-page.ts';
import { HOSTILE_TEXTS } from '../../../infra/local/scenario/clients.ts';
import {
  casePageFactsOf,
  hostileCaseFile,
  largeCaseFile,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  sampleCaseFile,
} from '../../support/case-files.ts';

const HOSTILE = [
  ...Object.values(HOSTILE_TEXTS),
  '"><script>alert(1)</script>',
  "' onmouseover='alert(1)",
  '" autofocus onfocus="alert(1)',
  '</title><script>alert(1)</script>',
  '</style><img src=x onerror=alert(1)>',
  '</svg><svg onload=alert(1)>',
  '<!-- --><iframe src="https://evil.example">',
  'javascript:alert(1)',
  'https://evil.example/?q=1',
  '&lt;b&gt; &amp;amp; &#x3c;script&#x3e;',
  '{{7*7}} <%= 7*7 %> #{7*7}',
  ']]> <![CDATA[ ',
  '\u202Eevil\u202C \u0000\u0008 \u2028',
  '\uD800 lone',
  '',
];

const FILES: Readonly<Record<string, CaseFile>> = {
  'a page': sampleCaseFile(),
  'a monitor’s': monitorCaseFile(),
  'nothing found': quietCaseFile(),
  'just opened': openedCaseFile(),
  'ten thousand sightings': largeCaseFile(),
};

/** The living standard, and the rules for what is read out. Our layout is compact: how markup is spaced says nothing. */
const validator = new HtmlValidate({
  root: true,
  extends: ['html-validate:recommended', 'html-validate:a11y'],
  rules: { 'no-trailing-whitespace': 'off', 'long-title': 'off' },
});

async function problemsOf(page: string): Promise<string[]> {
  const { results } = await validator.validateString(page);
  return results.flatMap(({ messages }) =>
    messages.map(
      ({ line, ruleId, message }) => `${line} ${ruleId}: ${message}\n${page.split('\n')[line - 1]?.slice(0, 300)}`,
    ),
  );
}

describe('the page of a case is valid HTML', () => {
  it.each(Object.entries(FILES))('%s', async (_, file) => {
    expect(await problemsOf(casePage(casePageFactsOf(file)))).toEqual([]);
  });

  it.each(HOSTILE)('with %j wherever somebody else writes', async (text) => {
    expect(await problemsOf(casePage(casePageFactsOf(hostileCaseFile(text))))).toEqual([]);
  });

  it.each([refusalPage(), missingPage(30), unavailablePage(), badFilterPage('trigger: <b>')])('%#', async (page) => {
    expect(await problemsOf(page)).toEqual([]);
  });
});

/** Names of elements and attributes of a page that is known to be well-formed. */
function vocabularyOf(page: string): Set<string> {
  const names = new Set<string>();
  for (const [, tag, attributes = ''] of page.matchAll(/<([a-zA-Z][\w-]*)((?:\s+[^\s=>]+(?:="[^"]*")?)*)\s*\/?>/g)) {
    names.add(`<${tag}>`);
    for (const [, name] of attributes.matchAll(/\s([^\s=>"]+)(?:="[^"]*")?/g)) names.add(`${name}=`);
  }
  return names;
}

describe('a hostile text', () => {
  const ours = new Set(Object.values(FILES).flatMap((file) => [...vocabularyOf(casePage(casePageFactsOf(file)))]));

  it.each(HOSTILE)('%j becomes neither an element nor an attribute', (text) => {
    const page = casePage(casePageFactsOf(hostileCaseFile(text)));
    expect([...vocabularyOf(page)].filter((name) => !ours.has(name))).toEqual([]);
    expect(page.match(/<script>/g)).toHaveLength(1);
  });

  it.each(HOSTILE)('%j becomes no link off this page, GitLab or Cloudflare', (text) => {
    const page = casePage(casePageFactsOf(hostileCaseFile(text)));
    for (const [, href = ''] of page.matchAll(/href="([^"]*)"/g)) {
      expect(href).toMatch(
        /^(?:#[\w.-]+|\/cases\/|data:,|https:\/\/gitlab\.example\.com\/|https:\/\/dash\.cloudflare\.com\/)/,
      );
    }
  });
});

describe('the size of a page', () => {
  it('stays below 500 kB with ten thousand sightings, three hundred findings and sixty thousand uses', () => {
    expect(Buffer.byteLength(casePage(casePageFactsOf(largeCaseFile())))).toBeLessThan(500_000);
  });
});
