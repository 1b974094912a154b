import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../functions/core/case-file.ts';
import {
  EVIDENCE_BYTES,
  evidenceText,
  GZIPPED_BYTES,
  gzippedEvidence,
} from '../../functions/show-case/evidence-document.ts';
import { largeCaseFile, monitorCaseFile, openedCaseFile, sampleCaseFile } from '../support/case-files.ts';
import { groupOf, pictureOf } from '../support/event-facts.ts';
import { NOON } from '../support/evidence.ts';

const FACTS = { now: NOON, environment: 'production' };
const read = (file: CaseFile, maxBytes?: number) => JSON.parse(evidenceText(file, FACTS, maxBytes));

describe('everything about a case as JSON', () => {
  it.each([sampleCaseFile(), monitorCaseFile(), openedCaseFile()])('is all of it: case %#', (file) => {
    const { format, madeAt, environment, times, notes, ...rest } = read(file);
    // Findings come the worst first and sightings the most telling first; nothing else is moved.
    const looks = file.looks.map((look) => ({
      ...look,
      ...(look.sightings === undefined
        ? {}
        : { sightings: { ...look.sightings, sightings: expect.arrayContaining([...look.sightings.sightings]) } }),
    }));
    expect(rest).toEqual({ ...JSON.parse(JSON.stringify(file)), looks });
    expect([format, madeAt, environment, notes]).toEqual([
      'latchkey-case/1',
      '2031-05-06T12:00:00.000Z',
      'production',
      [],
    ]);
  });

  it('tells what could not be read before anything else of the case', () => {
    const text = evidenceText(sampleCaseFile({ unread: ['Incident inc-1 is lost.'] }), FACTS);
    expect(text.indexOf('Incident inc-1 is lost.')).toBeLessThan(text.indexOf('"caseId"'));
  });

  it('holds no token that somebody pasted into a name', () => {
    const file = sampleCaseFile();
    const findings = file.looks[0]?.findings?.map((finding) => ({
      ...finding,
      credential: { ...finding.credential, name: 'my glpat-abcdefghij0123456789 token' },
    }));
    const text = evidenceText({ ...file, looks: [{ look: 1, findings: findings ?? [] }] }, FACTS);
    expect(text).not.toContain('glpat-');
    expect(text).toContain('my [redacted] token');
  });
});

describe('a case larger than can be answered with', () => {
  const file = largeCaseFile();
  const text = evidenceText(file, FACTS);
  const document = JSON.parse(text);

  it('is cut to what fits, and not much further', () => {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(EVIDENCE_BYTES);
    expect(Buffer.byteLength(text)).toBeGreaterThan(EVIDENCE_BYTES * 0.8);
  });

  it('says of every list how much is left out', () => {
    const [first] = document.looks;
    expect(first.sightings.sightings.length + first.sightings.sightingsLeftOut).toBe(10_000);
    expect(document.uses.uses.length + document.uses.leftOut).toBe(60_000 + 12_345);
    for (const { findings } of document.looks) {
      for (const finding of findings) {
        expect(finding.matches.length + (finding.leftOut.matches ?? 0)).toBe(50);
      }
    }
    expect(document.notes).toContainEqual(
      expect.stringMatching(/^Of 10,000 rows of sightings of look 1, \d+ are here/),
    );
    expect(document.notes).toContainEqual(expect.stringMatching(/^Of 15,000 rows of matches of look 2, \d+ are here/));
    expect(document.notes).toContainEqual(expect.stringMatching(/^Of 60,000 rows of uses, [\d,]+ are here/));
  });

  it('keeps every finding, with what was decided and its busiest addresses, before rows of anything else', () => {
    for (const [index, { findings, findingsLeftOut }] of document.looks.entries()) {
      expect([findings.length, findingsLeftOut]).toEqual([300, undefined]);
      const whole = new Map(file.looks[index]?.findings?.map((finding) => [finding.credential.id, finding]));
      for (const { credential, score, verdict, decision, addresses } of findings) {
        const stored = whole.get(credential.id);
        expect({ credential, score, verdict, decision }).toEqual({
          ...{ credential: stored?.credential, score: stored?.score },
          ...{ verdict: stored?.verdict, decision: stored?.decision },
        });
        expect(addresses.slice(0, 3)).toEqual(JSON.parse(JSON.stringify(stored?.addresses.slice(0, 3))));
      }
    }
  });

  it('cuts findings too where they alone are too many, the worst last', () => {
    const cut = read(file, 300_000);
    for (const { findings, findingsLeftOut } of cut.looks) {
      expect(findings.length).toBeGreaterThan(50);
      expect(findings.length + findingsLeftOut).toBe(300);
      const scores: number[] = findings.map(({ score }: { score: number }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
    expect(Buffer.byteLength(evidenceText(file, FACTS, 300_000))).toBeLessThanOrEqual(300_000);
  });

  it('is not indented, and says where there is more', () => {
    expect(text).not.toContain('\n');
    expect(document.notes.at(-1)).toContain('Accept-Encoding: gzip');
    expect(evidenceText(sampleCaseFile(), FACTS)).toContain('\n ');
  });

  it('has several times as much for whoever takes gzip, and is as honest', async () => {
    const { text: more, gzipped } = await gzippedEvidence(file, FACTS);
    expect(gzipped.length).toBeLessThanOrEqual(GZIPPED_BYTES);
    expect(gunzipSync(gzipped).toString()).toBe(more);
    const [{ findings, sightings }] = JSON.parse(more).looks;
    expect(findings).toHaveLength(300);
    expect(sightings.sightings.length).toBeGreaterThan(5 * document.looks[0].sightings.sightings.length);
    expect(sightings.sightings.length + (sightings.sightingsLeftOut ?? 0)).toBe(10_000);
    const { uses, notes } = JSON.parse(more);
    expect(uses.uses.length + uses.leftOut).toBe(60_000 + 12_345);
    expect(notes.join()).not.toContain('Accept-Encoding');
  }, 20_000);

  it('is cut until it fits compressed', async () => {
    const { gzipped } = await gzippedEvidence(file, FACTS, 1_000_000);
    expect(gzipped.length).toBeLessThanOrEqual(1_000_000);
    expect(gzipped.length).toBeGreaterThan(600_000);
  }, 20_000);

  it('keeps of each list what tells most', () => {
    const matched = new Set(file.looks[0]?.findings?.flatMap(({ networks }) => networks));
    const kept: { network: string; requests: number }[] = document.looks[0].sightings.sightings;
    expect(kept.every(({ network }) => matched.has(network))).toBe(true);
    const ends: number[] = document.uses.uses.map(({ at }: { at: { notAfter: number } }) => at.notAfter);
    expect(ends).toEqual([...ends].sort((a, b) => a - b));
    const newest = Math.max(...(file.uses?.uses.map(({ at }) => at.notAfter) ?? []));
    expect(ends.at(-1)).toBe(newest);
    const strongest = file.looks[0]?.findings?.find(
      ({ credential }) => credential.id === document.looks[0].findings[0].credential.id,
    );
    expect(document.looks[0].findings[0].matches[0]).toEqual(JSON.parse(JSON.stringify(strongest?.matches[0])));
  });

  it('cuts the largest list and leaves the small ones alone', () => {
    const { looks, uses, ...small } = sampleCaseFile();
    const [look] = looks;
    const seen = file.looks[0]?.sightings;
    if (look === undefined || seen === undefined || uses === undefined)
      throw new Error('the sample has lost its looks');
    const cut = read({ ...small, uses, looks: [{ ...look, sightings: seen }] }, 400_000);
    expect(cut.uses).toEqual(JSON.parse(JSON.stringify(uses)));
    expect(cut.looks[0].findings).toHaveLength(2);
    expect(cut.looks[0].sightings.sightings.length).toBeGreaterThan(100);
    // And that there is more.
    expect(cut.notes).toHaveLength(2);
  });

  it('fits however many events a monitor keeps, and whatever has to be escaped in them', () => {
    const groups = Array.from({ length: 9_000 }, (_, n) =>
      groupOf(9_000 - n, { clientRequestPath: `/"\\\u0007${'€'.repeat(60)}${n}` }),
    );
    const large = monitorCaseFile({ looks: [0, 1, 2].map((look) => ({ look, picture: pictureOf(groups) })) });
    const made = evidenceText(large, FACTS, 1_000_000);
    expect(Buffer.byteLength(made)).toBeLessThanOrEqual(1_000_000);
    const [first] = JSON.parse(made).looks;
    expect(first.picture.groups.length + first.picture.groupsLeftOut).toBe(9_000);
  });
});
