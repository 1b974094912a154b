import { describe, expect, it } from 'vitest';
import { complete, off, type SourceCoverage, unavailable } from '../../functions/core/coverage.ts';
import { type HealthFacts, healthChanges, healthEvent, shadowDigestDue } from '../../functions/core/health.ts';
import { DAY, HOUR } from '../../functions/core/time.ts';
import { AT, stateOf } from '../support/pager-facts.ts';

const DOWN = unavailable('no answer from gitlab.example.com: connection refused (ECONNREFUSED)');
const REFUSED = unavailable('GitLab refused the token (401)');

function facts(more: Partial<HealthFacts> = {}): HealthFacts {
  return {
    state: stateOf(),
    lastLook: false,
    coverage: { cloudflare: complete(), inventory: complete(), audit: complete() },
    gitlabAnsweredEver: true,
    realIpMissing: false,
    raised: [],
    shadowDigestDue: false,
    ...more,
  };
}
const gitlab = (seen: SourceCoverage) => ({ cloudflare: complete(), inventory: seen, audit: seen });
const told = (more: Partial<HealthFacts>) =>
  healthChanges(facts(more)).map(({ source, action }) => `${action} ${source}`);

describe('health of the pipeline', () => {
  it('has nothing to say when all is well', () => {
    expect(told({})).toEqual([]);
  });

  it('takes no blip of GitLab for news', () => {
    expect(told({ coverage: gitlab(DOWN), gitlabAnsweredEver: false })).toEqual([]);
    expect(told({ coverage: gitlab(DOWN), gitlabAnsweredEver: true, lastLook: true })).toEqual([]);
  });

  it('tells of a GitLab that answered at no look', () => {
    expect(told({ coverage: gitlab(DOWN), gitlabAnsweredEver: false, lastLook: true })).toEqual(['raise gitlab']);
  });

  it('tells of a refusal at once', () => {
    expect(told({ coverage: gitlab(REFUSED), gitlabAnsweredEver: false })).toEqual(['raise gitlab']);
  });

  it('says in the reason what went wrong', () => {
    const whyOf = (findings: number) => {
      const state = stateOf({ counts: { sightings: 5, tokenUses: 3, findings } });
      return healthChanges(facts({ state, coverage: gitlab(REFUSED), gitlabAnsweredEver: false }))[0]?.why;
    };
    expect(whyOf(0)).toBe(
      'GitLab could not be asked, so whether a bot held a credential is unknown: GitLab refused the token (401)',
    );
    // What was streamed to us may have told of one.
    expect(whyOf(1)).toContain('whether a bot held another credential is unknown');
  });

  it('does not tell twice', () => {
    expect(told({ coverage: gitlab(DOWN), gitlabAnsweredEver: false, lastLook: true, raised: ['gitlab'] })).toEqual([]);
  });

  it('tells that GitLab answers again, at whichever look', () => {
    expect(told({ raised: ['gitlab'] })).toEqual(['resolve gitlab']);
  });

  it('takes one GitLab source for an answer', () => {
    const coverage = { inventory: DOWN, audit: complete() };
    expect(told({ coverage, lastLook: true, gitlabAnsweredEver: false })).toEqual([]);
  });

  it('tells at once when nothing of GitLab is offered to us', () => {
    expect(told({ coverage: gitlab(off('every list was refused (403)')), gitlabAnsweredEver: false })).toEqual([
      'raise gitlab',
    ]);
    expect(told({ coverage: gitlab(off('needs Premium')), gitlabAnsweredEver: false })).toEqual(['raise gitlab']);
  });

  it('tells of a GitLab nothing is known of, once no look is left', () => {
    expect(told({ coverage: {}, gitlabAnsweredEver: false })).toEqual([]);
    expect(told({ coverage: {}, gitlabAnsweredEver: false, lastLook: true })).toEqual(['raise gitlab']);
  });

  it('tells of Cloudflare likewise', () => {
    const down = { ...gitlab(complete()), cloudflare: DOWN };
    expect(told({ coverage: down })).toEqual([]);
    expect(told({ coverage: down, lastLook: true })).toEqual(['raise cloudflare']);
    expect(told({ coverage: down, lastLook: true, cloudflareAnsweredEver: true })).toEqual([]);
    expect(told({ coverage: { ...down, cloudflare: REFUSED } })).toEqual(['raise cloudflare']);
    expect(told({ raised: ['cloudflare'] })).toEqual(['resolve cloudflare']);
  });

  it('tells at once that nothing can ever match', () => {
    expect(told({ realIpMissing: true })).toEqual(['raise real-ip']);
    expect(told({ realIpMissing: true, raised: ['real-ip'] })).toEqual([]);
  });

  it('believes in restored addresses only when it has read some', () => {
    const nothingRead = stateOf({ counts: { sightings: 3, tokenUses: 0, findings: 0 } });
    expect(told({ raised: ['real-ip'], state: nothingRead })).toEqual([]);
    expect(told({ raised: ['real-ip'] })).toEqual(['resolve real-ip']);
  });

  it('takes a joined look for a pipeline that works again', () => {
    expect(told({ raised: ['pipeline'] })).toEqual(['resolve pipeline']);
  });

  it('never closes an undelivered page', () => {
    expect(told({ raised: ['page'] })).toEqual([]);
  });

  it('speaks of shadow mode once a day, and of its end', () => {
    const shadow = stateOf({ shadow: true });
    expect(told({ state: shadow, shadowDigestDue: true, raised: ['shadow-mode'] })).toEqual(['raise shadow-mode']);
    expect(told({ state: shadow })).toEqual([]);
    expect(told({ raised: ['shadow-mode'] })).toEqual(['resolve shadow-mode']);
  });

  it('counts days in UTC', () => {
    const raised = [{ source: 'shadow-mode', since: AT }];
    expect(shadowDigestDue(true, [], AT)).toBe(true);
    expect(shadowDigestDue(true, raised, AT + HOUR)).toBe(false);
    expect(shadowDigestDue(true, raised, Math.ceil(AT / DAY) * DAY)).toBe(true);
    expect(shadowDigestDue(false, [], AT)).toBe(false);
  });
});

describe('health events', () => {
  it('are one alert per source, of severity warning', () => {
    const event = healthEvent({ source: 'gitlab', action: 'raise', why: 'down\u202E' }, AT, 'production', 'case-1');
    expect(event).toMatchObject({
      event_action: 'trigger',
      dedup_key: 'latchkey-health/gitlab',
      payload: {
        summary: 'Latchkey: down',
        class: 'pipeline-health',
        severity: 'warning',
        custom_details: { case_id: 'case-1' },
      },
    });
    expect(healthEvent({ source: 'gitlab', action: 'resolve', why: 'up' }, AT, 'production')).toEqual({
      event_action: 'resolve',
      dedup_key: 'latchkey-health/gitlab',
    });
  });

  it('hold no secret that a reason repeats, and keep the ids it names', () => {
    const zone = 'zone 0123456789abcdef0123456789abcdef';
    const why = `${zone}: project "glpat-AAAAAAAAAAAAAAAAAAAA" gave no answer to Bearer abcdefgh12345678`;
    const event = healthEvent({ source: 'cloudflare', action: 'raise', why }, AT, 'production', 'case-1');
    const shown = `${zone}: project "[redacted]" gave no answer to [redacted]`;
    expect(event.payload?.summary).toBe(`Latchkey: ${shown}`);
    expect(event.payload?.custom_details.why).toBe(shown);
  });
});

describe('health of hunts', () => {
  const hunt = { attempt: 1, resend: false, written: false };
  const state = { ...stateOf(), trigger: 'hunt', hunt } as const;
  const seen = { inventory: complete(), axiom: complete({ rows: 12 }) };

  it('tells at once that an hour could not be read, and once that it can', () => {
    const coverage = { ...seen, axiom: unavailable('Axiom answered 503.') };
    expect(told({ state, coverage, lastLook: true })).toEqual(['raise axiom']);
    expect(told({ state, coverage, lastLook: true, raised: ['axiom'] })).toEqual([]);
    expect(told({ state, coverage: seen, raised: ['axiom'] })).toEqual(['resolve axiom']);
  });

  it('notices that logs arrive again', () => {
    expect(told({ state, coverage: seen, raised: ['logpush'] })).toEqual(['resolve logpush']);
    expect(told({ state, coverage: { ...seen, axiom: complete({ rows: 0 }) }, raised: ['logpush'] })).toEqual([]);
  });

  it('notices that reports are written again, and not before', () => {
    const raised = ['hunt-report'];
    expect(told({ state, coverage: seen, raised })).toEqual([]);
    const written = { ...state, hunt: { ...hunt, written: true } };
    expect(told({ state: written, coverage: seen, raised })).toEqual(['resolve hunt-report']);
  });

  it('tells of a dead GitLab token although the logs answer, and of logs that cannot be read', () => {
    const dead = { ...seen, inventory: REFUSED, logs: complete() };
    expect(told({ state, coverage: dead, lastLook: true })).toEqual(['raise gitlab']);
    expect(healthChanges(facts({ state, coverage: dead }))[0]?.why).toContain('scopes, owners');
    const blind = { ...seen, logs: unavailable('Dataset gitlab has no column token_id') };
    expect(told({ state, coverage: blind, lastLook: true })).toEqual(['raise logs']);
    expect(told({ state, coverage: { ...seen, logs: complete() }, raised: ['logs'] })).toEqual(['resolve logs']);
  });
});
