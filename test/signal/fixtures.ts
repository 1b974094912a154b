import type { TokenEvidence } from '../../functions/core/evidence.ts';
import type { Sighting, SightingReport } from '../../functions/core/sighting.ts';
import { DAY, type EpochMs, HOUR, touches, type Window, widen } from '../../functions/core/time.ts';
import type { Credential, TokenUse } from '../../functions/core/token-use.ts';
import type { Observed } from './observed.ts';
import type { Claim, CountedIntrusion, SimPage } from './outcome.ts';
import type { LookSeen, Stage } from './play.ts';
import type { GitlabCall, Intrusion } from './truth.ts';

/** Two days that count after two in shadow mode: enough for a test. */
export const BEGIN = Date.UTC(2031, 2, 3);
export const FROM = BEGIN + 2 * DAY;
export const ZONE = 'a'.repeat(32);

export const STAGE: Stage = {
  begin: BEGIN,
  from: FROM,
  to: FROM + 2 * DAY,
  organisation: { own: { credential: 'token/1', address: '192.0.2.1' }, knownEgress: ['198.51.100.0/24'] },
};

/** What a small world shows of itself, at once and whole. */
export interface SmallWorld {
  readonly sightings?: readonly Sighting[];
  readonly uses?: readonly TokenUse[];
  readonly credentials?: readonly Credential[];
  readonly spikes?: Observed['spikes'];
  readonly monitors?: Observed['monitors'];
  /** When a use can first be read; at once where it does not say. */
  readonly readableAt?: (use: TokenUse) => EpochMs;
}

/** Shows a small world as an observer would: what is not over by now is not there yet. */
export function watched(world: SmallWorld): Observed {
  const { sightings = [], uses = [], credentials = [], readableAt = ({ at }) => at.notAfter } = world;
  const seenIn = (window: Window, now: EpochMs): Sighting[] =>
    sightings.filter(({ seen }) => touches(seen, window) && seen.notBefore <= now);
  const report = (found: readonly Sighting[], whole: boolean): SightingReport => ({
    sightings: found,
    whole,
    coverage: { status: 'complete', why: [], counts: {}, pages: 1 },
  });
  return {
    spikes: world.spikes ?? [],
    monitors: world.monitors ?? [],
    spikeSightings: (_zone, window, now) => report(seenIn(window, now), true),
    monitorSightings: (_zone, window, now) => report(seenIn(window, now), true),
    flaggedSightings: (window, now) => report(seenIn(window, now), false),
    askBack: (_zone, addresses, window, now) => {
      const asked = new Set(addresses);
      return {
        ...report(
          seenIn(window, now).filter(({ address }) => asked.has(address)),
          true,
        ),
        onGitlabHosts: [],
      };
    },
    readGitlab: (window, now): TokenEvidence => ({
      window,
      readAt: now,
      credentials,
      uses: uses.filter((use) => touches(use.at, window) && readableAt(use) <= now),
      coverage: { logs: { status: 'complete', why: [], counts: {}, pages: 1 } },
      realIpMissing: false,
    }),
  };
}

/** One intruder's call from 203.0.113.7 with token 42, of user 7. */
export function call(overrides: Partial<GitlabCall> = {}): GitlabCall {
  return {
    from: FROM + 12 * HOUR,
    until: FROM + 12 * HOUR,
    times: 1,
    address: '203.0.113.7',
    credential: 'token/42',
    owner: 7,
    action: 'api-read',
    projects: ['acme/shop'],
    intrusion: 'scraping-address/1',
    ...overrides,
  };
}

export function intrusion(overrides: Partial<Intrusion> = {}): Intrusion {
  return {
    id: 'scraping-address/1',
    kind: 'scraping-address',
    from: FROM + 11 * HOUR,
    until: FROM + 13 * HOUR,
    credentials: ['token/42'],
    ...overrides,
  };
}

export function counted(overrides: Partial<CountedIntrusion> = {}): CountedIntrusion {
  return { id: 'scraping-address/1', kind: 'scraping-address', evidentAt: FROM, observable: true, ...overrides };
}

export function claim(overrides: Partial<Claim> = {}): Claim {
  return {
    at: FROM,
    score: 80,
    before: [],
    paged: true,
    incident: 'incident-1',
    credential: 'token/42',
    intrusion: undefined,
    ...overrides,
  };
}

export function simPage(overrides: Partial<SimPage> = {}): SimPage {
  return { at: FROM, incident: 'incident-1', intrusions: [], ...overrides };
}

/** A look at an hour in which nothing was seen. */
export function lookSeen(overrides: Partial<LookSeen> = {}): LookSeen {
  const start = FROM + 12 * HOUR;
  const window = { start, end: start + HOUR };
  return {
    at: window.end,
    caseId: 'hunt-1',
    trigger: 'hunt',
    shadow: false,
    window,
    sightings: [],
    onGitlabHosts: [],
    evidence: watched({}).readGitlab(widen(window, HOUR), window.end),
    findings: [],
    incidents: new Map(),
    pages: [],
    ...overrides,
  };
}
