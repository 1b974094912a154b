import { afterEach, expect, it } from 'vitest';
import { type Faults, faults, rateLimit, type StandIn, serve } from '../../../../infra/local/stand-ins/stand-in.ts';
import { fakeClock, START } from './asking.ts';

let standIn: StandIn;
let live: Faults;
afterEach(() => standIn.close());

async function start(clock = fakeClock()) {
  live = faults();
  const answer = () => ({ status: 200, body: { hello: 'world' } });
  standIn = await serve({ name: 'sample', clock, faults: live, answer });
}

const ask = (path = '/') => fetch(`${standIn.url}${path}`);

it('says what it is in every answer, and remembers what it was asked', async () => {
  await start();
  live.answers.push({ status: 503 });
  for (const status of [503, 200]) {
    const answer = await ask('/a?b=c');
    expect(answer.status).toBe(status);
    expect(answer.headers.get('server')).toBe('latchkey-stand-in/sample');
    await answer.arrayBuffer();
  }
  expect(standIn.seen).toEqual([
    { at: START, method: 'GET', target: '/a?b=c', status: 503 },
    { at: START, method: 'GET', target: '/a?b=c', status: 200 },
  ]);
});

it('gives planned answers in order, as often as they say and only where they fit', async () => {
  await start();
  live.answers.push(
    { status: 429, headers: { 'retry-after': '1' }, body: 'Retry later', path: '/audit', times: 2 },
    { status: 500, body: { message: 'boom' } },
  );
  const statuses: number[] = [];
  for (const path of ['/audit', '/tokens', '/audit', '/audit']) statuses.push((await ask(path)).status);
  expect(statuses).toEqual([429, 500, 429, 200]);
  expect(live.answers).toEqual([]);
});

it('is down, and up again', async () => {
  await start();
  live.down = true;
  await expect(ask()).rejects.toThrow('fetch failed');
  live.down = false;
  expect(await (await ask()).json()).toEqual({ hello: 'world' });
  expect(standIn.seen.map(({ status }) => status)).toEqual([0, 200]);
});

it('hangs until it closes', async () => {
  await start();
  live.hang = true;
  const pending = ask();
  const outcome = expect(pending).rejects.toThrow('fetch failed');
  while (standIn.seen.length === 0) await new Promise(setImmediate);
  await standIn.close();
  await outcome;
});

it('cuts bodies short', async () => {
  await start();
  live.truncate = true;
  const answer = await ask();
  expect(answer.status).toBe(200);
  await expect(answer.text()).rejects.toThrow();
});

it('is slow by its clock', async () => {
  const clock = fakeClock();
  await start(clock);
  live.slowMs = 7000;
  await ask();
  expect(clock.at).toBe(START + 7000);
});

it('counts a budget over a sliding span, per key', async () => {
  const clock = fakeClock();
  await start(clock);
  const budget = rateLimit(2, 1000, clock);
  expect([budget.take('a'), budget.take('a')]).toEqual([{ free: 1 }, { free: 0 }]);
  clock.at += 400;
  expect(budget.take('a')).toEqual({ waitMs: 600 });
  expect(budget.take('b')).toEqual({ free: 1 });
  clock.at += 600;
  expect(budget.take('a')).toEqual({ free: 1 });
});
