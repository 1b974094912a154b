import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DAYS_REMEMBERED } from '../../functions/core/days-seen.ts';
import { LEARNED_LIMITS, SHARED_BY } from '../../functions/core/learned.ts';
import type { NetworkEvidence } from '../../functions/core/score/network-evidence.ts';
import { scoreNetwork } from '../../functions/core/score/score.ts';
import { SCORE_WEIGHTS, type ScorePartName } from '../../functions/core/score/weights.ts';
import { MANY_CLONES, SENSITIVE_ACTIONS } from '../../functions/core/sensitive-actions.ts';
import type { SightingMethod } from '../../functions/core/sighting.ts';
import { DAY, instant, MINUTE } from '../../functions/core/time.ts';
import type { Strength } from '../../functions/core/token-use.ts';
import { networkEvidence } from '../core/score/network-evidence.ts';
import { credential, habits, match, NOON, sighting, tokenUse } from '../support/evidence.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

/** A section, from its heading to the next of the same depth or above. */
function section(heading: string): string {
  const start = README.indexOf(`\n${heading}\n`);
  if (start < 0) throw new Error(`The README has no section ${heading}`);
  const depth = heading.indexOf(' ');
  const rest = README.slice(start + heading.length + 2);
  const end = rest.search(new RegExp(`^#{1,${depth}} `, 'm'));
  return end < 0 ? rest : rest.slice(0, end);
}

/** Cells of the rows of a section's first table whose head begins with that word. */
function rowsUnder(heading: string, head: string): string[][] {
  const [, table = ''] = section(heading).split(`\n| ${head} |`);
  const lines = table.split('\n').slice(2);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
}

const ROWS = rowsUnder('### The score', 'part');
const MACHINE = credential({ owner: { id: 7, bot: true } });
const OFFICE = { sharedEgress: { owners: 9, days: 4, people: 5 } };
const CLUSTER = { sharedEgress: { owners: 9, days: 4, people: 4 } };
const NETWORK = '203.0.113.7';

const scoped = (scope: string): Partial<NetworkEvidence> => ({ credential: credential({ scopes: [scope] }) });
const proven = (strength: Strength): Partial<NetworkEvidence> => ({
  verdict: 'corroborated',
  matches: [match({ use: tokenUse({ strength }) })],
});
const flagged = (method: SightingMethod, lowestBotScore = 2): Partial<NetworkEvidence> => ({
  matches: [match({ sighting: sighting({ method, lowestBotScore }) })],
});
const seen = (times: number): Partial<NetworkEvidence> => ({ matches: [match({ use: tokenUse({ times }) })] });
const did = (...calls: string[]): Partial<NetworkEvidence> => ({ matches: [match({ use: tokenUse({ calls }) })] });
const VARIABLES = 'GET /api/:version/projects/:id/variables';
const MEMBER = 'POST /api/:version/projects/:id/members';
const HOOK = 'POST /api/:version/projects/:id/hooks';
const lived = (days: number): Partial<NetworkEvidence> => ({ credential: credential({ habits: habits({ days }) }) });
/** Somebody who works so many hours before the use, and never later. */
const hoursFrom = (hours: number): Partial<NetworkEvidence> => ({
  credential: credential({ habits: habits({ hours: [11 - hours] }) }),
  matches: [match({ use: tokenUse({ at: instant(NOON - 5 * MINUTE) }) })],
});
const apart = (share: number): Partial<NetworkEvidence> => ({
  slack: 30 * MINUTE,
  matches: [match({ gap: share * 30 * MINUTE })],
});
const onGitlab = (newOperator: boolean): Partial<NetworkEvidence> => ({
  newOperator,
  matches: [match({ onGitlab: true })],
});
const workedFor = (days: number): Partial<NetworkEvidence> => ({
  credential: credential({ habits: habits({ networkDays: { [NETWORK]: days } }) }),
});

/** What the README says of parts, and the evidence that it says it of. */
const TOLD: readonly (readonly [ScorePartName, string, Partial<NetworkEvidence>])[] = [
  ['scope', '`sudo`', scoped('sudo')],
  ['scope', '`api`', scoped('api')],
  ['scope', '`write_repository`', scoped('write_repository')],
  ['scope', '`read_api`', scoped('read_api')],
  ['scope', '`read_repository`', scoped('read_repository')],
  ['scope', '`read_user`', scoped('read_user')],
  ['scope', 'unknown scopes', { credential: { id: 'token/42', kind: 'personal' } }],
  ['role', 'instance administrator', { credential: credential({ owner: { id: 7, admin: true } }) }],
  ['role', 'Owner', { credential: credential({ accessLevel: 50 }) }],
  ['role', 'Maintainer', { credential: credential({ accessLevel: 40 }) }],
  ['strength', '`confirmed`', { verdict: 'confirmed' }],
  ['strength', '`probable`', { verdict: 'probable' }],
  ['strength', 'a token made there', proven('minted')],
  ['strength', 'its owner acted there', proven('acted')],
  ['strength', 'used there at an unknown time', proven('used')],
  ['strength', 'turned away there', proven('refused')],
  ['address', 'it is the very address Cloudflare flagged', { matches: [match()] }],
  ['address', 'another one of the same IPv6 network', { matches: [match({ rule: 'same-network' })] }],
  ['bot', 'bot score 1', flagged('bot-score', 1)],
  ['bot', 'bot score 2 to 29', flagged('bot-score', 29)],
  ['bot', 'bot product', flagged('bot-product')],
  ['bot', 'HTTP DDoS', flagged('l7ddos')],
  ['bot', 'rate limit', flagged('rate-limit')],
  ['bot', 'named in the alert', flagged('payload')],
  ['bot', 'share of the traffic', flagged('share')],
  ['bot', 'another security rule', flagged('security-event')],
  ['frequency', 'once', seen(1)],
  ['frequency', '8 times', seen(8)],
  ['frequency', '63 times or more', seen(63)],
  ['actions', 'One kind', did(VARIABLES)],
  ['actions', 'two kinds', did(VARIABLES, MEMBER)],
  ['actions', 'three kinds', did(VARIABLES, MEMBER, HOOK)],
  [
    'actions',
    'one kind by a machine in its usual place',
    { ...did(VARIABLES), credential: { ...MACHINE, habits: habits({ networkDays: { [NETWORK]: 1 } }) } },
  ],
  [
    'actions',
    'by one that does several such things on other days',
    { ...did(VARIABLES), credential: credential({ habits: habits({ actions: ['member-added', 'key-added'] }) }) },
  ],
  [
    'actions',
    'by one with less than five days of history on a shared network',
    { ...did(VARIABLES), ...OFFICE, credential: credential({ habits: habits({ days: 4 }) }) },
  ],
  ['novelty', 'five days of history', lived(5)],
  ['novelty', 'one day of history', lived(1)],
  ['novelty', 'a token list that never showed it', { credential: credential({ knownNetworks: ['192.0.2.1'] }) }],
  ['novelty', 'no history', {}],
  ['unusual-hour', 'two hours', hoursFrom(2)],
  ['unusual-hour', 'three hours', hoursFrom(3)],
  ['dormancy', 'not used for 30 days', { credential: credential({ usedBefore: NOON - 30 * DAY }) }],
  ['refused', 'turned away from the same network', { refusedCredentials: 1 }],
  ['new-owners', 'three owners', { newOwners: 3 }],
  ['new-owners', 'ten owners', { newOwners: 10 }],
  ['time-gap', 'half the slack', apart(0.5)],
  ['time-gap', 'the whole slack', apart(1)],
  ['gitlab-only', 'where every API client looks automated:', onGitlab(false)],
  ['gitlab-only', 'from an operator nobody here worked from before', onGitlab(true)],
  ['usual-network', 'on one day', workedFor(1)],
  ['usual-network', 'on two days or more', workedFor(2)],
  [
    'usual-operator',
    'as homes and phones do:',
    { credential: credential({ habits: habits({ asnDays: { 64500: 1 } }) }) },
  ],
  ['known-egress', 'is in `knownEgress`:', { knownEgress: true }],
  ['shared-egress', 'a machine among machines', { credential: MACHINE, ...CLUSTER }],
  ['shared-egress', 'a person among people', OFFICE],
  ['shared-egress', 'a person among machines', CLUSTER],
  ['shared-egress', 'a machine among people', { credential: MACHINE, ...OFFICE }],
];

describe('the score in the README', () => {
  it('has every part once, in the order of the weights, with its weight', () => {
    const weights = Object.entries(SCORE_WEIGHTS).map(([name, points]) => [`\`${name}\``, `${points}`]);
    expect(ROWS.map(([name, points]) => [name, points])).toEqual(weights);
  });

  it.each(TOLD)('tells of %s what it is worth: %s', (name, words, overrides) => {
    expect(`${textOf(name)}.`).toMatch(
      new RegExp(`${escaped(`${words} ${signed(pointsOf(name, overrides))}`)}(?![.]?\\d)`),
    );
  });

  it.each(ROWS)('tells no figure of %s that is not held to the code', (name, _, text = '') => {
    const told = TOLD.filter(([part, , overrides]) => `\`${part}\`` === name && pointsOf(part, overrides) !== 0);
    expect(text.match(/(?<= )[+-]\d/g)).toHaveLength(told.length);
  });

  it('says from how many clones on they are many', () => {
    expect(MANY_CLONES).toBe(10);
    expect(textOf('actions')).toContain('clone ten projects or more');
  });
});

describe('what is learned, in the README', () => {
  const text = section('## What Latchkey learns').replaceAll('\n', ' ').replaceAll(/ +/g, ' ');
  const count = (value: number) => value.toLocaleString('en-US');

  it.each([
    [`${count(LEARNED_LIMITS.credentials)} credentials, ${LEARNED_LIMITS.networksOfCredential} networks each`],
    [`${count(LEARNED_LIMITS.networks)} networks, ${LEARNED_LIMITS.ownersOfNetwork} owners each`],
    [`${LEARNED_LIMITS.operatorsOfOwner} operators each`],
    [`${count(LEARNED_LIMITS.credentials)} owners`],
    [`all ${SENSITIVE_ACTIONS.length} kinds`],
    [`once ${SHARED_BY.owners} owners were seen there, on ${SHARED_BY.days} days`],
    [`and ${DAYS_REMEMBERED} of them at most`],
    [`or for ${DAYS_REMEMBERED} days, is dropped`],
  ])('holds: %s', (words) => {
    expect(text).toContain(words);
  });

  it('names parts of the score only', () => {
    const parts = rowsUnder('## What Latchkey learns', 'kept').flatMap(([, , named = '']) => named.match(/`[a-z-]+`/g));
    expect(new Set(parts).size).toBeGreaterThan(5);
    for (const part of parts) expect(ROWS.map(([name]) => name)).toContain(part);
  });
});

function textOf(name: ScorePartName): string {
  return ROWS.find(([part]) => part === `\`${name}\``)?.[2] ?? '';
}

function pointsOf(name: ScorePartName, overrides: Partial<NetworkEvidence>): number {
  const { parts } = scoreNetwork(networkEvidence(overrides), SCORE_WEIGHTS);
  return parts.find((part) => part.name === name)?.points ?? Number.NaN;
}

function signed(points: number): string {
  return points > 0 ? `+${points}` : `${points}`;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
