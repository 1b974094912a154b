import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { bareStyles } from '../../infra/constructs/bare-styles.ts';

const project = mkdtempSync(path.join(tmpdir(), 'latchkey-styles-'));
afterAll(() => rmSync(project, { recursive: true }));

const SOURCE = `const GAP: string = '1rem';
export const ONE_STYLE = \`
/* A note. */
.one { color: var(--ink); }
.two > p, .three:hover { margin: 0 auto; }
@media print { .one { display: none; } }
\`;
export const MIXED_STYLE = \`
.mixed { gap: \${GAP}; }
\`;
export const LAST_STYLE = \`
.last { content: "a  b"; }
\`;
export const NOT_ONE = \`
.one { color: red; }
\`;
`;

async function bundled(folder: string) {
  const file = path.join(project, folder, 'page.ts');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, SOURCE);
  const { outputFiles } = await build({
    ...{ entryPoints: [file], bundle: true, format: 'esm', platform: 'node', write: false, plugins: [bareStyles] },
  });
  return await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? '')}`);
}

describe('styles in a bundle', () => {
  it('are what a browser reads of them', async () => {
    const { ONE_STYLE, LAST_STYLE } = await bundled('functions');
    expect(ONE_STYLE).toBe('.one{color:var(--ink)}.two>p,.three:hover{margin:0 auto}@media print{.one{display:none}}');
    expect(LAST_STYLE).toBe('.last{content:"a  b"}');
  });

  it('are left as they are where there are values in them, and so is every other text', async () => {
    const { MIXED_STYLE, NOT_ONE } = await bundled('functions');
    expect(MIXED_STYLE).toBe('\n.mixed { gap: 1rem; }\n');
    expect(NOT_ONE).toBe('\n.one { color: red; }\n');
  });

  it('are those of our functions only', async () => {
    expect((await bundled('elsewhere')).ONE_STYLE).toContain('/* A note. */');
  });
});
