import '../../infra/check-node.js';
import { parseArgs } from 'node:util';
import { DATASETS } from '../../infra/local/scenario/builders.ts';
import { assembly } from '../support/assembly.ts';
import { addressFigures } from './addresses.ts';
import { bundleFigures } from './bundles.ts';
import { casePageFigures } from './case-page.ts';
import type { Figure } from './figure.ts';
import { huntFigures } from './hunt.ts';
import { idleFigures } from './idle.ts';
import { joinFigures } from './join.ts';
import { pipelineFigures } from './pipeline.ts';

/**
 * `npm run bench [-- --json] [--assembly DIR]`: every performance figure, as a table or as JSON lines. Bundles are those
 * of the cloud assembly in DIR, or of one synthesized now. Exits 1 when a figure misses its goal.
 */
const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, assembly: { type: 'string' } },
});

const HUNTED = { cloudflareDataset: DATASETS.cloudflare, gitlabDataset: DATASETS.gitlab };

const parts: readonly (() => Figure[] | Promise<Figure[]>)[] = [
  addressFigures,
  joinFigures,
  casePageFigures,
  async () => bundleFigures(options.assembly ?? (await assembly())),
  async () => pipelineFigures(await assembly({ mode: 'live' })),
  async () => idleFigures(await assembly({ mode: 'live', axiom: HUNTED })),
  async () => huntFigures(await assembly({ mode: 'live', axiom: HUNTED, hunt: { page: 'off' } })),
];

for (const part of parts) {
  for (const figure of await part()) {
    console.log(options.json ? JSON.stringify(figure) : rowOf(figure));
    if (!figure.ok) process.exitCode = 1;
  }
}

function rowOf({ name, value, unit, goal, ok }: Figure): string {
  return `${ok ? 'ok  ' : 'MISS'} ${name.padEnd(32)} ${String(value).padStart(8)} ${unit.padEnd(16)} goal ${goal}`;
}
