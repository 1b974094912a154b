import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { Readings } from '../../functions/query-gitlab/shared-reading.ts';
import { EvidenceGapError } from '../../functions/runtime/errors.ts';

interface Claim {
  holder: string;
  leaseUntil: number;
  saved?: { readonly readingId: string; readonly freshUntil: number };
}

/** The store of shared readings in memory, with the rules of the real one. */
export class MemoryReadings implements Readings {
  readonly saved = new Map<string, TokenEvidence>();
  readonly claims = new Map<string, Claim>();

  async claim(key: string, holder: string, now: number, leaseMs: number) {
    const held = this.claims.get(key);
    if (held?.saved !== undefined && held.saved.freshUntil > now) return { readingId: held.saved.readingId };
    if (held !== undefined && held.saved === undefined && held.holder !== holder && held.leaseUntil > now)
      return 'held';
    this.claims.set(key, { holder, leaseUntil: now + leaseMs });
    return 'claimed';
  }

  async save(key: string, readingId: string, evidence: TokenEvidence, freshUntil: number): Promise<void> {
    this.saved.set(readingId, evidence);
    this.claims.set(key, { holder: '', leaseUntil: 0, saved: { readingId, freshUntil } });
  }

  async release(key: string, holder: string): Promise<void> {
    if (this.claims.get(key)?.holder === holder) this.claims.delete(key);
  }

  async load(readingId: string): Promise<TokenEvidence> {
    const evidence = this.saved.get(readingId);
    if (evidence === undefined) throw new EvidenceGapError(`no reading ${readingId}`);
    return evidence;
  }
}
