import type { AlertMessage } from '../../core/alert-message.ts';
import { genericBody } from './generic.ts';
import { googleChatBody } from './google-chat.ts';
import { slackBody } from './slack.ts';

/** In what form whoever listens at the webhook takes alerts. */
export type AlertFormat = 'generic' | 'slack' | 'google-chat';

/** Hosts of incoming webhooks, which serve nothing else. */
const FORMATS: ReadonlyMap<string, AlertFormat> = new Map([
  ['hooks.slack.com', 'slack'],
  ['hooks.slack-gov.com', 'slack'],
  ['chat.googleapis.com', 'google-chat'],
]);

/** The format of setting `alert.format`; `auto` goes by the URL's host, and is `generic` for any that is not known. */
export function formatOf(setting: 'auto' | AlertFormat, url: string): AlertFormat {
  if (setting !== 'auto') return setting;
  return FORMATS.get(URL.parse(url)?.hostname ?? '') ?? 'generic';
}

/** What is posted: an object that JSON can hold, within the format's documented limits. */
export function bodyOf(message: AlertMessage, format: AlertFormat): object {
  switch (format) {
    case 'slack':
      return slackBody(message);
    case 'google-chat':
      return googleChatBody(message);
    case 'generic':
      return genericBody(message);
  }
}
