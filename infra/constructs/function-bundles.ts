import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { buildSync, type OutputFile } from 'esbuild';

/** Gives a function its code. Tests that look at the template only pass something cheaper. */
export type CodeOf = (step: string) => Code;

/**
 * Bundles the handlers of all steps in one pass of esbuild and hands each out as an asset of its own. One pass, because
 * `NodejsFunction`'s own bundling starts npx and esbuild once per function: seven times half a second.
 * @param root the project's directory, which holds `functions/<step>/handler.ts`.
 * @param steps the folders below `functions`, one per function.
 */
export function functionBundles(root: string, steps: readonly string[]): CodeOf {
  let built: readonly OutputFile[] | undefined;
  return (step) =>
    Code.fromAsset(path.join(root, 'functions', step), {
      // The hash of what is deployed: an edit that changes no bundle deploys nothing.
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // Never pulled: bundling happens here, or fails here.
        image: Runtime.NODEJS_24_X.bundlingImage,
        local: {
          tryBundle(directory) {
            built ??= build(root, steps);
            write(built, path.join(root, OUTPUT, step), directory);
            return true;
          },
        },
      },
    });
}

/** Names the place of the outputs only; nothing is written there. It makes the paths in source maps the same anywhere. */
const OUTPUT = 'bundles';

/**
 * Where the SDK looks for credentials on a developer's machine: profiles, single sign-on, other processes. Lambda gives
 * them in the environment, which is asked first; these are imported only when that fails, and are 90 kB of each bundle.
 */
const NEVER_LOADED = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/nested-clients/*',
];

function build(root: string, steps: readonly string[]): readonly OutputFile[] {
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(steps.map((step) => [`${step}/index`, `functions/${step}/handler.ts`])),
    outdir: OUTPUT,
    outExtension: { '.js': '.mjs' },
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK lies in the bundle, too: the runtime's own lags, and is slower to load (reference/aws-platform.md §2).
    mainFields: ['module', 'main'],
    external: [...NEVER_LOADED],
    // CommonJS inside an ESM bundle dies at import ("Dynamic require") unless there is a `require`.
    banner: {
      js: "import{createRequire as latchkeyRequire}from'node:module';const require=latchkeyRequire(import.meta.url);",
    },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
  return outputFiles;
}

function write(files: readonly OutputFile[], from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of files) {
    if (path.dirname(file.path) === from) writeFileSync(path.join(to, path.basename(file.path)), file.contents);
  }
}
