import type { EpochMs, Window } from '../../../functions/core/time.ts';
import { emptyWorld } from '../../../infra/local/scenario/builders.ts';
import type { World } from '../../../infra/local/scenario/world.ts';
import type { EvidenceMix } from '../observed.ts';
import type { Story } from '../truth.ts';
import { auditOf, type StreamedEvent } from './audit-of.ts';
import { axiomOf } from './axiom-of.ts';
import { zonesOf } from './cloudflare-of.ts';
import { cutStory } from './cut-story.ts';
import { gitlabOf } from './gitlab-of.ts';

/** What the stand-ins serve of a scene. */
export interface StagedWorld extends World {
  /** What GitLab pushes to a streaming destination, by time; nothing where the mix has no stream. */
  readonly streamed: readonly StreamedEvent[];
}

/**
 * What a story's scene looks like to outside systems, told as if its decisive moment `at` were `now`: the day before and
 * the hours after it in every detail, and of earlier days GitLab's side of the hours that are learned from. What they
 * show of it when (lag, paging, five addresses of a token) is the stand-ins' business.
 *
 * @param at in the story's time, as `lessons` are
 */
export function worldOf(
  story: Story,
  mix: EvidenceMix,
  at: EpochMs,
  now: EpochMs,
  lessons: readonly Window[] = [],
): StagedWorld {
  const cut = cutStory(story, at, now, lessons);
  const zones = zonesOf(cut, mix);
  const { saved, streamed } = auditOf(cut, mix);
  const world = emptyWorld(now);
  return {
    start: now,
    cloudflare: { ...world.cloudflare, zones },
    gitlab: gitlabOf(cut, mix, saved),
    axiom: axiomOf(cut, mix, zones),
    streamed,
  };
}
