import { networkOf, parseAddress } from '../../../functions/core/address.ts';
import type { EpochMs } from '../../../functions/core/time.ts';
import { PROJECTS } from '../projects.ts';
import type { CallAction, GitlabCall, Organisation, SimCredential, WebActivity } from '../truth.ts';

/** What an intruder finds: the credentials that could be stolen, and which addresses are somebody's already. */
export interface Terrain {
  readonly organisation: Organisation;
  readonly loot: readonly Loot[];
  /** Networks (IPv6: /64) that somebody uses, staff or stranger. */
  readonly taken: ReadonlySet<string>;
  /** When people of the staff were on a network. */
  readonly staffOn: ReadonlyMap<string, readonly EpochMs[]>;
}

/** A credential that could be stolen, and how its rightful holder uses it. */
export interface Loot {
  readonly credential: SimCredential;
  /** Projects it opens. */
  readonly reach: readonly [string, ...string[]];
  /** Rightful uses, by `from`. */
  readonly uses: readonly GitlabCall[];
  /** What it is rightfully used for. */
  readonly habits: ReadonlySet<CallAction>;
  /** Networks of its owner's whole rightful life, in browser sessions and with other credentials too. */
  readonly networks: ReadonlySet<string>;
}

/** Looks around in what everybody rightfully does. */
export function survey(
  organisation: Organisation,
  benign: { readonly web: readonly WebActivity[]; readonly calls: readonly GitlabCall[] },
): Terrain {
  const bots = new Set(organisation.credentials.flatMap(({ owner }) => (owner.bot === true ? [owner.id] : [])));
  const taken = new Set(benign.web.map(({ address }) => networkText(address)));
  const staffOn = new Map<string, EpochMs[]>();
  const usesOf = new Map<string, GitlabCall[]>();
  const networksOf = new Map<number, Set<string>>();
  const projectsOf = new Map<number, Set<string>>();
  for (const call of benign.calls) {
    const network = networkText(call.address);
    taken.add(network);
    if (!bots.has(call.owner)) listIn(staffOn, network).push(call.from);
    setIn(networksOf, call.owner).add(network);
    for (const project of call.projects) setIn(projectsOf, call.owner).add(project);
    if (call.credential !== undefined) listIn(usesOf, call.credential).push(call);
  }
  const loot = organisation.credentials.map((credential) => {
    const uses = (usesOf.get(credential.id) ?? []).toSorted((a, b) => a.from - b.from);
    return {
      credential,
      uses,
      reach: reachOf(credential, projectsOf.get(credential.owner.id) ?? new Set()),
      habits: new Set(uses.map(({ action }) => action)),
      networks: networksOf.get(credential.owner.id) ?? new Set<string>(),
    };
  });
  return { organisation, loot, taken, staffOn };
}

/** The unit of identity of an address in canonical text. */
export function networkText(address: string): string {
  const parsed = parseAddress(address);
  return parsed === undefined ? address : networkOf(parsed, 64);
}

/** A group's or project's credential opens what lies below it; a person's what they work on, and most of the rest. */
function reachOf({ kind, resource, owner }: SimCredential, worksOn: ReadonlySet<string>): [string, ...string[]] {
  const open =
    resource === undefined
      ? PROJECTS.filter(
          (project, index) => worksOn.has(project) || (kind !== 'ci-job' && (index * 7 + owner.id) % 10 < 7),
        )
      : PROJECTS.filter((project) => project === resource || project.startsWith(`${resource}/`));
  const [first = resource ?? PROJECTS[0], ...rest] = open;
  return [first, ...rest];
}

function setIn<Key, Value>(map: Map<Key, Set<Value>>, key: Key): Set<Value> {
  const set = map.get(key) ?? new Set();
  map.set(key, set);
  return set;
}

function listIn<Key, Value>(map: Map<Key, Value[]>, key: Key): Value[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
