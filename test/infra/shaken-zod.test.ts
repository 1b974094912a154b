import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { shakenZod } from '../../infra/constructs/shaken-zod.ts';

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCE = `import * as z from 'zod/mini';
export const Row = z.object({ name: z.catch(z.string(), 'none'), size: z.catch(z.number(), () => 7) });`;

async function bundled(plugins: (typeof shakenZod)[]): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: SOURCE, resolveDir: PROJECT },
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    plugins,
  });
  return outputFiles[0]?.text ?? '';
}

describe('zod in a bundle', () => {
  it('is smaller by the helpers that nobody calls, and still fills in for what is malformed', async () => {
    const [whole, shaken] = await Promise.all([bundled([]), bundled([shakenZod])]);
    expect(whole.length - shaken.length).toBeGreaterThan(8_000);
    const { Row } = await import(`data:text/javascript,${encodeURIComponent(shaken)}`);
    expect(Row.parse({ name: 5, size: 'x' })).toEqual({ name: 'none', size: 7 });
    expect(Row.parse({ name: 'a', size: 1 })).toEqual({ name: 'a', size: 1 });
  });
});
