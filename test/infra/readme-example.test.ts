import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../functions/core/finding.ts';
import { buildFindings, type FindingRules } from '../../functions/core/findings.ts';
import type { NetworkKnowledge } from '../../functions/core/network-facts.ts';
import { SCORE_WEIGHTS } from '../../functions/core/score/weights.ts';
import { MINUTE } from '../../functions/core/time.ts';
import type { Credential } from '../../functions/core/token-use.ts';
import { sampleDeliveries, sampleWorld } from '../../infra/local/scenario/sample.ts';
import { CAST, TOKENS } from '../../infra/local/scenario/sample-cast.ts';
import { openKeptTable, openScene, temporaryDirectory } from '../e2e/support.ts';
import { habits } from '../support/evidence.ts';
import { JOIN_SETTINGS } from '../support/join-settings.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const README = read('README.md');
const [ADDRESS] = CAST.intruder;

const given: { finding?: Finding; start: number } = { start: 0 };

/** The worst finding of the sample's spike, at the first look, as the stack stored it. */
async function worstOfTheSample(start: number): Promise<Finding> {
  await using directory = await temporaryDirectory();
  const world = sampleWorld(start);
  const alert = sampleDeliveries(world).find(({ expected }) => expected.pages > 0);
  const scene = await openScene({ world, dataDir: directory.path });
  const spike = await scene.investigate({ ...alert?.body });
  await scene.stack.close();
  await using table = await openKeptTable(directory.path);
  const [worst] = await table.cases.loadFindings(spike.caseId ?? '', 1);
  if (worst === undefined) throw new Error('The sample has no finding');
  return worst;
}

beforeAll(async () => {
  given.start = Date.now();
  given.finding = await worstOfTheSample(given.start);
}, 60_000);

function thief(): Finding {
  if (given.finding === undefined) throw new Error('The sample was not played');
  return given.finding;
}

/** What the thief's evidence at the address is scored with other knowledge, history or acts. */
function rescored({ known = {}, history = {}, without = [], trigger = 'spike' }: Other = {}): Finding {
  const { credential, matches } = thief();
  const rules: FindingRules = {
    ...{ trigger, threshold: JOIN_SETTINGS.page.threshold, floor: true, huntPages: 'confirmed' },
    ...{ huntProbable: JOIN_SETTINGS.hunt.probableScore, ownEgressKnown: true, weights: SCORE_WEIGHTS },
    ...{ window: { start: given.start - 40 * MINUTE, end: given.start }, slack: 30 * MINUTE, probableHours: 2 },
  };
  const there = matches.filter(({ use }) => use.address === ADDRESS && !without.includes(use.action ?? ''));
  const knowledge: NetworkKnowledge = {
    ...{ isKnownEgress: () => false, sharedEgress: () => undefined, isNewOperator: () => false },
    ...known,
  };
  const [finding] = buildFindings(there, [{ ...credential, ...history }], knowledge, rules);
  if (finding === undefined) throw new Error('There is no finding');
  return finding;
}

interface Other {
  readonly known?: Partial<NetworkKnowledge>;
  readonly history?: Pick<Credential, 'habits'>;
  /** Names of events that did not happen. */
  readonly without?: readonly string[];
  readonly trigger?: FindingRules['trigger'];
}

const ACTS = ['webhook_created', 'project_export_file_download_started'];
const OTHERS: readonly (readonly [string, Other])[] = [
  ['the thief left webhook and export alone', { without: ACTS }],
  [
    'the address been a NAT that nine owners shared on four earlier days, five of them people',
    { known: { sharedEgress: () => ({ owners: 9, people: 5, days: 4 }) } },
  ],
  [
    'its owner worked there on two earlier days, and made webhooks and exports on others',
    {
      history: { habits: habits({ networkDays: { [ADDRESS]: 2 }, actions: ['webhook-created', 'project-exported'] }) },
    },
  ],
  ['the address been in `knownEgress`', { known: { isKnownEgress: () => true } }],
];

describe('the worked example of the README', () => {
  const block = README.split('```').find((text) => text.trim().startsWith(`token/${TOKENS.stolen} at `)) ?? '';
  const lines = block.trim().split('\n');

  it('is of the thief of the sample', () => {
    const { credential, verdict } = thief();
    expect(lines[0]).toBe(`${credential.id} at ${ADDRESS}, ${verdict}`);
  });

  it('shows every part of the score as the stack made it', () => {
    const shown = lines.slice(1, -2).map((line) => line.trim().split(/ {2,}/));
    expect(shown).toEqual(thief().parts.map(({ name, points, sentence }) => [signed(points), name, sentence]));
  });

  it('sums up to the score, and says what was decided and why', () => {
    const { score, decision, reasons } = thief();
    const sum = lines.slice(1, -2).reduce((total, line) => total + Number.parseFloat(line), 0);
    expect(lines.at(-2)?.trim().split(/ {2,}/)).toEqual([`= ${tenth(sum)}`, `at most 100: ${score}`]);
    expect(lines.at(-1)?.trim().split(/ {2,}/)).toEqual([decision, reasons.join(' ')]);
  });

  it('is scored the same from its evidence alone', () => {
    const { parts, score, decision, verdict } = rescored();
    expect({ parts, score, decision, verdict }).toEqual({
      parts: thief().parts,
      score: thief().score,
      decision: thief().decision,
      verdict: thief().verdict,
    });
  });

  it.each(OTHERS)('tells what it would be, had %s', (had, other) => {
    const row = README.split('\n').find((line) => line.startsWith(`| ${had} |`)) ?? '';
    const [, changes = '', sum, decided = ''] = row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, ''));
    const { parts, decision } = rescored(other);
    expect({ sum, decision: decided.split(':')[0] }).toEqual({
      sum: tenth(parts.reduce((total, { points }) => total + points, 0)),
      decision,
    });
    for (const [, name, points] of changes.matchAll(/`([a-z-]+)` ([+-]?[\d.]+)/g)) {
      expect(parts.find((part) => part.name === name)?.points).toBe(Number(points));
    }
  });
});

describe('what the README shows of the sample', () => {
  it('says on the page what the page said', () => {
    const { score, parts } = thief();
    const told = parts.flatMap(({ name, points, sentence }) => [
      `>${signed(points).padStart(6)}<`,
      `>${name}: ${sentence}<`,
    ]);
    expect(missingIn('.github/page.svg', [`>[${score}] Token ${TOKENS.stolen} `, ...told])).toEqual([]);
  });

  it('says in the alert, and in the words beside the page, how sure it is', () => {
    const { score, verdict } = thief();
    const words = [`(score ${score}, ${verdict})`, `>Token ${TOKENS.stolen} scored ${score}.<`];
    expect(missingIn('.github/alert.svg', words)).toEqual([]);
    expect(missingIn('README.md', [`; score ${score}, its parts as a bar`])).toEqual([]);
  });

  it('shows in the table of the hunt what a hunt makes of the same', () => {
    const { score, verdict, decision } = rescored({ trigger: 'hunt' });
    const rows = README.split('\n').filter((line) => line.startsWith(' 1 '));
    expect(rows.map((row) => row.trim().split(/ {2,}/))).toEqual(
      thief().addresses.map(({ address }) => expect.arrayContaining([`${score}`, verdict, address, decision])),
    );
    expect(missingIn('README.md', [`${verdict}, top score ${score} ·`])).toEqual([]);
  });
});

/** What a file does not say; of a picture the whole would be no help. */
function missingIn(path: string, words: readonly string[]): string[] {
  const text = read(path).replaceAll('&#x27;', "'");
  return words.filter((word) => !text.includes(word));
}

function signed(points: number): string {
  return points > 0 ? `+${points}` : `${points}`;
}

function tenth(value: number): string {
  return `${Math.round(value * 10) / 10}`;
}
