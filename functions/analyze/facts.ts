import { parseAddress } from '../core/address.ts';

/** The checkable facts of the evidence: every address in it, and every number, on its own or inside something else. */
export function factsIn(evidence: string): Set<string> {
  const facts = new Set<string>();
  for (const literal of evidence.match(ADDRESS_LIKE) ?? []) {
    const fact = addressFact(literal);
    if (fact !== undefined) facts.add(fact);
  }
  for (const number of evidence.match(NUMBER) ?? []) facts.add(numberFact(number));
  for (const digits of evidence.match(/\d+/g) ?? []) facts.add(numberFact(digits));
  return facts;
}

/**
 * The addresses and numbers a claim states. It may state only what the evidence states, so that nothing a model made up
 * reaches on-call as if it had been seen.
 */
export function factsStated(claim: string): Set<string> {
  const facts = new Set<string>();
  const rest = claim.replace(GROUPING, '').replace(ADDRESS_LIKE, (literal) => {
    const fact = addressFact(literal);
    if (fact === undefined) return literal;
    facts.add(fact);
    return ' ';
  });
  for (const number of rest.match(NUMBER) ?? []) facts.add(numberFact(number));
  return facts;
}

/** The names in a text that a program may show as links: labels that end in letters which are no file's ending. */
export function domainsIn(text: string): string[] {
  return (text.toLowerCase().match(DOMAIN_LIKE) ?? []).filter((name) => !FILE_ENDING.test(name));
}

const ADDRESS_LIKE = /(?<![\w.:])(?:\d+(?:\.\d+){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:\.\d+){0,3})(?![\w:])/gi;
const NUMBER = /\d+(?:\.\d+)?/g;
/** Thousands as English groups them: `1,204`. */
const GROUPING = /(?<=\d),(?=\d{3}(?!\d))/g;
const DOMAIN_LIKE = /[\p{L}\p{N}](?:[\p{L}\p{N}-]*)(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}/gu;
const FILE_ENDING = /\.(?:php\d?|html?|jsp|aspx?|cgi|env|git|xml|json|txt|sql|ya?ml|ini|bak|log|css|conf|key|pem)$/;

/** Undefined for what only looks like an address, such as a time of day; a dotted quad is always taken as one. */
function addressFact(literal: string): string | undefined {
  const address = parseAddress(literal);
  if (address !== undefined) return `address ${address.canonical}`;
  return literal.includes(':') ? undefined : `address ${literal}`;
}

function numberFact(number: string): string {
  return `number ${number.replace(/^0+(?=\d)/, '')}`;
}
