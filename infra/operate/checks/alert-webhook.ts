import { AlertWebhook } from '../../../functions/adapters/alert-webhook/client.ts';
import { formatOf } from '../../../functions/adapters/alert-webhook/format.ts';
import { MINUTE } from '../../../functions/core/time.ts';
import { LatchkeyError } from '../../../functions/runtime/errors.ts';
import { isWebhookUrl } from '../../../functions/runtime/secrets.ts';
import type { Credential } from '../inputs.ts';
import { fail, type Line, ok, type Say } from '../report.ts';
import { type Checking, without } from './checking.ts';

const PATIENCE_MS = MINUTE / 2;

/** Where alerts of the monitor go, by its form; with `--send-test` by a message that is posted there. */
export async function checkAlertWebhook(say: Say, checking: Checking): Promise<void> {
  const { settings, credentials } = checking;
  if (settings['monitor.filters'].length === 0) {
    say(ok('webhook', 'nothing is monitored, as monitor.filters is empty'));
    return;
  }
  if (settings['alert.format'] === 'off') {
    say(ok('webhook', 'alert.format is off: the monitor alerts nobody, and pages where a key was held'));
    return;
  }
  const webhook = credentials.alertWebhook;
  if (webhook === undefined) {
    const cost =
      'alerts of the monitor reach nobody; store the URL they shall be posted to, or set alert.format to off';
    say(without('alertWebhook', 'webhook', cost, checking));
    return;
  }
  const line = formOf(webhook, settings['alert.format'], checking.sendTest);
  say(line);
  if (checking.sendTest && line.status !== 'fail') say(await sendTest(webhook, checking));
}

type Format = Exclude<Checking['settings']['alert.format'], 'off'>;

/** Only the host is said: the rest of the URL lets whoever reads it post there. */
function formOf({ value, from }: Credential, format: Format, isTested: boolean): Line {
  const what = 'webhook';
  const url = URL.parse(value);
  if (url === null || !isWebhookUrl(value)) {
    const { length } = value;
    return fail(
      what,
      `${from} is no URL that alerts are posted to (${length} characters): use https, no user name or password`,
    );
  }
  const recognised = formatOf('auto', value);
  if (format !== 'auto' && recognised !== 'generic' && recognised !== format) {
    return fail(what, `${url.host} takes the format ${recognised}, and alert.format is ${format}: set it to auto`);
  }
  const written = format === 'auto' ? `recognised as ${recognised}` : `written as ${format}, by alert.format`;
  const more = isTested ? '' : '; whether it takes messages is seen with --send-test';
  return ok(what, `${url.host}, ${written}${more}`);
}

/** A text is what all formats have in common; the generic one may carry what it likes. */
async function sendTest({ value, from }: Credential, { clock, fetch, random }: Checking): Promise<Line> {
  const what = 'test message';
  const webhook = new AlertWebhook({ url: async () => value, fetch, clock, random });
  try {
    await webhook.send({ text: 'Latchkey doctor: a test, nothing to do' }, clock.now() + PATIENCE_MS);
    return ok(what, 'was taken; look for “Latchkey doctor” where alerts shall arrive');
  } catch (error) {
    // Fails toward saying so; the message of the error names the host and what it answered.
    if (!(error instanceof LatchkeyError)) throw error;
    return fail(what, `was not taken with ${from}: ${error.message}`);
  }
}
