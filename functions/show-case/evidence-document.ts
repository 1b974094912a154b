import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { CaseFile, CaseLook } from '../core/case-file.ts';
import { holdsToken, idText } from '../core/hostile-text.ts';
import { type EpochMs, toIso } from '../core/time.ts';
import { type Kept, keeperOf } from './keep-within.ts';

/** When the document is made, and by which deployment. */
export interface EvidenceFacts {
  readonly now: EpochMs;
  readonly environment: string;
}

/** The most bytes of a document: in base64 they stay below what Lambda answers with (`reference/aws-platform.md` §6). */
export const EVIDENCE_BYTES = 4_000_000;
/** The same of a document that travels compressed, and how large it may be unpacked: that takes memory and time here. */
export const GZIPPED_BYTES = 4_120_000;
const UNPACKED_BYTES = 50_000_000;

/** Up to here a document is indented for people; a larger one is for programs, and has more in it without. */
const INDENTED_BYTES = 200_000;
/** Longest text that is shown of one that holds a token. */
const TEXT_KEPT = 4_000;
/** How often less is kept where the first measure was too large: texts that are escaped take more than they seem to. */
const TRIES = 8;
const HAS_MORE = 'Asked for with Accept-Encoding: gzip, this document has several times as much.';

/**
 * Everything that is known about a case, as JSON of at most `maxBytes` bytes. Where there is more, the largest lists are
 * cut until all fit; each says how many of it are left out, beside it and in `notes`. Tokens that somebody pasted into a
 * name are taken out.
 */
export function evidenceText(file: CaseFile, facts: EvidenceFacts, maxBytes = EVIDENCE_BYTES): string {
  return textWithin(file, facts, keeperOf(file), maxBytes, HAS_MORE);
}

/** The same for whoever takes gzip: as much as stays below what Lambda answers with once it is compressed. */
export async function gzippedEvidence(
  file: CaseFile,
  facts: EvidenceFacts,
  maxBytes = GZIPPED_BYTES,
): Promise<{ readonly text: string; readonly gzipped: Uint8Array }> {
  const keep = keeperOf(file);
  let room = UNPACKED_BYTES;
  for (let tried = 1; ; tried++) {
    const text = textWithin(file, facts, keep, room);
    const gzipped = await compress(text);
    if (gzipped.length <= maxBytes || tried === TRIES) return { text, gzipped };
    // What is left out next tells less, and so may compress better than the rest.
    room = 0.9 * Buffer.byteLength(text) * (maxBytes / gzipped.length);
  }
}

const compress = promisify(gzip);

function textWithin(file: CaseFile, facts: EvidenceFacts, keep: Keep, maxBytes: number, more?: string): string {
  const bare = Buffer.byteLength(textOf(file, undefined, facts));
  let room = maxBytes;
  for (let tried = 1; ; tried++) {
    const kept = keep(room - bare);
    const notes = more === undefined || kept.notes.length === 0 ? kept.notes : [...kept.notes, more];
    const text = textOf(file, { ...kept, notes }, facts);
    const bytes = Buffer.byteLength(text);
    if (bytes <= INDENTED_BYTES && notes.length === 0) return textOf(file, kept, facts, 1);
    if (bytes <= maxBytes || tried === TRIES) return text;
    room *= 0.9;
  }
}

type Keep = ReturnType<typeof keeperOf>;

/** With as much of the lists as is kept; undefined: with nothing of them. */
function textOf(file: CaseFile, kept: Kept | undefined, { now, environment }: EvidenceFacts, indent = 0): string {
  const { caseId, trigger, openedAt, state, unread, looks, uses, ...more } = file;
  const document = {
    format: 'latchkey-case/1',
    madeAt: toIso(now),
    environment,
    times: 'Times that are numbers are milliseconds since 1970-01-01T00:00:00Z, in UTC.',
    notes: kept?.notes ?? [],
    unread,
    ...{ caseId, trigger, openedAt, state },
    ...more,
    looks: looks.map((look) => lookOf(look, kept)),
    ...(uses === undefined ? {} : { uses: { ...uses, ...usesOf(uses, kept) } }),
  };
  return JSON.stringify(document, withoutTokens, indent);
}

function usesOf(uses: NonNullable<CaseFile['uses']>, kept: Kept | undefined) {
  const shown = kept?.uses ?? [];
  return { uses: shown, leftOut: uses.leftOut + uses.uses.length - shown.length };
}

function lookOf(look: CaseLook, kept: Kept | undefined) {
  const { sightings, findings, picture } = look;
  const shown = kept?.looks.get(look.look);
  return {
    ...look,
    ...(sightings === undefined
      ? {}
      : { sightings: { ...sightings, ...rest('sightings', sightings.sightings, shown?.sightings) } }),
    ...(findings === undefined ? {} : rest('findings', findings, shown?.findings)),
    ...(picture === undefined ? {} : { picture: { ...picture, ...rest('groups', picture.groups, shown?.groups) } }),
  };
}

/** A list as far as it is kept, and how much of it is not. */
function rest(name: string, all: readonly unknown[], shown: readonly unknown[] = []) {
  const leftOut = all.length - shown.length;
  return { [name]: shown, ...(leftOut === 0 ? {} : { [`${name}LeftOut`]: leftOut }) };
}

function withoutTokens(_: string, value: unknown): unknown {
  return typeof value === 'string' && holdsToken(value) ? idText(value, TEXT_KEPT) : value;
}
