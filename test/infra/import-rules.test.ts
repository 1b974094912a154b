import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** A source file, its path relative to the project with forward slashes. */
interface Source {
  readonly file: string;
  readonly text: string;
}

/** One import: project paths are resolved (`functions/core/time.ts`), packages stay as written. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly statement: string;
}

interface Rule {
  /** Completes "file: …". */
  readonly says: string;
  readonly breaks: (use: Import) => boolean;
}

/** What `infra` may know of the product: constants both sides must agree on, and each step's settings schema. */
const SHARED_WITH_INFRA = [
  'functions/runtime/error-names.ts',
  'functions/core/score/weights.ts',
  // A CIDR that synth accepts is one the functions accept.
  'functions/core/address-set.ts',
  // A field that a setting may rename is one the adapter reads.
  'functions/adapters/axiom/fields.ts',
  // Hunts that synth lets overlap too little would lose pairs.
  'functions/core/hunt.ts',
  // A link may be set to work for as long as its key lives, and no longer.
  'functions/core/case-link.ts',
  // What is near to a wrong name is the same for settings and for columns.
  'functions/core/nearest.ts',
  // A model that may be configured is one whose permission is granted.
  'functions/adapters/bedrock/model-families.ts',
];

/** What the local stack and the operator's tools may know besides: words, time and errors, never a step's source. */
const SHARED_WITH_TOOLS = ['functions/runtime/clock.ts', 'functions/runtime/errors.ts'];

/** Whoever sits at the machine is let in with a link as the functions make it: one file of the local stack signs it. */
const LINK_KEYS = ['functions/adapters/dynamodb/link-keys.ts', 'functions/adapters/dynamodb/table.ts'];

/** How AWS calls fail is the same for both AWS adapters. */
const SHARED_BETWEEN_ADAPTERS = 'functions/adapters/dynamodb/aws-failure.ts';

/**
 * A hash is a pure function, with a key or without, and Web Crypto's is asynchronous. That a comparison takes the same
 * time whatever it compares cannot be written in JavaScript.
 */
const PURE_NODE_IMPORT = /^import \{ (?:createHash|createHmac, timingSafeEqual) \} from 'node:crypto'$/;

const RULES: readonly Rule[] = [
  {
    says: 'core is pure: it imports core only',
    breaks: ({ from, to, statement }) => isIn('core', from) && !isIn('core', to) && !PURE_NODE_IMPORT.test(statement),
  },
  {
    says: 'runtime imports runtime and core',
    breaks: ({ from, to }) => isIn('runtime', from) && isProject(to) && !isIn('runtime', to) && !isIn('core', to),
  },
  {
    says: 'an adapter imports its own folder, runtime and core',
    breaks: ({ from, to }) =>
      isIn('adapters', from) &&
      isProject(to) &&
      folderOf(from, 3) !== folderOf(to, 3) &&
      !isIn('runtime', to) &&
      !isIn('core', to) &&
      to !== SHARED_BETWEEN_ADAPTERS,
  },
  {
    says: 'a step imports its own folder, adapters, runtime and core',
    breaks: ({ from, to }) =>
      isStep(from) &&
      isProject(to) &&
      folderOf(from, 2) !== folderOf(to, 2) &&
      !isIn('adapters', to) &&
      !isIn('runtime', to) &&
      !isIn('core', to),
  },
  {
    says: 'only infra imports the CDK',
    breaks: ({ from, to }) => from.startsWith('functions/') && /^(?:aws-cdk-lib|constructs|cdk-nag)(?:\/|$)/.test(to),
  },
  {
    says: 'infra imports shared constants and settings schemas of functions only',
    breaks: ({ from, to }) =>
      from.startsWith('infra/') &&
      to.startsWith('functions/') &&
      !SHARED_WITH_INFRA.includes(to) &&
      !/^functions\/[^/]+\/settings\.ts$/.test(to) &&
      !(isTool(from) && (isIn('core', to) || SHARED_WITH_TOOLS.includes(to))) &&
      !(from === 'infra/local/case-opener.ts' && LINK_KEYS.includes(to)) &&
      !(isOperators(from) && (isIn('adapters', to) || isIn('runtime', to))),
  },
  {
    says: 'infra does not import tests',
    breaks: ({ from, to }) => from.startsWith('infra/') && to.startsWith('test/'),
  },
  {
    says: "zod is imported as `import * as z from 'zod/mini'`, as the rest of it does not tree-shake",
    breaks: ({ to, statement }) =>
      /^zod(?:\/|$)/.test(to) && !/^import (?:type )?\* as z from 'zod\/mini'$/.test(statement),
  },
  {
    says: 'a project file is imported by its whole name',
    breaks: ({ to }) => isProject(to) && path.extname(to) === '',
  },
];

/** Every import that breaks a rule and every file whose name or exports do, as `file: what is wrong`. */
function violations(sources: readonly Source[]): string[] {
  return sources.flatMap((source) => [
    ...namingViolations(source),
    ...importsOf(source).flatMap((use) =>
      RULES.filter((rule) => rule.breaks(use)).map((rule) => `${use.from}: ${rule.says} (imports ${use.to})`),
    ),
  ]);
}

function namingViolations({ file, text }: Source): string[] {
  const found: string[] = [];
  if (/(?:^|\/)index\.[cm]?[jt]s$/.test(file)) found.push(`${file}: no barrels; name the file by what it holds`);
  if (/(?:^|\/)(?:utils?|helpers?|common|misc)(?:\.|\/)/.test(file)) found.push(`${file}: no utils; name what it does`);
  if (/^export \* from /m.test(text)) found.push(`${file}: no barrels; import from where it is`);
  return found;
}

function importsOf({ file, text }: Source): Import[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(
    /^(?:import|export)\s[^'"`;]*?from\s*['"]([^'"\n]+)['"]|^import\s*['"]([^'"\n]+)['"]/gm,
  );
  const calls = code.matchAll(/\bimport\(\s*['"]([^'"\n]+)['"]/g);
  return [...statements, ...calls].map((match) => {
    const specifier = match[1] ?? match[2] ?? '';
    const to = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
    return { from: file, to, statement: match[0].replaceAll(/\s+/g, ' ') };
  });
}

function isIn(area: 'core' | 'runtime' | 'adapters', file: string): boolean {
  return file.startsWith(`functions/${area}/`);
}

function isStep(file: string): boolean {
  return file.startsWith('functions/') && !isIn('core', file) && !isIn('runtime', file) && !isIn('adapters', file);
}

function isTool(file: string): boolean {
  return file.startsWith('infra/local/') || file.startsWith('infra/operate/');
}

/** What people run asks the outside systems as the functions do, so that it finds what they would find. */
function isOperators(file: string): boolean {
  return file.startsWith('infra/operate/');
}

function isProject(to: string): boolean {
  return /^(?:functions|infra|test)\//.test(to);
}

function folderOf(file: string, depth: number): string {
  return file.split('/').slice(0, depth).join('/');
}

function projectSources(): Source[] {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = globSync('{functions,infra,test}/**/*.{ts,js,mjs}', { cwd: root });
  return files.map((file) => ({
    file: file.split(path.sep).join('/'),
    text: readFileSync(path.join(root, file), 'utf8'),
  }));
}

describe('imports point one way', () => {
  it('holds for every file', () => {
    const sources = projectSources();
    expect(sources.length).toBeGreaterThan(50);
    expect(sources.flatMap(importsOf).length).toBeGreaterThan(sources.length);
    expect(violations(sources)).toEqual([]);
  });

  it.each([
    ['functions/core/a.ts', "import { requireEnv } from '../runtime/environment.ts';"],
    ['functions/core/a.ts', "import { readFileSync } from 'node:fs';"],
    ['functions/core/a.ts', "import { createHash, randomUUID } from 'node:crypto';"],
    ['functions/core/a.ts', "import { createHmac, randomBytes } from 'node:crypto';"],
    ['functions/core/a.ts', "import * as z from 'zod/mini';"],
    ['functions/runtime/a.ts', "import { Table } from '../adapters/dynamodb/table.ts';"],
    ['functions/adapters/gitlab/a.ts', "import { Table } from '../dynamodb/table.ts';"],
    ['functions/adapters/gitlab/a.ts', "import type { Services } from '../../extract/extract.ts';"],
    ['functions/extract/a.ts', "import {\n  page,\n} from '../page/page.ts';"],
    ['functions/extract/a.ts', "import { readSettings } from '../../infra/settings.ts';"],
    ['functions/extract/a.ts', "const settings = await import('../../infra/settings.ts');"],
    ['functions/extract/a.ts', "import { Stack } from 'aws-cdk-lib';"],
    ['functions/extract/a.ts', "import { z } from 'zod';"],
    ['functions/extract/a.ts', "import * as z from 'zod';"],
    ['functions/extract/a.ts', "import { z } from 'zod/mini';"],
    ['functions/extract/a.ts', "import { fakeClock } from '../../test/support/fake-clock.ts';"],
    ['functions/extract/a.ts', "import { parseAddress } from '../core/address';"],
    ['functions/extract/a.ts', "export * from './extract.ts';"],
    ['functions/extract/index.ts', ''],
    ['functions/runtime/utils.ts', ''],
    ['functions/utils/strings.ts', ''],
    ['infra/stack.ts', "import { openCase } from '../functions/core/case.ts';"],
    ['infra/stack.ts', "import { handler } from '../functions/page/handler.ts';"],
    ['infra/local/stack.ts', "import { handler } from '../../functions/page/handler.ts';"],
    ['infra/local/stack.ts', "import { Table } from '../../functions/adapters/dynamodb/table.ts';"],
    ['infra/local/case-opener.ts', "import { CaseStore } from '../../functions/adapters/dynamodb/cases.ts';"],
    ['infra/operate/doctor.ts', "import { page } from '../../functions/page/page.ts';"],
    ['infra/local/stack.ts', "import '../../test/support/fake-clock.ts';"],
  ])('%s is refused: %s', (file, text) => {
    expect(violations([{ file, text }])).toHaveLength(1);
  });

  it.each([
    ['functions/core/a.ts', "import { MINUTE } from './time.ts';\nimport { createHash } from 'node:crypto';"],
    ['functions/core/a.ts', "import { createHmac, timingSafeEqual } from 'node:crypto';"],
    ['functions/core/score/a.ts', "import type { EpochMs } from '../time.ts';"],
    ['functions/adapters/gitlab/a.ts', "import { requestJson } from '../../runtime/http.ts';"],
    ['functions/extract/a.ts', "import { openCloudflare } from '../adapters/cloudflare/open-cloudflare.ts';"],
    ['functions/extract/a.ts', "import * as z from 'zod/mini';\nimport { randomUUID } from 'node:crypto';"],
    ['functions/extract/a.ts', "// import { z } from 'zod';\n/* import { Stack } from 'aws-cdk-lib'; */"],
    ['infra/constructs/a.ts', "import { ERROR_NAMES } from '../../functions/runtime/error-names.ts';"],
    ['infra/stack.ts', "import { Settings } from '../functions/page/settings.ts';"],
    ['infra/local/a.ts', "import type { CaseState } from '../../functions/core/case.ts';"],
    ['infra/local/case-opener.ts', "import { Table } from '../../functions/adapters/dynamodb/table.ts';"],
    ['infra/operate/a.ts', "import { GitLabApi } from '../../functions/adapters/gitlab/api.ts';"],
    ['infra/operate/a.ts', "import { makeSecrets } from '../../functions/runtime/secrets.ts';"],
  ])('%s is allowed: %s', (file, text) => {
    expect(violations([{ file, text }])).toEqual([]);
  });
});
