import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertWebhook } from '../../functions/adapters/alert-webhook/client.ts';
import type { AlertFacts } from '../../functions/core/alert-message.ts';
import { alertWriter } from '../../functions/send-alert/alert-writer.ts';
import { type AlertSink, startAlertSink } from '../../infra/local/stand-ins/alert-sink.ts';
import { groupOf, monitorOf, monitorStateOf, pictureOf } from '../support/event-facts.ts';
import { COVERAGE, findingOf, sleepingClock } from '../support/pager-facts.ts';

let sink: AlertSink;
const clock = sleepingClock();

beforeEach(async () => {
  sink = await startAlertSink({ clock });
});
afterEach(() => sink.close());

function factsOf(more: Partial<AlertFacts> = {}): AlertFacts {
  const monitor = monitorOf({ total: 4_200 });
  return {
    order: { look: 1, kind: 'attack' },
    state: monitorStateOf({ monitor }),
    monitor,
    picture: pictureOf([groupOf(4_200, { clientRequestPath: '/<!channel>|*x*' })]),
    findings: [findingOf()],
    coverage: COVERAGE,
    pages: undefined,
    analysis: undefined,
    caseUrl: undefined,
    environment: 'test',
    gitlabUrl: 'https://gitlab.example.com',
    execution: undefined,
    ...more,
  };
}

async function deliver(format: 'auto' | 'generic' | 'slack' | 'google-chat', path: string, facts: AlertFacts) {
  const url = async () => sink.url + path;
  const webhook = new AlertWebhook({ fetch: (input, init) => fetch(input, init), url, clock, random: () => 0 });
  const body = await alertWriter(format, url)?.(facts);
  await webhook.send(body ?? {}, clock.now() + 10_000);
  return JSON.stringify(sink.accepted.at(-1)?.body);
}

describe('an alert as it is posted', () => {
  it.each([
    ['auto', ''],
    ['generic', ''],
    ['slack', '/slack'],
    ['google-chat', '/google-chat'],
  ] as const)('is taken by who listens: %s', async (format, path) => {
    const posted = await deliver(format, path, factsOf());
    expect(posted).toMatch(/4,?200/);
    expect(posted).toContain('203.0.113.7');
  });

  it.each([
    ['generic', ''],
    ['slack', '/slack'],
    ['google-chat', '/google-chat'],
  ] as const)('has the numbers that alerted although nothing else could be read: %s', async (format, path) => {
    const bare = factsOf({ picture: undefined, findings: [], coverage: {} });
    const posted = await deliver(format, path, bare);
    expect(posted).toMatch(/4,?200/);
    expect(posted).toContain('could not be read');
  });

  it('takes the form that the URL’s host wants', async () => {
    const auto = (url: string) => alertWriter('auto', async () => url)?.(factsOf());
    expect(await auto('https://hooks.slack.com/services/x')).toHaveProperty('blocks');
    expect(await auto('https://chat.googleapis.com/v1/spaces/x')).toHaveProperty('cardsV2');
    expect(await auto('https://example.com/hooks.slack.com')).toHaveProperty('schema');
  });

  it('is none where alerts are switched off', () => {
    expect(alertWriter('off', async () => sink.url)).toBeUndefined();
  });
});
