import { count } from '../amount-text.ts';
import type { SourceCoverage, SourceName } from '../coverage.ts';
import { withoutSecrets } from '../hostile-text.ts';

type Words = readonly [one: string, many: string];

/**
 * What a source counted, in words: what it read, even where that is nothing, and of what it left out only what there was.
 * A name that nobody gave words to is told in its own, spaced.
 */
export function countTexts(source: SourceName, counts: SourceCoverage['counts']): string[] {
  return Object.entries(counts)
    .filter(([name, number]) => Number.isFinite(number) && (number > 0 || READ.has(name)))
    .map(([name, number]) => `${count(number)} ${wordsFor(source, name)[number === 1 ? 0 : 1]}`);
}

/** Counts of what was read: none of them is worth a word, too. */
const READ: ReadonlySet<string> = new Set([
  'rows',
  'requests',
  'addresses',
  'sightings',
  'listed',
  'events',
  'credentials',
  'uses',
]);

const WORDS: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['rows', ['request logged', 'requests logged']],
  ['requests', ['request read', 'requests read']],
  ['addresses', ['address', 'addresses']],
  ['sightings', ['bot address listed', 'bot addresses listed']],
  ['listed', ['address listed', 'addresses listed']],
  ['events', ['event', 'events']],
  ['credentials', ['credential listed', 'credentials listed']],
  ['uses', ['use of a credential', 'uses of credentials']],
  ['onGitlabHosts', ['request to GitLab itself, no sighting alone', 'requests to GitLab itself, no sightings alone']],
  ['skippedMalformed', ['entry not readable and left out', 'entries not readable and left out']],
  ['privateAddresses', ['private address left out', 'private addresses left out']],
  ['cloudflareAddresses', ["address of Cloudflare's own left out", "addresses of Cloudflare's own left out"]],
  ['ofCloudflare', ["request of Cloudflare's own left out", "requests of Cloudflare's own left out"]],
  ['verifiedBots', ['verified bot left out', 'verified bots left out']],
  ['solvedChallenges', ['solved challenge, which is no bot', 'solved challenges, which are no bots']],
  ['askedBack', ['address seen by GitLab asked about', 'addresses seen by GitLab asked about']],
  ['unasked', ['address seen by GitLab not asked about', 'addresses seen by GitLab not asked about']],
  ['otherTokens', ['request with a token of another type', 'requests with tokens of other types']],
  ['unknownRefusals', ['refusal that names no token', 'refusals that name no token']],
  ['refused', ['list refused to us', 'lists refused to us']],
  ['unread', ['list not read', 'lists not read']],
  ['unreadMinutes', ['minute not read', 'minutes not read']],
  ['noAddress', ['event without an address', 'events without an address']],
  ['noCredential', ['event that names no credential', 'events that name no credential']],
  ['undecidedAuthors', ['author who may be a bot user', 'authors who may be bot users']],
  ['tokenless', ['event by a bot user whose token is unknown', 'events by bot users whose tokens are unknown']],
  ['withoutIps', ['used token without a recorded address', 'used tokens without a recorded address']],
]);

/** Where one name means different things. */
const OF_SOURCE: ReadonlyMap<string, Words> = new Map<string, Words>([
  ['axiom requests', ['request flagged', 'requests flagged']],
  ['axiom addresses', ['address flagged', 'addresses flagged']],
  ['logs refused', ['refused try', 'refused tries']],
]);

function wordsFor(source: SourceName, name: string): Words {
  const known = OF_SOURCE.get(`${source} ${name}`) ?? WORDS.get(name);
  if (known !== undefined) return known;
  const spaced = withoutSecrets(name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|[_-]+/g, ' '), 60).toLowerCase();
  return [spaced, spaced];
}
