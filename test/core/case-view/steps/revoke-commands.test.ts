import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Command } from '../../../../functions/core/case-view/steps/command.ts';
import { revocationOf } from '../../../../functions/core/case-view/steps/revoke-commands.ts';
import type { Credential, CredentialKind } from '../../../../functions/core/token-use.ts';
import { credential, NOON } from '../../../support/evidence.ts';
import { shellWords } from './shell-words.ts';

const SITE = 'https://gitlab.example.com/git';
const COM = 'https://gitlab.com';
const KINDS: readonly CredentialKind[] = [
  'personal',
  'project',
  'group',
  'impersonation',
  'service-account',
  'ci-job',
  'deploy-token',
  'deploy-key',
  'oauth',
  'user',
];

function calls(one: Credential, gitlabUrl: string | undefined = SITE): string[] {
  return revocationOf(one, gitlabUrl, NOON).commands.map(callOf);
}

/** The method and address that the command asks for. */
function callOf({ text }: Command): string {
  const words = shellWords(text).map((word) => word.text);
  return `${words[3]} ${words.at(-1)}`;
}

describe('what ends a credential', () => {
  it('is the token API for people, by number', () => {
    for (const kind of ['personal', 'impersonation', 'service-account'] as const) {
      expect(calls(credential({ kind }))).toEqual([`DELETE ${SITE}/api/v4/personal_access_tokens/42`]);
    }
  });

  it('is the own API of projects and groups, by full path, by number, and by either with its kind', () => {
    const of = (kind: CredentialKind, resource?: string) =>
      calls(credential({ kind, ...(resource === undefined ? {} : { resource }) }));
    expect(of('project', 'acme/web/shop')).toEqual([
      `DELETE ${SITE}/api/v4/projects/acme%2Fweb%2Fshop/access_tokens/42`,
    ]);
    expect(of('project', '12')).toEqual([`DELETE ${SITE}/api/v4/projects/12/access_tokens/42`]);
    expect(of('group', 'acme')).toEqual([`DELETE ${SITE}/api/v4/groups/acme/access_tokens/42`]);
    // The inventory says what it is, whatever another source took it for.
    expect(of('project', 'group/9')).toEqual([`DELETE ${SITE}/api/v4/groups/9/access_tokens/42`]);
    // Where it belongs is unknown: an administrator needs the number alone.
    expect(of('project')).toEqual([`DELETE ${SITE}/api/v4/personal_access_tokens/42`]);
    expect(of('group', 'unknown/unknown')).toEqual([`DELETE ${SITE}/api/v4/personal_access_tokens/42`]);
  });

  it("is the group's inventory on GitLab.com, where nobody is an administrator", () => {
    expect(calls(credential(), COM)).toEqual([
      'DELETE https://gitlab.com/api/v4/groups/$GITLAB_GROUP/manage/personal_access_tokens/42',
    ]);
    expect(calls(credential({ kind: 'user', id: 'user/7' }), COM)).toEqual([
      'GET https://gitlab.com/api/v4/groups/$GITLAB_GROUP/manage/personal_access_tokens?user_id=7&state=active&per_page=100',
    ]);
  });

  it('reads the root from the environment where it is not known', () => {
    const [command] = revocationOf(credential(), undefined, NOON).commands;
    expect(command?.text).toContain(`"$GITLAB_URL"'/api/v4/personal_access_tokens/42'`);
  });

  it('asks for a deploy token in the project or group it is of, or in both where the path does not tell', () => {
    const of = (id: string, resource: string) => calls(credential({ kind: 'deploy-token', id, resource }));
    expect(of('deploy-token/5', 'project/7')).toEqual([`DELETE ${SITE}/api/v4/projects/7/deploy_tokens/5`]);
    expect(of('deploy-token/5', 'group/7')).toEqual([`DELETE ${SITE}/api/v4/groups/7/deploy_tokens/5`]);
    expect(of('deploy-token/5', 'acme/shop')).toEqual([
      `DELETE ${SITE}/api/v4/projects/acme%2Fshop/deploy_tokens/5`,
      `DELETE ${SITE}/api/v4/groups/acme%2Fshop/deploy_tokens/5`,
    ]);
  });

  it('only lists where GitLab named a deploy token or key by its name', () => {
    const token = { kind: 'deploy-token', id: 'deploy-token/5@project/7', name: '5' } as const;
    expect(calls(credential(token))).toEqual([`GET ${SITE}/api/v4/projects/7/deploy_tokens`]);
    const key = { kind: 'deploy-key', id: 'deploy-key/ci%20pull@project/7', resource: 'acme/shop' } as const;
    expect(calls(credential(key))).toEqual([`GET ${SITE}/api/v4/projects/acme%2Fshop/deploy_keys`]);
    expect(revocationOf(credential(token), SITE, NOON).notes.join(' ')).toContain('its number is not known');
  });

  it('removes a deploy key from its project, and says that others may keep it', () => {
    const key = credential({ kind: 'deploy-key', id: 'deploy-key/9', resource: 'acme/shop' });
    expect(calls(key)).toEqual([`DELETE ${SITE}/api/v4/projects/acme%2Fshop/deploy_keys/9`]);
    expect(revocationOf(key, SITE, NOON).notes.join(' ')).toContain('Other projects');
  });

  it('cancels a job, and says what to look up where its project is not known', () => {
    const job = { kind: 'ci-job', id: 'job/12' } as const;
    expect(calls(credential({ ...job, resource: 'acme/shop' }))).toEqual([
      `POST ${SITE}/api/v4/projects/acme%2Fshop/jobs/12/cancel`,
    ]);
    expect(revocationOf(credential(job), SITE, NOON)).toMatchObject({
      commands: [],
      notes: [expect.anything(), expect.stringContaining('job 12')],
    });
  });

  it('lists the tokens of a person, and blocks them, where the token is not known', () => {
    expect(calls(credential({ kind: 'user', id: 'user/7' }))).toEqual([
      `GET ${SITE}/api/v4/personal_access_tokens?user_id=7&state=active&per_page=100`,
      `POST ${SITE}/api/v4/users/7/block`,
    ]);
  });

  it('has no command against what GitLab says is over', () => {
    expect(revocationOf(credential({ revoked: true }), SITE, NOON)).toMatchObject({
      commands: [],
      notes: [expect.stringContaining('revoked')],
    });
    expect(calls(credential({ active: false }))).toEqual([]);
    // By the clock: GitLab said that it was active when it was read.
    expect(revocationOf(credential({ expiresAt: NOON - 1 }), SITE, NOON)).toMatchObject({
      isEnded: true,
      commands: [],
    });
    expect(calls(credential({ expiresAt: NOON + 1 }))).toHaveLength(1);
  });

  it('never puts a token into a path that somebody pasted where a project is named', () => {
    const pasted = 'glpat-AAAABBBBCCCCDDDDEEEE';
    for (const kind of KINDS) {
      const { commands } = revocationOf(credential({ kind, resource: pasted }), SITE, NOON);
      expect(commands.map(({ text }) => text).join('\n')).not.toContain(pasted);
    }
    expect(calls(credential({ kind: 'project', resource: `acme/${pasted}` }))).toEqual([
      `DELETE ${SITE}/api/v4/personal_access_tokens/42`,
    ]);
  });

  it('names for every command what it needs and what it breaks', () => {
    for (const kind of KINDS) {
      for (const url of [SITE, COM, undefined]) {
        for (const { needs, breaks, title } of revocationOf(credential({ kind, resource: 'acme/shop' }), url, NOON)
          .commands) {
          expect([needs, breaks, title].every((text) => text.length > 5)).toBe(true);
        }
      }
    }
  });
});

/** Texts that a name, a path or an id may be, the nastiest among them. */
const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    "'; rm -rf / #",
    '$(id)',
    '`id`',
    '"; id; "',
    '../../admin',
    'a/../../b',
    '/etc',
    '?private_token=1',
    'acme/shop#x',
    'acme//shop',
    '%2e%2e%2fadmin',
    'acme\nshop',
    '-rf',
    '1e3',
    '0x10',
    '٣',
    '1\n',
  ),
  fc.string({ unit: fc.constantFrom('a', '/', '.', "'", '"', '$', '`', '\\', '\n', '%', '@', '1', ' ') }),
);

const id = fc.oneof(
  nasty,
  fc
    .tuple(fc.constantFrom('token', 'user', 'oauth', 'deploy-token', 'deploy-key', 'job'), nasty)
    .map(([kind, rest]) => `${kind}/${rest}`),
  fc.constantFrom('token/42', 'deploy-token/5', 'deploy-key/9', 'job/12', 'user/7'),
);

describe('a credential that somebody hostile named', () => {
  it('never makes a command that is more than one call of GitLab, below its root', () => {
    const credentials = fc.record(
      {
        id,
        kind: fc.constantFrom(...KINDS),
        name: nasty,
        resource: nasty,
        owner: fc.record({ id: fc.oneof(fc.integer(), fc.double()), username: nasty }),
      },
      { requiredKeys: ['id', 'kind'] },
    );
    const sites = fc.constantFrom(
      SITE,
      COM,
      undefined,
      'http://127.0.0.1:8080',
      "https://gitlab.example.com/a'b$(id)`x`",
    );
    fc.assert(
      fc.property(credentials, sites, (one, site) => {
        for (const { text } of revocationOf(one, site, NOON).commands) {
          const words = shellWords(text);
          expect(words.map((word) => word.text).slice(0, 6)).toEqual([
            'curl',
            '--fail-with-body',
            '--request',
            expect.stringMatching(/^(?:GET|POST|DELETE)$/),
            '--header',
            'PRIVATE-TOKEN: $GITLAB_TOKEN',
          ]);
          expect(words).toHaveLength(7);
          const { text: address = '', variables = [] } = words[6] ?? {};
          expect(variables.every((name) => name === 'GITLAB_URL' || name === 'GITLAB_GROUP')).toBe(true);
          const root = site === undefined ? '$GITLAB_URL' : new URL(site).href.replace(/\/$/, '');
          expect(address.startsWith(`${root}/api/v4/`)).toBe(true);
          const path = address.slice(root.length);
          // As curl sends it: no step up, no second query, no fragment.
          expect(path).toMatch(/^\/api\/v4\/[\w./%$?&=-]+$/);
          expect(path.split('/').some((segment) => /^(?:\.|%2e)+$/i.test(segment))).toBe(false);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
