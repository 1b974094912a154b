import '../../infra/check-node.js';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openSampleStage } from './stage.ts';

/**
 * `npm run example-page`: plays the sample through the stack and writes the page that on-call would have opened to
 * `.github/case.html`, and pictures of it, in the light and in the dark, for the README.
 */
const FOLDER = fileURLToPath(new URL('../../.github/', import.meta.url));
/** Half a laptop's screen: what a README shows without making letters small. */
const WIDTH = 960;
const MARGIN = 16;

/** Where each picture ends; it begins at the start of the section, the first at that of the page. */
const PICTURES: Readonly<Record<string, { readonly section: string; readonly end: string }>> = {
  case: { section: 'body', end: 'nav.jump-list' },
  'case-timeline': { section: '#timeline', end: '#timeline .timeline-legend' },
  'case-finding': { section: '#finding-1', end: '#finding-1 table' },
  'case-network': { section: '#network', end: '#network svg' },
};

await mkdir(FOLDER, { recursive: true });
await using stage = await openSampleStage();
const response = await fetch(stage.pagedLink);
if (response.status !== 200) throw new Error(`The case page was answered ${response.status}`);
// Nothing answers links to this machine once the stack is gone.
await write('case.html', (await response.text()).replaceAll(/href="\/cases\/[^"]*"/g, 'href="#evidence"'));
for (const [suffix, colorScheme] of [
  ['', 'light'],
  ['-dark', 'dark'],
] as const) {
  const reader = { colorScheme, timezoneId: 'Europe/Berlin', viewport: { width: WIDTH, height: 900 } };
  const { page } = await stage.open(stage.pagedLink, reader);
  for (const [name, shown] of Object.entries(PICTURES)) {
    await write(`${name}${suffix}.png`, await pictureOf(page, shown));
  }
}

async function pictureOf(page: Page, { section, end }: { section: string; end: string }): Promise<Uint8Array> {
  const [from, to] = [await page.locator(section).boundingBox(), await page.locator(end).first().boundingBox()];
  if (from === null || to === null) throw new Error(`The page has no ${section} that ends with ${end}`);
  const top = Math.max(0, from.y - MARGIN);
  const height = Math.ceil(to.y + to.height + MARGIN - top);
  return await page.screenshot({ clip: { x: 0, y: top, width: WIDTH, height }, fullPage: true });
}

async function write(name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path.join(FOLDER, name), content);
  process.stdout.write(`.github/${name}\n`);
}
