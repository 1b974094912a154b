import type { EpochMs } from '../../../functions/core/time.ts';
import { arrayAt, objectAt, stringAt } from '../../../infra/local/json.ts';
import type { Scene } from '../../e2e/support.ts';
import type { GitlabCall, Intrusion, Story } from '../truth.ts';

/** Somebody was woken. */
export interface ScenePage {
  /** When, in the story's time. */
  readonly at: EpochMs;
  readonly by: 'spike' | 'hunt';
  readonly summary: string;
  /** As Latchkey calls them. */
  readonly credentials: readonly string[];
  /** From where they were used. */
  readonly addresses: readonly string[];
  /** `Intrusion.id`s that it shows evidence of; empty: a false page. */
  readonly intrusions: readonly string[];
}

/** Every page that PagerDuty took, by time, each with the intrusions that its evidence is of. */
export function scenePages(scene: Scene, story: Story, shift: number): ScenePage[] {
  const { pagerduty } = scene.stack.outbox();
  const deeds = new Deeds(story);
  return pagerduty.flatMap(({ at, body }): ScenePage[] => {
    const payload = objectAt(body, 'payload');
    const details = objectAt(payload, 'custom_details');
    if (stringAt(payload, 'class') !== 'token-abuse' || stringAt(details, 'kind') !== 'page') return [];
    const ids = arrayAt(details, 'credential_ids').map(String);
    const uses = arrayAt(details, 'matched_events').map(useIn);
    const own = uses.filter(({ credential }) => ids.includes(credential));
    return [
      {
        at: Date.parse(at) - shift,
        by: stringAt(details, 'trigger') === 'hunt' ? 'hunt' : 'spike',
        summary: stringAt(payload, 'summary') ?? '',
        credentials: ids,
        addresses: [...new Set(own.map(({ address }) => address))],
        intrusions: deeds.behind(own),
      },
    ];
  });
}

interface Use {
  readonly credential: string;
  readonly address: string;
}

function useIn(row: unknown): Use {
  return { credential: stringAt(row, 'credential') ?? '', address: stringAt(row, 'address') ?? '' };
}

/** Who used which credential from where that should not have. */
class Deeds {
  readonly #intrusions = new Map<string, Set<Intrusion['id']>>();

  constructor({ calls, organisation }: Story) {
    const names = new Map(organisation.credentials.map(({ id, kind, name }) => [id, { kind, name }]));
    for (const call of calls) {
      for (const name of namesOf(call)) this.#add(name, call);
      const held = names.get(call.credential ?? '');
      // GitLab's events know a deploy token by its name and where it belongs.
      if (held?.kind === 'deploy-token') this.#add(`deploy-token/${encodeURIComponent(held.name ?? '')}`, call);
    }
  }

  behind(uses: readonly Use[]): string[] {
    const found = uses.flatMap(({ credential, address }) => {
      const [name = credential] = credential.startsWith('deploy-token/') ? credential.split('@') : [credential];
      return [...(this.#intrusions.get(`${name} ${address}`) ?? [])];
    });
    return [...new Set(found)].sort();
  }

  #add(name: string, { address, intrusion }: GitlabCall): void {
    if (intrusion === undefined) return;
    const key = `${name} ${address}`;
    this.#intrusions.set(key, (this.#intrusions.get(key) ?? new Set()).add(intrusion));
  }
}

function namesOf({ credential, owner, mints }: GitlabCall): string[] {
  return [credential, `user/${owner}`, mints].filter((name) => name !== undefined);
}
