import { parseAddress } from '../address.ts';
import { parseCidr } from '../address-set.ts';
import { count, plural } from '../amount-text.ts';
import type { CaseFile } from '../case-file.ts';
import { credentialTitle } from '../credential-title.ts';
import type { Finding } from '../finding.ts';
import { isoOf } from '../page-details.ts';
import { pageLinks } from '../page-links.ts';
import type { EpochMs } from '../time.ts';
import { isMachine } from '../token-use.ts';
import { trafficLinks } from './attack-steps.ts';
import { axiomQuery } from './axiom-query.ts';
import { blockCommands } from './block-commands.ts';
import type { Command } from './command.ts';
import { ownerName, placeWords } from './credential-words.ts';
import { gitlabCommand, isGitlabCom, userNumber } from './gitlab-api.ts';
import { block, type NextStep, type NextStepsFacts, type StepBlock } from './next-step.ts';
import { ROTATE_OR_REVOKE, revocationOf } from './revoke-commands.ts';

/** Credentials that get their own words and commands; the section of findings has the rest. */
const CREDENTIALS_TOLD = 5;
const EGRESS_TOLD = 10;

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
export function foundSteps(facts: NextStepsFacts, findings: readonly Finding[]): NextStep[] {
  const asked = askedOf(findings);
  const blocking = asked.isPaging ? blockStep(facts.file, asked.told) : undefined;
  return [
    askStep(asked),
    stopStep(facts, asked),
    lookStep(facts, asked.told),
    ...(blocking === undefined ? [] : [blocking]),
    falseAlarmStep(findings, asked.isPaging),
  ];
}

function askedOf(findings: readonly Finding[]): Asked {
  const paging = findings.filter(({ decision }) => decision === 'page');
  const isPaging = paging.length > 0;
  const told = isPaging ? paging.slice(0, CREDENTIALS_TOLD) : findings.slice(0, 1);
  const more = Math.max(0, paging.length - told.length);
  return { told, isPaging, more, reported: findings.length - told.length - more };
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

function askStep(asked: Asked): NextStep {
  const { told } = asked;
  const isSure = told.some(({ decision, verdict }) => decision === 'page' && verdict === 'confirmed');
  const sentences = [
    isSure
      ? 'Do not wait for the answer where the key can do harm: revoking is undone by a new token, a theft is not.'
      : '',
    'Ask by telephone or in person: whoever holds the key may read issues, comments and mail that GitLab sends.',
    ...told.map(askText),
  ];
  return { id: 'ask', title: 'Ask whether it was them', blocks: [block(sentences), ...restBlock(asked)] };
}

function askText(finding: Finding): string {
  const { credential, addresses } = finding;
  const title = credentialTitle(credential);
  const [busiest] = addresses;
  const from = busiest === undefined ? 'from there' : `from ${busiest.address}${around(busiest.lastUse)}`;
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
  const admin = credential.owner?.admin === true ? ', an administrator' : '';
  return `${title}: ask ${owner}${admin} whether they worked ${from}.`;
}

function around(at: EpochMs): string {
  const text = isoOf(at);
  return text === 'unknown' || at <= 0 ? '' : ` about ${text.slice(0, 16).replace('T', ' ')} UTC`;
}

function stopStep({ gitlabUrl }: NextStepsFacts, { told, isPaging, more }: Asked): NextStep {
  const blocks = told.map((finding) => {
    const { notes, commands } = revocationOf(finding.credential, gitlabUrl);
    const { links } = pageLinks({ findings: [finding], gitlabUrl, dashboardLink: undefined, execution: undefined });
    return { heading: credentialTitle(finding.credential), sentences: notes, links, commands };
  });
  const lead = block([
    isPaging
      ? ''
      : 'Only if it turns out to be theft: no credential is at page level, and this one is the worst of them.',
    ROTATE_OR_REVOKE,
    'Latchkey runs none of these commands. They read your own token from the variable GITLAB_TOKEN.',
    ...(gitlabUrl === undefined ? ['The address of GitLab is not known here: set GITLAB_URL to it first.'] : []),
    more === 0 ? '' : `Do the same for the ${count(more)} further at page level.`,
  ]);
  const title = isPaging ? 'Take the key away' : 'If it turns out to be theft: take the key away';
  return { id: 'stop', title, blocks: [lead, ...blocks] };
}

function lookStep(facts: NextStepsFacts, findings: readonly Finding[]): NextStep {
  const { file, gitlabUrl } = facts;
  const minted = findings.some(({ matches }) => matches.some(({ use }) => use.strength === 'minted'));
  const query = queryOf(facts, findings);
  const made = madeSince(findings, gitlabUrl);
  const sentences = [
    'See what each credential did since its first use from a sighted address: the findings above list it, GitLab’s audit events have the rest.',
    minted
      ? 'A credential was created or rotated from a sighted address: the thief may hold that one, too, so end it as well.'
      : '',
    'Look for what lets a thief come back: tokens, SSH and deploy keys, members, webhooks, runners and CI variables that were added since then.',
    'Take every CI variable and secret that the credential could read as known to them, and change it.',
  ];
  const commands = [...(made === undefined ? [] : [made]), ...(query === undefined ? [] : [query])];
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

/** Tokens the owner of the worst credential has had made since its first suspicious use: a thief's second key. */
function madeSince([worst]: readonly Finding[], gitlabUrl: string | undefined): Command | undefined {
  if (worst === undefined || isGitlabCom(gitlabUrl)) return undefined;
  const user = userNumber(worst.credential);
  const first = Math.min(...worst.addresses.map(({ firstUse }) => firstUse));
  const since = Number.isFinite(first) && first > 0 ? isoOf(first) : 'unknown';
  if (user === undefined || since === 'unknown') return undefined;
  const path = [`personal_access_tokens?user_id=${user}&created_after=${encodeURIComponent(since)}`];
  return {
    title: `List the tokens of user ${user} made since then`,
    language: 'shell',
    text: gitlabCommand({ method: 'GET', path }, gitlabUrl),
    needs: 'GITLAB_TOKEN of an administrator, scope read_api.',
    breaks: 'Nothing: it only reads.',
  };
}

/** @param findings at page level: what only a report names may be our own */
function blockStep(file: CaseFile, findings: readonly Finding[]): NextStep | undefined {
  const commands = blockCommands(file, findings);
  const shared = new Set(findings.flatMap(({ sharedNetworks }) => sharedNetworks)).size;
  if (commands.length === 0 && shared === 0) return undefined;
  const sentences = [
    'This keeps an address from your zone; it takes no key away, and keeps nobody from a GitLab that is not behind the zone.',
    shared === 0
      ? ''
      : `${plural(shared, 'network is', 'networks are')} shared by many people and left out: blocking would hit them all.`,
  ];
  return { id: 'block', title: 'Block the address at Cloudflare', blocks: [{ ...block(sentences), commands }] };
}

/** Where one is at page level no address is proposed, its own or another: one paste would let a thief through. */
function falseAlarmStep(findings: readonly Finding[], isPaging: boolean): NextStep {
  const networks = isPaging ? [] : egressOf(findings);
  const told = networks.slice(0, EGRESS_TOLD);
  const more = networks.length - told.length;
  const sentences = [
    'If an address is yours (an office, a VPN, CI runners), add it to setting knownEgress and deploy: later cases score it lower and say so. Never add one because it is busy.',
    isPaging ? 'None is proposed here, as a credential is at page level: one paste would let its thief through.' : '',
    more === 0 ? '' : `${count(more)} more addresses are listed among the findings.`,
    'If it was the owner at work from a new place, nothing is to be set: Latchkey learns where people work from the days it sees.',
  ];
  const commands: Command[] =
    told.length === 0
      ? []
      : [
          {
            title: 'In cdk.json, under context, latchkey: keep only what is yours',
            language: 'json',
            text: `"knownEgress": ${JSON.stringify(told)}`,
            needs: 'Whoever may deploy Latchkey: npm run deploy.',
            breaks: 'A thief behind the same address scores lower, too.',
          },
        ];
  return { id: 'false-alarm', title: 'If it was no theft, tell Latchkey', blocks: [{ ...block(sentences), commands }] };
}

/** What credentials were seen from, as the setting takes it: IPv4 addresses, IPv6 networks; not what is shared already. */
function egressOf(findings: readonly Finding[]): string[] {
  const shared = new Set(findings.flatMap(({ sharedNetworks }) => sharedNetworks));
  const networks = findings.flatMap(({ addresses }) =>
    addresses.flatMap(({ address, network }) => {
      if (shared.has(network)) return [];
      if (network.includes('/') && parseCidr(network) !== undefined) return [network];
      return parseAddress(address)?.canonical ?? [];
    }),
  );
  return [...new Set(networks)];
}
