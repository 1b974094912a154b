import { describe, expect, it } from 'vitest';
import { SCORE_WEIGHTS } from '../../functions/core/score/weights.ts';
import { SETTINGS_TABLE } from '../../infra/setting-table.ts';
import { pickSettings, readSettings, SettingsError } from '../../infra/settings.ts';

function problemsOf(given: unknown): readonly string[] {
  try {
    readSettings(given);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('readSettings', () => {
  it('fills in every default when nothing is given', () => {
    const settings = readSettings(undefined);
    expect(settings.mode).toBe('shadow');
    expect(settings['looks.minutes']).toEqual([5, 15, 60]);
    expect(pickSettings(settings, ['score'])).toEqual({ score: { ...SCORE_WEIGHTS } });
  });

  it('keeps what is given, beside the defaults of the same group', () => {
    const settings = readSettings({ window: { slackMinutes: 45 }, knownEgress: ['203.0.113.0/24', '2001:db8::/48'] });
    expect(settings['window.slackMinutes']).toBe(45);
    expect(settings['window.leadMinutes']).toBe(30);
    expect(settings.knownEgress).toEqual(['203.0.113.0/24', '2001:db8::/48']);
  });

  it('accepts every default as a value', () => {
    const given: Record<string, unknown> = {};
    for (const { path, default: value } of SETTINGS_TABLE) {
      const [head = '', tail] = path.split('.');
      if (tail === undefined) given[head] = JSON.parse(value);
      else given[head] = { ...Object(given[head]), [tail]: JSON.parse(value) };
    }
    expect(readSettings(given)).toEqual(readSettings({}));
  });

  it('names the setting, what it got and what is allowed', () => {
    expect(problemsOf({ page: { threshold: 170 } })).toEqual([
      'page.threshold: got 170; allowed: a whole number from 1 to 100',
    ]);
    expect(problemsOf({ mode: 'on' })).toEqual(['mode: got "on"; allowed: "shadow" or "live"']);
  });

  it('reports all problems at once, in the message too', () => {
    const given = { mode: 'on', page: { floor: 'yes' }, looks: { minutes: [5, 5] }, retentionDays: 0.5 };
    expect(problemsOf(given)).toHaveLength(4);
    expect(() => readSettings(given)).toThrow(/4 problems\n {2}mode: [^\n]+\n {2}page\.floor: /);
  });

  it.each([
    [{ window: { slackMinuts: 5 } }, 'window.slackMinuts: no such setting; did you mean window.slackMinutes?'],
    [{ windows: { slackMinutes: 5 } }, 'windows: no such setting; did you mean window?'],
    [{ slackMinutes: 5 }, 'slackMinutes: no such setting; did you mean window.slackMinutes?'],
    [{ score: { novel: 1 } }, 'score.novel: no such setting; did you mean score.novelty?'],
    [{ 'window.slackMinutes': 5 }, 'window.slackMinutes: write it as an object: "window": { "slackMinutes": … }'],
  ])('points from %j to the nearest name', (given, problem) => {
    expect(problemsOf(given)).toEqual([problem]);
  });

  it('lists the groups when nothing is near, and never repeats the value of an unknown setting', () => {
    const [problem = ''] = problemsOf({ gitlab: { token: 'glpat-secret' } });
    expect(problem).toMatch(/^gitlab\.token: no such setting/);
    expect(problem).not.toContain('glpat-secret');
    expect(problemsOf({ somethingElse: 1 })[0]).toContain('there are mode, retentionDays');
  });

  it('wants objects where groups are, and nothing else at the top', () => {
    expect(problemsOf({ window: 30 })).toEqual(['window: got 30; allowed: an object of settings']);
    expect(problemsOf('{}')).toEqual(['latchkey: got "{}"; allowed: an object of settings']);
    expect(problemsOf([])).toEqual(['latchkey: got []; allowed: an object of settings']);
  });

  it('names the wrong entry of a list by its index', () => {
    const [problem = '', ...others] = problemsOf({ knownEgress: ['203.0.113.0/24', '203.0.113.7/24', '10.0.0.1'] });
    expect(problem).toMatch(/^knownEgress\[1\]: got "203\.0\.113\.7\/24"; allowed: an address/);
    expect(others).toEqual([]);
  });

  it.each([
    { looks: { minutes: [15, 5] } },
    { looks: { minutes: [1, 2, 3, 4, 5, 6] } },
    { looks: { minutes: [0] } },
    { gitlab: { url: 'http://gitlab.example.com' } },
    { gitlab: { url: 'https://user:secret@gitlab.example.com' } },
    { gitlab: { url: 'gitlab.example.com' } },
    { gitlab: { hosts: ['https://gitlab.example.com'] } },
    { gitlab: { groups: ['/platform'] } },
    { cloudflare: { zones: ['example'] } },
    { cloudflare: { maxAddressesPerZone: 10_001 } },
    { logRetentionDays: 42 },
    { match: { ipv6PrefixLength: 31 } },
    { analysis: { model: 'arn:aws:s3:::bucket' } },
    { analysis: { region: 'Virginia' } },
    { alarms: { topicArn: 'latchkey-alarms' } },
    { score: { scope: Number.NaN } },
    { webhook: { burst: 0 } },
    { axiom: { url: 'http://api.axiom.co' } },
    { axiom: { cloudflareDataset: 'cloudflare requests' } },
    { axiom: { cloudflareDataset: "x'] | limit 1" } },
    { axiom: { cloudflareDataset: '-requests' } },
    { axiom: { gitlabDataset: 'a'.repeat(129) } },
    { axiom: { reportDataset: '' } },
    { axiom: { cloudflarePreset: 'app' } },
    { axiom: { cloudflareFields: { address: "ip'] | limit 1" } } },
    { axiom: { cloudflareFields: { address: 'a\\b' } } },
    { axiom: { cloudflareFields: { address: 'a\nb' } } },
    { axiom: { cloudflareFields: { address: 7 } } },
    { axiom: { cloudflareFields: { tokenId: 'id' } } },
    { axiom: { cloudflareFields: ['ClientIP'] } },
    { axiom: { gitlabFields: { score: 'BotScore' } } },
    { hunt: { page: 'always' } },
    { hunt: { schedule: 'rate(1 hour)' } },
    { hunt: { schedule: '10 * * * *' } },
    { hunt: { schedule: 'cron(10 * * * *)' } },
    { hunt: { schedule: 'cron(10 * * * * *)' } },
    { hunt: { schedule: 'cron(10 * ? * ? *)' } },
    { hunt: { schedule: 'cron(10 * * * ? *) ' } },
    { hunt: { schedule: 'cron(ten * * * ? *)' } },
    { hunt: { delayMinutes: -1 } },
    { monitor: { windowHours: 0 } },
    { monitor: { windowHours: 721 } },
    { monitor: { limit: 10_001 } },
    { monitor: { alertOn: 'always' } },
    { monitor: { factor: 1 } },
    { monitor: { floor: -1 } },
    { monitor: { coolDownMinutes: 0.5 } },
    { monitor: { gitlabMinutes: 1441 } },
    { alert: { format: 'teams' } },
    { alert: { format: '' } },
    { analysis: { eventTokens: 499 } },
  ])('refuses %j', (given) => {
    expect(problemsOf(given)).toHaveLength(1);
  });

  it.each([
    { gitlab: { url: 'http://127.0.0.1:8080' } },
    { gitlab: { url: 'http://[::1]:8080/gitlab/' } },
    { cloudflare: { zones: ['example.com', '0123456789abcdef0123456789abcdef'] } },
    { looks: { minutes: [] } },
    { analysis: { model: 'quality', region: 'us-west-2' } },
    { analysis: { model: 'eu.anthropic.claude-sonnet-4-6' } },
    { analysis: { model: 'arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc123' } },
    { score: { 'known-egress': -100, scope: 12.5 } },
    { axiom: { cloudflareDataset: 'Cloudflare_http-requests.v2', gitlabDataset: '' } },
    { axiom: { edgeUrl: 'https://eu-central-1.aws.edge.axiom.co' } },
    { axiom: { cloudflareFields: { address: 'client.ip', score: 'Bot score (0–99)', ja4: '' } } },
    { axiom: { gitlabFields: { address: 'meta.remote_ip' } } },
    { hunt: { schedule: 'cron(0/30 * * * ? *)' } },
    { hunt: { schedule: 'cron(5,35 0-23/2 ? JAN-DEC MON-SUN *)' } },
    { hunt: { delayMinutes: 0, latenessMinutes: 0, overlapMinutes: 30 } },
    { monitor: { filters: [] } },
    { monitor: { alertOn: 'change', factor: 1.1, floor: 1_000_000_000, coolDownMinutes: 10_080 } },
    {
      monitor: {
        filters: [
          { name: 'Größere Anmeldung_2.0' },
          { name: 'login', hosts: ['www.example.com'], description: '%login%', excludeAsns: [13_335] },
          { name: 'rules', ruleIds: ['f'.repeat(32)], rulesetIds: ['0'.repeat(32)] },
          { name: 'managed', sources: ['firewallManaged'], actions: ['managed_challenge', 'block'] },
        ],
      },
    },
    { alert: { format: 'google-chat' } },
  ])('accepts %j', (given) => {
    expect(problemsOf(given)).toEqual([]);
  });

  it('names the fields there are when one is not', () => {
    expect(problemsOf({ axiom: { gitlabFields: { adress: 'ip' } } })).toEqual([
      expect.stringMatching(/^axiom\.gitlabFields: got \{"adress":"ip"\}; allowed: an object with any of address, /),
    ]);
  });

  it.each([
    // The overlap is shorter than the slack: a pair that straddles the start of the hour is not whole.
    [{ overlapMinutes: 29 }, 30, 'slackMinutes 30, hunt.latenessMinutes 15 and hunt.delayMinutes 10', 35],
    [{ overlapMinutes: 34 }, 34, 'slackMinutes 30, hunt.latenessMinutes 15 and hunt.delayMinutes 10', 35],
    [{ latenessMinutes: 40 }, 45, 'slackMinutes 30, hunt.latenessMinutes 40 and hunt.delayMinutes 10', 60],
    [
      { delayMinutes: 60, overlapMinutes: 10 },
      10,
      'slackMinutes 30, hunt.latenessMinutes 15 and hunt.delayMinutes 60',
      30,
    ],
  ])('stops where pairs would be lost, with what would do: %j', (hunt, _, because, needed) => {
    const [problem = '', ...others] = problemsOf({ hunt });
    expect(others).toEqual([]);
    expect(problem).toContain(because);
    expect(problem).toMatch(/^hunt\.overlapMinutes: got \d+; pairs that arrive late would be lost: /);
    expect(problem).toContain(`allowed is ${needed} or more`);
    expect(problemsOf({ hunt: { ...hunt, overlapMinutes: needed } })).toEqual([]);
    expect(problemsOf({ hunt: { ...hunt, overlapMinutes: needed - 1 } })).toHaveLength(1);
  });

  it('stops where evidence may come later than the next hunt looks back', () => {
    const hunt = { delayMinutes: 10, overlapMinutes: 120 };
    expect(problemsOf({ hunt: { ...hunt, latenessMinutes: 70 } })).toEqual([]);
    expect(problemsOf({ hunt: { ...hunt, latenessMinutes: 71 } })).toEqual([
      expect.stringMatching(/^hunt\.latenessMinutes: got 71; .* allowed is at most 70 with hunt\.delayMinutes 10$/),
    ]);
  });

  it('counts the slack of matches into the overlap, but only where there are hunts', () => {
    const hunting = { axiom: { cloudflareDataset: 'cloudflare' } };
    expect(problemsOf({ ...hunting, window: { slackMinutes: 40 } })).toEqual([]);
    expect(problemsOf({ ...hunting, window: { slackMinutes: 41 } })[0]).toContain('allowed is 46 or more');
    expect(problemsOf({ window: { slackMinutes: 41 } })).toEqual([]);
  });

  it.each([
    [{ sources: ['firewallManaged', 'l7 ddos'] }, 'sources[1]: got "l7 ddos"; allowed: a word as Cloudflare spells it'],
    [{ actions: [7] }, 'actions[0]: got 7; allowed: a word as Cloudflare spells it'],
    [{ ruleIds: ['0'.repeat(31)] }, 'ruleIds[0]: got "0000000000000000000000000000000"; allowed: an id of 32'],
    [{ rulesetIds: '0'.repeat(32) }, 'rulesetIds: got "00000000000000000000000000000000"; allowed: a list; each'],
    [{ hosts: ['www.example.com', 'two hosts'] }, 'hosts[1]: got "two hosts"; allowed: a host name'],
    [{ description: '' }, 'description: got ""; allowed: a text of 1 to 200 characters'],
    [{ excludeAsns: [13_335, 'AS64500'] }, 'excludeAsns[1]: got "AS64500"; allowed: a whole number from 1'],
    [{ sauces: ['waf'] }, 'sauces: no such field; there are name, rulesetIds, ruleIds, sources, actions, hosts,'],
  ])('names the field of a monitor that is wrong: %j', (fields, problem) => {
    const filters = [{ name: 'all' }, { name: 'login', ...fields }];
    expect(problemsOf({ monitor: { filters } })).toEqual([expect.stringContaining(`monitor.filters[1].${problem}`)]);
  });

  it('wants monitors to be objects that have a name', () => {
    const allowed = expect.stringMatching(/^monitor\.filters\[0\]: got .+; allowed: .*\(name must be there\)/);
    for (const monitor of [{}, { sources: ['waf'] }, 'all', ['all'], null]) {
      expect(problemsOf({ monitor: { filters: [monitor] } }), JSON.stringify(monitor)).toEqual([allowed]);
    }
    expect(problemsOf({ monitor: { filters: [{ name: '-' }] } })[0]).toMatch(/^monitor\.filters\[0\]\.name: got "-"/);
    expect(problemsOf({ monitor: { filters: { name: 'all' } } })[0]).toMatch(/^monitor\.filters: got \{/);
  });

  it('says every field that is wrong in every monitor', () => {
    const filters = [
      { name: 'a'.repeat(41), actions: ['block', ''] },
      { name: 'login', limit: 5 },
    ];
    expect(problemsOf({ monitor: { filters } }).map((problem) => problem.split(': ')[0])).toEqual([
      'monitor.filters[0].name',
      'monitor.filters[0].actions[1]',
      'monitor.filters[1].limit',
    ]);
  });

  it('wants monitors to be told apart, and ten of them at most', () => {
    const named = (...names: string[]) => problemsOf({ monitor: { filters: names.map((name) => ({ name })) } });
    const ten = Array.from({ length: 10 }, (_, index) => `monitor ${index}`);
    expect(named(...ten)).toEqual([]);
    expect(named(...ten, 'one more')).toEqual(['monitor.filters: got 11 monitors; allowed are 10']);
    expect(named('all', 'login', 'all')).toEqual(['monitor.filters[2].name: got "all", which another monitor has']);
  });

  it.each([
    'rate(1 minute)',
    'rate(2 minutes)',
    'rate(1 hour)',
    'rate(12 hours)',
    'rate(1 day)',
    'cron(0/5 * * * ? *)',
  ])('polls at %s', (schedule) => {
    expect(problemsOf({ monitor: { schedule } })).toEqual([]);
  });

  it.each([
    ...[
      'rate(1 minutes)',
      'rate(5 minute)',
      'rate(0 minutes)',
      'rate(01 minutes)',
      'rate(30 seconds)',
      'rate(1.5 hours)',
    ],
    ...[
      'rate(1 week)',
      'rate(5minutes)',
      'Rate(1 minute)',
      'rate(1 minute) ',
      '* * * * *',
      'cron(* * * * *)',
      'minutely',
    ],
  ])('does not poll at %j', (schedule) => {
    expect(problemsOf({ monitor: { schedule } })).toEqual([
      expect.stringMatching(/^monitor\.schedule: got .*; allowed: an EventBridge rate such as "rate\(1 minute\)"/),
    ]);
  });

  it('never repeats a password or long text it was given', () => {
    const [problem = ''] = problemsOf({ gitlab: { url: 'https://user:hunter2@gitlab.example.com' } });
    expect(problem).not.toContain('hunter2');
    const key = `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(100)}\n-----END PRIVATE KEY-----`;
    expect(problemsOf({ gitlab: { ca: key } })[0]).toContain(`got a text of ${key.length} characters`);
  });

  it('takes real certificates only', () => {
    expect(problemsOf({ gitlab: { ca: CERTIFICATE } })).toEqual([]);
    expect(problemsOf({ gitlab: { ca: `${CERTIFICATE}\n${CERTIFICATE}` } })).toEqual([]);
    expect(problemsOf({ gitlab: { ca: CERTIFICATE.replace('MII', 'MIJ') } })).toHaveLength(1);
    expect(problemsOf({ gitlab: { ca: `${CERTIFICATE}\nand more` } })).toHaveLength(1);
  });

  it('sees what only several settings together get wrong', () => {
    const subnetIds = ['subnet-0123456789abcdef0'];
    expect(problemsOf({ network: { subnetIds, securityGroupIds: ['sg-0123456789abcdef0'] } })).toEqual([
      'network.subnetIds: needs network.vpcId, which is empty',
      'network.securityGroupIds: needs network.vpcId, which is empty',
    ]);
    expect(problemsOf({ network: { vpcId: 'vpc-0123456789abcdef0' } })[0]).toMatch(
      /^network\.vpcId: needs network\.subn/,
    );
    expect(problemsOf({ network: { vpcId: 'vpc-0123456789abcdef0', subnetIds } })).toEqual([]);
  });
});

describe('pickSettings', () => {
  it('nests what it picks as cdk.json does', () => {
    const picked = pickSettings(readSettings({}), ['mode', 'window.slackMinutes', 'match', 'page']);
    expect(picked).toEqual({
      mode: 'shadow',
      window: { slackMinutes: 30 },
      match: { ipv6PrefixLength: 64 },
      page: { threshold: 70, floor: true },
    });
  });

  it('refuses a path that names nothing', () => {
    expect(() => pickSettings(readSettings({}), ['windows'])).toThrow('"windows"');
  });
});

describe('SETTINGS_TABLE', () => {
  it('says of every setting what it is for, in one line', () => {
    for (const { path, allowed, doc } of SETTINGS_TABLE) {
      expect(doc, path).toMatch(/^[^\n]{10,120}\.$/);
      expect(allowed, path).not.toBe('');
    }
  });
});

/** Self-signed, of a key that was thrown away. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBjDCCATOgAwIBAgIUAIXZAGHruE988oGKWXnu7RqIx58wCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRRXhhbXBsZSBHaXRMYWIgQ0EwHhcNMjYxMTIxMDIwMjIyWhcN
MzYxMTE4MDIwMjIyWjAcMRowGAYDVQQDDBFFeGFtcGxlIEdpdExhYiBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABDOzxagBj0dL664ckS6sSCurv97wSZTf5fy9
o9rVlJEiSC425vVyxZEGoD74+EODnxOFCdqPhjPtQ1Tclgonj4+jUzBRMB0GA1Ud
DgQWBBSS7Bv40YAhMq5AowJhA4vL4OUosTAfBgNVHSMEGDAWgBSS7Bv40YAhMq5A
owJhA4vL4OUosTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIEhP
ZZBnVJBdWVDZ+7EvDilZaTNV+Ogk5rtdsyz72UtWAiADLaCVQRi1iPQC2SD0zKWy
ImWMcF7MWxWS/B/9/oB1rg==
-----END CERTIFICATE-----`;
