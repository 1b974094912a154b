import type { CaseFile, CaseLook } from '../core/case-file.ts';
import { holdsToken, idText } from '../core/hostile-text.ts';
import { type EpochMs, toIso } from '../core/time.ts';
import { type Kept, keepWithin } from './keep-within.ts';

/** When the document is made, and by which deployment. */
export interface EvidenceFacts {
  readonly now: EpochMs;
  readonly environment: string;
}

/** The most bytes of a document: in base64 they stay below what Lambda answers with (`reference/aws-platform.md` §6). */
export const EVIDENCE_BYTES = 4_000_000;

/** Longest text that is shown of one that holds a token. */
const TEXT_KEPT = 4_000;
/** How often less is kept where the first measure was too large: texts that are escaped take more than they seem to. */
const TRIES = 8;

/**
 * Everything that is known about a case, as JSON of at most `maxBytes` bytes. Where there is more, the largest lists are
 * cut until all fit; each says how many of it are left out, beside it and in `notes`. Tokens that somebody pasted into a
 * name are taken out.
 */
export function evidenceText(file: CaseFile, facts: EvidenceFacts, maxBytes = EVIDENCE_BYTES): string {
  let room = maxBytes;
  for (let tried = 1; ; tried++) {
    const text = textOf(file, keepWithin(file, room - Buffer.byteLength(textOf(file, undefined, facts))), facts);
    if (Buffer.byteLength(text) <= maxBytes || tried === TRIES) return text;
    room *= 0.9;
  }
}

/** With as much of the lists as is kept; undefined: with nothing of them. */
function textOf(file: CaseFile, kept: Kept | undefined, { now, environment }: EvidenceFacts): string {
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
  return JSON.stringify(document, withoutTokens, 1);
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
