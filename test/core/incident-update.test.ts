import { describe, expect, it } from 'vitest';
import type { Finding } from '../../functions/core/finding.ts';
import { groupFindings, type IncidentGroup } from '../../functions/core/incident-groups.ts';
import {
  absorb,
  addToIncident,
  claimUntil,
  newIncident,
  withUndelivered,
} from '../../functions/core/incident-update.ts';
import { DAY, HOUR } from '../../functions/core/time.ts';
import { credential, finding, NOON } from '../support/evidence.ts';

const OFFICE = '198.51.100.1';

function onNetworks(id: string, networks: string[], overrides: Parameters<typeof finding>[0] = {}) {
  return finding({ credential: credential({ id }), networks, ...overrides });
}

function groupOf(...findings: Finding[]): IncidentGroup {
  const [group] = groupFindings(findings);
  if (group === undefined) throw new Error('no group');
  return group;
}

function ids(groups: readonly IncidentGroup[]): string[][] {
  return groups.map(({ credentials }) => [...credentials]);
}

describe('grouping findings into incidents', () => {
  it('joins credentials that share a network, also through a third', () => {
    const findings = [
      onNetworks('token/1', ['203.0.113.1']),
      onNetworks('token/2', ['203.0.113.2']),
      onNetworks('token/3', ['203.0.113.1', '203.0.113.2']),
      onNetworks('token/4', ['203.0.113.9']),
    ];
    expect(ids(groupFindings(findings))).toEqual([['token/1', 'token/2', 'token/3'], ['token/4']]);
    expect(ids(groupFindings([...findings].reverse()))).toEqual([['token/4'], ['token/1', 'token/2', 'token/3']]);
  });

  it('keeps two intrusions behind one shared network apart', () => {
    const shared = { networks: [OFFICE], sharedNetworks: [OFFICE] };
    const findings = [onNetworks('token/1', [OFFICE], shared), onNetworks('token/2', [OFFICE], shared)];
    expect(ids(groupFindings(findings))).toEqual([['token/1'], ['token/2']]);
  });
});

describe('adding to an incident', () => {
  const incident = newIncident('inc-1', 'spike-1', NOON);
  const [group] = groupFindings([onNetworks('token/1', ['203.0.113.1'])]);
  if (group === undefined) throw new Error('no group');

  it('pages once for a credential, and says nothing when nothing is new', () => {
    const first = addToIncident(incident, group, NOON);
    expect(first.order).toMatchObject({ kind: 'page', dedupKey: 'inc-1/1', credentials: ['token/1'] });
    const second = addToIncident(first.incident, group, NOON + HOUR);
    expect(second).toEqual({ incident: first.incident });
  });

  it('updates the open alert silently for new evidence of a paged credential', () => {
    const { incident: paged } = addToIncident(incident, group, NOON);
    const [more] = groupFindings([
      onNetworks('token/1', ['203.0.113.2'], { evidence: ['token/1 used 203.0.113.2 -'] }),
    ]);
    if (more === undefined) throw new Error('no group');
    expect(addToIncident(paged, more, NOON + HOUR).order).toMatchObject({ kind: 'update', dedupKey: 'inc-1/1' });
  });

  it('pages again, under the next key, when another credential reaches page level', () => {
    const { incident: paged } = addToIncident(incident, group, NOON);
    const [both] = groupFindings([
      onNetworks('token/1', ['203.0.113.1']),
      onNetworks('token/2', ['203.0.113.1'], { evidence: ['token/2 used 203.0.113.1 -'] }),
    ]);
    if (both === undefined) throw new Error('no group');
    const update = addToIncident(paged, both, NOON + HOUR);
    expect(update.order).toMatchObject({ kind: 'page', dedupKey: 'inc-1/2', why: 'Reached page level: token/2' });
    expect(update.incident.pagedCredentials).toEqual(['token/1', 'token/2']);
  });

  it('pages again, under a key of its own, what nobody accepted a page for, and nothing else', () => {
    const [both] = groupFindings([
      onNetworks('token/1', ['203.0.113.1']),
      onNetworks('token/2', ['203.0.113.1'], { evidence: ['token/2 used 203.0.113.1 -'] }),
    ]);
    if (both === undefined) throw new Error('no group');
    const { incident: paged } = addToIncident(incident, both, NOON);
    const lost = withUndelivered(paged, ['token/1', 'token/9']);
    expect(lost.undeliveredCredentials).toEqual(['token/1']);
    expect(withUndelivered(lost, ['token/1'])).toBe(lost);
    const again = addToIncident(lost, both, NOON + HOUR);
    expect(again.order).toMatchObject({ kind: 'page', dedupKey: 'inc-1/2', paging: ['token/1'] });
    expect(again.incident).not.toHaveProperty('undeliveredCredentials');
    expect(addToIncident(again.incident, both, NOON + HOUR).order).toBeUndefined();
  });

  it('remembers what is still undelivered while another credential pages', () => {
    const { incident: paged } = addToIncident(incident, group, NOON);
    const [other] = groupFindings([onNetworks('token/2', ['203.0.113.1'], { evidence: ['token/2 used'] })]);
    if (other === undefined) throw new Error('no group');
    const { incident: next } = addToIncident(withUndelivered(paged, ['token/1']), other, NOON);
    expect(next.undeliveredCredentials).toEqual(['token/1']);
    expect(addToIncident(next, group, NOON).order).toMatchObject({ kind: 'page', dedupKey: 'inc-1/3' });
  });

  it('keeps the news of an incident it is bridged with, and what nobody accepted a page for', () => {
    const { incident: younger } = addToIncident(newIncident('inc-2', 'spike-2', NOON), group, NOON);
    const merged = absorb(incident, younger);
    expect(addToIncident(merged, group, NOON).order).toBeUndefined();
    const again = absorb(merged, withUndelivered(younger, ['token/1']));
    expect(addToIncident(again, group, NOON).order).toMatchObject({ kind: 'page', paging: ['token/1'] });
  });

  it('says it better in silence, which token a person acted with or who acted with a token, from where it was told', () => {
    const acts = onNetworks('user/7', ['203.0.113.1']);
    const token = onNetworks('token/1', ['203.0.113.1', '203.0.113.5']);
    for (const [told, better] of [
      [acts, token],
      [token, acts],
    ] as const) {
      const { incident: paged } = addToIncident(incident, groupOf(told), NOON);
      const { incident: next, order } = addToIncident(paged, groupOf(better), NOON + HOUR);
      expect(order).toMatchObject({ kind: 'update', dedupKey: 'inc-1/1', credentials: [better.credential.id] });
      expect(order).not.toHaveProperty('paging');
      expect(next.pagedCredentials).toEqual([told.credential.id, better.credential.id].sort());
      expect(addToIncident(next, groupOf(better), NOON + HOUR)).toEqual({ incident: next });
    }
  });

  it('pages for a token of whom it told of, seen elsewhere, and for somebody else at the same place', () => {
    const { incident: paged } = addToIncident(incident, groupOf(onNetworks('user/7', ['203.0.113.1'])), NOON);
    const elsewhere = onNetworks('token/1', ['203.0.113.2']);
    const other = finding({ credential: credential({ id: 'token/2', owner: { id: 8 } }), networks: ['203.0.113.1'] });
    const unowned = finding({ credential: { id: 'deploy-token/3', kind: 'deploy-token' }, networks: ['203.0.113.1'] });
    for (const news of [elsewhere, other, unowned]) {
      const { order } = addToIncident(paged, groupOf(news), NOON + HOUR);
      expect(order).toMatchObject({ kind: 'page', dedupKey: 'inc-1/2', paging: [news.credential.id] });
    }
  });

  it('lets one token say better whose acts were told, and pages for the next', () => {
    const { incident: acts } = addToIncident(incident, groupOf(onNetworks('user/7', ['203.0.113.1'])), NOON);
    const { incident: first } = addToIncident(acts, groupOf(onNetworks('token/5', ['203.0.113.1'])), NOON);
    const { order } = addToIncident(first, groupOf(onNetworks('token/6', ['203.0.113.1'])), NOON + HOUR);
    expect(order).toMatchObject({ kind: 'page', paging: ['token/6'] });
  });

  it('counts as told only what it paged for: a place that came in silence still pages', () => {
    const { incident: paged } = addToIncident(incident, groupOf(onNetworks('user/7', ['203.0.113.1'])), NOON);
    const silent = { ...onNetworks('user/7', ['203.0.113.2']), decision: 'report' as const, evidence: ['new'] };
    const { incident: next, order } = addToIncident(paged, groupOf(silent), NOON);
    expect(order).toMatchObject({ kind: 'update' });
    const token = addToIncident(next, groupOf(onNetworks('token/5', ['203.0.113.2'])), NOON + HOUR);
    expect(token.order).toMatchObject({ kind: 'page', paging: ['token/5'] });
  });

  it('pages for a second token of the same owner at the same place', () => {
    const { incident: paged } = addToIncident(incident, group, NOON);
    const { order } = addToIncident(paged, groupOf(onNetworks('token/2', ['203.0.113.1'])), NOON + HOUR);
    expect(order).toMatchObject({ kind: 'page', paging: ['token/2'] });
  });

  it('pages for the token where nobody took the page about its owner, also in an incident it was bridged to', () => {
    const token = groupOf(onNetworks('token/1', ['203.0.113.1']));
    const { incident: paged } = addToIncident(incident, groupOf(onNetworks('user/7', ['203.0.113.1'])), NOON);
    const { incident: older } = addToIncident(
      newIncident('inc-0', 'spike-0', NOON),
      groupOf(onNetworks('token/9', ['n9'])),
      NOON,
    );
    expect(addToIncident(absorb(older, paged), token, NOON + HOUR).order).toMatchObject({ kind: 'update' });
    const lost = withUndelivered(paged, ['user/7']);
    expect(addToIncident(lost, token, NOON + HOUR).order).toMatchObject({ kind: 'page', paging: ['token/1'] });
    expect(addToIncident(absorb(older, lost), token, NOON + HOUR).order).toMatchObject({ kind: 'page' });
  });

  it('has nothing to tell PagerDuty while nothing reached page level', () => {
    const [reported] = groupFindings([onNetworks('token/1', ['203.0.113.1'], { decision: 'report' })]);
    if (reported === undefined) throw new Error('no group');
    expect(addToIncident(incident, reported, NOON).order).toBeUndefined();
  });

  it('takes evidence for 24 hours after its last, and for 7 days at most', () => {
    expect(claimUntil(NOON, NOON)).toBe(NOON + DAY);
    expect(claimUntil(NOON, NOON + 6.5 * DAY)).toBe(NOON + 7 * DAY);
  });
});
