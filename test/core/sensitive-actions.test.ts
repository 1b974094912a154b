import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MANY_CLONES,
  SENSITIVE_ROUTES,
  type SensitiveRoute,
  sensitiveActionsOf,
  tellingCalls,
} from '../../functions/core/sensitive-actions.ts';
import { tokenUse } from '../support/evidence.ts';

describe('what a use did', () => {
  it.each([
    ['variable_viewed_api', 'variables-read'],
    ['personal_access_token_created', 'token-minted'],
    ['group_access_token_rotated', 'token-minted'],
    ['deploy_token_created', 'token-minted'],
    ['deploy_key_added', 'key-added'],
    ['member_created', 'member-added'],
    ['webhook_created', 'webhook-created'],
    ['project_export_file_download_started', 'project-exported'],
  ])('by event %s', (action, kind) => {
    expect(sensitiveActionsOf([tokenUse({ action })])).toEqual([kind]);
  });

  it.each([
    ['GET /api/:version/projects/:id/variables', 'variables-read'],
    ['GET /api/:version/groups/:id/variables/:key', 'variables-read'],
    ['POST /api/:version/projects/:id/access_tokens', 'token-minted'],
    ['POST /api/:version/users/:user_id/personal_access_tokens', 'token-minted'],
    ['POST /api/:version/personal_access_tokens/:id/rotate', 'token-minted'],
    ['POST /api/:version/user/keys', 'key-added'],
    ['POST /api/:version/groups/:id/members', 'member-added'],
    ['POST /api/:version/projects/:id/hooks', 'webhook-created'],
    ['GET /api/:version/projects/:id/export/download', 'project-exported'],
  ])('by call %s', (call, kind) => {
    expect(sensitiveActionsOf([tokenUse({ action: 'api', calls: [call] })])).toEqual([kind]);
  });

  it('is nothing for everyday work, and for what was turned away', () => {
    const everyday = ['GET /api/:version/projects/:id', 'GET /api/:version/projects/:id/hooks', 'POST /api/graphql'];
    expect(sensitiveActionsOf([tokenUse({ action: 'merge_request_created', calls: everyday })])).toEqual([]);
    expect(sensitiveActionsOf([tokenUse({ strength: 'refused', action: 'variable_viewed_api' })])).toEqual([]);
    expect(sensitiveActionsOf([tokenUse({ action: 'constructor' }), tokenUse({ action: '__proto__' })])).toEqual([]);
  });

  it('is many clones from that many different projects', () => {
    const clone = (index: number) => tokenUse({ action: 'repository_git_operation', target: `group/project-${index}` });
    const clones = Array.from({ length: MANY_CLONES }, (_, index) => clone(index));
    expect(sensitiveActionsOf(clones)).toEqual(['many-clones']);
    expect(sensitiveActionsOf([...clones.slice(1), clone(1), clone(2)])).toEqual([]);
  });
});

describe('the calls that are kept of a use', () => {
  const callOf = ({ method, holds = '/', ends }: SensitiveRoute) => `${method} /api/:version/some${holds}:id${ends}`;
  const anyCall = fc.oneof(
    fc.constantFrom(...SENSITIVE_ROUTES.map(callOf)),
    fc.string({ maxLength: 3 }).map((name) => `GET /api/:version/${name}`),
  );

  it('show everything sensitive that was done, first, however much else was', () => {
    fc.assert(
      fc.property(fc.array(anyCall, { maxLength: 200 }), (calls) => {
        const kept = tellingCalls(calls);
        const done = sensitiveActionsOf([tokenUse({ calls })]);
        expect(sensitiveActionsOf([tokenUse({ calls: kept.slice(0, done.length) })])).toEqual(done);
        expect(kept.length).toBe(Math.min(new Set(calls).size, 8));
        expect(calls).toEqual(expect.arrayContaining([...kept]));
        expect(new Set(kept).size).toBe(kept.length);
      }),
    );
  });

  it('show the same after each part of them was cut', () => {
    fc.assert(
      fc.property(fc.array(anyCall), fc.array(anyCall), (some, others) => {
        const all = sensitiveActionsOf([tokenUse({ calls: [...some, ...others] })]);
        const kept = tellingCalls([...tellingCalls(some), ...tellingCalls(others)]);
        expect(sensitiveActionsOf([tokenUse({ calls: kept })])).toEqual(all);
      }),
    );
  });

  it('stay in their order', () => {
    expect(tellingCalls(['b', 'POST /api/:version/projects/:id/hooks', 'a', 'b'])).toEqual([
      'POST /api/:version/projects/:id/hooks',
      'b',
      'a',
    ]);
  });
});
