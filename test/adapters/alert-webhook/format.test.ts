import { describe, expect, it } from 'vitest';
import { type AlertFormat, formatOf } from '../../../functions/adapters/alert-webhook/format.ts';

describe('the format of alerts', () => {
  it.each<[string, AlertFormat]>([
    ['https://hooks.slack.com/services/T0/B0/x', 'slack'],
    ['https://HOOKS.SLACK.COM/services/T0/B0/x', 'slack'],
    ['https://hooks.slack-gov.com/services/T0/B0/x', 'slack'],
    ['https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t', 'google-chat'],
    ['https://alerts.example.com/hooks.slack.com', 'generic'],
    ['https://hooks.slack.com.example.com/services/x', 'generic'],
    ['https://nothooks.slack.com/x', 'generic'],
    ['http://127.0.0.1:8080/alerts', 'generic'],
    ['no URL', 'generic'],
  ])('of %s is recognised as %s', (url, format) => {
    expect(formatOf('auto', url)).toBe(format);
  });

  it('is what the setting says, whatever the URL', () => {
    expect(formatOf('generic', 'https://hooks.slack.com/services/T0/B0/x')).toBe('generic');
    expect(formatOf('google-chat', 'https://relay.example.com/')).toBe('google-chat');
  });
});
