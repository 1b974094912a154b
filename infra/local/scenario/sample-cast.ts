/** Who appears in the sample, by address. Documentation and benchmark ranges only (RFC 5737, 3849, 2544). */
export const CAST = {
  /** The thief: two addresses of the spike that also hold somebody's token. */
  intruder: ['198.18.44.10', '2001:db8:dead:beef::1f'],
  /** The office's NAT: scrapes our own shop, and twenty people's tokens leave through it. */
  office: '203.0.113.10',
  officeRange: '203.0.113.8/29',
  /** Where CI runners leave from: they test the shop, and use project tokens. */
  runners: ['198.51.100.17', '198.51.100.18', '198.51.100.21'],
  runnerRange: '198.51.100.16/28',
  /** Machines that talk to GitLab and to nothing else of ours. */
  gitlabMachines: ['198.51.100.64', '198.51.100.65', '198.51.100.66', '2001:db8:d0::aa'],
  /** Our own servers' way out: it reaches GitLab past Cloudflare, which never sees it. */
  server: '198.51.100.40',
  /** An address of the spike, and its neighbour in the same /64 that used a token. */
  neighbourSpike: '2001:db8:bad:64::7',
  neighbourToken: '2001:db8:bad:64:1c2a:9eff:fe03:4411',
  /** An address of the spike that used a token two months ago, before the token expired. */
  stale: '198.18.7.7',
  /** An address of the spike with two requests: any list of the busiest ends before it. */
  belowTheCut: '203.0.113.77',
  /** A home somewhere: a token and a handful of requests now and then for hours, far too little for any alert. */
  drip: '203.0.113.150',
  /** A laptop Cloudflare computed no score for. */
  unscored: '192.0.2.40',
  /** Every cross-zone Worker's requests carry this one address (`reference/cloudflare.md` §10). */
  worker: '2a06:98c0:3600::103',
  /** People Cloudflare took for bots until they solved the challenge. */
  solvers: ['203.0.113.200', '203.0.113.201', '203.0.113.202', '203.0.113.203'],
  searchEngine: ['192.0.2.66', '192.0.2.67', '2001:db8:5ea::66'],
  uptimeMonitor: '192.0.2.80',
  /** What Latchkey itself asks GitLab from. */
  ourselves: '192.0.2.250',
} as const;

/** Host names of the sample's zones. */
export const HOSTS = { shop: 'www.example.com', api: 'api.example.com', gitlab: 'git.example.com' } as const;

/** Tokens with a part in the story, by id. */
export const TOKENS = {
  ourselves: 2,
  stolen: 4711,
  belowTheCut: 4712,
  neighbour: 4713,
  stale: 4714,
  unscored: 4715,
  worker: 4716,
  solver: 4717,
  drip: 4718,
} as const;

/** Minutes before the alert at which the slow drip used its token; a minute before each, the shop saw it. */
export const DRIPS: readonly number[] = Array.from({ length: 18 }, (_, index) => 3 + index * 17);
