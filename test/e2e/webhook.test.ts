import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type JsonObject, stringAt } from '../../infra/local/json.ts';
import { emptyWorld } from '../../infra/local/scenario/builders.ts';
import { openKeptTable, openScene, type Scene, spikeAlert, temporaryDirectory } from './support.ts';

const TIMEOUT = 60_000;
const LIMIT = 256 * 1024;

/** A delivery as Cloudflare sends it. */
function sample(name: string): JsonObject {
  return JSON.parse(readFileSync(new URL(`../events/cloudflare/${name}.json`, import.meta.url), 'utf8'));
}

describe('a delivery that opens no case', { timeout: TIMEOUT }, () => {
  const given: { scene?: Scene; directory?: Awaited<ReturnType<typeof temporaryDirectory>> } = {};
  const alert = spikeAlert(emptyWorld(Date.now()));
  const padded = (bytes: number) => JSON.stringify({ ...alert, padding: 'x'.repeat(bytes) });

  beforeAll(async () => {
    given.directory = await temporaryDirectory();
    given.scene = await openScene({ world: emptyWorld(Date.now()), dataDir: given.directory.path });
  }, TIMEOUT);
  afterAll(async () => {
    await given.scene?.[Symbol.asyncDispose]();
    await given.directory?.[Symbol.asyncDispose]();
  });

  it.each([
    ['with a wrong secret', alert, { secret: 'wrong' }, 401],
    ['without a secret', alert, { secret: null }, 401],
    ['with an empty secret', alert, { secret: '' }, 401],
    ['with garbage and a wrong secret', '{', { secret: 'wrong' }, 401],
    ['that is too large, whatever its secret', padded(LIMIT), { secret: 'wrong' }, 413],
    ['that is too large for a function', padded(7 * 1024 * 1024), {}, 413],
    ['that is too large for the HTTP API', padded(11 * 1024 * 1024), {}, 413],
    ['that is no JSON', '{"text":', {}, 422],
    ['that is no JSON and says so', 'hello', { contentType: 'text/plain' }, 415],
    ['that is empty', '', {}, 422],
    ['that is no object', '[]', {}, 422],
    ['with nothing of a notification in it', {}, {}, 422],
  ])('%s is refused', async (_, body, options, status) => {
    const answer = await given.scene?.post(body, options);
    expect(answer?.status).toBe(status);
    expect(answer?.body).not.toHaveProperty('caseId');
  });

  it.each(['destination-test', 'policy-test'])('that is a test (%s) is answered 200', async (name) => {
    expect(await given.scene?.post(sample(name))).toMatchObject({ status: 200, body: { result: 'test' } });
  });

  it('stores nothing, starts nothing and tells nobody', async () => {
    const { scene, directory } = given;
    await scene?.stack.waitForIdle();
    expect(scene?.stack.executions()).toEqual([]);
    expect(scene?.stack.outbox().pagerduty).toEqual([]);
    await scene?.[Symbol.asyncDispose]();
    await using table = await openKeptTable(directory?.path ?? '');
    expect(await table.count()).toBe(0);
  });
});

describe('a delivery', { timeout: TIMEOUT }, () => {
  it('starts one case however often it comes, and its end is recorded on that case', async () => {
    await using directory = await temporaryDirectory();
    const start = spikeAlert(emptyWorld(Date.now()));
    const end = { ...start, alert_event: 'ALERT_STATE_EVENT_END', text: 'It is over.' };
    const caseId = await (async () => {
      await using scene = await openScene({ world: emptyWorld(Date.now()), dataDir: directory.path });
      const first = await scene.post(start);
      expect(first).toEqual({ status: 202, body: { caseId: expect.stringMatching(/^spike-\d{8}T\d{6}Z-/) } });
      const caseId = stringAt(first.body, 'caseId') ?? '';
      expect(await scene.post(start)).toMatchObject({ status: 200, body: { result: 'duplicate', caseId } });
      expect(await scene.post(end)).toMatchObject({ status: 200, body: { result: 'nothing to do', caseId } });
      expect(await scene.post(end)).toMatchObject({ status: 200, body: { result: 'duplicate', caseId } });
      expect(await scene.caseOf(first.body)).toMatchObject({ status: 'SUCCEEDED', output: { look: 4 } });
      expect(await scene.post(start)).toMatchObject({ status: 200, body: { result: 'duplicate', caseId } });
      expect(scene.stack.executions()).toHaveLength(1);
      return caseId;
    })();
    await using table = await openKeptTable(directory.path);
    const stored = await table.cases.load(caseId);
    expect(stored?.delivery).toEqual({ body: JSON.stringify(start) });
    expect(stored?.ends).toMatchObject([{ delivery: { body: JSON.stringify(end) } }]);
  });

  it('starts one case when it comes several times at once, under any Content-Type', async () => {
    await using scene = await openScene({ world: emptyWorld(Date.now()) });
    const alert = spikeAlert(scene.stack.world);
    const types = ['application/json', 'text/plain', 'application/octet-stream'];
    const answers = await Promise.all(types.map((contentType) => scene.post(alert, { contentType })));
    expect(answers.map(({ status }) => status)).toContain(202);
    expect(new Set(answers.map(({ body }) => body.caseId)).size).toBe(1);
    await scene.stack.waitForIdle();
    expect(scene.stack.executions()).toHaveLength(1);
  });

  it('that is no attack starts nothing; one that says that logs stop tells the owner of the pipeline, once', async () => {
    await using scene = await openScene({ world: emptyWorld(Date.now()) });
    const kept = { status: 200, body: { result: 'nothing to do' } };
    expect(await scene.post(sample('layer4-ddos'))).toMatchObject(kept);
    expect(scene.stack.outbox().pagerduty).toEqual([]);
    expect(await scene.post(sample('logpush-disabled'))).toMatchObject(kept);
    expect(await scene.post(sample('logpush-disabled'))).toMatchObject({ status: 200, body: { result: 'duplicate' } });
    await scene.stack.waitForIdle();
    expect(scene.stack.executions()).toEqual([]);
    expect(scene.health()).toEqual(['trigger latchkey-health/logpush']);
    expect(scene.stack.outbox().pagerduty[0]?.body).toMatchObject({
      payload: { class: 'pipeline-health', severity: 'warning', component: 'logpush' },
    });
  });
});
