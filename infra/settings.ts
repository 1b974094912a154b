import { overlapSuffices } from '../functions/core/hunt.ts';
import { edits } from '../functions/core/nearest.ts';
import type { Kind } from './setting-kinds.ts';
import { ALL_SETTINGS, PLAIN_SETTINGS, type Setting } from './setting-table.ts';

/** Every setting by its full path (`settings['looks.minutes']`), complete and checked. */
export type Settings = {
  readonly [Path in keyof typeof PLAIN_SETTINGS]: (typeof PLAIN_SETTINGS)[Path] extends Setting<infer T> ? T : never;
};

/** Settings that cannot be used. The message lists every problem with its full path, and what is allowed. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const what = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    super(`Settings (cdk.json, context "latchkey"): ${what}\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads what `cdk.json` gives under `latchkey` (undefined: nothing), fills in defaults, and checks all of it.
 * @throws SettingsError with every problem at once.
 */
export function readSettings(given: unknown): Settings {
  const values: Record<string, unknown> = Object.fromEntries(
    Object.entries(ALL_SETTINGS).map(([path, { default: value }]) => [path, value]),
  );
  const problems = collect(given ?? {}, '', values);
  if (problems.length === 0 && isComplete(values)) {
    problems.push(...contradictions(values));
    if (problems.length === 0) return values;
  }
  throw new SettingsError(problems);
}

/**
 * The subtrees of the settings a function reads, nested as in `cdk.json`. A path is a setting (`mode`) or a group
 * (`window`).
 * @throws Error when a path names nothing: a function would silently miss it.
 */
export function pickSettings(settings: Settings, paths: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const path of paths) {
    const found = Object.entries(settings).filter(([name]) => name === path || name.startsWith(`${path}.`));
    if (found.length === 0) throw new Error(`There is no setting or group of settings "${path}"`);
    for (const [name, value] of found) {
      const [head = '', tail] = splitAtDot(name);
      if (tail === undefined) picked[head] = value;
      else picked[head] = { ...groupOf(picked[head]), [tail]: value };
    }
  }
  return picked;
}

/** Puts what was given into `values`; answers with what is wrong about it. */
function collect(given: unknown, path: string, values: Record<string, unknown>): string[] {
  const known = Object.hasOwn(ALL_SETTINGS, path) ? ALL_SETTINGS[path] : undefined;
  if (known !== undefined) {
    values[path] = given;
    return refusals(path, given, known.kind);
  }
  if (path !== '' && !GROUPS.has(path)) return [unknownSetting(path)];
  if (!isGroup(given)) return [`${path || 'latchkey'}: got ${show(given)}; allowed: an object of settings`];
  return Object.entries(given).flatMap(([key, value]) => {
    const [head, tail] = splitAtDot(key);
    if (tail !== undefined) return [`${key}: write it as an object: "${head}": { "${tail}": … }`];
    return collect(value, path === '' ? key : `${path}.${key}`, values);
  });
}

function refusals(path: string, value: unknown, kind: Kind<unknown>): string[] {
  const refused: boolean = !kind.is(value);
  if (!refused) return [];
  const { item, fields } = kind;
  if (item !== undefined && Array.isArray(value)) {
    return value.flatMap((entry, index) => refusals(`${path}[${index}]`, entry, item));
  }
  const inside = fields === undefined || !isGroup(value) ? [] : fieldRefusals(path, value, fields);
  return inside.length > 0 ? inside : [`${path}: got ${show(value)}; allowed: ${kind.allowed}`];
}

/** What is wrong with fields that are there; one that is missing is said of the object. */
function fieldRefusals(path: string, value: object, fields: Readonly<Record<string, Kind<unknown>>>): string[] {
  return Object.entries(value).flatMap(([field, held]) => {
    const kind = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (kind !== undefined) return refusals(`${path}.${field}`, held, kind);
    return [`${path}.${field}: no such field; there are ${Object.keys(fields).join(', ')}`];
  });
}

/** What no single setting can see. */
function contradictions(settings: Settings): string[] {
  const vpc = settings['network.vpcId'];
  const subnets = settings['network.subnetIds'];
  const problems: string[] = [];
  if (vpc === '' && subnets.length > 0) problems.push('network.subnetIds: needs network.vpcId, which is empty');
  if (vpc === '' && settings['network.securityGroupIds'].length > 0) {
    problems.push('network.securityGroupIds: needs network.vpcId, which is empty');
  }
  if (vpc !== '' && subnets.length === 0) {
    problems.push(
      'network.vpcId: needs network.subnetIds, which is empty; give the subnets the functions shall run in',
    );
  }
  return [...problems, ...monitorContradictions(settings), ...huntContradictions(settings)];
}

/** Ten monitors read ten lists of each zone at a poll; two of one name could not be told apart. */
const MOST_MONITORS = 10;

function monitorContradictions(settings: Settings): string[] {
  const names = settings['monitor.filters'].map(({ name }) => name);
  const problems = names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [`monitor.filters[${index}].name: got "${name}", which another monitor has`],
  );
  if (names.length <= MOST_MONITORS) return problems;
  return [...problems, `monitor.filters: got ${names.length} monitors; allowed are ${MOST_MONITORS}`];
}

const HUNT_TIMES = ['hunt.delayMinutes', 'hunt.overlapMinutes', 'hunt.latenessMinutes'] as const;

/** Without hunts their times matter only where somebody set one: a longer slack alone is no mistake then. */
function huntContradictions(settings: Settings): string[] {
  const hunts = settings['axiom.cloudflareDataset'] !== '';
  if (!hunts && HUNT_TIMES.every((path) => settings[path] === PLAIN_SETTINGS[path].default)) return [];
  const [slack, overlap] = [settings['window.slackMinutes'], settings['hunt.overlapMinutes']];
  const [delay, lateness] = [settings['hunt.delayMinutes'], settings['hunt.latenessMinutes']];
  const problems: string[] = [];
  // A hunt looks back for late evidence into the hour before its own, and no further.
  if (lateness > delay + 60) {
    problems.push(
      `hunt.latenessMinutes: got ${lateness}; evidence that late would be lost: allowed is at most ${delay + 60} with ` +
        `hunt.delayMinutes ${delay}`,
    );
  }
  if (overlapSuffices({ slack, overlap, delay, lateness })) return problems;
  const needed = Math.max(slack, slack + lateness - delay);
  return [
    ...problems,
    `hunt.overlapMinutes: got ${overlap}; pairs that arrive late would be lost: allowed is ${needed} or more with ` +
      `window.slackMinutes ${slack}, hunt.latenessMinutes ${lateness} and hunt.delayMinutes ${delay}`,
  ];
}

/** Holds for values whose every setting passed its own check. */
function isComplete(values: Record<string, unknown>): values is Settings {
  return Object.entries(ALL_SETTINGS).every(([path, { kind }]) => kind.is(values[path]));
}

const GROUPS: ReadonlySet<string> = new Set(
  Object.keys(ALL_SETTINGS).flatMap((path) => (path.includes('.') ? [path.slice(0, path.indexOf('.'))] : [])),
);

/** Says the nearest name, never the value: a secret put in the wrong place must not reach a build log. */
function unknownSetting(path: string): string {
  const nearest = [...Object.keys(ALL_SETTINGS), ...GROUPS]
    .map((name) => ({ name, distance: Math.min(edits(path, name), ...lastPart(path, name)) }))
    .reduce((best, candidate) => (candidate.distance < best.distance ? candidate : best));
  const near = nearest.distance <= Math.max(2, path.length / 4);
  return `${path}: no such setting; ${near ? `did you mean ${nearest.name}?` : `there are ${[...TOP].join(', ')}`}`;
}

const TOP: ReadonlySet<string> = new Set(Object.keys(ALL_SETTINGS).map((path) => splitAtDot(path)[0] ?? path));

/** `slackMinutes` is `window.slackMinutes` written without its group. */
function lastPart(path: string, name: string): number[] {
  const [, tail] = splitAtDot(name);
  return tail === undefined ? [] : [edits(splitAtDot(path)[1] ?? path, tail) + 1];
}

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  // Long texts may be key material, and `user:password@` is a secret in the wrong place: neither is repeated.
  if (json.length > 80)
    return typeof value === 'string' ? `a text of ${value.length} characters` : `${json.slice(0, 80)}…`;
  return json.replace(/\/\/[^/@"]*@/g, '//…@');
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function groupOf(value: unknown): Record<string, unknown> {
  return isGroup(value) ? value : {};
}

function splitAtDot(path: string): [string, string?] {
  const dot = path.indexOf('.');
  return dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)];
}
