/**
 * What a credential with a scope can do, 0..100. Scopes and what they grant: `reference/gitlab.md` §5; the numbers are
 * ours.
 */
const SCOPE_REACH: Readonly<Record<string, number>> = {
  sudo: 100,
  admin_mode: 95,
  api: 90,
  granular: 90,
  write_repository: 75,
  k8s_proxy: 75,
  ai_workflows: 70,
  create_runner: 65,
  manage_runner: 65,
  write_registry: 65,
  write_virtual_registry: 65,
  write_package_registry: 65,
  read_api: 60,
  read_repository: 50,
  read_registry: 35,
  read_virtual_registry: 35,
  read_package_registry: 35,
  mcp: 30,
  write_observability: 30,
  read_observability: 30,
  ai_features: 30,
  read_service_ping: 20,
  read_user: 15,
  openid: 15,
  profile: 15,
  email: 15,
  self_rotate: 15,
};

/** A scope we do not know, or scopes nobody told us: counted as read access to everything, and said so. */
const UNKNOWN_REACH = 60;

export interface Reach {
  /** 0..100. */
  readonly reach: number;
  /** The widest scope, or undefined where the scopes are unknown. */
  readonly widest?: string;
  /** Scopes this version does not know. */
  readonly unknown: readonly string[];
}

/** The reach of the widest scope. Missing scopes are unknown, not none; an empty list reaches nothing. */
export function reachOf(scopes: readonly string[] | undefined): Reach {
  if (scopes === undefined) return { reach: UNKNOWN_REACH, unknown: [] };
  const unknown = scopes.filter((scope) => !Object.hasOwn(SCOPE_REACH, scope));
  let reach = 0;
  let widest: string | undefined;
  for (const scope of scopes) {
    const own = Object.hasOwn(SCOPE_REACH, scope) ? (SCOPE_REACH[scope] ?? UNKNOWN_REACH) : UNKNOWN_REACH;
    if (own > reach) [reach, widest] = [own, scope];
  }
  return { reach, unknown, ...(widest === undefined ? {} : { widest }) };
}
