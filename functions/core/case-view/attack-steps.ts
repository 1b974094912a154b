import { normalHost } from '../host-name.ts';
import { cloudflareLink, pageLinks } from '../page-links.ts';
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
 * Where Cloudflare shows the traffic: as the notification says, and for a monitor the zone's security events
 * (developers.cloudflare.com/waf/analytics/security-events; its deep links fill in `:account`, and ask for `:zone`).
 */
export function trafficLinks({ alert, state }: NextStepsFacts['file']): { href: string; text: string }[] {
  const { links } = pageLinks({ findings: [], gitlabUrl: undefined, dashboardLink: alert?.link, execution: undefined });
  if (state?.monitor === undefined) return links;
  const { name } = state.monitor.zone;
  const zone = name?.includes('.') && normalHost(name) === name ? name : ':zone';
  const href = cloudflareLink(`https://dash.cloudflare.com/?to=/:account/${zone}/security/analytics/events`);
  return href === undefined ? links : [{ href, text: 'Security events at Cloudflare' }, ...links];
}
