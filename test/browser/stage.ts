import axe from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { arrayAt, stringAt } from '../../infra/local/json.ts';
import { playSample } from '../../infra/local/sample-run.ts';
import { sampleWorld } from '../../infra/local/scenario/sample.ts';
import { openScene, type Scene } from '../e2e/support.ts';
import { chromiumArguments, findChromium } from './chromium.ts';

/** A page in a browser, and what went wrong while it was looked at. */
export interface Tab {
  readonly page: Page;
  /** Errors and warnings of the console (a broken content security policy is one), scripts that threw, dialogs. */
  readonly complaints: readonly string[];
  /** Every address that was asked for, `data:` ones aside. */
  readonly requests: readonly string[];
}

/** The local stack after the sample was played through it, and a browser to look at it. */
export class Stage implements AsyncDisposable {
  readonly scene: Scene;
  readonly #browser: Browser;

  constructor(scene: Scene, browser: Browser) {
    this.scene = scene;
    this.#browser = browser;
  }

  /** The first link of the one event that PagerDuty took. */
  get pagedLink(): string {
    const [event] = this.scene.pages();
    const link = stringAt(arrayAt(event, 'links')[0], 'href');
    if (link === undefined || link !== stringAt(event, 'client_url')) throw new Error('The page carries no link');
    return link;
  }

  /** Opens a page as that reader would, alone in a profile of their own. */
  async open(url: string, reader: BrowserContextOptions = {}): Promise<Tab> {
    const tab = await this.#tab(reader);
    await tab.page.goto(url, { waitUntil: 'load' });
    return tab;
  }

  /** Shows markup as if a server had sent it with these headers. */
  async show(markup: string, headers: Readonly<Record<string, string>>): Promise<Tab> {
    const tab = await this.#tab({});
    await tab.page.route('https://latchkey.example/', (route) =>
      route.fulfill({ body: markup, contentType: 'text/html; charset=utf-8', headers: { ...headers } }),
    );
    await tab.page.goto('https://latchkey.example/', { waitUntil: 'load' });
    return tab;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.scene[Symbol.asyncDispose]();
  }

  async #tab(reader: BrowserContextOptions): Promise<Tab> {
    const context = await this.#browser.newContext({
      timezoneId: 'Asia/Kathmandu',
      locale: 'en-GB',
      viewport: { width: 1100, height: 900 },
      ...reader,
    });
    return watched(await context.newPage());
  }
}

/** Plays the sample's deliveries through the stack, and starts the browser. */
export async function openSampleStage(): Promise<Stage> {
  const stage = await openStage({ world: sampleWorld(Date.now()) });
  await playSample(stage.scene.stack, () => {});
  return stage;
}

/** Starts the stack with that world, and the browser. */
export async function openStage(options: Parameters<typeof openScene>[0]): Promise<Stage> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('No Chromium was found');
  await using cleanup = new AsyncDisposableStack();
  const scene = cleanup.use(await openScene(options));
  const browser = await chromium.launch({ executablePath, args: chromiumArguments() });
  cleanup.move();
  return new Stage(scene, browser);
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
  }[];
}

/** What axe-core finds wrong with the page for people who cannot see or point, one line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Evaluated, not added as a script, which the page's own policy forbids.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`),
  );
}

/** Opens everything that is folded. */
export async function unfold(page: Page): Promise<void> {
  await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
}

/**
 * Walks the page with the Tab key. Answers with what takes the focus by being clicked, or scrolls, and never took it; and
 * with what took it without showing so.
 */
export async function missedByKeyboard(page: Page): Promise<{ unreached: string[]; unmarked: string[] }> {
  const total = await page.evaluate<number>(`
    globalThis.wanted = [...document.querySelectorAll('a[href], summary, button, input, select, [tabindex="0"]')]
      .filter((one) => one.checkVisibility());
    globalThis.reached = new Set();
    globalThis.unmarked = new Set();
    wanted.length`);
  for (let step = 0; step <= total; step++) {
    await page.keyboard.press('Tab');
    await page.evaluate(`
      reached.add(document.activeElement);
      if (document.activeElement !== document.body && getComputedStyle(document.activeElement).outlineStyle === 'none')
        unmarked.add(document.activeElement);`);
  }
  const shown = 'map((one) => one.outerHTML.slice(0, 120))';
  return {
    unreached: await page.evaluate<string[]>(`wanted.filter((one) => !reached.has(one)).${shown}`),
    unmarked: await page.evaluate<string[]>(`[...unmarked].${shown}`),
  };
}

function watched(page: Page): Tab {
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`a dialog said ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requests.push(request.url());
  });
  return { page, complaints, requests };
}
