import { readFile } from 'node:fs/promises';
import { type Plugin, transform } from 'esbuild';

/**
 * Bundles the styles of pages without what only their authors read: blanks, line ends and comments, which a bundler
 * leaves alone as they stand in texts. A style is a constant named `…_STYLE` that is written as one template; one with
 * values in it is bundled as it is.
 */
export const bareStyles: Plugin = {
  name: 'bare styles',
  setup({ onLoad }) {
    onLoad({ filter: SOURCES }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      const [first = '', ...rest] = text.split(STYLE);
      if (rest.length === 0) return undefined;
      const parts = [first];
      // Split by an expression with two groups: the beginning of the constant, its style, and what follows.
      for (let at = 0; at < rest.length; at += 3) {
        const [begins = '', style = '', follows = ''] = rest.slice(at, at + 3);
        parts.push(begins, `\`${await bare(style)}\`${lineEndsOf(style)}`, follows);
      }
      return { contents: parts.join(''), loader: 'ts' };
    });
  },
};

/** On Windows, too. */
const SOURCES = /[\\/]functions[\\/].+\.ts$/;

const STYLE = /(const \w+_STYLE = )`([^`$\\]*)`/;

async function bare(style: string): Promise<string> {
  const { code } = await transform(style, { loader: 'css', minify: true });
  return code.trim();
}

/** As many as before, so that what stands below is still told by its line. */
function lineEndsOf(style: string): string {
  return '\n'.repeat(style.split('\n').length - 1);
}
