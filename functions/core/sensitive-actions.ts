import type { TokenUse } from './token-use.ts';

/**
 * What a thief does with a key once it works: takes secrets and code, and makes sure to stay. Each is also somebody's
 * daily work, so that what a credential did on earlier days is counted as its habit.
 */
export const SENSITIVE_ACTIONS = [
  'variables-read',
  'token-minted',
  'key-added',
  'member-added',
  'webhook-created',
  'project-exported',
  'many-clones',
] as const;
export type SensitiveAction = (typeof SENSITIVE_ACTIONS)[number];

/** Projects cloned from one network that are many: as in public rules for GitHub (`reference/peers.md` §1.3). */
export const MANY_CLONES = 10;

/** Audit events that say it by their name (`reference/gitlab.md` §2); what mints a credential ends alike. */
const EVENTS: Readonly<Record<string, SensitiveAction>> = {
  variable_viewed_api: 'variables-read',
  variable_viewed_graphql: 'variables-read',
  deploy_key_added: 'key-added',
  add_ssh_key: 'key-added',
  member_created: 'member-added',
  webhook_created: 'webhook-created',
  project_export_created: 'project-exported',
  project_export_file_download_started: 'project-exported',
};
const MINTS = /_token_(?:created|rotated)$/;

/** A route that does something sensitive: what it begins with, holds after that, and ends with. */
export interface SensitiveRoute {
  readonly action: SensitiveAction;
  readonly method: 'GET' | 'POST';
  readonly holds?: string;
  readonly ends: string;
}

/** Routes as GitLab's API log writes them, method first (`reference/gitlab.md` §6). */
export const SENSITIVE_ROUTES: readonly SensitiveRoute[] = [
  { action: 'variables-read', method: 'GET', ends: '/variables' },
  { action: 'variables-read', method: 'GET', holds: '/variables/', ends: '' },
  { action: 'token-minted', method: 'POST', ends: '/personal_access_tokens' },
  { action: 'token-minted', method: 'POST', ends: '/access_tokens' },
  { action: 'token-minted', method: 'POST', ends: '/deploy_tokens' },
  { action: 'token-minted', method: 'POST', ends: '/impersonation_tokens' },
  { action: 'token-minted', method: 'POST', holds: '_tokens/', ends: '/rotate' },
  { action: 'key-added', method: 'POST', ends: '/keys' },
  { action: 'key-added', method: 'POST', ends: '/deploy_keys' },
  { action: 'member-added', method: 'POST', ends: '/members' },
  { action: 'webhook-created', method: 'POST', ends: '/hooks' },
  { action: 'project-exported', method: 'POST', ends: '/export' },
  { action: 'project-exported', method: 'GET', ends: '/export' },
  { action: 'project-exported', method: 'GET', ends: '/export/download' },
];

/** The most calls kept of a use: one of each sensitive kind, and some beside them. */
const CALLS_KEPT = 8;

/** Events that hand out a repository: which one is their target. */
const CLONES: ReadonlySet<string> = new Set(['repository_git_operation', 'repository_download_operation']);

/** What some uses of one credential did, in the order of {@link SENSITIVE_ACTIONS}. A refused use did nothing. */
export function sensitiveActionsOf(uses: Iterable<TokenUse>): SensitiveAction[] {
  const found = new Set<SensitiveAction>();
  const cloned = new Set<string>();
  for (const { strength, action, calls = [], target } of uses) {
    if (strength === 'refused') continue;
    const byEvent = action === undefined ? undefined : ofEvent(action);
    if (byEvent !== undefined) found.add(byEvent);
    for (const call of calls) {
      const byRoute = ofRoute(call);
      if (byRoute !== undefined) found.add(byRoute);
    }
    if (action !== undefined && target !== undefined && CLONES.has(action)) cloned.add(target);
  }
  if (cloned.size >= MANY_CLONES) found.add('many-clones');
  return SENSITIVE_ACTIONS.filter((kind) => found.has(kind));
}

function ofEvent(name: string): SensitiveAction | undefined {
  if (MINTS.test(name)) return 'token-minted';
  return Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
}

/**
 * What is kept of the calls of a use, each once: first one of each sensitive kind, then the others in their order. What a
 * thief did is not hidden by how much else was done.
 */
export function tellingCalls(calls: Iterable<string>): readonly string[] {
  const byAction = new Map<SensitiveAction, string>();
  const different = new Set(calls);
  for (const call of different) {
    const action = ofRoute(call);
    if (action !== undefined && !byAction.has(action)) byAction.set(action, call);
  }
  return [...new Set([...byAction.values(), ...different])].slice(0, CALLS_KEPT);
}

/** What a call named by its route does; undefined where it is everyday work. */
function ofRoute(call: string): SensitiveAction | undefined {
  return SENSITIVE_ROUTES.find(
    ({ method, holds = '', ends }) => call.startsWith(`${method} `) && call.includes(holds) && call.endsWith(ends),
  )?.action;
}
