import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));

/** Bundles a module that is given as text as functions are bundled, with these plugins alone. */
export async function bundleOf(source: string, plugins: Plugin[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: PROJECT },
    absWorkingDir: PROJECT,
    banner: { js: "import{createRequire as ours}from'node:module';const require=ours(import.meta.url);" },
    mainFields: ['module', 'main'],
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    write: false,
    plugins,
  });
  return outputFiles[0]?.text ?? '';
}
