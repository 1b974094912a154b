import { parseAddress } from '../../address.ts';
import { parseCidr } from '../../address-set.ts';
import { type CaseFile, newestWith } from '../../case-file.ts';
import { isRuleId } from '../../event-evidence.ts';
import type { Finding } from '../../finding.ts';
import { zoneWords } from '../zone-words.ts';
import { type Command, shellWord } from './command.ts';

const COMMANDS_KEPT = 3;
/** The share of a monitor's events from which one address is worth blocking (`reference/cloudflare.md` §11). */
const CONCENTRATED = 0.3;

/** The one documented call that blocks an address without a rule or list made before (`reference/cloudflare.md` §7.3). */
const ACCESS_RULES = 'https://api.cloudflare.com/client/v4/zones';

interface Target {
  /** `ip`, `ip6` or `ip_range`, and its value. */
  readonly target: string;
  readonly value: string;
  readonly zone: { readonly id: string; readonly name?: string };
}

/**
 * Commands that block the worst addresses of a case in the zone that saw them, at most three; none for addresses that many
 * people share, and none where zone or address is not of the form that Cloudflare gives.
 */
export function blockCommands(file: CaseFile, findings: readonly Finding[]): Command[] {
  const targets = findings.length > 0 ? ofFindings(file, findings) : ofEvents(file);
  const distinct = new Map(targets.map((target) => [`${target.zone.id} ${target.value}`, target]));
  return [...distinct.values()].slice(0, COMMANDS_KEPT).map((target) => blockCommand(target, file.caseId));
}

function ofFindings(file: CaseFile, findings: readonly Finding[]): Target[] {
  const shared = new Set(findings.flatMap(({ sharedNetworks }) => sharedNetworks));
  return findings.flatMap(({ addresses, matches }) =>
    addresses
      .filter(({ network }) => !shared.has(network))
      .slice(0, COMMANDS_KEPT)
      .flatMap(({ address, network }) => {
        const seen = matches.find(({ use }) => use.address === address)?.sighting.zone;
        return targetOf(address, network, seen ?? zoneOf(file)) ?? [];
      }),
  );
}

/** An attack by itself: only an address that most of it comes from. */
function ofEvents(file: CaseFile): Target[] {
  const picture = newestWith(file, 'picture')?.picture;
  const [busiest] = picture?.facets.addresses.values ?? [];
  if (picture === undefined || busiest === undefined || busiest.count < CONCENTRATED * picture.total) return [];
  return [targetOf(busiest.value, busiest.value, zoneOf(file)) ?? []].flat();
}

function zoneOf({ alert, state }: CaseFile): Target['zone'] | undefined {
  if (state?.monitor !== undefined) return state.monitor.zone;
  if (alert?.zoneId === undefined) return undefined;
  return { id: alert.zoneId, ...(alert.zoneName === undefined ? {} : { name: alert.zoneName }) };
}

/** One host owns an IPv6 network of 64 bits, so that is what is blocked of it. */
function targetOf(text: string, network: string, zone: Target['zone'] | undefined): Target | undefined {
  const address = parseAddress(text);
  if (address === undefined || zone === undefined || !isRuleId(zone.id)) return undefined;
  if (address.family === 4) return { target: 'ip', value: address.canonical, zone };
  const isOwned = network.endsWith('/64') && parseCidr(network) !== undefined;
  return isOwned ? { target: 'ip_range', value: network, zone } : { target: 'ip6', value: address.canonical, zone };
}

function blockCommand({ target, value, zone }: Target, caseId: string): Command {
  const about = /^[\w-]{1,120}$/.test(caseId) ? `Latchkey case ${caseId}` : 'Latchkey';
  const body = JSON.stringify({ mode: 'block', configuration: { target, value }, notes: about });
  return {
    title: `Block ${value} on ${zoneWords(zone)}`,
    language: 'shell',
    text: [
      'curl --fail-with-body --request POST \\',
      '  --header "Authorization: Bearer $CLOUDFLARE_API_TOKEN" \\',
      "  --header 'Content-Type: application/json' \\",
      `  --data ${shellWord(body)} \\`,
      `  ${shellWord(`${ACCESS_RULES}/${zone.id}/firewall/access_rules/rules`)}`,
    ].join('\n'),
    needs:
      'CLOUDFLARE_API_TOKEN with Zone, Firewall Services, Edit. Where you keep an IP list with a rule, add it there instead.',
    breaks: 'Everybody behind it loses this zone until the rule is deleted; its id is in the answer.',
  };
}
