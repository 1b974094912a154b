import { describe, expect, it } from 'vitest';
import type { LocalEvent } from '../../../infra/local/events.ts';
import { pageLines } from '../../../infra/local/page-view.ts';
import { paintWith, wantsColour } from '../../../infra/local/paint.ts';
import { traceTo } from '../../../infra/local/trace.ts';

const STATE = {
  caseId: 'c1',
  trigger: 'spike',
  look: 1,
  counts: { sightings: 1203, tokenUses: 5012, findings: 5 },
  coverage: { cloudflare: 'complete', inventory: 'complete', audit: 'partial' },
  verdict: 'confirmed',
  topScore: 92,
  decision: { page: true, alert: false, report: true },
  shadow: false,
  incidentIds: ['i1'],
  analysis: { status: 'model', model: 'us.meta.llama4-scout' },
};

const PAGE = {
  event_action: 'trigger',
  dedup_key: 'i1/1',
  payload: {
    summary: '[92] personal token "deploy" used from 203.0.113.7\u001b[31m',
    severity: 'critical',
    class: 'token-abuse',
    custom_details: {
      credentials: [
        {
          id: 'gl-1',
          name: 'deploy',
          score: 92,
          verdict: 'confirmed',
          scopes: ['api'],
          owner: { username: 'ada' },
          score_parts: ['scope +30 (api): it can write'],
        },
        { id: 'gl-2', name: 'read', score: 20, verdict: 'corroborated' },
      ],
      addresses: [
        {
          address: '203.0.113.7',
          asn: 64500,
          asn_name: 'Example',
          country: 'NL',
          lowest_bot_score: 1,
          requests: 12345,
        },
      ],
      matched_events: [{ at: '2026-04-10T13:00:00Z', strength: 'used', action: 'api', credential: 'gl-1' }],
      coverage: ['audit: partial: 3 groups refused'],
    },
  },
  links: [{ href: 'https://gitlab.example/x', text: 'GitLab' }],
};

function traced(event: LocalEvent, logs = false): string {
  const lines: string[] = [];
  traceTo({ write: (line) => lines.push(line), paint: paintWith(false), logs, apiUrl: () => 'http://127.0.0.1:1' })(
    event,
  );
  return lines.join('\n');
}

const exited = (state: string, more: object = {}): LocalEvent => {
  return { kind: 'exited', id: 'c1', state, type: 'Task', ms: 412.4, output: STATE, ...more };
};

describe('the trace', () => {
  it.each([
    ['Extract sightings', '1,203 sightings · cloudflare complete'],
    ['Query GitLab', '5,012 token uses · inventory complete · audit partial'],
    ['Join and score', '5 findings · confirmed · score 92 → page + report'],
    ['Analyze', 'model · us.meta.llama4-scout'],
  ])('says what %s added', (state, text) => {
    expect(traced(exited(state))).toMatch(new RegExp(`^ {2}${state} +${text.replaceAll('+', '\\+')} +412 ms$`));
  });

  it('says what a report came to at Axiom', () => {
    const lines: string[] = [];
    const trace = traceTo({
      write: (line) => lines.push(line),
      paint: paintWith(false),
      logs: false,
      apiUrl: () => '',
    });
    const report = exited('Write report', { output: { ...STATE, hunt: { attempt: 2, resend: true, written: true } } });
    trace({ kind: 'axiom-ingest', events: 13, requests: 2 });
    trace(report);
    trace(report);
    expect(lines[0]).toMatch(/^ {2}Write report +13 rows in 2 requests · attempt 2 +412 ms$/);
    expect(lines[1]).toMatch(/^ {2}Write report +attempt 2 +412 ms$/);
  });

  it('says nothing of choices, and what was caught', () => {
    expect(traced(exited('What next?', { type: 'Choice' }))).toBe('');
    expect(traced(exited('Query GitLab', { error: 'Sandbox.Timedout' }))).toContain('Sandbox.Timedout, caught');
  });

  it('shows how a case ended, and where to look', () => {
    const execution = { id: 'c1', trigger: 'spike', caseId: 'c1', states: [], output: STATE };
    const closed = traced({ kind: 'ended', execution: { ...execution, status: 'SUCCEEDED' } });
    expect(closed).toContain('closed · confirmed · score 92 → page + report');
    expect(closed).toContain('http://127.0.0.1:1/local/executions/c1');
    expect(closed).toContain('audit partial');
    const failed = traced({
      kind: 'ended',
      execution: { ...execution, status: 'FAILED', error: 'PipelineBroke', cause: 'x' },
    });
    expect(failed).toContain('failed');
    expect(failed).toContain('PipelineBroke: x');
  });

  it('says whose a line is where cases run side by side', () => {
    const lines: string[] = [];
    const trace = traceTo({
      write: (line) => lines.push(line),
      paint: paintWith(false),
      logs: false,
      apiUrl: () => '',
    });
    trace({ kind: 'started', id: 'c1', input: {} });
    trace(exited('Analyze'));
    trace({ kind: 'started', id: 'c2', input: {} });
    trace(exited('Analyze'));
    expect(lines[1]).toMatch(/^ {2}Analyze/);
    expect(lines[3]).toMatch(/^c1 {3}Analyze/);
  });

  it('says that a shadow case told nobody', () => {
    expect(traced(exited('Join and score', { output: { ...STATE, shadow: true } }))).toContain('shadow');
  });

  it('shows logs when asked, and on failure', () => {
    const log: LocalEvent = { kind: 'log', function: 'extract', line: 'a line' };
    expect(traced(log)).toBe('');
    expect(traced(log, true)).toContain('extract: a line');
    const failed: LocalEvent = {
      kind: 'function-failed',
      function: 'join',
      error: 'TypeError',
      message: 'm',
      log: ['last words'],
    };
    expect(traced(failed)).toContain('last words');
  });

  it('shows a page as on-call would read it, with nothing a terminal acts on', () => {
    const page = traced({ kind: 'pager-event', at: 0, body: PAGE });
    for (const text of [
      'PagerDuty · trigger · critical · token-abuse',
      '[92] personal token "deploy" used from 203.0.113.7',
      'Score 92, confirmed',
      'scope +30 (api): it can write',
      'of ada',
      'AS64500 Example',
      '12,345 requests',
      'audit: partial: 3 groups refused',
      'https://gitlab.example/x',
      'i1/1',
    ]) {
      expect(page).toContain(text);
    }
    expect(page).not.toContain('\u001b');
  });

  it('shows links whole, of pages and alerts: one that is cut opens nothing', () => {
    const href = `http://127.0.0.1:40000/cases/spike-${'a'.repeat(60)}?expires=1800000000&signature=${'b'.repeat(43)}`;
    const links = [{ href, text: 'The case: what happened, and how sure Latchkey is' }];
    expect(traced({ kind: 'pager-event', at: 0, body: { ...PAGE, links } })).toContain(`  ${href}`);
    expect(traced({ kind: 'alert-sent', at: 0, body: { headline: 'An attack', links } })).toContain(`  ${href}`);
  });

  it('shows any event, whatever is in it', () => {
    expect(pageLines(undefined, paintWith(false)).length).toBeGreaterThan(2);
    expect(
      pageLines({ payload: { custom_details: { credentials: 'x', addresses: [null, 1] } } }, paintWith(false)),
    ).toBeTruthy();
  });
});

describe('colours', () => {
  it('are for terminals, unless told otherwise', () => {
    expect(wantsColour(true, {})).toBe(true);
    expect(wantsColour(false, {})).toBe(false);
    expect(wantsColour(true, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour(true, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour(false, { FORCE_COLOR: '1' })).toBe(true);
    expect(wantsColour(true, { FORCE_COLOR: '0' })).toBe(false);
    expect(paintWith(true).red('x')).toBe('\u001b[31mx\u001b[39m');
  });
});
