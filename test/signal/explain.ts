import { recalledAt } from './metrics.ts';
import type { Why } from './outcome.ts';
import type { PlayedMonth } from './pool.ts';

/**
 * For whoever asks why (`--why`), as lines of `--json`: every intrusion that nobody was woken for, with the best that was
 * said of it, and every false page, with who sent the requests that it rests on.
 */
export function whyEvents({ seed, mix, result: { intrusions, run } }: PlayedMonth): object[] {
  const pagedAt = recalledAt(run);
  const missed = intrusions.filter(({ id }) => !pagedAt.has(id));
  const misses = missed.map(({ id, kind, observable }) => {
    const claims = run.claims.filter(({ intrusion }) => intrusion === id).sort((a, b) => b.score - a.score);
    return { event: 'missed', seed, mix, intrusion: id, kind, observable, ...explained(claims[0]?.why) };
  });
  const wrong = run.pages.filter((page) => page.intrusions.length === 0);
  const falsePages = wrong.map(({ at, incident, why, actors = [] }) => {
    return { event: 'false-page', seed, mix, at: new Date(at).toISOString(), incident, actors, ...explained(why) };
  });
  return [...misses, ...falsePages];
}

function explained(why: Why | undefined): object {
  if (why === undefined) return { said: 'nothing' };
  const { credential, score, verdict, parts, reasons } = why;
  return {
    credential: credential.id,
    owner: credential.owner?.username,
    score,
    verdict,
    parts: Object.fromEntries(parts.map(({ name, points, input }) => [name, `${points} (${input})`])),
    reasons,
  };
}
