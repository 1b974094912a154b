import { LearnedContext } from '../../../functions/core/learned.ts';
import { HOUR, MINUTE, type Window } from '../../../functions/core/time.ts';
import { systemClock } from '../../../functions/runtime/clock.ts';
import { ClaimBook } from '../claims.ts';
import { Labels } from '../labels.ts';
import { observe } from '../observe/observe.ts';
import { spikeAlerts } from '../observe/spikes.ts';
import { EVIDENCE_MIXES, type EvidenceMix } from '../observed.ts';
import type { Run } from '../outcome.ts';
import { play } from '../play.ts';
import { makeStory } from '../story.ts';
import type { IntrusionKind, Story } from '../truth.ts';
import { playScene } from './scene.ts';

/** What one scene came to through the stack, beside what the fast mode said of the same. */
export interface ReducedRow {
  readonly kind: IntrusionKind | typeof OFFICE;
  readonly mix: string;
  /** `Intrusion.id`; missing: nobody broke in. */
  readonly intrusion?: string;
  readonly stack: Verdict;
  readonly fast: Verdict;
  /** The same intrusion woke somebody in both or in neither, and nobody was woken for nothing in only one of them. */
  readonly agrees: boolean;
  /** What the pages of the stack that nobody's intrusion is behind said. */
  readonly said: readonly string[];
  readonly seconds: number;
}

interface Verdict {
  /** What woke somebody for the intrusion first; undefined: nothing did. */
  readonly pagedBy?: 'spike' | 'hunt';
  readonly falsePages: number;
}

/** A spike while a tool that looks like a bot runs in an office that nobody listed. */
const OFFICE = 'office-spike';

/** Each kind under a mix that shows it, so that every source and both kinds of GitLab are in play. */
const PLAYED: readonly (readonly [ReducedRow['kind'], string])[] = [
  ['scraping-address', 'all'],
  ['ipv6-rotation', 'self-managed-logs'],
  ['hour-straddle', 'all'],
  ['slow-drip', 'self-managed-logs'],
  ['memory-evicted', 'all'],
  ['many-tokens-one-host', 'gitlab-com-premium'],
  ['ci-job-token', 'gitlab-com-ultimate'],
  ['minted-by-intruder', 'gitlab-com-ultimate'],
  [OFFICE, 'all'],
];

/** A week of working hours, which is what a first week in shadow mode teaches, in fewer readings. */
const LESSONS = { lessonDays: 7, lessonHours: [8, 10, 13, 15] } as const;
/** What is played before and after an intruder's first and last deed. */
const AROUND = { before: 20 * MINUTE, after: 70 * MINUTE } as const;
const STACKS = 2;

/**
 * Plays a few intrusions of a story, one of each of some kinds, and one spike that is nobody's intrusion through the
 * synthesized stack and its stand-ins, two stacks at a time, and tells of each how it compares with the fast mode. What
 * is measured is the way through the stack, not the rule: of a kind, the first is played that wakes somebody in the
 * fast mode, or the first there is.
 */
export async function playReducedSet(seed: number, tell: (row: ReducedRow) => void): Promise<ReducedRow[]> {
  const story = makeStory(seed);
  const fast = new Map<string, Run>();
  const waiting: Chosen[] = [];
  for (const [kind, mixName] of PLAYED) {
    const mix = mixNamed(mixName);
    const run = fast.get(mixName) ?? (await playFast(story, mix));
    fast.set(mixName, run);
    const chosen = choose(story, kind, run);
    if (chosen !== undefined) waiting.push({ ...chosen, kind, mix, run });
  }
  const rows: ReducedRow[] = [];
  const worker = async () => {
    for (let scene = waiting.shift(); scene !== undefined; scene = waiting.shift()) {
      const row = await rowOf(story, scene);
      rows.push(row);
      tell(row);
    }
  };
  await Promise.all(Array.from({ length: STACKS }, worker));
  const order = PLAYED.map(([kind]) => kind);
  return rows.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}

interface Chosen {
  readonly kind: ReducedRow['kind'];
  readonly mix: EvidenceMix;
  /** Of the fast mode. */
  readonly run: Run;
  readonly intrusion?: string;
  readonly window: Window;
}

/** Undefined where the story has none of that kind. */
function choose(
  story: Story,
  kind: ReducedRow['kind'],
  { pages }: Run,
): Pick<Chosen, 'intrusion' | 'window'> | undefined {
  if (kind === OFFICE) {
    const window = officeSpike(story);
    return window === undefined ? undefined : { window };
  }
  const paged = new Set(pages.flatMap(({ intrusions }) => intrusions));
  const ofKind = story.intrusions.filter((intrusion) => intrusion.kind === kind);
  const found = ofKind.find(({ id }) => paged.has(id)) ?? ofKind[0];
  if (found === undefined) return undefined;
  return { intrusion: found.id, window: { start: found.from - AROUND.before, end: found.until + AROUND.after } };
}

/** Around an alert that came while the tool ran, and nobody had broken in for hours. */
function officeSpike(story: Story): Window | undefined {
  const tools = story.web.filter(({ actor }) => actor === 'seo-tool');
  const alert = spikeAlerts(story).find(
    ({ at }) =>
      at >= story.from &&
      tools.some(({ from, until }) => from + 10 * MINUTE <= at && at < until) &&
      story.intrusions.every(({ from, until }) => until + 3 * HOUR < at || from - 3 * HOUR > at),
  );
  return alert === undefined ? undefined : { start: alert.at - AROUND.before, end: alert.at + AROUND.after };
}

async function rowOf(story: Story, { kind, mix, intrusion, window, run: { pages } }: Chosen): Promise<ReducedRow> {
  const begun = systemClock.now();
  const played = await playScene(story, mix, { ...window, ...LESSONS });
  const stack = verdictOf(played.pages, intrusion);
  const inTime = pages.filter(({ at }) => at >= window.start && at < window.end + HOUR);
  const fast = verdictOf(
    inTime.map((page) => ({ ...page, by: triggerOf(page.incident) })),
    intrusion,
  );
  return {
    kind,
    mix: mix.name,
    ...(intrusion === undefined ? {} : { intrusion }),
    stack,
    fast,
    agrees: (stack.pagedBy === undefined) === (fast.pagedBy === undefined) && stack.falsePages === fast.falsePages,
    said: played.pages.filter(({ intrusions }) => intrusions.length === 0).map(({ summary }) => summary),
    seconds: Math.round((systemClock.now() - begun) / 1000),
  };
}

function verdictOf(
  pages: readonly { readonly by: Verdict['pagedBy']; readonly intrusions: readonly string[] }[],
  intrusion: string | undefined,
): Verdict {
  const first = pages.find(({ intrusions }) => intrusion !== undefined && intrusions.includes(intrusion));
  return {
    ...(first?.by === undefined ? {} : { pagedBy: first.by }),
    falsePages: pages.filter(({ intrusions }) => intrusions.length === 0).length,
  };
}

/** An incident is called after the case that opened it. */
function triggerOf(incident: string): Verdict['pagedBy'] {
  return (['spike', 'hunt'] as const).find((trigger) => incident.includes(`${trigger}-`));
}

/** With the triggers that a scene has: the monitor of security events polls every minute, which no stack is asked to. */
async function playFast(story: Story, mix: EvidenceMix): Promise<Run> {
  const claims = new ClaimBook(new Labels(story), () => []);
  const kept = await play(story, { ...observe(story, mix), monitors: [] }, new LearnedContext(), (look) =>
    claims.add(look),
  );
  return await claims.run(kept);
}

function mixNamed(name: string): EvidenceMix {
  const mix = EVIDENCE_MIXES.find((one) => one.name === name);
  if (mix === undefined) throw new Error(`There is no evidence mix ${name}`);
  return mix;
}
