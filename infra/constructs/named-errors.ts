import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * Bundles of the errors that AWS's clients know only those that our functions name, and those that the SDK knows to pass.
 * Each client registers a class and a schema for every error of every call, made or not: 10 kB of a bundle for DynamoDB
 * alone. One that is not registered still comes under its own name, with its message and status: as the error that its
 * client's others extend, which is how the SDK throws all that no client knows (`AccessDeniedException`, for one).
 */
export const namedErrors: Plugin = {
  name: 'named errors',
  setup({ onLoad, initialOptions }) {
    const named = namedIn(initialOptions.absWorkingDir ?? process.cwd());
    onLoad({ filter: SCHEMAS_OF_CLIENTS }, async ({ path: file }) => {
      const [text, classes] = await Promise.all([readFile(file, 'utf8'), readFile(classesBeside(file), 'utf8')]);
      const isKept = (error: string) => named.has(error) || isKnownToPass(error, classes);
      return { contents: text.replace(REGISTERED, (line, error: string) => (isKept(error) ? line : '')) };
    });
  },
};

/** On Windows, too. */
const SCHEMAS_OF_CLIENTS =
  /[\\/]node_modules[\\/]@aws-sdk[\\/]client-[\w-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/;

const REGISTERED = /^n0_registry\.registerError\((\w+)\$, \1\);$/gm;

function classesBeside(schemas: string): string {
  return path.join(path.dirname(schemas), '../models/errors.js');
}

/** Whether its class says that the call may be tried again, which a retry reads there. */
function isKnownToPass(error: string, classes: string): boolean {
  const [, rest = ''] = classes.split(`export class ${error} `);
  const [own = ''] = rest.split('\nexport class ');
  return own.includes('$retryable');
}

/** Everything that a function imports from one of the clients. */
function namedIn(root: string): Set<string> {
  const sources = globSync('functions/**/*.ts', { cwd: root }).map((file) =>
    readFileSync(path.join(root, file), 'utf8'),
  );
  const imports = sources.flatMap((text) => [...text.matchAll(IMPORT_OF_CLIENT)].map(([, names = '']) => names));
  return new Set(imports.flatMap((names) => names.match(/\w+/g) ?? []));
}

const IMPORT_OF_CLIENT = /^import \{([^}]*)\} from '@aws-sdk\/client-[\w-]+'/gm;
