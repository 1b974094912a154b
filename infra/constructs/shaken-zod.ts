import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Bundles of zod's helpers only those that are called. `z.catch` alone reaches one of them through two namespaces
 * (`core.util.constantCatch`), which esbuild does not see through: it keeps them all, 10 kB of every bundle. A later zod
 * that is written otherwise is bundled as it is.
 */
export const shakenZod: Plugin = {
  name: 'shaken zod',
  setup({ onLoad }) {
    onLoad({ filter: SCHEMAS_OF_ZOD }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const direct = text.replace(/\bcore\.util\.(?=\w)/g, 'coreUtil.');
      return { contents: direct === text ? text : `${direct}\nimport * as coreUtil from '../core/util.js';\n` };
    });
  },
};

/** On Windows, too. */
const SCHEMAS_OF_ZOD = /[\\/]node_modules[\\/]zod[\\/]v4[\\/]mini[\\/]schemas\.js$/;
