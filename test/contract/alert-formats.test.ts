import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlertWebhook } from '../../functions/adapters/alert-webhook/client.ts';
import { type AlertFormat, bodyOf } from '../../functions/adapters/alert-webhook/format.ts';
import { composeAlert } from '../../functions/core/alert-message.ts';
import { systemClock } from '../../functions/runtime/clock.ts';
import { HOSTILE_TEXTS } from '../../infra/local/scenario/clients.ts';
import { type AlertSink, startAlertSink } from '../../infra/local/stand-ins/alert-sink.ts';
import { ALERTS, alertFactsOf, groupOf, pictureOf } from '../support/alert-facts.ts';

const PATHS: Readonly<Record<AlertFormat, string>> = { generic: '', slack: '/slack', 'google-chat': '/google-chat' };
const FORMATS: readonly AlertFormat[] = ['generic', 'slack', 'google-chat'];

/** More events than any chat takes, every text as long and as hostile as clients can make it. */
function huge() {
  const texts = Object.values(HOSTILE_TEXTS);
  const groups = Array.from({ length: 1_500 }, (_, index) => {
    const text = `${texts[index % texts.length]}<!channel> @all ${'攻撃&<>'.repeat(60)}${index}`;
    return groupOf(2_000 - index, { clientRequestPath: text, description: text, clientRequestHTTPHost: text });
  });
  return alertFactsOf({ picture: pictureOf(groups) });
}

let sink: AlertSink;
beforeAll(async () => {
  sink = await startAlertSink({ clock: systemClock });
});
afterAll(() => sink.close());

describe.each(FORMATS)('%s', (format) => {
  it.each([...Object.entries(ALERTS), ['huge', huge] as const])('is taken by who listens: %s', async (_, facts) => {
    const url = async () => `${sink.url}${PATHS[format]}`;
    const webhook = new AlertWebhook({ fetch, url, clock: systemClock, random: () => 0 });
    const before = sink.accepted.length;
    const body = bodyOf(composeAlert(facts()), format);
    await webhook.send(body, systemClock.now() + 20_000);
    expect(sink.accepted.slice(before).map((taken) => taken.body)).toEqual([body]);
  });
});
