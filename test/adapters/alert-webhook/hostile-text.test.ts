import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../../functions/adapters/alert-webhook/format.ts';
import { composeAlert } from '../../../functions/core/alert-message.ts';
import { HOSTILE_TEXTS } from '../../../infra/local/scenario/clients.ts';
import { alertOf } from './hostile-facts.ts';

const HOSTILE = [
  '<!channel>',
  '<!here|here>',
  '<@U1>',
  '<#C1|general>',
  '<https://evil.example/x|your bank>',
  'https://evil.example/x?token=1',
  'http:evil.example',
  'evil.example',
  'www.evil.example/path',
  'evil.example.com.attacker.example',
  'mailto:me@evil.example',
  '@all @here @channel',
  '<users/all>',
  '<users/123456789012345678901>',
  '*bold* _italic_ ~struck~ `code` ```block```',
  '&lt;!channel&gt;',
  '&amp;lt;b&amp;gt;',
  '<b>bold</b><br><a href="https://evil.example">x</a>',
  '[click](https://evil.example)',
  '> quoted',
  ':x: :rotating_light:',
  '|> pipe |',
  '\u202Eevil\u202C \u2066isolate\u2069',
  'two\nlines\r\n\u2028three',
  ...Object.values(HOSTILE_TEXTS),
];
/** Stands beside every hostile text, to see where it comes out. */
const MARK = 'qqmarkqq';
const OURS = /^https:\/\/(?:dash\.cloudflare\.com|gitlab\.example\.net|a1b2c3d4e5\.execute-api\.[\w.-]+)\//;

const AMOUNTS = { groups: 4, findings: 2, claims: 2 };
const messageOf = (words: string) => composeAlert(alertOf(`${MARK} ${words}`, AMOUNTS));

/** Every string of a body with the object it stands in. */
function strings(value: unknown, parent: object = {}, name = ''): { text: string; parent: object; name: string }[] {
  if (typeof value === 'string') return [{ text: value, parent, name }];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => strings(item, Array.isArray(value) ? parent : value, key));
}

/** What would be a link, a mention, a tag or an entity, if anybody looked for one. */
const LIVE =
  /[<>@]|:\/\/|\]\(|&(?!amp;)|[\p{L}\p{N}]\.(?:example|com)\b|[\u200B-\u200F\u202A-\u202E\u2066-\u2069\r\u2028]/u;

describe.each(HOSTILE)('an alert with %j in it', (words) => {
  it('is plain text in Slack', () => {
    const body = bodyOf(messageOf(words), 'slack');
    const found = strings(body);
    const marked = found.filter(({ text }) => text.includes(MARK));
    expect(marked.length).toBeGreaterThan(10);
    for (const { text, parent } of marked) {
      if ('type' in parent && parent.type === 'mrkdwn') {
        // Only as the title of a link of ours.
        const rest = text.replaceAll(/<([^<>|]*)\|([A-Za-z0-9 /,:-]*…?)>/g, (_, href: string) =>
          OURS.test(href) ? '' : '?',
        );
        expect(rest).toMatch(/^[ ·]*$/);
        continue;
      }
      expect(parent).toMatchObject({ type: 'plain_text', emoji: false });
      expect(text).not.toMatch(LIVE);
    }
    expect(body).toMatchObject({ mrkdwn: false, unfurl_links: false });
  });

  it('is escaped text in Google Chat', () => {
    const body = bodyOf(messageOf(words), 'google-chat');
    const found = strings(body);
    expect(found.filter(({ text }) => text.includes(MARK)).length).toBeGreaterThan(10);
    for (const { text, name } of found) {
      if (name === 'url') expect(text).toMatch(OURS);
      else expect(text).not.toMatch(LIVE);
    }
    // Mentions live in `text` alone.
    expect(body).not.toHaveProperty('text');
  });

  it('is named in no notification', () => {
    const message = messageOf(words);
    expect(message.headline).toContain(`12,345 security events on zone ${'f'.repeat(32)} in 24 h, `);
    expect(message.headline).not.toContain(MARK);
    expect(bodyOf(message, 'slack')).toHaveProperty('text', message.headline);
    expect(bodyOf(message, 'google-chat')).toHaveProperty('fallbackText', message.headline);
  });

  it('is one line of clean text in the generic format', () => {
    for (const { text } of strings(bodyOf(messageOf(words), 'generic'))) {
      expect(text).not.toMatch(/(?! )[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(text).not.toContain('token=1');
    }
  });
});

describe('what stays readable', () => {
  const inSlack = (path: string, host: string) => {
    const facts = alertOf('x', AMOUNTS);
    const picture = facts.picture && {
      ...facts.picture,
      groups: [{ count: 1, dimensions: { clientRequestHTTPHost: host, clientRequestPath: path } }],
    };
    const zone = { id: 'f'.repeat(32), name: 'example.com' };
    return JSON.stringify(bodyOf(composeAlert({ ...facts, picture, monitor: { ...facts.monitor, zone } }), 'slack'));
  };

  it('are hosts of the zone itself, and no others', () => {
    expect(inSlack('/', 'shop.example.com')).toContain('1 × shop.example.com /');
    expect(inSlack('/', 'example.com.evil.net')).toContain('example[.]com[.]evil[.]net');
    expect(inSlack('/', 'notexample.com')).toContain('notexample[.]com');
    expect(inSlack('/', 'ñexample.com')).toContain('ñexample[.]com');
    expect(inSlack('/', 'example.community')).toContain('example[.]community');
    expect(inSlack('/', 'example.com。net')).toContain('example[.]com[.]net');
  });

  it('is no secret and no query string, in any format', () => {
    const secrets = [
      ['glpat-AAAAAAAAAAAAAAAAAAAA', AMOUNTS],
      ['/x?private_token=hunter22', { ...AMOUNTS, findings: 0 }],
      ['/x?q=hunter22', { ...AMOUNTS, findings: 0 }],
    ] as const;
    for (const [secret, amounts] of secrets) {
      const message = composeAlert(alertOf(secret, amounts));
      for (const format of ['generic', 'slack', 'google-chat'] as const) {
        expect(JSON.stringify(bodyOf(message, format))).not.toMatch(/hunter22|glpat-A/);
      }
    }
  });
});
