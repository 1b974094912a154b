import { describe, expect, it } from 'vitest';
import { webhookUrl } from '../../functions/send-alert/webhook-url.ts';

const SECRETS = {
  webhookUrl: async (name: string, options?: { fresh?: boolean }) =>
    `https://hooks.example/${name}${options?.fresh ? '/fresh' : ''}`,
};
const LATCHKEY_SECRET_ALERT_WEBHOOK = 'latchkey/alert-webhook';

describe('where alerts go', () => {
  it('is in the secret, read afresh where asked to', async () => {
    const url = webhookUrl({ LATCHKEY_SECRET_ALERT_WEBHOOK, ALERT_WEBHOOK_URL: '' }, SECRETS);
    expect(await url()).toBe('https://hooks.example/latchkey/alert-webhook');
    expect(await url({ fresh: true })).toBe('https://hooks.example/latchkey/alert-webhook/fresh');
  });

  it('is the variable’s before the secret’s', async () => {
    const url = webhookUrl({ LATCHKEY_SECRET_ALERT_WEBHOOK, ALERT_WEBHOOK_URL: 'http://127.0.0.1:9/x\n' }, SECRETS);
    expect(await url({ fresh: true })).toBe('http://127.0.0.1:9/x');
  });

  it('is missed only when an alert is to be sent', async () => {
    const url = webhookUrl({}, SECRETS);
    await expect(url()).rejects.toMatchObject({
      name: 'ConfigError',
      message: expect.stringContaining('LATCHKEY_SECRET_ALERT_WEBHOOK'),
    });
  });
});
