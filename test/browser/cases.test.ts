import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { casePage } from '../../functions/show-case/html/case-page.ts';
import { HOSTILE_TEXTS } from '../../infra/local/scenario/clients.ts';
import { spikeAlert, spikeWithIntruder } from '../e2e/support.ts';
import { casePageFactsOf, hostileCaseFile, monitorCaseFile, quietCaseFile } from '../support/case-files.ts';
import { accessibilityProblems, missedByKeyboard, openStage, type Stage, unfold } from './stage.ts';

describe('cases in the browser', () => {
  const given: { stage?: Stage } = {};
  beforeAll(async () => {
    // Real waits: the case stands between two looks while it is looked at.
    given.stage = await openStage({ world: spikeWithIntruder(), waitScale: 1 });
    const { scene } = given.stage;
    await scene.post(spikeAlert(scene.stack.world));
    const isWaiting = () => scene.events.some((event) => event.kind === 'entered' && event.state === 'Wait for look 2');
    await vi.waitUntil(isWaiting, { timeout: 60_000 });
  }, 180_000);
  afterAll(async () => {
    await given.stage?.[Symbol.asyncDispose]();
  });

  function stage(): Stage {
    if (given.stage === undefined) throw new Error('the stack did not start');
    return given.stage;
  }

  it('lists them on this machine without a link, with the one in flight and its state', async () => {
    const { page, complaints } = await stage().open(`${stage().scene.stack.apiUrl}/cases`);
    expect(await page.locator('h1').innerText()).toBe('Cases');
    expect(await page.locator('main').innerText()).toMatch(/spike-\d{8}T\d{6}Z-[0-9a-f]+/);
    expect(await page.locator('section[aria-labelledby="running-title"]').innerText()).toMatch(/Wait for look 2/);
    expect(complaints).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await missedByKeyboard(page)).toEqual({ unreached: [], unmarked: [] });
  });

  it('filters them by clicking, and leads to a case by a link of its own', async () => {
    const { page } = await stage().open(`${stage().scene.stack.apiUrl}/cases`);
    await page.getByRole('link', { name: 'hunt', exact: true }).click();
    expect(await page.locator('main').innerText()).toMatch(/No case .* matches/);
    await page.getByRole('link', { name: 'spike', exact: true }).click();
    await page.locator('section[aria-label="Table of cases"]').getByRole('link').first().click();
    expect(await page.locator('#verdict').innerText()).toMatch(/Token 4711/);
    expect(await page.locator('#verdict').innerText()).toMatch(/1 of 4/);
    expect(page.url()).toMatch(/signature=/);
    const list = new URL(page.url());
    list.pathname = '/cases';
    expect((await fetch(list)).status).toBe(403);
  });

  it('shows a page that cannot be read by what is stored only as that', async () => {
    const quiet = await stage().show(casePage(casePageFactsOf(quietCaseFile())), {});
    expect(await quiet.page.locator('#verdict').innerText()).toMatch(/^No GitLab credential was seen .* no all-clear/m);
    expect(await accessibilityProblems(quiet.page)).toEqual([]);
    const monitor = await stage().show(casePage(casePageFactsOf(monitorCaseFile())), {});
    await unfold(monitor.page);
    expect(await accessibilityProblems(monitor.page)).toEqual([]);
  });

  it.each(Object.entries(HOSTILE_TEXTS))('runs nothing that others wrote: %s', async (_, text) => {
    const { page, complaints, requests } = await stage().show(casePage(casePageFactsOf(hostileCaseFile(text))), {});
    await unfold(page);
    expect(complaints).toEqual([]);
    expect(requests).toEqual(['https://latchkey.example/']);
    expect(await page.locator('script').count()).toBe(1);
  });
});
