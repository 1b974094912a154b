import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { EventRow } from '../../functions/adapters/gitlab/schemas.ts';
import { readStreamedRows } from '../../functions/adapters/gitlab/streamed-rows.ts';
import { mergeUses } from '../../functions/core/merge-uses.ts';
import { HOUR, MINUTE } from '../../functions/core/time.ts';
import { serve } from './support/gitlab-reading.ts';
import { BOT, BOT_EVENT, row } from './support/gitlab-rows.ts';
import type { Answer } from './support/gitlab-server.ts';
import { NOW, newKept, testClock, testSources, WINDOW } from './support/gitlab-setup.ts';
import { answersOf, EMPTY_SITE, type Site } from './support/gitlab-site.ts';

const SITE: Site = {
  ...EMPTY_SITE,
  tokens: [row(11), BOT],
  events: { '': [BOT_EVENT] },
  users: [{ id: 50, username: 'project_2_bot_abc', bot: true }],
};

interface Streamed {
  readonly events?: readonly EventRow[];
  readonly heard?: { first: number; last: number } | undefined;
  readonly skippedMalformed?: number;
  readonly cut?: string;
  readonly site?: Answer;
}

const LATELY = { first: NOW - 48 * HOUR, last: NOW - MINUTE };

/** One reading of a GitLab that streamed these events; with what the audit events say of the same window. */
async function readStream(options: Streamed = {}) {
  const { events = [], skippedMalformed = 0, cut } = options;
  const server = await serve(options.site ?? answersOf(SITE));
  const stream = {
    read: async () => ({ events, skippedMalformed, cut }),
    heard: async () => ('heard' in options ? options.heard : LATELY),
  };
  const { sources } = testSources(server.url, testClock(), newKept(), { groups: ['acme'], stream });
  const request = { window: WINDOW, deadline: NOW + 5 * MINUTE };
  const [audit, streamed] = await Promise.all(
    ['audit', 'stream'].map((name) => sources.find((source) => source.name === name)?.read(request)),
  );
  if (audit === undefined || streamed === undefined) throw new Error('both sources expected');
  return { audit, ...streamed, asked: server.asked };
}

function sampleRows(name: string, change: object = {}): readonly EventRow[] {
  const text = readFileSync(new URL(`../events/gitlab/${name}.json`, import.meta.url), 'utf8');
  return readStreamedRows({ ...JSON.parse(text), created_at: new Date(NOW - 10 * MINUTE).toISOString(), ...change })
    .kept;
}

describe('the stream', () => {
  it('names the token of a bot, and the job whose token authenticated', async () => {
    const events = [...sampleRows('git-push-by-user', { author_id: 50 }), ...sampleRows('job-token-used')];
    const { uses, coverage } = await readStream({ events });
    expect(uses.map(({ credential, strength, sources }) => [credential, strength, ...sources])).toEqual([
      ['token/12', 'used', 'stream'],
      ['job/8675309', 'used', 'stream'],
    ]);
    expect(coverage).toMatchObject({ counts: { events: 2, uses: 2 }, oldest: NOW - 10 * MINUTE });
  });

  it('is never whole, as GitLab delivers at best effort', async () => {
    const { coverage } = await readStream();
    expect(coverage).toMatchObject({ status: 'partial', why: [expect.stringContaining('best effort')] });
  });

  it('is off, and GitLab asked nothing for it, where nothing ever came', async () => {
    const { coverage, uses } = await readStream({ heard: undefined, events: sampleRows('job-token-used') });
    expect(coverage).toMatchObject({ status: 'off', why: [expect.stringContaining('latchkey/gitlab-streaming')] });
    expect(uses).toEqual([]);
  });

  it.each([
    ['began within the window', { heard: { first: WINDOW.start + 1, last: NOW } }, 'what came before is unseen'],
    ['fell silent', { heard: { first: 0, last: WINDOW.end - 4 * HOUR } }, 'Nothing was streamed to us since'],
    ['held rows that no one could read', { skippedMalformed: 2 }, '2 streamed events could not be read'],
    ['was not read to its beginning', { cut: 'time ran out' }, 'not read: time ran out'],
    [
      'told no addresses',
      { events: sampleRows('job-token-used', { ip_address: null, details: {} }) },
      'No streamed event of the window records an address',
    ],
  ])('says that it %s', async (_, options, why) => {
    const { coverage } = await readStream(options);
    expect(coverage).toMatchObject({ status: 'partial' });
    expect(coverage.why.join(' ')).toContain(why);
  });

  it('tells of one event what the audit events tell, as one use', async () => {
    const { audit, uses } = await readStream({
      events: readStreamedRows({ ...BOT_EVENT, id: `${BOT_EVENT.id}` }).kept,
    });
    expect(mergeUses([...audit.uses, ...uses])).toMatchObject([
      { credential: 'token/12', strength: 'used', sources: ['stream', 'audit'], eventId: `${BOT_EVENT.id}` },
    ]);
  });

  it('is evidence while GitLab is down, of bots as acts', async () => {
    const events = [...sampleRows('git-push-by-user', { author_id: 50 }), ...sampleRows('job-token-used')];
    const { uses, coverage, audit } = await readStream({ events, site: () => ({ status: 503 }) });
    expect(audit.coverage.status).toBe('unavailable');
    expect(uses.map(({ credential, strength }) => `${credential} ${strength}`)).toEqual([
      'user/50 acted',
      'job/8675309 used',
    ]);
    expect(coverage.why.join(' ')).toContain('some bot users');
  });
});
