import { describe, expect, it } from 'vitest';
import { DAY, HOUR } from '../../functions/core/time.ts';
import { receiveWebhook } from '../../functions/receive-webhook/receive-webhook.ts';
import { changed, fakeServices, minutesAgo, NOW, request, sample } from './fake-services.ts';

type Fakes = ReturnType<typeof fakeServices>;

async function post(body: string, fakes: Fakes) {
  const response = await receiveWebhook(request(body), fakes.services);
  return { status: response.statusCode, ...JSON.parse(response.body) };
}

const START = 'firewall-anomaly-start';
const END = 'firewall-anomaly-end';

describe('a spike', () => {
  it('starts its workflow with a window that begins before the attack and ends now', async () => {
    const fakes = fakeServices({ mode: 'shadow' });
    const { status, caseId } = await post(sample(START), fakes);
    expect(status).toBe(202);
    expect(caseId).toMatch(/^spike-20261120T190022Z-[0-9a-f]{10}$/);
    expect(fakes.executions).toMatchObject([
      {
        caseId,
        trigger: 'spike',
        look: 0,
        shadow: true,
        window: { start: '2026-11-20T18:30:22.000Z', end: '2026-11-20T19:10:00.000Z' },
      },
    ]);
  });

  it('is listed once, after its workflow was started', async () => {
    const fakes = fakeServices();
    const { caseId } = await post(sample(START), fakes);
    await post(sample(START), fakes);
    expect(fakes.listed).toEqual([{ caseId, afterStarts: 1 }]);
  });

  it('pages when the mode is live', async () => {
    const fakes = fakeServices({ mode: 'live' });
    await post(sample(START), fakes);
    expect(fakes.executions[0]?.shadow).toBe(false);
  });

  it('has the same id wherever it is received on one day', async () => {
    const later = fakeServices();
    later.advance(HOUR);
    const first = await post(sample(START), fakeServices());
    expect(await post(sample(START), later)).toEqual(first);
  });

  it.each([
    ['another correlation', { alert_correlation_id: 'other' }],
    ['another policy', { policy_id: 'a'.repeat(32) }],
    ['another account', { account_id: 'a'.repeat(32) }],
    ['another type', { alert_type: 'clickhouse_alert_fw_ent_anomaly' }],
    ['another start', { data: { alert_start_time: minutesAgo(3) } }],
  ])('is another case with %s', async (_name, fields) => {
    const fakes = fakeServices();
    const first = await post(sample(START), fakes);
    const second = await post(changed(START, fields), fakes);
    expect(second.status).toBe(202);
    expect(second.caseId).not.toBe(first.caseId);
  });

  it('without a start time is told apart by when it was sent', async () => {
    const fakes = fakeServices();
    const data = { zone_name: 'example.com' };
    expect((await post(changed(START, { data }), fakes)).status).toBe(202);
    expect((await post(changed(START, { data, ts: 1_795_201_501 }), fakes)).status).toBe(202);
    expect((await post(changed(START, { data }), fakes)).result).toBe('duplicate');
  });

  it('without a correlation id is told apart by type, data and time, in any order of fields', async () => {
    const fakes = fakeServices();
    const without = { alert_correlation_id: undefined };
    const data = { zone_name: 'example.com', events_count: '394' };
    const turned = { events_count: '394', zone_name: 'example.com' };
    expect((await post(changed(START, { ...without, data }), fakes)).status).toBe(202);
    expect((await post(changed(START, { ...without, data: turned, name: 'new name' }), fakes)).result).toBe(
      'duplicate',
    );
    expect((await post(changed(START, { ...without, data: { ...data, events_count: '395' } }), fakes)).status).toBe(
      202,
    );
  });

  it('keeps the digits of a correlation id that is a number too long for one', async () => {
    const fakes = fakeServices();
    await post(sample('numbers-as-strings'), fakes);
    const neighbour = sample('numbers-as-strings').replace('2099428449234980864', '2099428449234980865');
    expect((await post(neighbour, fakes)).status).toBe(202);
  });
});

describe('a duplicate', () => {
  it('is said to be one, with its case, and starts nothing', async () => {
    const fakes = fakeServices();
    const { caseId } = await post(sample(START), fakes);
    expect(await post(sample(START), fakes)).toMatchObject({ status: 200, result: 'duplicate', caseId });
    expect(fakes.executions).toHaveLength(1);
  });

  it.each(['workflow', 'cases'] as const)(
    'starts the case when it could not be started before (%s)',
    async (broken) => {
      const fakes = fakeServices();
      fakes.down.add(broken);
      expect(await post(sample(START), fakes)).toMatchObject({ status: 503 });
      expect(fakes.executions).toEqual([]);
      fakes.down.clear();
      fakes.advance(5 * 60_000);
      const { status, caseId } = await post(sample(START), fakes);
      expect(status).toBe(202);
      expect(fakes.executions.map((state) => state.caseId)).toEqual([caseId]);
      expect(await post(sample(START), fakes)).toMatchObject({ status: 200, result: 'duplicate' });
    },
  );

  it('is none after a day: the attack is looked at again, as a case of its own', async () => {
    const fakes = fakeServices();
    const first = await post(sample(START), fakes);
    fakes.advance(DAY - 1);
    expect(await post(sample(START), fakes)).toMatchObject({ status: 200, result: 'duplicate', caseId: first.caseId });
    fakes.advance(1);
    const again = await post(sample(START), fakes);
    expect(again.status).toBe(202);
    expect(fakes.executions.map(({ caseId }) => caseId)).toEqual([first.caseId, again.caseId]);
    expect(again.caseId).not.toBe(first.caseId);
    expect(await post(sample(START), fakes)).toMatchObject({ result: 'duplicate', caseId: again.caseId });
  });

  it('is none when the first could not be stored', async () => {
    const fakes = fakeServices();
    fakes.down.add('deliveries');
    expect(await post(sample(START), fakes)).toEqual({
      status: 503,
      error: expect.stringMatching(/could not be stored/),
    });
    expect(fakes.stored()).toBe(0);
    fakes.down.clear();
    expect(await post(sample(START), fakes)).toMatchObject({ status: 202 });
  });

  it('keeps the first delivery’s case even when neither start nor time sent is known', async () => {
    const fakes = fakeServices();
    fakes.down.add('workflow');
    await post(sample('sparse'), fakes);
    fakes.down.clear();
    fakes.advance(HOUR);
    const { caseId } = await post(sample('sparse'), fakes);
    expect([...fakes.cases.keys()]).toEqual([caseId]);
    expect(fakes.executions[0]?.window.start).toBe('2026-11-20T18:40:00.000Z');
  });
});

describe('the end of a spike', () => {
  it('is recorded on its case and cancels nothing', async () => {
    const fakes = fakeServices();
    const { caseId } = await post(sample(START), fakes);
    fakes.advance(30 * 60_000);
    expect(await post(sample(END), fakes)).toMatchObject({ status: 200, result: 'nothing to do', caseId });
    expect(fakes.cases.get(caseId)?.ends).toEqual([
      { at: Date.parse('2026-11-20T19:35:00Z'), delivery: { body: sample(END) } },
    ]);
    expect(fakes.executions).toHaveLength(1);
    expect(await post(sample(END), fakes)).toMatchObject({ status: 200, result: 'duplicate', caseId });
    expect(fakes.cases.get(caseId)?.ends).toHaveLength(1);
  });

  it('opens a case when no start was heard of, once', async () => {
    const fakes = fakeServices();
    const { status, caseId } = await post(sample(END), fakes);
    expect(status).toBe(202);
    expect(fakes.executions).toHaveLength(1);
    expect(await post(sample(END), fakes)).toMatchObject({ status: 200, result: 'duplicate', caseId });
  });

  it.each([
    ['another policy', { policy_id: 'a'.repeat(32) }],
    ['another correlation', { alert_correlation_id: 'other' }],
    ['no correlation', { alert_correlation_id: undefined }],
  ])('opens a case of its own under %s', async (_name, fields) => {
    const fakes = fakeServices();
    await post(sample(START), fakes);
    expect(await post(changed(END, fields), fakes)).toMatchObject({ status: 202 });
    expect(fakes.executions).toHaveLength(2);
  });

  it('starts its case when the start could not, over the start’s window', async () => {
    const fakes = fakeServices();
    fakes.down.add('workflow');
    await post(sample(START), fakes);
    fakes.down.clear();
    const { status, caseId } = await post(changed(END, { data: {} }), fakes);
    expect(status).toBe(202);
    expect([...fakes.cases.keys()]).toEqual([caseId]);
    expect(fakes.executions).toMatchObject([{ caseId, window: { start: '2026-11-20T18:30:22.000Z' } }]);
    expect(fakes.cases.get(caseId)?.ends).toHaveLength(1);
    expect(await post(sample(START), fakes)).toMatchObject({ result: 'duplicate' });
  });
});

describe('the start', () => {
  const opened = async (fields: object) => {
    const fakes = fakeServices();
    const { status } = await post(changed(START, fields), fakes);
    expect(status).toBe(202);
    const [opening] = fakes.cases.values();
    return { alert: opening?.alert, window: fakes.executions[0]?.window };
  };

  it.each([
    ['2026-11-20T19:00:22Z', '2026-11-20T19:00:22.000Z'],
    ['2026-11-20T19:00:22', '2026-11-20T19:00:22.000Z'],
    ['2026-11-20 19:00:22.5 +0000 UTC', '2026-11-20T19:00:22.500Z'],
    ['2026-11-20T20:00:22+0100', '2026-11-20T19:00:22.000Z'],
    ['1795201222', '2026-11-20T19:00:22.000Z'],
    [1_795_201_222, '2026-11-20T19:00:22.000Z'],
    [1_795_201_222_000, '2026-11-20T19:00:22.000Z'],
    ['yesterday', '2026-11-20T19:05:00.000Z'],
    ['undefined', '2026-11-20T19:05:00.000Z'],
    [null, '2026-11-20T19:05:00.000Z'],
  ])('%s is read as %s', async (alert_start_time, expected) => {
    const { alert } = await opened({ data: { alert_start_time } });
    expect(new Date(alert?.startedAt ?? 0).toISOString()).toBe(expected);
    expect(alert?.notes).toEqual([]);
  });

  it('in the future is moved to now, with a note', async () => {
    const { alert, window } = await opened({ data: { alert_start_time: '2031-01-01T00:00:00Z' } });
    expect(alert?.startedAt).toBe(NOW);
    expect(alert?.notes).toEqual([expect.stringMatching(/future \(2031-01-01T00:00:00.000Z\)/)]);
    expect(window).toEqual({ start: '2026-11-20T18:40:00.000Z', end: '2026-11-20T19:10:00.000Z' });
  });

  it('more than 31 days back is moved to 31 days back, with a note', async () => {
    const { alert } = await opened({ data: { alert_start_time: '2022-10-27T06:00:22Z' } });
    expect(alert?.startedAt).toBe(NOW - 31 * DAY);
    expect(alert?.notes).toEqual([expect.stringMatching(/31 days back/)]);
  });

  it('that nobody names is when it arrived, with a note', async () => {
    const { alert } = await opened({ ts: 'soon', data: undefined });
    expect(alert?.startedAt).toBe(NOW);
    expect(alert?.notes).toHaveLength(1);
  });
});

describe('the link', () => {
  it.each([
    ['dash.cloudflare.com/a/b', 'https://dash.cloudflare.com/a/b'],
    ['https://dash.cloudflare.com/a', 'https://dash.cloudflare.com/a'],
    ['http://dash.cloudflare.com/a', undefined],
    ['https://dash.cloudflare.com.example.net/a', undefined],
    ['https://dash.cloudflare.com@example.net/a', undefined],
    ['javascript:alert(1)', undefined],
  ])('%s becomes %s', async (dashboard_link, expected) => {
    const fakes = fakeServices();
    await post(changed(START, { data: { dashboard_link } }), fakes);
    expect([...fakes.cases.values()][0]?.alert.link).toBe(expected);
  });
});

describe('a policy test', () => {
  const about = (data: object) => changed(START, { data: { severity: 'INFO', action: 'fake-action', ...data } });
  const ID = '00112233445566778899aabbccddeeff';

  it.each([
    ['an invented zone', { zone_name: 'fake-zone-name' }, []],
    ['an invented zone, though it has an id', { zone_name: 'fake-zone-name', zone_tag: ID }, []],
    ['a zone of no readable name', { zone_name: 'fake-zone / name' }, []],
    ['a zone that is none of ours', { zone_name: 'example.com' }, ['example.net', 'notexample.com']],
    ['a zone id that is none of ours', { zone_tag: ID }, ['f'.repeat(32)]],
  ])('is answered as one about %s', async (_name, data, zones) => {
    const fakes = fakeServices({ zones });
    expect(await post(about(data), fakes)).toMatchObject({ status: 200, result: 'test' });
    expect(fakes.stored()).toBe(0);
  });

  it.each([
    ['a zone of ours', { zone_name: 'Example.com' }, ['example.com']],
    ['a host of ours', { target_hostname: 'www.example.com' }, ['example.com']],
    ['a zone id of ours', { zone_tag: ID.toUpperCase() }, [ID]],
    ['a zone that may be ours, as every zone is', { zone_name: 'example.com' }, []],
    ['a zone that may be ours, as ours are known by id', { zone_name: 'example.com' }, [ID]],
    ['a zone id that may be ours, as ours are known by name', { zone_tag: ID }, ['example.com']],
    ['a zone that may be ours, as some of ours are known by id', { zone_name: 'example.net' }, ['example.com', ID]],
    ['no zone at all', {}, []],
    ['no zone at all, though ours are known', { rule_description: 'fake-googlebot limiter' }, ['example.com']],
  ])('is taken for an attack about %s', async (_name, data, zones) => {
    expect(await post(about(data), fakeServices({ zones }))).toMatchObject({ status: 202 });
  });

  it('is none without invented values, also about an unknown zone', async () => {
    expect(await post(sample(START), fakeServices({ zones: ['example.net'] }))).toMatchObject({ status: 202 });
  });
});

describe('a disabled Logpush job', () => {
  it('is stored and told to the pipeline’s owner, once', async () => {
    const fakes = fakeServices();
    const body = sample('logpush-disabled');
    expect(await post(body, fakes)).toMatchObject({ status: 200, result: 'nothing to do' });
    expect(fakes.raised).toEqual([{ source: 'logpush', why: expect.stringContaining('Logpush job 4711') }]);
    expect(await post(body, fakes)).toMatchObject({ status: 200, result: 'duplicate' });
    expect(fakes.raised).toHaveLength(1);
  });

  it('asks to be sent again while its owner cannot be told', async () => {
    const fakes = fakeServices();
    fakes.down.add('health');
    expect(await post(sample('logpush-disabled'), fakes)).toMatchObject({ status: 503 });
    fakes.down.clear();
    expect(await post(sample('logpush-disabled'), fakes)).toMatchObject({ status: 200, result: 'nothing to do' });
    expect(fakes.raised).toHaveLength(1);
  });
});

describe('logs', () => {
  it('hold ids and no payload, header or secret', async () => {
    const fakes = fakeServices();
    await post(sample('with-addresses'), fakes);
    await post('nonsense 203.0.113.9', fakes);
    await receiveWebhook({ body: '{}', headers: { 'cf-webhook-auth': 'guess' } }, fakes.services);
    const all = fakes.logged.join('\n');
    expect(all).toContain('spike-');
    expect(all).not.toMatch(/203\.0\.113|198\.51|example\.com|guess|horse/);
  });
});
