import { DAY, type EpochMs, HOUR, MINUTE } from '../../../functions/core/time.ts';
import { nodesOf } from './capabilities.ts';
import { bot, requests, securityEvent } from './clients.ts';
import { seeded } from './random.ts';
import type { AuditEvent, GitlabToken, GitlabUser, GitlabWorld, HttpRequests, World, Zone, ZonePlan } from './world.ts';

/** The one zone of `emptyWorld`. */
export const ZONE = { id: '023e105f4ecef8ad9ca31a8372d0c353', name: 'example.com' } as const;

/** The datasets of `emptyWorld`'s Axiom, called as in the settings' defaults where these have any. */
export const DATASETS = {
  cloudflare: 'cloudflare-logpush',
  gitlab: 'gitlab-logs',
  report: 'latchkey-correlations',
} as const;

export interface EmptyWorldOptions {
  readonly plan?: ZonePlan;
  readonly botManagement?: boolean;
  readonly deployment?: GitlabWorld['deployment'];
  readonly tier?: GitlabWorld['tier'];
}

/**
 * One zone without traffic, an Axiom without events, and a GitLab with one group, one project and our own token. On an
 * own instance the token is an admin's; on GitLab.com it is the group owner's.
 */
export function emptyWorld(start: EpochMs, options: EmptyWorldOptions = {}): World {
  const { plan = 'enterprise', deployment = 'instance', tier = 'ultimate' } = options;
  const created = start - 400 * DAY;
  const us: GitlabUser = {
    id: 2,
    username: 'latchkey',
    name: 'Latchkey',
    email: 'latchkey@example.com',
    admin: deployment === 'instance',
    bot: false,
    createdAt: created,
  };
  return {
    start,
    cloudflare: {
      account: { id: '01a7362d577a6c3019a474fd6f485823', name: 'Example' },
      zones: [emptyZone(ZONE.id, ZONE.name, plan, options.botManagement ?? plan === 'enterprise')],
      lagMs: 90_000,
    },
    gitlab: {
      deployment,
      tier,
      version: '19.5.1-ee',
      host: 'git.example.com',
      ownTokenId: 2,
      auditLagMs: 2000,
      lastUsedIps: { personal: 'shown', resource: 'shown' },
      users: [us],
      groups: [{ id: 10, name: 'Example', path: 'example', fullPath: 'example' }],
      projects: [{ id: 100, name: 'Shop', path: 'shop', fullPath: 'example/shop', groupId: 10 }],
      memberships: [{ userId: us.id, groupId: 10, accessLevel: 50 }],
      tokens: [
        token({ id: 2, name: 'latchkey', scopes: ['read_api', 'admin_mode'], userId: us.id, createdAt: created }),
      ],
      refusals: [],
      auditEvents: [],
    },
    axiom: { datasets: Object.fromEntries(Object.values(DATASETS).map((name) => [name, []])) },
  };
}

export function emptyZone(id: string, name: string, plan: ZonePlan, botManagement: boolean): Zone {
  return {
    id,
    name,
    plan,
    access: 'read',
    nodes: nodesOf(plan, botManagement),
    sampling: { interval: 1, finestBelowMs: 0 },
    requests: [],
    events: [],
    rulesets: [],
    rulesetAccess: 'read',
  };
}

/** A token with nothing unusual about it. */
export function token(given: Partial<GitlabToken> & Pick<GitlabToken, 'id' | 'userId' | 'createdAt'>): GitlabToken {
  return { kind: 'personal', name: `token ${given.id}`, description: '', scopes: ['api'], uses: [], ...given };
}

export interface SpikeOptions {
  readonly addresses: readonly string[];
  /** Half-open; by default from 12 to 2 minutes before the world's start. */
  readonly from?: EpochMs;
  readonly to?: EpochMs;
  readonly perMinute?: number;
  readonly row?: Partial<HttpRequests>;
}

/** Each address sends bot requests to the first zone in every minute of the spike, and is challenged for them. */
export function withSpike(world: World, options: SpikeOptions): World {
  const random = seeded(options.addresses.length);
  const to = options.to ?? world.start - 2 * MINUTE;
  const rows: HttpRequests[] = [];
  for (const address of options.addresses) {
    const client = bot(address);
    for (let at = options.from ?? world.start - 12 * MINUTE; at < to; at += MINUTE) {
      rows.push(
        requests(client, at, { path: '/login', method: 'POST', count: options.perMinute ?? 20, ...options.row }),
      );
    }
  }
  const events = rows.map((row) => securityEvent(row, random));
  return withZone(world, (zone) => ({
    ...zone,
    requests: [...zone.requests, ...rows],
    events: [...zone.events, ...events],
  }));
}

export interface TokenUseOptions {
  readonly address: string;
  readonly at: EpochMs;
  /** An existing token is used; any other id makes one, with an owner of its own. By default a new one. */
  readonly tokenId?: number;
  readonly scopes?: readonly string[];
  readonly kind?: GitlabToken['kind'];
  /** Saved audit events its owner causes there, a second apart. */
  readonly audit?: readonly string[];
  /** GitLab shows all of this only from then on: late evidence. */
  readonly visibleFrom?: EpochMs;
}

/** A token authenticates, and its owner may write something, from an address. */
export function withTokenUse(world: World, options: TokenUseOptions): World {
  const { gitlab } = world;
  const id = options.tokenId ?? Math.max(1000, ...gitlab.tokens.map((one) => one.id)) + 1;
  const late = options.visibleFrom === undefined ? {} : { visibleFrom: options.visibleFrom };
  const existing = gitlab.tokens.find((one) => one.id === id);
  const used = existing ?? newToken(id, options, world);
  const owner = gitlab.users.find((one) => one.id === used.userId) ?? newOwner(used, world);
  const withUse = { ...used, uses: [...used.uses, { at: options.at, address: options.address, ...late }] };
  const made = (options.audit ?? []).map((eventName, index) =>
    auditEvent(nextEventId(gitlab) + index, options.at + index * 1000, eventName, owner, options.address, late),
  );
  return {
    ...world,
    gitlab: {
      ...gitlab,
      users: gitlab.users.includes(owner) ? gitlab.users : [...gitlab.users, owner],
      tokens: existing ? gitlab.tokens.map((one) => (one === existing ? withUse : one)) : [...gitlab.tokens, withUse],
      auditEvents: [...gitlab.auditEvents, ...made],
    },
  };
}

/** `count` tokens of as many owners, each with a past elsewhere, used from one address they never used before. */
export function withHostUsingManyTokens(world: World, address: string, at: EpochMs, count = 20): World {
  let made = world;
  for (let index = 0; index < count; index++) {
    const tokenId = 5000 + index;
    made = withTokenUse(made, { tokenId, address: `192.0.2.${10 + index}`, at: at - 3 * DAY, scopes: ['read_api'] });
    made = withTokenUse(made, { tokenId, address, at: at + index * 1000 });
  }
  return made;
}

/** An audit event of a project, as saved for a write through the API. */
export function auditEvent(
  id: number,
  at: EpochMs,
  eventName: string,
  author: GitlabUser,
  address: string | null,
  given: Partial<AuditEvent> = {},
): AuditEvent {
  return {
    id,
    at,
    eventName,
    authorId: author.id,
    authorName: author.name,
    authorClass: 'User',
    entityType: 'Project',
    entityId: 100,
    entityPath: 'example/shop',
    targetId: 100,
    targetType: 'Project',
    targetDetails: 'example/shop',
    address,
    message: { custom_message: eventName.replaceAll('_', ' ') },
    ...given,
  };
}

function withZone(world: World, change: (zone: Zone) => Zone): World {
  const zones = world.cloudflare.zones.map((zone, index) => (index === 0 ? change(zone) : zone));
  return { ...world, cloudflare: { ...world.cloudflare, zones } };
}

function newToken(id: number, { kind = 'personal', scopes = ['api'], at }: TokenUseOptions, world: World): GitlabToken {
  const resource =
    kind === 'project'
      ? { resourceId: 100, accessLevel: 40 }
      : kind === 'group'
        ? { resourceId: 10, accessLevel: 40 }
        : {};
  return token({
    id,
    kind,
    scopes,
    userId: 10_000 + id,
    createdAt: Math.min(at, world.start) - 90 * DAY - HOUR,
    ...resource,
  });
}

function newOwner({ id, kind, userId, resourceId, createdAt }: GitlabToken, world: World): GitlabUser {
  const isBot = kind === 'project' || kind === 'group' || kind === 'service-account';
  const username = isBot ? `${kind}_${resourceId ?? 0}_bot_${id.toString(16).padStart(8, '0')}` : `user${id}`;
  const saas = world.gitlab.deployment === 'saas' && kind !== 'project' && kind !== 'group';
  return {
    id: userId,
    username,
    name: isBot ? `Bot ${id}` : `User ${id}`,
    email: `${username}@example.com`,
    admin: false,
    bot: isBot,
    createdAt,
    ...(saas ? { enterpriseGroupId: 10 } : {}),
  };
}

function nextEventId({ auditEvents }: GitlabWorld): number {
  return 1 + Math.max(0, ...auditEvents.map(({ id }) => id));
}
