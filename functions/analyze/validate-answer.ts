import * as z from 'zod/mini';
import { type Analysis, type Claim, RECOMMENDED_ACTIONS, SEVERITIES } from '../core/analysis.ts';
import { plainText } from '../core/hostile-text.ts';
import type { EvidenceDocument } from './evidence-document.ts';
import { domainsIn, factsIn, factsStated } from './facts.ts';

/** What is left of a model's answer, or why nothing is. */
export type Validated =
  | { readonly ok: true; readonly analysis: Omit<Analysis, 'status'>; readonly dropped: number }
  /** `why` is in our own words: it goes back into a prompt. */
  | { readonly ok: false; readonly why: string };

const CLAIM_LENGTH = 300;
const CLAIMS = { summary: 5, indicators: 3, actions: 3 };
const EVIDENCE_CITED = 6;

const Answer = z.object({
  summary: z.array(z.unknown()),
  severity: z.enum(SEVERITIES),
  geography: z.optional(z.array(z.unknown())),
  asns: z.optional(z.array(z.unknown())),
  targets: z.optional(z.array(z.unknown())),
  patterns: z.optional(z.array(z.unknown())),
  actions: z.optional(z.array(z.unknown())),
});
const WrittenClaim = z.object({ text: z.string(), evidence: z.array(z.string()) });
const WrittenAction = z.object({ action: z.enum(RECOMMENDED_ACTIONS), claim: WrittenClaim });

/**
 * Checks a model's answer against the document it was given (`reference/bedrock.md` §7). Each claim stands alone: one
 * that cites nothing we gave, states an address or number that is not in the evidence, or carries a link, markup or a
 * mention is dropped, and the rest stays. An answer whose summary is empty after that is no answer.
 */
export function validateAnswer(answer: unknown, document: EvidenceDocument): Validated {
  const parsed = Answer.safeParse(answer);
  if (!parsed.success) return { ok: false, why: 'it had not the form the tool asks for' };
  const { summary, severity, geography = [], asns = [], targets = [], patterns = [], actions = [] } = parsed.data;
  const check = checker(document);
  const claims = (written: readonly unknown[], most: number) => check.claims(written).slice(0, most);
  const analysis = {
    summary: claims(summary, CLAIMS.summary),
    severity,
    indicators: {
      geography: claims(geography, CLAIMS.indicators),
      asns: claims(asns, CLAIMS.indicators),
      targets: claims(targets, CLAIMS.indicators),
      patterns: claims(patterns, CLAIMS.indicators),
    },
    actions: check.actions(actions).slice(0, CLAIMS.actions),
  };
  if (analysis.summary.length === 0)
    return { ok: false, why: `its summary had no claim that holds: ${check.reasons()}` };
  return { ok: true, analysis, dropped: check.dropped() };
}

function checker(document: EvidenceDocument) {
  const facts = factsOf(document);
  const refusals: string[] = [];

  const claim = (written: z.infer<typeof WrittenClaim>): Claim | undefined => {
    const text = plainText(written.text, CLAIM_LENGTH);
    const evidence = [...new Set(written.evidence)].filter((id) => document.ids.has(id)).slice(0, EVIDENCE_CITED);
    const problem =
      problemOf(text, facts, document) ?? (evidence.length === 0 ? 'cites no id of the document' : undefined);
    if (problem === undefined) return { text, evidence };
    refusals.push(problem);
    return undefined;
  };

  return {
    claims: (written: readonly unknown[]): Claim[] =>
      written.flatMap((entry) => {
        const parsed = WrittenClaim.safeParse(entry);
        if (parsed.success) return claim(parsed.data) ?? [];
        refusals.push('is not of the asked form');
        return [];
      }),
    actions: (written: readonly unknown[]): Analysis['actions'] =>
      written.flatMap((entry) => {
        const parsed = WrittenAction.safeParse(entry);
        const held = parsed.success ? claim(parsed.data.claim) : undefined;
        if (parsed.success && held !== undefined) return [{ action: parsed.data.action, claim: held }];
        if (!parsed.success) refusals.push('is not of the asked form');
        return [];
      }),
    dropped: () => refusals.length,
    reasons: () => (refusals.length === 0 ? 'there was none' : [...new Set(refusals)].slice(0, 3).join('; ')),
  };
}

/** Numbers may come from anywhere in the document; an address that a client wrote into a path was not seen anywhere. */
function factsOf({ text, unwritten }: EvidenceDocument): Set<string> {
  const seen = factsIn(unwritten);
  return new Set([...factsIn(text)].filter((fact) => seen.has(fact) || !fact.startsWith('address')));
}

const MARKUP: readonly (readonly [RegExp, string])[] = [
  [/[a-z][a-z0-9+.-]*:\/\/|\bwww\.|\b(?:mailto|javascript|data|tel):/i, 'holds a link'],
  [/\]\s*\(|\]\s*:|!\[|<[a-z!/|@#]|[`|]|\*\*|^\s*(?:#{1,6}\s|>\s)|&(?:#|[a-z]+;)/i, 'holds markup'],
  [/(?:^|[^\w])@\w|\w@\w/, 'holds a mention or an e-mail address'],
];

/** What is wrong with a claim's text, in our own words. */
function problemOf(text: string, facts: ReadonlySet<string>, document: EvidenceDocument): string | undefined {
  if (text.length < 3) return 'is empty';
  const markup = MARKUP.find(([pattern]) => pattern.test(text));
  if (markup !== undefined) return markup[1];
  if (domainsIn(text).some((name) => !document.hosts.has(name))) return 'names a host that is not in the document';
  for (const fact of factsStated(text)) {
    if (!facts.has(fact))
      return `states ${fact.startsWith('address') ? 'an address' : 'a number'} that is not in the document`;
  }
  return undefined;
}
