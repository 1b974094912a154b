import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { Code, Runtime } from 'aws-cdk-lib/aws-lambda';
import { build, type Metafile, type OutputFile } from 'esbuild';
import { bareManifests } from './bare-manifests.ts';
import { bareStyles } from './bare-styles.ts';
import { namedErrors } from './named-errors.ts';
import { shakenZod } from './shaken-zod.ts';
import { unusedParts } from './unused-parts.ts';

/** Gives a function its code. Tests that look at the template only pass something cheaper. */
export type CodeOf = (step: string) => Code;

/**
 * Bundles the handlers of all steps together with esbuild and hands each out as an asset of its own. Together, because
 * `NodejsFunction`'s own bundling starts npx and esbuild once per function, half a second each time. And before the
 * stack asks for any, as the CDK does not wait for code.
 * @param root the project's directory, which holds `functions/<step>/handler.ts`.
 * @param steps the folders below `functions`, one per function.
 */
export async function functionBundles(root: string, steps: readonly string[]): Promise<CodeOf> {
  const built = await bundles(root, steps);
  return (step) =>
    Code.fromAsset(path.join(root, 'functions', step), {
      // The hash of what is deployed: an edit that changes no bundle deploys nothing.
      assetHashType: AssetHashType.OUTPUT,
      bundling: {
        // Never pulled: bundling happens here, or fails here.
        image: Runtime.NODEJS_24_X.bundlingImage,
        local: {
          tryBundle(directory) {
            write(built, path.join(root, OUTPUT, step), directory);
            return true;
          },
        },
      },
    });
}

/** Names the place of the outputs only; nothing is written there. It makes the paths in source maps the same anywhere. */
const OUTPUT = 'bundles';

const EVENT_STREAMS = '@smithy/core/event-streams';
const CHECKSUM = '@smithy/core/checksum';

/**
 * What the SDK imports only when it needs it, which it never does here, and 125 kB of each bundle. Where it looks for
 * credentials but in the environment: Lambda gives them there, and that is asked first. Event streams: no call of ours
 * answers with one, but Bedrock's client imports them all the same.
 */
const NEVER_LOADED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/nested-clients/*',
  EVENT_STREAMS,
  '@smithy/credential-provider-imds',
];

/** Leaves out what is never loaded, but for bundles that import some of it at once: those are made again, with that. */
async function bundles(root: string, steps: readonly string[]): Promise<readonly OutputFile[]> {
  const { outputFiles, metafile } = await bundle(root, steps, NEVER_LOADED);
  const incomplete = steps.filter((step) => loadedAtOnce(metafile, step).length > 0);
  if (incomplete.length === 0) return outputFiles;
  const needed = new Set(incomplete.flatMap((step) => loadedAtOnce(metafile, step)));
  const external = NEVER_LOADED.filter((name) => !needed.has(name));
  const { outputFiles: complete } = await bundle(root, incomplete, external);
  const replaced = new Set(complete.map((file) => file.path));
  return [...outputFiles.filter((file) => !replaced.has(file.path)), ...complete];
}

/** What a bundle leaves out although it cannot start without it. */
function loadedAtOnce({ outputs }: Metafile, step: string): string[] {
  const imports = outputs[`${OUTPUT}/${step}/index.mjs`]?.imports ?? [];
  return imports.flatMap(({ path: name, kind }) =>
    kind !== 'dynamic-import' && NEVER_LOADED.includes(name) ? [name] : [],
  );
}

function bundle(root: string, steps: readonly string[], external: readonly string[]) {
  return build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(steps.map((step) => [`${step}/index`, `functions/${step}/handler.ts`])),
    outdir: OUTPUT,
    outExtension: { '.js': '.mjs' },
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // The SDK lies in the bundle, too: the runtime's own lags, and is slower to load (reference/aws-platform.md §2).
    mainFields: ['module', 'main'],
    alias: {
      'mnemonist/lru-cache': path.join(root, 'infra/constructs/unbounded-cache.ts'),
      // Event streams need more of it.
      ...(external.includes(EVENT_STREAMS) ? { [CHECKSUM]: path.join(root, 'infra/constructs/native-sha256.ts') } : {}),
    },
    external: [...external],
    plugins: [bareManifests, bareStyles, namedErrors, shakenZod, unusedParts(!external.includes(EVENT_STREAMS))],
    // CommonJS inside an ESM bundle dies at import ("Dynamic require") unless there is a `require`.
    banner: {
      js: "import{createRequire as latchkeyRequire}from'node:module';const require=latchkeyRequire(import.meta.url);",
    },
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
  });
}

function write(files: readonly OutputFile[], from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const file of files) {
    if (path.dirname(file.path) === from) writeFileSync(path.join(to, path.basename(file.path)), file.contents);
  }
}
