import { DAY, type EpochMs, HOUR, type Window } from '../../../functions/core/time.ts';
import type { GitlabCall, SimCredential, Story, WebActivity } from '../truth.ts';

/** The part of a story that a scene needs, moved so that the scene happens at another time. */
export interface CutStory extends Story {
  /** What happens in here is there in every detail; web requests only here. */
  readonly scene: Window;
  /** So do calls of GitLab in each of these; of others there is as much as the token lists would still tell. */
  readonly lessons: readonly Window[];
}

/** Before and after the decisive moment. */
const SCENE = { before: 26 * HOUR, after: 3 * HOUR } as const;
/** Before so long, the last use of a credential from each address is all that is kept. */
const REMEMBERED = 9 * DAY;

/**
 * A story cut down to the day before a moment and the hours after it, and to the hours of earlier days that are learned
 * from; told as if that moment were `now`.
 *
 * @param lessons in the story's time
 */
export function cutStory(story: Story, at: EpochMs, now: EpochMs, lessons: readonly Window[]): CutStory {
  const shift = now - at;
  const scene = { start: at - SCENE.before, end: at + SCENE.after };
  const { organisation } = story;
  return {
    ...story,
    begin: story.begin + shift,
    from: story.from + shift,
    to: story.to + shift,
    organisation: { ...organisation, credentials: organisation.credentials.map((one) => moveCredential(one, shift)) },
    web: story.web.filter((activity) => touches(activity, scene)).map((activity) => move(activity, shift)),
    calls: callsOf(story, at, scene).map((call) => move(call, shift)),
    intrusions: story.intrusions.map((intrusion) => move(intrusion, shift)),
    scene: moveWindow(scene, shift),
    lessons: lessons.map((lesson) => moveWindow(lesson, shift)),
  };
}

/** Whether a row must be there in every detail. */
export function isDetailed({ scene, lessons }: CutStory, row: Pick<GitlabCall, 'from' | 'until'>): boolean {
  return touches(row, scene) || lessons.some((lesson) => touches(row, lesson));
}

function touches({ from, until }: Pick<WebActivity, 'from' | 'until'>, { start, end }: Window): boolean {
  return from < end && until >= start;
}

/** Everything since some days ago; of what was before, the last use of each credential from each address. */
function callsOf({ calls }: Story, at: EpochMs, scene: Window): GitlabCall[] {
  const last = new Map<string, GitlabCall>();
  const kept: GitlabCall[] = [];
  for (const call of calls) {
    if (call.from >= scene.end) continue;
    if (call.until >= at - REMEMBERED) kept.push(call);
    else if (call.credential !== undefined && call.refusal === undefined) {
      const key = `${call.credential} ${call.address}`;
      if (call.until >= (last.get(key)?.until ?? 0)) last.set(key, call);
    }
  }
  return [...[...last.values()].map((call) => ({ ...call, from: call.until, times: 1 })), ...kept];
}

function move<Row extends { readonly from: EpochMs; readonly until: EpochMs }>(row: Row, shift: number): Row {
  return { ...row, from: row.from + shift, until: row.until + shift };
}

function moveWindow({ start, end }: Window, shift: number): Window {
  return { start: start + shift, end: end + shift };
}

function moveCredential(credential: SimCredential, shift: number): SimCredential {
  const moved = { ...credential, createdAt: credential.createdAt + shift };
  for (const name of ['expiresAt', 'revokedAt', 'lastUsedAt', 'usedBefore'] as const) {
    const at = credential[name];
    if (at !== undefined) Object.assign(moved, { [name]: at + shift });
  }
  return moved;
}
