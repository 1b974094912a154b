import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { auditUses } from '../../../functions/adapters/gitlab/audit-uses.ts';
import { EventRow } from '../../../functions/adapters/gitlab/schemas.ts';

const AT = '2026-01-05T12:00:00.000Z';
const BOT = 50;

/** One event through the schema and the rules, as `GET /audit_events` would give it. */
function read(event: Readonly<Record<string, unknown>>, details: Readonly<Record<string, unknown>> = {}) {
  const row = z.parse(EventRow, {
    id: 7,
    author_id: 5,
    entity_id: 2,
    entity_type: 'Project',
    created_at: AT,
    details: { author_name: 'Ann', ip_address: '203.0.113.9', ...details },
    ...event,
  });
  return auditUses([row], {
    source: 'audit',
    tokenOfBot: (userId) => (userId === BOT ? 'token/12' : undefined),
    ipv6PrefixLength: 64,
  });
}

function claims(event: Readonly<Record<string, unknown>>, details?: Readonly<Record<string, unknown>>) {
  return read(event, details).uses.map(({ credential, strength }) => `${credential} ${strength}`);
}

describe('what an audit event proves', () => {
  it.each([
    ['a person wrote', { event_name: 'member_created' }, ['user/5 acted']],
    ['a person signed in', { event_name: 'authenticated_with_password' }, ['user/5 acted']],
    ['a bot user wrote', { event_name: 'issue_created_by_project_bot', author_id: BOT }, ['token/12 used']],
    ['a request with an audited scope', { event_name: 'api_request_access_with_scope' }, ['user/5 used']],
    ['a row without a name', { event_name: null }, ['user/5 acted']],
    ['a token was revoked', { event_name: 'personal_access_token_revoked' }, ['user/5 acted']],
    ['the system did it', { event_name: 'member_created', author_id: -1 }, []],
  ])('%s', (_, event, expected) => {
    expect(claims(event)).toEqual(expected);
  });

  it('is the new credential where one was made, and its scopes where the message has them', () => {
    const message = 'Created project access token with token_id: 12 with scopes: ["api", "read_user"]';
    const { uses, credentials } = read({ event_name: 'project_access_token_created' }, { custom_message: message });
    expect(uses).toMatchObject([{ credential: 'token/12', strength: 'minted' }]);
    expect(credentials).toEqual([
      { id: 'token/12', kind: 'project', scopes: ['api', 'read_user'], createdAt: Date.parse(AT) },
    ]);
  });

  it.each([
    ['personal_access_token_created', { custom_message: 'Created personal access token with id 77' }, 'token/77'],
    ['personal_access_token_created', { target_type: 'PersonalAccessToken', target_id: '78' }, 'token/78'],
    ['group_access_token_created', { custom_message: { token_id: 79 } }, 'token/79'],
    ['personal_access_token_rotated', { custom_message: 'Rotated token with token_id: 80' }, 'token/80'],
    ['deploy_token_created', { target_type: 'DeployToken', target_id: 81 }, 'deploy-token/81'],
    ['deploy_key_added', { target_type: 'DeployKey', target_id: 82 }, 'deploy-key/82'],
    ['personal_access_token_created', { custom_message: 'Created a token' }, 'user/5'],
    ['add_ssh_key', { target_type: 'Key', target_id: 83 }, 'user/5'],
  ])('%s with %o is about %s', (name, details, credential) => {
    expect(claims({ event_name: name }, details)).toEqual([`${credential} minted`]);
  });

  it('knows the full path of what a new token belongs to, but not from where a personal one was made', () => {
    const resourceOf = (name: string) =>
      read({ event_name: name }, { custom_message: { token_id: 12 }, entity_path: 'acme/web/shop' }).credentials.map(
        ({ resource }) => resource,
      );
    expect(resourceOf('project_access_token_created')).toEqual(['acme/web/shop']);
    expect(resourceOf('group_access_token_rotated')).toEqual(['acme/web/shop']);
    expect(resourceOf('personal_access_token_created')).toEqual([undefined]);
  });

  it('is both tokens where a bot made one', () => {
    const message = 'Created project access token with token_id: 13';
    const event = { event_name: 'project_access_token_created', author_id: BOT };
    expect(claims(event, { custom_message: message })).toEqual(['token/13 minted', 'token/12 used']);
  });

  it('is the token that an event of use names', () => {
    const event = { event_name: 'personal_access_token_used_from_unseen_ip' };
    expect(claims(event, { pat_id: 42 })).toEqual(['token/42 used']);
  });

  it.each([
    ['login_failed_with_standard_authentication', 'login_failed'],
    ['login_failed_with_otp_authentication', 'otp_failed'],
    ['user_access_locked', 'account_locked'],
  ])('%s is a refusal', (name, refusal) => {
    expect(read({ event_name: name }).uses).toMatchObject([{ credential: 'user/5', strength: 'refused', refusal }]);
    const aimed = { target_type: 'User', target_id: 9, target_details: 'Bob' };
    expect(claims({ event_name: name, author_id: -1 }, aimed)).toEqual(['user/9 refused']);
  });

  it('is no refusal of anyone where the login was of no user', () => {
    const found = read({ event_name: 'login_failed_with_standard_authentication', author_id: -1 });
    expect(found).toMatchObject({ uses: [], noCredential: 1 });
  });

  it('is use of a deploy token or key where one is the author', () => {
    expect(claims({ event_name: 'x', author_id: -2 }, { author_name: 'ci pull' })).toEqual([
      'deploy-token/ci%20pull@project/2 used',
    ]);
    const message = { protocol: 'ssh', gl_key_type: 'deploy_key', gl_key_id: 6 };
    expect(claims({ event_name: 'x', author_id: -3 }, { custom_message: message })).toEqual(['deploy-key/6 used']);
  });
});

describe('where an event came from', () => {
  it('is its own address, else the one beside its details', () => {
    expect(read({ ip_address: '192.0.2.1' }).uses[0]?.address).toBe('203.0.113.9');
    expect(read({ ip_address: '192.0.2.1' }, { ip_address: null }).uses[0]?.address).toBe('192.0.2.1');
  });

  it.each([null, 'unknown', '10.1', '', '203.0.113.9:443'])('is unknown for %o', (address) => {
    expect(read({}, { ip_address: address })).toMatchObject({ uses: [], noAddress: 1 });
  });

  it('is the folded address, with the text as it was written beside it', () => {
    expect(read({}, { ip_address: '::ffff:203.0.113.9' }).uses[0]).toMatchObject({
      address: '203.0.113.9',
      network: '203.0.113.9',
      original: '::ffff:203.0.113.9',
    });
    expect(read({}, { ip_address: '2001:DB8:0:1::9' }).uses[0]?.network).toBe('2001:db8:0:1::/64');
  });
});

describe('text of others', () => {
  it('is cut, and a message that only looks like an id is none', () => {
    const long = 'x'.repeat(5_000);
    const [use] = read({ event_name: long }, { target_details: long, author_name: long }).uses;
    expect(use?.action?.length).toBe(200);
    expect(use?.target?.length).toBe(200);
    const message = 'Created token with token_id: 99999999999999999999';
    expect(claims({ event_name: 'personal_access_token_created' }, { custom_message: message })).toEqual([
      'user/5 minted',
    ]);
  });

  it.each(['__proto__', 'constructor', 'toString'])('is no kind of event because it is called %s', (name) => {
    expect(claims({ event_name: name })).toEqual(['user/5 acted']);
  });

  it('that ends in half a character names a deploy token all the same', () => {
    const { uses, skippedMalformed } = read(
      { event_name: 'x', author_id: -2 },
      { author_name: `${'d'.repeat(199)}😀` },
    );
    expect(uses.map(({ credential }) => credential)).toEqual([`deploy-token/${'d'.repeat(199)}%EF%BF%BD@project/2`]);
    expect(skippedMalformed).toBe(0);
  });
});

describe('an event that cannot be read', () => {
  it('is counted and hides no other', () => {
    const rows = [1, 2].map((id) =>
      z.parse(EventRow, {
        id,
        author_id: id,
        event_name: 'member_created',
        created_at: AT,
        details: { ip_address: '203.0.113.9' },
      }),
    );
    const tokenOfBot = (userId: number): undefined => {
      if (userId === 1) throw new URIError('URI malformed');
    };
    const { uses, skippedMalformed, noCredential } = auditUses(rows, {
      source: 'audit',
      tokenOfBot,
      ipv6PrefixLength: 64,
    });
    expect(uses.map(({ credential }) => credential)).toEqual(['user/2']);
    expect({ skippedMalformed, noCredential }).toEqual({ skippedMalformed: 1, noCredential: 0 });
  });
});
