import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AlertSink, startAlertSink } from '../../../../infra/local/stand-ins/alert-sink.ts';
import { fakeClock, START } from './asking.ts';

let sink: AlertSink;
beforeEach(async () => {
  sink = await startAlertSink({ clock: fakeClock() });
});
afterEach(() => sink.close());

async function post(path: string, body: unknown, contentType = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'content-type': contentType };
  const response = await fetch(`${sink.url}${path}`, { method: 'POST', headers, body: text });
  return { status: response.status, text: await response.text(), retryAfter: response.headers.get('retry-after') };
}

describe('the alert sink', () => {
  it('takes any JSON object, and remembers when', async () => {
    expect((await post('', { title: 'Ünïcode 攻撃 🔥' })).status).toBe(200);
    expect((await post('/of/somebody?key=1', { title: 'again' })).status).toBe(200);
    expect(sink.accepted).toEqual([
      { at: START, body: { title: 'Ünïcode 攻撃 🔥' } },
      { at: START, body: { title: 'again' } },
    ]);
  });

  it('refuses what is none', async () => {
    for (const body of ['', '[]', '"text"', '{"cut']) expect((await post('', body)).status).toBe(400);
    expect((await post('', {}, 'text/plain')).status).toBe(400);
    expect((await fetch(sink.url)).status).toBe(405);
    expect(sink.accepted).toEqual([]);
  });

  it('can be told to fail', async () => {
    sink.faults.answers.push({ status: 429, headers: { 'retry-after': '120' } });
    expect(await post('', {})).toMatchObject({ status: 429, retryAfter: '120' });
    sink.faults.down = true;
    await expect(post('', {})).rejects.toThrow();
    sink.faults.down = false;
    expect((await post('', { n: 3 })).status).toBe(200);
    expect(sink.accepted).toEqual([{ at: START, body: { n: 3 } }]);
  });
});

describe('Slack', () => {
  const plain = (text: string) => ({ type: 'plain_text', text });
  const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
  const section = (length: number) => ({ type: 'section', text: mrkdwn('x'.repeat(length)) });
  const button = (text: string, url: string) => ({ type: 'button', text: plain(text), url });
  const WHOLE = [
    { type: 'header', text: plain('x'.repeat(150)) },
    section(3000),
    { type: 'section', fields: Array(10).fill(mrkdwn('x'.repeat(300))) },
    { type: 'divider' },
    { type: 'context', elements: Array(10).fill(mrkdwn('x')) },
    { type: 'actions', elements: [button('Open', 'https://example.com/a')] },
    { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'x' }] }] },
  ];

  it('takes a message within its limits', async () => {
    expect(await post('/slack', { text: 'x', blocks: WHOLE })).toMatchObject({ status: 200, text: 'ok' });
    expect(await post('/slack/T1/B1/key', { text: 'only words' })).toMatchObject({ status: 200, text: 'ok' });
    expect(sink.accepted).toHaveLength(2);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{"text', 'invalid_payload'],
    ['nothing to show', {}, 'no_text'],
    ['51 blocks', { blocks: Array(51).fill({ type: 'divider' }) }, 'invalid_blocks'],
    ['no blocks', { text: 'x', blocks: [] }, 'invalid_blocks'],
    ['a block of no known type', { blocks: [{ type: 'card' }] }, 'invalid_blocks'],
    ['a long header', { blocks: [{ type: 'header', text: plain('x'.repeat(151)) }] }, 'invalid_blocks'],
    ['a header with markup', { blocks: [{ type: 'header', text: mrkdwn('x') }] }, 'invalid_blocks'],
    ['a long section', { blocks: [section(3001)] }, 'invalid_blocks'],
    ['an empty section', { blocks: [section(0)] }, 'invalid_blocks'],
    ['eleven fields', { blocks: [{ type: 'section', fields: Array(11).fill(mrkdwn('x')) }] }, 'invalid_blocks'],
    ['a long field', { blocks: [{ type: 'section', fields: [mrkdwn('x'.repeat(2001))] }] }, 'invalid_blocks'],
    [
      'a long button',
      { blocks: [{ type: 'actions', elements: [button('x'.repeat(76), 'https://a.example')] }] },
      'invalid_blocks',
    ],
    [
      'a button to nowhere',
      { blocks: [{ type: 'actions', elements: [button('x', 'javascript:x')] }] },
      'invalid_blocks',
    ],
    ['one id for two blocks', { blocks: Array(2).fill({ type: 'divider', block_id: 'a' }) }, 'invalid_blocks'],
    ['too much in all', { blocks: Array(5).fill(section(2500)) }, 'msg_blocks_too_long'],
  ])('refuses %s', async (_, body, problem) => {
    expect(await post('/slack', body)).toMatchObject({ status: 400, text: problem });
    expect(sink.accepted).toEqual([]);
  });
});

describe('Google Chat', () => {
  const widget = { textParagraph: { text: 'words' } };
  const button = (url: string) => ({ buttonList: { buttons: [{ text: 'Open', onClick: { openLink: { url } } }] } });
  const card = (widgets: unknown, header: object = { title: 'Attack', subtitle: 'on example.com' }) => ({
    cardsV2: [{ cardId: 'latchkey', card: { header, sections: [{ header: 'Metrics', collapsible: true, widgets }] } }],
  });

  it('takes a message within its limits, and names it', async () => {
    const widgets = [
      widget,
      { decoratedText: { topLabel: 'total', text: '7' } },
      { divider: {} },
      button('https://a.example'),
    ];
    const { status, text } = await post('/google-chat', { text: 'Attack', ...card(widgets) });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({ name: expect.stringMatching(/^spaces\//) });
    expect((await post('/google-chat/v1/spaces/x/messages?key=k', { text: 'only words' })).status).toBe(200);
    expect(sink.accepted).toHaveLength(2);
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{"text', 'Unable to parse JSON'],
    ['nothing to show', {}, 'Message cannot be empty'],
    ['a field it does not know', { text: 'x', blocks: [] }, 'Unknown name "blocks"'],
    ['a widget it does not know', card([{ table: {} }]), 'Unknown name "table"'],
    ['a section without widgets', card([]), 'at least one widget'],
    ['a widget of two kinds', card([{ ...widget, divider: {} }]), 'exactly one kind'],
    ['an empty paragraph', card([{ textParagraph: { text: '' } }]), 'textParagraph is not whole'],
    ['a header without a title', card([widget], { subtitle: 'x' }), 'title is required'],
    ['a link that is none', card([button('javascript:alert(1)')]), 'buttonList is not whole'],
    ['cards without ids', { cardsV2: Array(2).fill({ card: {} }) }, 'Card IDs'],
    ['more than 32,000 bytes', card([{ textParagraph: { text: 'ü'.repeat(16_000) } }]), 'longer than 32000 bytes'],
  ])('refuses %s', async (_, body, message) => {
    const { status, text } = await post('/google-chat', body);
    expect(status).toBe(400);
    const { error } = JSON.parse(text);
    expect(error).toMatchObject({ code: 400, status: 'INVALID_ARGUMENT' });
    expect(error.message).toContain(message);
    expect(sink.accepted).toEqual([]);
  });
});
