import type { IdentifiedEvidence } from '../core/evidence-ids.ts';
import { plainText, redactSecrets } from '../core/hostile-text.ts';

/** Makes text that others wrote fit for the evidence document: printable, without secrets, at most so long. */
export type Clean = (text: string, maxLength: number) => string;

const E_MAIL = /[^\s@]{1,64}@[^\s@]{1,255}/g;

/**
 * Redacts before it cuts, so that no secret survives by losing its end. Without `includeOwners` the names of the
 * findings' owners and e-mail addresses are taken out too.
 */
export function cleaner({ findings }: IdentifiedEvidence, { includeOwners }: { includeOwners: boolean }): Clean {
  const people = includeOwners ? [] : findings.flatMap(({ finding }) => finding.credential.owner?.username ?? []);
  const names = people.filter((name) => name.length >= 3).map((name) => new RegExp(escapeRegExp(name), 'gi'));
  return (text, maxLength) => {
    // Far more than is kept, far less than could keep a pattern busy.
    const redacted = redactSecrets(plainText(text, 4_000));
    const nameless = includeOwners
      ? redacted
      : names.reduce((left, name) => left.replace(name, '[owner]'), redacted.replace(E_MAIL, '[e-mail]'));
    return plainText(nameless, maxLength);
  };
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
