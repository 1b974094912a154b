import { describe, expect, it } from 'vitest';
import { type AlertFormat, bodyOf } from '../../../functions/adapters/alert-webhook/format.ts';
import { type AlertFacts, composeAlert } from '../../../functions/core/alert-message.ts';
import { ALERTS, alertFactsOf } from '../../support/alert-facts.ts';
import { CASE_URL } from '../../support/pager-facts.ts';
import { alertOf } from './hostile-facts.ts';

interface Link {
  readonly href: string;
  readonly text: string;
}

/** The links of a body as whoever reads it follows them. */
const LINKS: Readonly<Record<AlertFormat, (body: string) => Link[]>> = {
  generic: (body) => JSON.parse(body).links,
  slack: (body) => {
    const texts: string[] = JSON.parse(body).blocks.map((block: { text?: { text: string } }) => block.text?.text ?? '');
    const links = [...(texts.at(-1) ?? '').matchAll(/<([^<>|]*)\|([^<>|]*)>/g)];
    return links.map(([, href = '', text = '']) => ({ href: href.replaceAll('&amp;', '&'), text }));
  },
  'google-chat': (body) => {
    const { buttons } = JSON.parse(body).cardsV2[0].card.sections.at(-1).widgets[0].buttonList;
    return buttons.map((button: { text: string; onClick: { openLink: { url: string } } }) => {
      return { href: button.onClick.openLink.url, text: button.text };
    });
  },
};

const FORMATS = ['generic', 'slack', 'google-chat'] as const;
const linksOf = (facts: AlertFacts, format: AlertFormat) =>
  LINKS[format](JSON.stringify(bodyOf(composeAlert(facts), format)));

describe.each(FORMATS)('the link to the case in the format %s', (format) => {
  const everything = () => alertOf('<&> glpat-AAAAAAAAAAAAAAAAAAAA', { groups: 300, findings: 30, claims: 40 });

  it.each(Object.entries({ ...ALERTS, everything }))('is the first of %s, and whole', (_, facts) => {
    expect(CASE_URL.length).toBeGreaterThan(150);
    expect(linksOf(facts(), format)[0]).toEqual({
      href: CASE_URL,
      text: 'The case: what happened, and how sure Latchkey is',
    });
  });

  it('is kept although its signature looks like a token', () => {
    const caseUrl = CASE_URL.replace('Ab3_', '-glpat-');
    expect(linksOf(alertFactsOf({ caseUrl }), format)[0]?.href).toBe(caseUrl);
  });

  it('takes no other link away', () => {
    const others = linksOf(alertFactsOf({ caseUrl: undefined }), format);
    expect(others.length).toBeGreaterThan(1);
    expect(linksOf(alertFactsOf(), format).slice(1)).toEqual(others);
  });
});
