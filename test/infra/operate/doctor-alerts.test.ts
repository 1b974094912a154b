import { describe, expect, it } from 'vitest';
import { emptyWorld } from '../../../infra/local/scenario/builders.ts';
import { START } from '../local/stand-ins/asking.ts';
import { type DoctorSetup, doctor, failures } from './tool-setup.ts';

const SLACK = 'https://hooks.slack.com/services/T01/B01/a-secret-of-slack';
const GOOGLE = 'https://chat.googleapis.com/v1/spaces/AAA/messages?key=a-key-of-google&token=a-token-of-google';

async function doctorOf(setup: Omit<DoctorSetup, 'world'>) {
  const ran = await doctor({ world: emptyWorld(START), ...setup });
  return { ...ran, line: ran.about('alerts', 'webhook') };
}

describe('doctor at the alert webhook', () => {
  it.each([
    [SLACK, 'hooks.slack.com, recognised as slack'],
    [GOOGLE, 'chat.googleapis.com, recognised as google-chat'],
    ['https://alerts.example.com/a-secret-path', 'alerts.example.com, recognised as generic'],
  ])('says who %s belongs to, and no more of it', async (url, why) => {
    const { line, output } = await doctorOf({ env: { ALERT_WEBHOOK_URL: url } });
    expect(line).toMatchObject({ status: 'ok', why: expect.stringContaining(why) });
    for (const secret of ['a-secret', 'a-key', 'a-token', 'spaces', 'services']) expect(output).not.toContain(secret);
  });

  it.each([
    ['http://alerts.example.com/hook'],
    ['https://user:word@alerts.example.com/hook'],
    ['hooks.slack.com/services/T01/B01/x'],
    ['a text that is no URL'],
  ])('fails for %j without repeating it', async (url) => {
    const ran = await doctorOf({ env: { ALERT_WEBHOOK_URL: url }, argv: ['--send-test'] });
    expect(failures(ran)).toContain('alerts webhook');
    expect(ran.line?.why).toContain(`${url.length} characters`);
    expect(ran.output).not.toContain(url);
    expect(ran.about('alerts', 'test message')).toBeUndefined();
  });

  it('says that there is none, and what to do', async () => {
    const { line } = await doctorOf({ env: { ALERT_WEBHOOK_URL: '' } });
    expect(line).toMatchObject({ status: 'fail', why: expect.stringContaining('ALERT_WEBHOOK_URL is missing') });
    expect(line?.why).toContain('alert.format');
  });

  it.each([
    ['generic', SLACK, 'takes the format slack'],
    ['slack', GOOGLE, 'takes the format google-chat'],
  ])('fails where alerts are written as %s for a service that takes another form', async (format, url, why) => {
    const { line } = await doctorOf({ env: { ALERT_WEBHOOK_URL: url }, settings: { alert: { format } } });
    expect(line).toMatchObject({ status: 'fail', why: expect.stringContaining(why) });
  });

  it('takes a format by setting where the host is anybody’s', async () => {
    const { line } = await doctorOf({ settings: { alert: { format: 'slack' } } });
    expect(line).toMatchObject({ status: 'ok', why: expect.stringContaining('written as slack') });
  });

  it.each([
    [{ alert: { format: 'off' } }, 'alert.format is off'],
    [{ monitor: { filters: [] } }, 'nothing is monitored'],
  ])('needs none with %j', async (settings, why) => {
    const { line } = await doctorOf({ settings, env: { ALERT_WEBHOOK_URL: '' } });
    expect(line).toMatchObject({ status: 'ok', why: expect.stringContaining(why) });
  });

  it('posts nothing unless it is told to', async () => {
    const { alerts, line } = await doctorOf({});
    expect(line?.why).toContain('--send-test');
    expect(alerts.accepted).toEqual([]);
  });

  it.each(['', '/slack', '/google-chat'])('with --send-test posts one message that %j takes', async (alertPath) => {
    const { alerts, ...ran } = await doctorOf({ argv: ['--send-test'], alertPath });
    expect(ran.about('alerts', 'test message')?.status).toBe('ok');
    expect(alerts.accepted.map(({ body }) => body)).toEqual([{ text: expect.stringContaining('Latchkey doctor') }]);
  });

  it('says that the webhook refuses messages, and how', async () => {
    const ran = await doctorOf({
      argv: ['--send-test'],
      prepare: ({ alerts }) => {
        alerts.faults.answers.push({ status: 404, times: 9, body: 'no_service' });
      },
    });
    expect(failures(ran)).toEqual(['alerts test message']);
    expect(ran.about('alerts', 'test message')?.why).toContain('404');
  });
});
