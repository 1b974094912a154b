import { DAY, MINUTE } from '../../../functions/core/time.ts';
import { NOW } from './gitlab-setup.ts';
import { EMPTY_SITE, type Site } from './gitlab-site.ts';

export const iso = (at: number) => new Date(at).toISOString();

/** A token row as GitLab shows it. */
export function row(id: number, more: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    name: `token ${id}`,
    revoked: false,
    active: true,
    created_at: iso(NOW - 100 * DAY),
    scopes: ['api'],
    user_id: id + 1000,
    last_used_at: iso(NOW - 10 * MINUTE),
    expires_at: '2026-12-31',
    last_used_ips: ['192.0.2.1', '203.0.113.9'],
    ...more,
  };
}

export function event(id: number, more: Readonly<Record<string, unknown>> = {}) {
  const details = { author_name: 'Ann', ip_address: '203.0.113.9', target_details: 'acme/app' };
  const base = { id, author_id: 5, entity_id: 2, entity_type: 'Project', event_name: 'member_created' };
  return { ...base, created_at: iso(NOW - 20 * MINUTE), details, ...more };
}

const PROJECTS = [
  { id: 2, last_activity_at: iso(NOW) },
  { id: 3, last_activity_at: iso(NOW - DAY) },
];
export const BOT = row(12, { user_id: 50, resource: 'projects/2', access_level: 40 });
export const BOT_EVENT = event(31, { author_id: 50, event_name: 'issue_created_by_project_bot' });

export const SAAS: Site = {
  ...EMPTY_SITE,
  kind: 'saas',
  admin: false,
  groups: [
    { id: 1, full_path: 'acme' },
    { id: 4, full_path: 'acme/team' },
  ],
  projects: PROJECTS,
  tokens: [row(900, { user_id: 90 }), row(11), BOT, row(13, { resource: 'groups/4', user_id: 51 })],
  events: { 'groups/1': [event(30)], 'projects/2': [BOT_EVENT], 'projects/3': [event(32)] },
};
