import { HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Cast } from './organisation.ts';
import { PROJECTS } from './projects.ts';
import { randomFor } from './random-for.ts';
import { STORY_SPAN } from './span.ts';
import type { GitlabCall } from './truth.ts';
import { workingDay } from './working-day.ts';

/** What happens in GitLab by plan, or because nobody thought of it. */
export function choresInGitlab(cast: Cast): GitlabCall[] {
  return [...greatRotation(cast), ...latchkeyItself(cast), ...forgottenScripts(cast)];
}

/** An admin rotates many machines' tokens in the browser, one after the other. */
function greatRotation({ seed, places, people, machines, rotation }: Cast): GitlabCall[] {
  const admin = people.find(({ id }) => id === rotation.by);
  const stays = admin === undefined ? [] : workingDay(seed, places, admin, rotation.day);
  const stay = stays.find(({ where }) => where === 'office');
  if (stay === undefined) return [];
  return machines.flatMap(({ tokens, projects: [project] }) =>
    tokens
      .filter(({ createdBy }) => createdBy === rotation.by)
      .map(({ credential: { id, createdAt } }) => ({
        ...{
          from: createdAt,
          until: createdAt,
          times: 1,
          address: stay.address,
          credential: undefined,
          owner: rotation.by,
        },
        ...{ action: 'token-rotated', projects: [project], mints: id },
      })),
  );
}

/** Latchkey's own reading, every hour from its own address. */
function latchkeyItself({ seed, own, credentials }: Cast): GitlabCall[] {
  const random = randomFor(seed, 'latchkey');
  const owner = credentials.find(({ id }) => id === own.credential)?.owner.id ?? 0;
  const calls: GitlabCall[] = [];
  for (let hour = STORY_SPAN.begin; hour < STORY_SPAN.to; hour += HOUR) {
    const from = hour + 10 * MINUTE + random.int(1000, 20_000);
    calls.push({
      ...{ from, until: from + random.int(2000, 20_000), times: random.int(4, 15) },
      ...{ address: own.address, credential: own.credential, owner, action: 'api-read', projects: [PROJECTS[0]] },
    });
  }
  return calls;
}

/** Turned away each time, and nobody reads that log. */
function forgottenScripts({ seed, forgotten }: Cast): GitlabCall[] {
  const random = randomFor(seed, 'forgotten');
  const calls: GitlabCall[] = [];
  for (const { credential, address, everyHours } of forgotten) {
    const offset = random.int(0, everyHours * 60 - 1) * MINUTE;
    for (let from = STORY_SPAN.begin + offset; from < STORY_SPAN.to; from += everyHours * HOUR) {
      calls.push({
        ...{ from, until: from, times: 1, address, credential: credential.id, owner: credential.owner.id },
        ...{ action: 'api-read', projects: [PROJECTS[0]], refusal: 'token_expired' },
      });
    }
  }
  return calls;
}
