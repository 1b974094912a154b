import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/**
 * Bundles no more than the `name` and `version` of a `package.json` of AWS's. Each of its clients imports its own as a
 * whole, for the version that it tells AWS: scripts, dependencies and all, more than 2 kB of a bundle for each client.
 * The build fails where such a file is no JSON.
 */
export const bareManifests: Plugin = {
  name: 'bare manifests',
  setup({ onLoad }) {
    onLoad({ filter: MANIFEST_OF_AWS }, async ({ path }) => {
      const manifest: unknown = JSON.parse(await readFile(path, 'utf8'));
      return { contents: JSON.stringify(manifest, KEPT), loader: 'json' };
    });
  },
};

/** On Windows, too. */
const MANIFEST_OF_AWS = /[\\/]node_modules[\\/]@(?:aws-sdk|smithy)[\\/][^\\/]+[\\/]package\.json$/;

const KEPT = ['name', 'version'];
