import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { devices, type Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayAt, objectAt, parseJson, stringAt } from '../../infra/local/json.ts';
import { temporaryDirectory } from '../e2e/support.ts';
import { accessibilityProblems, missedByKeyboard, openSampleStage, type Stage, unfold } from './stage.ts';

const { defaultBrowserType: _, ...PHONE } = devices['iPhone SE'] ?? {};

interface Span {
  readonly left: number;
  readonly right: number;
}

async function spanOf(drawn: Locator): Promise<Span> {
  const box = await drawn.first().boundingBox();
  if (box === null) throw new Error('nothing is drawn');
  return { left: box.x, right: box.x + box.width };
}

describe('the case page, opened from the page sent to PagerDuty', () => {
  const given: { stage?: Stage; pictures?: Awaited<ReturnType<typeof temporaryDirectory>> } = {};
  beforeAll(async () => {
    given.pictures = await temporaryDirectory();
    given.stage = await openSampleStage();
  }, 180_000);
  afterAll(async () => {
    await given.stage?.[Symbol.asyncDispose]();
    await given.pictures?.[Symbol.asyncDispose]();
  });

  function stage(): Stage {
    if (given.stage === undefined) throw new Error('the stack did not start');
    return given.stage;
  }

  /** Where a picture of this run goes: `LATCHKEY_SCREENSHOTS`, for people to look at, else away with the run. */
  async function picture(name: string): Promise<string> {
    const folder = process.env.LATCHKEY_SCREENSHOTS ?? given.pictures?.path ?? '';
    await mkdir(folder, { recursive: true });
    return path.join(folder, `${name}.png`);
  }

  /** Everything that the page can tell, from the download it offers. */
  async function evidence(): Promise<unknown> {
    const { page } = await stage().open(stage().pagedLink);
    const href = (await page.locator('#evidence a[href*="evidence.json"]').getAttribute('href')) ?? '';
    const response = await fetch(new URL(href, stage().pagedLink));
    expect(response.status).toBe(200);
    return parseJson(await response.text());
  }

  it('answers the question before anything else, without scrolling', async () => {
    const { page } = await stage().open(stage().pagedLink);
    const verdict = await page.locator('#verdict').innerText();
    expect(verdict).toMatch(/^Very probably: Token 4711 'laptop-cli' \(api\) was used from /m);
    expect(verdict).toMatch(/100\s*of 100/);
    expect(verdict).toMatch(/On-call was paged/);
    expect(await page.title()).toMatch(/^100 · probable · Token 4711/);
    const box = await page.locator('#verdict').boundingBox();
    expect(box !== null && box.y + box.height).toBeLessThan(900);
  });

  it('tells everything in the order in which somebody who was woken needs it', async () => {
    const { page } = await stage().open(stage().pagedLink);
    const ids = await page.locator('main section[id]').evaluateAll((all) => all.map(({ id }) => id));
    expect(ids).toEqual([
      'verdict',
      'decision',
      'timeline',
      'findings',
      'network',
      'coverage',
      'analysis',
      'evidence',
      'next',
    ]);
    expect(await page.locator('nav a').first().innerText()).toBe('What to do now');
  });

  it('asks nobody else for anything, and nothing goes wrong', async () => {
    const { page, complaints, requests } = await stage().open(stage().pagedLink);
    await unfold(page);
    expect(requests).toEqual([stage().pagedLink]);
    expect(complaints).toEqual([]);
  });

  it('draws when bots came, when the credential was used, and what was done', async () => {
    const { page } = await stage().open(stage().pagedLink);
    const chart = page.locator('#timeline svg.timeline-chart');
    expect(await chart.getAttribute('role')).toBe('img');
    // The thief's own acts lie where the bots are; on-call was paged once all of it had happened.
    const bots = await spanOf(chart.locator('path.timeline-area'));
    const thief = chart.locator('g:has(> title:has-text("Token 4711"))');
    const acts = await spanOf(thief.locator('.timeline-acted'));
    expect(acts.left).toBeGreaterThan(bots.left);
    expect(acts.right).toBeLessThan(bots.right);
    const labels = await chart.locator('.timeline-flag-label').allTextContents();
    expect(labels).toEqual(expect.arrayContaining(['page', 'attack begins']));
    expect(labels.some((label) => /^looks? 1/.test(label))).toBe(true);
    const paged = await spanOf(chart.locator('line.timeline-pole-page'));
    expect(paged.left).toBeGreaterThan(acts.right);
    const findings = arrayAt(arrayAt(await evidence(), 'looks').at(-1), 'findings');
    expect(await chart.locator('g > title').count()).toBe(Math.min(4, findings.length));
  });

  it('draws which address touched which credential', async () => {
    const { page } = await stage().open(stage().pagedLink);
    const map = page.locator('#network svg.network-map');
    const findings = arrayAt(arrayAt(await evidence(), 'looks').at(-1), 'findings');
    const thief = findings.find((one) => stringAt(objectAt(one, 'credential'), 'id') === 'token/4711');
    const addresses = arrayAt(thief, 'addresses').map((one) => stringAt(one, 'address'));
    expect(addresses.length).toBeGreaterThan(1);
    expect(await page.locator('#network svg.network-map > path.network-paged').count()).toBe(addresses.length);
    for (const address of addresses) expect(await map.innerHTML()).toContain(address);
    const rows = await page.locator('#network table tbody tr').count();
    expect(await page.locator('#network svg.network-map > path.network-link').count()).toBe(rows);
  });

  it('lets the keyboard reach everything, and shows where it is', async () => {
    const { page } = await stage().open(stage().pagedLink);
    await unfold(page);
    expect(await missedByKeyboard(page)).toEqual({ unreached: [], unmarked: [] });
  });

  it.each(['light', 'dark'] as const)('is accessible in %s, on a desk and on a phone', async (colorScheme) => {
    for (const reader of [{ colorScheme }, { ...PHONE, colorScheme }]) {
      const { page } = await stage().open(stage().pagedLink, reader);
      await unfold(page);
      expect(await accessibilityProblems(page)).toEqual([]);
    }
  });

  it('fits a phone, in the dark', async () => {
    const { page } = await stage().open(stage().pagedLink, { ...PHONE, colorScheme: 'dark' });
    await page.screenshot({ path: await picture('case-phone-dark'), fullPage: true });
    const [content, screen] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    );
    expect(content).toBeLessThanOrEqual(screen);
    const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(Math.max(...(paper.match(/\d+/g) ?? []).slice(0, 3).map(Number))).toBeLessThan(64);
  });

  it('shows the whole story on a phone without scrolling sideways', async () => {
    const { page } = await stage().open(stage().pagedLink, { viewport: { width: 360, height: 640 } });
    const chart = page.locator('#timeline svg.timeline-chart');
    const marks = ['path.timeline-area', '.timeline-mark-page', 'line.timeline-pole-page'];
    for (const drawn of [...marks.map((one) => chart.locator(one)), page.locator('.score-threshold')]) {
      const { left, right } = await spanOf(drawn);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(360);
    }
    expect(await page.locator('.network-hint').isVisible()).toBe(true);
  });

  it('is dark on paper only where ink is', async () => {
    const { page } = await stage().open(stage().pagedLink, { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const paper = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(paper).toMatch(/rgb\(255, 255, 255\)|rgba\(0, 0, 0, 0\)/);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
  });

  it('can be read without a script, and tells the reader’s own time with one', async () => {
    const { page: bare } = await stage().open(stage().pagedLink, { javaScriptEnabled: false });
    expect(await bare.locator('#verdict').innerText()).toMatch(/Very probably/);
    expect(await bare.locator('.local-time').count()).toBe(0);
    const { page } = await stage().open(stage().pagedLink);
    const time = page.locator('#decision time').first();
    const iso = (await time.getAttribute('datetime')) ?? '';
    const kathmandu = new Date(Date.parse(iso) + (5 * 60 + 45) * 60_000).toISOString().slice(11, 16);
    expect(await page.locator('#decision .local-time').first().innerText()).toContain(kathmandu);
  });

  it('leads from each citation of the analysis to what it rests on', async () => {
    const { page } = await stage().open(stage().pagedLink);
    const targets = await page
      .locator('#analysis a[href^="#cited-"]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    expect(targets.length).toBeGreaterThan(2);
    for (const target of new Set(targets)) expect(await page.locator(target ?? '').count(), target ?? '').toBe(1);
    expect(await page.locator('#analysis').innerText()).toMatch(/Written by a model/);
  });

  it('opens for nobody with another link, and tells them nothing', async () => {
    const link = stage().pagedLink;
    const texts: string[] = [];
    for (const other of [
      link.replace(/signature=.{4}/, 'signature=AAAA'),
      link.replace(/expires=\d/, 'expires=2'),
      link.replace('/cases/spike', '/cases/hunt'),
      `${link.slice(0, link.indexOf('?'))}/evidence.json?${link.slice(link.indexOf('?') + 1)}`,
    ]) {
      const { page } = await stage().open(other);
      texts.push(await page.locator('body').innerText());
      expect((await fetch(other)).status, other).toBe(403);
    }
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).not.toMatch(/4711|token|verdict|probable/i);
  });
});
