import type { CaseState } from '../core/case.ts';
import { type CoverageStatus, SOURCE_NAMES, type SourceName } from '../core/coverage.ts';
import type { TokenEvidence } from '../core/evidence.ts';
import { huntReads } from '../core/hunt.ts';
import type { LearnedContext } from '../core/learned.ts';
import { type EpochMs, MINUTE, toIso, touches, type Window, widen } from '../core/time.ts';
import type { Clock } from '../runtime/clock.ts';
import { BadInputError } from '../runtime/errors.ts';
import type { StepLogger } from '../runtime/logger.ts';
import type { EvidenceSources } from './evidence-source.ts';
import { readEvidence } from './read-evidence.ts';
import { planReading, type Readings, shareReading } from './shared-reading.ts';

/** Links a look of a case to the reading it rests on. */
export interface ReadingLinks {
  linkReading(caseId: string, look: number, readingId: string): Promise<void>;
}

/** What earlier days taught of credentials and networks. */
export interface LearnedBook {
  load(): Promise<Pick<LearnedContext, 'describe'>>;
  /** What cannot be kept is logged. */
  learn(evidence: TokenEvidence, until: EpochMs, logger: Pick<StepLogger, 'warn'>): Promise<void>;
}

export interface QueryServices {
  readonly readings: Readings;
  readonly learned: LearnedBook;
  readonly cases: ReadingLinks;
  /** The sources of one reading, made anew at each call. */
  readonly openSources: () => EvidenceSources;
  readonly slackMinutes: number;
  /** What of the time before its window a hunt reads again (design §7). */
  readonly hunt: HuntMinutes;
  readonly newId: () => string;
  readonly clock: Clock;
  /** When Lambda ends this invocation. */
  readonly deadline: EpochMs;
  readonly logger: Pick<StepLogger, 'warn'>;
}

export interface HuntMinutes {
  readonly overlapMinutes: number;
  readonly delayMinutes: number;
  readonly latenessMinutes: number;
}

/** The step's input: the case, and what became of the step before it where that failed. */
export type QueryInput = CaseState & { readonly extractFailure?: unknown };

/** Part of the time left that is kept for storing what was read. */
const STORING_SHARE = 0.15;

/**
 * Reads GitLab for the case's window, once however many cases share it, and links the reading to this look. GitLab not
 * answering is coverage; what is thrown (the table, bugs) is the state machine's to retry.
 */
export async function queryGitlab(input: QueryInput, services: QueryServices): Promise<CaseState> {
  const state = beginLook(input, services.clock.now());
  const { window, slack } = spanOf(state, services);
  const { clock } = services;
  const now = clock.now();
  // A hunt that is tried again is there to see what the try before it could not.
  const pass = state.hunt?.attempt ?? state.look;
  const plan = planReading(window, pass, now, slack);
  const deadline = now + (services.deadline - now) * (1 - STORING_SHARE);
  const read = () => readInContext(plan.window, deadline, services);
  const { readingId, evidence } = await shareReading(plan, read, { ...services, deadline });
  await services.cases.linkReading(state.caseId, state.look, readingId);
  // Hunts see every hour once, whoever triggers what.
  if (state.trigger === 'hunt') await services.learned.learn(evidence, deadline, services.logger);
  const tokenUses = usesIn(evidence, widen(window, slack));
  return {
    ...state,
    counts: { ...state.counts, tokenUses: Math.max(state.counts.tokenUses, tokenUses) },
    coverage: { ...state.coverage, ...coverageSoFar(state, evidence) },
  };
}

/** What GitLab says of a window, with what earlier days taught of the credentials and networks in it. */
async function readInContext(window: Window, deadline: EpochMs, services: QueryServices): Promise<TokenEvidence> {
  const [evidence, learned] = await Promise.all([
    readEvidence(services.openSources(), { window, deadline }, services.clock),
    services.learned.load(),
  ]);
  return learned.describe(evidence);
}

/**
 * The step before begins the look. Where it failed for good, this one does, so that later looks still come and see the
 * time up to now (a hunt's window is fixed).
 */
function beginLook(input: QueryInput, now: EpochMs): QueryInput {
  if (input.extractFailure === undefined) return input;
  const end = input.trigger === 'hunt' ? input.window.end : toIso(Math.max(now, windowOf(input).end));
  return { ...input, look: input.look + 1, window: { start: input.window.start, end } };
}

/** Whose uses count, and the slack around it, in milliseconds. What a hunt reads again holds its slack already. */
function spanOf(state: CaseState, { slackMinutes, hunt }: QueryServices): { window: Window; slack: number } {
  const window = windowOf(state);
  const slack = slackMinutes * MINUTE;
  if (state.trigger !== 'hunt') return { window, slack };
  const { uses } = huntReads(window, {
    slack,
    overlap: hunt.overlapMinutes * MINUTE,
    delay: hunt.delayMinutes * MINUTE,
    lateness: hunt.latenessMinutes * MINUTE,
  });
  return { window: uses, slack: 0 };
}

function windowOf({ window }: CaseState): Window {
  const start = Date.parse(window.start);
  const end = Date.parse(window.end);
  if (Number.isNaN(start) || Number.isNaN(end) || end < start) {
    throw new BadInputError('Field window of the case must hold two ISO 8601 instants, start before end');
  }
  return { start, end };
}

function usesIn({ uses }: TokenEvidence, window: Window): number {
  return uses.filter(({ at }) => touches(at, window)).length;
}

/** Per source the status of this look; a source that answered at an earlier look and not at this one was read in part. */
function coverageSoFar(state: CaseState, { coverage }: TokenEvidence): Partial<Record<SourceName, CoverageStatus>> {
  const statuses: Partial<Record<SourceName, CoverageStatus>> = {};
  for (const name of SOURCE_NAMES) {
    const status = coverage[name]?.status;
    const before = state.coverage[name];
    if (status === undefined) continue;
    const answeredBefore = before === 'complete' || before === 'partial';
    statuses[name] = status === 'unavailable' && answeredBefore ? 'partial' : status;
  }
  return statuses;
}
