import { count, plural } from '../../amount-text.ts';
import type { CaseFile, CredentialUses } from '../../case-file.ts';
import { credentialTitle } from '../../credential-title.ts';
import type { Finding } from '../../finding.ts';
import { withoutSecrets } from '../../hostile-text.ts';
import { isoOf } from '../../page-details.ts';
import { pageLinks } from '../../page-links.ts';
import type { EpochMs } from '../../time.ts';
import { isMachine } from '../../token-use.ts';
import { actsFrom, firstActOf } from '../acts.ts';
import { livenessOf, ownerName, placeWords } from '../credential-words.ts';
import type { Levels } from '../page-level.ts';
import { trafficLinks } from './attack-steps.ts';
import { axiomQuery } from './axiom-query.ts';
import { blockCommands } from './block-commands.ts';
import { type Command, ONLY_READS } from './command.ts';
import { gitlabCommand, isGitlabCom, userNumber } from './gitlab-api.ts';
import { block, type NextStep, type NextStepsFacts, type StepBlock } from './next-step.ts';
import { ROTATE_OR_REVOKE, revocationOf } from './revoke-commands.ts';

/** Credentials that get their own words and commands; the section of findings has the rest. */
const CREDENTIALS_TOLD = 5;
const ADDRESSES_TOLD = 5;
/** Where a page links to the first command that ends a key. */
const STOP_NOW = 'next-stop-now';

/** The credentials of a case by what somebody is asked to do about them. */
interface Asked {
  /** What words and commands are made for: those at page level; where there is none, the worst alone. */
  readonly told: readonly Finding[];
  /** Whether those are at page level. Where not, every command is for the case that it turns out to be theft. */
  readonly isPaging: boolean;
  /** At page level and not told. */
  readonly more: number;
  /** Below page level and not told: most are our own machines, so that a command for them would be a trap. */
  readonly reported: number;
}

/** The steps for credentials that were found, the worst first: ask, stop, look, block, or teach Latchkey better. */
export function foundSteps(facts: NextStepsFacts, levels: Levels): NextStep[] {
  const asked = askedOf(levels);
  const blocking = asked.isPaging ? blockStep(facts.file, asked.told) : undefined;
  return [
    askStep(facts, asked),
    stopStep(facts, asked),
    lookStep(facts, asked.told),
    ...(blocking === undefined ? [] : [blocking]),
    falseAlarmStep(),
  ];
}

function askedOf({ paging, reported }: Levels): Asked {
  const isPaging = paging.length > 0;
  const told = isPaging ? paging.slice(0, CREDENTIALS_TOLD) : reported.slice(0, 1);
  const more = Math.max(0, paging.length - told.length);
  return { told, isPaging, more, reported: paging.length + reported.length - told.length - more };
}

/** What is said of the credentials that get no words of their own, and where they are. */
function restBlock({ isPaging, more, reported }: Asked): StepBlock[] {
  const below = `${plural(reported, 'further credential is', 'further credentials are')} below page level${isPaging ? '' : ', too'}: look at ${reported === 1 ? 'it' : 'them'} in working hours.`;
  const sentences = [
    more === 0 ? '' : `${plural(more, 'further credential is', 'further credentials are')} at page level, too.`,
    reported === 0 ? '' : below,
  ];
  if (more + reported === 0) return [];
  return [{ ...block(sentences), links: [{ href: '#findings', text: 'All credentials found' }] }];
}

function askStep({ file, now }: NextStepsFacts, asked: Asked): NextStep {
  const { told, isPaging } = asked;
  const isSure = isPaging && told.some((one) => one.verdict === 'confirmed' && isAlive(one, now));
  const sentences = [
    isSure ? 'Do not wait for the answer where the key can do harm: a new token undoes revoking, nothing a theft.' : '',
    'Ask by telephone or in person: whoever holds the key may read issues, comments and mail that GitLab sends.',
    ...told.map((finding) => askText(finding, file.uses)),
  ];
  return { id: 'ask', title: 'Ask whether it was them', blocks: [block(sentences), ...restBlock(asked)] };
}

function isAlive({ credential }: Finding, now: EpochMs): boolean {
  const liveness = livenessOf(credential, now);
  return liveness === 'active' || liveness === 'unknown';
}

function askText(finding: Finding, uses: CredentialUses | undefined): string {
  const { credential } = finding;
  const title = credentialTitle(credential);
  const from = placesOf(finding, uses);
  const place = placeWords(credential);
  const owner = ownerName(credential);
  if (isMachine(credential)) {
    return `${title}: no person holds it. Ask who looks after ${place ?? 'what it is for'} whether their machine worked ${from}.`;
  }
  if (credential.kind === 'deploy-token' || credential.kind === 'deploy-key') {
    return `${title}: it belongs to no person. Ask the maintainers of ${place ?? 'its project'} which server has it, and whether that worked ${from}.`;
  }
  if (owner === undefined)
    return `${title}: GitLab did not say whose it is. Find out first: its number leads to its owner.`;
  const admin = credential.owner?.admin === true ? ', an administrator,' : '';
  return `${title}: ask ${owner}${admin} whether they worked ${from}.`;
}

/** Each address with when it was: what a person is asked to remember. */
function placesOf(finding: Finding, uses: CredentialUses | undefined): string {
  const told = finding.addresses.slice(0, ADDRESSES_TOLD);
  const more = finding.addresses.length - told.length;
  const places = told.map((one) => `from ${withoutSecrets(one.address, 60)} ${actsFrom(finding, one, uses)}`);
  if (more > 0) places.push(`from ${plural(more, 'further address', 'further addresses')}`);
  return places.length === 0 ? 'from there' : places.join('; or ');
}

function stopStep({ gitlabUrl, now }: NextStepsFacts, { told, isPaging, more }: Asked): NextStep {
  const revocations = told.map((finding) => ({ finding, ...revocationOf(finding.credential, gitlabUrl, now) }));
  const all = revocations.flatMap(({ commands }) => commands);
  const urgent = isPaging ? all.find(({ breaks }) => breaks !== ONLY_READS) : undefined;
  const blocks = revocations.map(({ finding, notes, commands }): StepBlock => {
    const { links } = pageLinks({ findings: [finding], gitlabUrl, dashboardLink: undefined, execution: undefined });
    const marked = commands.map((one) => (one === urgent ? { ...one, id: STOP_NOW } : one));
    return { heading: credentialTitle(finding.credential), sentences: notes, links, commands: marked };
  });
  const isEnded = more === 0 && revocations.every((one) => one.isEnded === true);
  const lead = block([
    isPaging ? '' : 'Only if it turns out to be theft: no credential is at page level, and this is the worst.',
    all.length === 0 ? '' : ROTATE_OR_REVOKE,
    'Latchkey runs no command. Those for GitLab read your own token from the variable GITLAB_TOKEN.',
    gitlabUrl === undefined
      ? 'The address of GitLab is not known here: set GITLAB_URL to it first.'
      : 'GitLab has no page of a single token: links lead to where it is listed, or to its owner.',
    more === 0 ? '' : `Do the same for the ${count(more)} further at page level.`,
  ]);
  const title = isEnded ? 'See that the key stays ended' : 'Take the key away';
  return {
    id: 'stop',
    title: isPaging ? title : `If it turns out to be theft: ${lower(title)}`,
    ...(isEnded && { isEnded }),
    blocks: [lead, ...blocks],
  };
}

function lower(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function lookStep(facts: NextStepsFacts, findings: readonly Finding[]): NextStep {
  const { file, gitlabUrl } = facts;
  const minted = findings.some(({ matches }) => matches.some(({ use }) => use.strength === 'minted'));
  const query = queryOf(facts, findings);
  const made = madeSince(findings, file, gitlabUrl);
  const sentences = [
    'The findings above list what each credential did from sighted addresses; GitLab’s audit events have the rest.',
    minted ? 'A credential was created or rotated from a sighted address: end it as well.' : '',
    'Look for what lets a thief come back: tokens, SSH and deploy keys, members, webhooks, runners and CI variables that were added since then.',
    'Change every CI variable and secret that the credential could read.',
  ];
  const commands = [...made, ...(query === undefined ? [] : [query])];
  return {
    id: 'look',
    title: 'See what was done with it',
    blocks: [{ ...block(sentences), links: trafficLinks(file), commands }],
  };
}

function queryOf({ file, slack, axiomDataset, axiomAddressField }: NextStepsFacts, findings: readonly Finding[]) {
  const { window } = file.state ?? {};
  if (window === undefined) return undefined;
  return axiomQuery({
    dataset: axiomDataset,
    addressField: axiomAddressField,
    window: { start: Date.parse(window.start), end: Date.parse(window.end) },
    slack,
    findings,
  });
}

/** Tokens that each owner has had made since the first suspicious use: a thief's second key. */
function madeSince(findings: readonly Finding[], file: CaseFile, gitlabUrl: string | undefined): Command[] {
  if (isGitlabCom(gitlabUrl)) return [];
  const owners = Map.groupBy(findings, ({ credential }) => userNumber(credential));
  return [...owners].flatMap(([user, theirs]): Command[] => {
    const first = Math.min(...theirs.map((finding) => firstActOf(finding, file)));
    const since = isoOf(first);
    if (user === undefined || since === 'unknown') return [];
    const path = [`personal_access_tokens?user_id=${user}&created_after=${encodeURIComponent(since)}`];
    return [
      {
        title: `List the tokens of user ${user} made since ${since.slice(0, 16).replace('T', ' ')} UTC`,
        language: 'shell',
        text: gitlabCommand({ method: 'GET', path }, gitlabUrl),
        needs: 'GITLAB_TOKEN of an administrator, scope read_api.',
        breaks: ONLY_READS,
      },
    ];
  });
}

/** @param findings at page level: what only a report names may be our own */
function blockStep(file: CaseFile, findings: readonly Finding[]): NextStep | undefined {
  const commands = blockCommands(file, findings);
  const shared = new Set(findings.flatMap(({ sharedNetworks }) => sharedNetworks)).size;
  if (commands.length === 0 && shared === 0) return undefined;
  const unknown =
    commands.length === 0 &&
    findings.some(({ networks, sharedNetworks }) => networks.some((network) => !sharedNetworks.includes(network)));
  const sentences = [
    'This takes no key away, and keeps nobody from a GitLab that is not behind the zone.',
    unknown
      ? 'Which zone they attacked is not known here, so no command is ready: block the addresses above where you need it.'
      : '',
    shared === 0
      ? ''
      : `${plural(shared, 'network is', 'networks are')} shared by many people and left out: blocking would hit them all.`,
  ];
  return { id: 'block', title: 'Block the address at Cloudflare', blocks: [{ ...block(sentences), commands }] };
}

/** No address is proposed: Cloudflare called each that is at hand a bot, and one paste would let a thief through. */
function falseAlarmStep(): NextStep {
  const sentences = [
    'If an address is yours (an office, a VPN, CI runners), add it to setting knownEgress and deploy: later cases score it lower. Never add one because it is busy.',
    'No address is proposed here: one paste would let a thief through. The list you write replaces the one that is there: keep what it holds.',
    'If it was the owner at work from a new place, set nothing: Latchkey learns where people work.',
  ];
  const command: Command = {
    title: 'In cdk.json, under context, latchkey',
    language: 'json',
    text: '"knownEgress": ["<all it holds by now>", "<yours>"]',
    needs: 'Whoever may deploy Latchkey: npm run deploy.',
    breaks: 'A thief behind the same address scores lower, too.',
  };
  const blocks = [{ ...block(sentences), commands: [command] }];
  return { id: 'false-alarm', title: 'If it was no theft, tell Latchkey', blocks };
}
