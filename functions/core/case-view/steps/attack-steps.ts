import { normalHost } from '../../host-name.ts';
import { holdsToken } from '../../hostile-text.ts';
import { cloudflareLink, pageLinks } from '../../page-links.ts';
import { blockCommands } from './block-commands.ts';
import type { NextStep, NextStepsFacts } from './next-step.ts';

/** What to do about the attack itself, where no credential was found: see it at Cloudflare, and block what stands out. */
export function attackSteps({ file }: NextStepsFacts): NextStep[] {
  const links = trafficLinks(file);
  const commands = blockCommands(file, []);
  if (links.length === 0 && commands.length === 0) return [];
  const sentences =
    commands.length === 0
      ? ['See what became of these requests, and whether a rule should act on them.']
      : ['A good part of these events comes from one address: block it, unless it is yours or many people share it.'];
  return [{ id: 'attack', title: 'See the attack at Cloudflare', blocks: [{ sentences, links, commands }] }];
}

/**
 * Where Cloudflare shows the traffic: as the notification says, and the zone's security events where the zone is known
 * (developers.cloudflare.com/waf/analytics/security-events; its deep links fill in `:account`, and ask for `:zone`).
 */
export function trafficLinks({ alert, state }: NextStepsFacts['file']): { href: string; text: string }[] {
  const { links } = pageLinks({ findings: [], gitlabUrl: undefined, dashboardLink: alert?.link, execution: undefined });
  const monitored = state?.monitor?.zone;
  const name = monitored?.name ?? alert?.zoneName;
  const isHost = name?.includes('.') === true && normalHost(name) === name && !holdsToken(name);
  if (!isHost && monitored === undefined) return links;
  const zone = isHost ? name : ':zone';
  const href = cloudflareLink(`https://dash.cloudflare.com/?to=/:account/${zone}/security/analytics/events`);
  return href === undefined ? links : [{ href, text: 'Security events at Cloudflare' }, ...links];
}
