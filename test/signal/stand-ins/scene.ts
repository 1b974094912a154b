import { DAY, type EpochMs, HOUR, MINUTE, toIso, type Window } from '../../../functions/core/time.ts';
import { systemClock } from '../../../functions/runtime/clock.ts';
import type { JsonObject } from '../../../infra/local/json.ts';
import { DATASETS } from '../../../infra/local/scenario/builders.ts';
import { openScene, type Scene, spikeAlert } from '../../e2e/support.ts';
import { assembly } from '../../support/assembly.ts';
import { JOIN_SETTINGS } from '../../support/join-settings.ts';
import { spikeAlerts } from '../observe/spikes.ts';
import type { EvidenceMix, SpikeAlert } from '../observed.ts';
import type { Organisation, Story } from '../truth.ts';
import { type ScenePage, scenePages } from './scene-pages.ts';
import { StoryClock } from './story-clock.ts';
import { type StagedWorld, worldOf } from './world-of.ts';

/** What is played of a story: the spikes and full hours of a stretch of time. */
export interface ScenePlan extends Window {
  /** Days before it of which hours are hunted to learn from. */
  readonly lessonDays: number;
  /** Hours of UTC that are hunted on these days. */
  readonly lessonHours: readonly number[];
}

/** What came of it. */
export interface SceneResult {
  /** Who was woken, by time; what lessons paged for is not in here. Times are the story's. */
  readonly pages: readonly ScenePage[];
  /** How many cases were played, lessons apart. */
  readonly spikes: number;
  readonly hunts: number;
}

/** When an hour is hunted: setting `hunt.delayMinutes` after its end. */
const DELAY = JOIN_SETTINGS.hunt.delayMinutes * MINUTE;
/** Hunted before the scene, so that the token lists were last read within the hour. */
const EVE = 2 * HOUR;
/** The scene lies this far behind the machine's clock at least, for what is still looked at after it. */
const BEHIND = 6 * HOUR;
/** A hunt reads this much before its hour (setting `hunt.overlapMinutes`). */
const OVERLAP = JOIN_SETTINGS.hunt.overlapMinutes * MINUTE;

/** The hours that are hunted to learn from, whole hours of UTC. */
export function lessonsOf(story: Pick<Story, 'begin'>, { start, lessonDays, lessonHours }: ScenePlan): EpochMs[] {
  const today = Math.floor(start / DAY) * DAY;
  return Array.from({ length: lessonDays }, (_, index) => today - (lessonDays - index) * DAY)
    .flatMap((day) => lessonHours.map((hour) => day + hour * HOUR))
    .filter((hour) => hour >= story.begin && hour + HOUR + DELAY < start - EVE);
}

/**
 * Plays a stretch of a story through the synthesized stack and its stand-ins: earlier hours are hunted to learn from,
 * then everything comes in order of time, each spike with all its looks, each hour when it is due. Hours that are due
 * between two looks come after the last: which of the two woke somebody first may be otherwise in the fast mode. Time is
 * the story's, to the hour of the day, moved by whole days into the machine's recent past.
 */
export async function playScene(story: Story, mix: EvidenceMix, plan: ScenePlan): Promise<SceneResult> {
  const shift = Math.floor((systemClock.now() - BEHIND - plan.end) / DAY) * DAY;
  const lessons = lessonsOf(story, plan);
  const read = lessons.map((hour) => ({ start: hour - OVERLAP, end: hour + HOUR }));
  const world = worldOf(story, mix, plan.end, plan.end + shift, read);
  const appointments = appointmentsOf(story, plan, lessons);
  const [first] = appointments;
  if (first === undefined) return { pages: [], spikes: 0, hunts: 0 };
  await using clock = new StoryClock(first.at + shift);
  const assemblyDir = await clock.assembly(await sceneAssembly(story.organisation, mix));
  await using scene = await openScene({ world, clock, assemblyDir });
  const stage = new Stage(scene, world, clock, shift);
  for (const appointment of appointments) await stage.play(appointment);
  const played = appointments.filter(({ isLesson }) => !isLesson);
  const counted = played[0]?.at ?? Number.POSITIVE_INFINITY;
  return {
    pages: scenePages(scene, story, shift).filter(({ at }) => at >= counted),
    spikes: played.filter(({ alert }) => alert !== undefined).length,
    hunts: played.filter(({ alert }) => alert === undefined).length,
  };
}

/** The stack as an operator of that organisation would set it up. */
function sceneAssembly({ knownEgress, own, gitlab }: Organisation, { sources }: EvidenceMix): Promise<string> {
  const dataset = sources.includes('logs') ? { gitlabDataset: DATASETS.gitlab } : {};
  return assembly({
    mode: 'live',
    knownEgress,
    ownEgress: [`${own.address}/${own.address.includes(':') ? 128 : 32}`],
    gitlab: { hosts: [gitlab.host] },
    axiom: { cloudflareDataset: DATASETS.cloudflare, ...dataset },
  });
}

interface Appointment {
  readonly at: EpochMs;
  readonly isLesson: boolean;
  /** A hunt without it. */
  readonly alert?: SpikeAlert;
}

function appointmentsOf(story: Story, { start, end }: ScenePlan, lessons: readonly EpochMs[]): Appointment[] {
  const learning = lessons.map((hour) => ({ at: hour + HOUR + DELAY, isLesson: true }));
  const alerts = spikeAlerts(story).filter(({ at }) => at >= start && at < end);
  const spikes = alerts.map((alert) => ({ at: alert.at, isLesson: false, alert }));
  const hunts: Appointment[] = [];
  for (let hour = Math.floor((start - EVE) / HOUR) * HOUR; hour <= end; hour += HOUR) {
    hunts.push({ at: hour + HOUR + DELAY, isLesson: hour + HOUR <= start });
  }
  return [...learning, ...hunts, ...spikes].sort((a, b) => a.at - b.at);
}

/** The stack at work at the story's times. */
class Stage {
  readonly #scene: Scene;
  readonly #world: StagedWorld;
  readonly #clock: StoryClock;
  readonly #shift: number;
  #streamed = 0;
  /** When the looks of the spike under way are due, by the state that waits for them. */
  #looks: readonly EpochMs[] = [];

  constructor(scene: Scene, world: StagedWorld, clock: StoryClock, shift: number) {
    this.#scene = scene;
    this.#world = world;
    this.#clock = clock;
    this.#shift = shift;
    JOIN_SETTINGS.looks.minutes.forEach((_, index) => {
      scene.after(`Wait for look ${index + 2}`, () => clock.moveTo(this.#looks[index] ?? 0));
    });
  }

  async play({ at: told, alert }: Appointment): Promise<void> {
    const at = told + this.#shift;
    this.#clock.moveTo(at);
    const { minutes } = JOIN_SETTINGS.looks;
    this.#looks = minutes.map((minute) => at + minute * MINUTE);
    // What happens between the looks is there to be found by then; nobody reads ahead of the time.
    await this.#stream(alert === undefined ? at : (this.#looks.at(-1) ?? at));
    const executions =
      alert === undefined ? await this.#scene.hunt(at, { force: true }) : [await this.#investigate(alert)];
    const failed = executions.find(({ status }) => status !== 'SUCCEEDED');
    if (failed !== undefined || executions.length === 0) {
      throw new Error(`${toIso(told)}: ${failed === undefined ? 'no execution' : JSON.stringify(failed)}`);
    }
  }

  #investigate({ at, start, zone }: SpikeAlert) {
    const { cloudflare } = this.#world;
    const zones = cloudflare.zones.filter(({ id }) => id === zone);
    const world = { ...this.#world, start: start + this.#shift + 10 * MINUTE, cloudflare: { ...cloudflare, zones } };
    return this.#scene.investigate(spikeAlert(world, `${at}`));
  }

  /** Everything up to an instant that was not sent before, as a destination that is sent events in batches gets it. */
  async #stream(until: EpochMs): Promise<void> {
    const { streamed } = this.#world;
    const from = this.#streamed;
    while (this.#streamed < streamed.length && (streamed[this.#streamed]?.at ?? until) < until) this.#streamed += 1;
    const due: JsonObject[] = streamed.slice(from, this.#streamed).map(({ body }) => body);
    const { apiUrl, plan } = this.#scene.stack;
    for (let first = 0; first < due.length; first += BATCH) {
      const response = await fetch(`${apiUrl}/webhooks/gitlab`, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-gitlab-event-streaming-token': plan.streamingToken.value,
        },
        body: JSON.stringify(due.slice(first, first + BATCH)),
      });
      if (!response.ok) throw new Error(`Streamed events were answered ${response.status}: ${await response.text()}`);
    }
  }
}

const BATCH = 1000;
