import { parseArgs } from 'node:util';
import { UsageError } from './usage-error.ts';

/** What the command line asks of the local stack (design §5). */
export interface Options {
  readonly help: boolean;
  /** Exit when the sample's cases ended. */
  readonly once: boolean;
  /** Play nothing and stay up. */
  readonly serve: boolean;
  readonly json: boolean;
  /** 0: any free port. */
  readonly port: number;
  readonly envFile?: string;
  readonly settingsFile?: string;
  readonly dataDir?: string;
  /** Multiplies Wait states and retry pauses. */
  readonly waitScale: number;
  readonly livePaging: boolean;
  readonly liveModel: boolean;
  /** Show what the functions log. */
  readonly logs: boolean;
}

export const HELP = `Usage: npm start -- [options]

Stands the synthesized stack up on this machine, plays the sample scenario through it (a spike, then the hourly hunt,
then the monitor) and stays up.

  --once             exit 0 once the sample's cases ended as they should, 1 otherwise
  --serve            play nothing, stay up
  --json             JSON lines on standard output (use npm start --silent -- --json); text goes to standard error
  --port N           port of the HTTP front, 0..65535 (default 0: any free one)
  --env FILE         variables to read, KEY=VALUE lines; they win over the environment's
  --settings FILE    settings (JSON) merged over cdk.json's
  --data DIR         keep the table on disk
  --wait-scale X     multiplies Wait states and retry pauses (default 0.001; 1 with --serve)
  --live-paging      page through the real PagerDuty, and alert through the real webhook (needs --serve, the real
                     Cloudflare and the real GitLab)
  --live-model       ask the real Bedrock with your AWS credentials (same needs)
  --logs             show what the functions log
  --help             this text

Outside systems that are not configured get a stand-in. To ask a real one, set its URL and its credential:
CLOUDFLARE_API_URL and CLOUDFLARE_API_TOKEN, GITLAB_URL and GITLAB_TOKEN, AXIOM_URL and AXIOM_TOKEN (AXIOM_EDGE_URL
where your datasets have an edge), PAGERDUTY_EVENTS_URL and PAGERDUTY_ROUTING_KEY, AWS_ENDPOINT_URL_BEDROCK_RUNTIME,
ALERT_WEBHOOK_URL. CLOUDFLARE_WEBHOOK_SECRET and GITLAB_STREAMING_TOKEN replace what the local
webhooks are sent with.

Every case has a page. GET /cases lists them, and opens without a signed link for browsers on this machine; links in
pages and alerts are signed, and open only what they were signed for. Lead no tunnel or proxy to this port: one that does
not say whom it asks for shows everybody behind it every case.

Hunts write to Axiom: an AXIOM_URL off this machine is ignored while the sample is played, and without the real GitLab.
`;

/** The wait scale while a sample is played: an hour of looks passes in 3.6 s. */
const SAMPLE_WAIT_SCALE = 0.001;

/**
 * Reads the command line (without the program's name).
 * @throws UsageError naming the option that is unknown or has a wrong value, and what is allowed.
 */
export function parseOptions(argv: readonly string[]): Options {
  const values = parse(argv);
  if (values.once && values.serve) throw new UsageError('--once and --serve exclude each other: --serve plays nothing');
  const serve = values.serve ?? false;
  return {
    help: values.help ?? false,
    once: values.once ?? false,
    serve,
    json: values.json ?? false,
    port: values.port === undefined ? 0 : portOf(values.port),
    waitScale: values['wait-scale'] === undefined ? (serve ? 1 : SAMPLE_WAIT_SCALE) : scaleOf(values['wait-scale']),
    livePaging: values['live-paging'] ?? false,
    liveModel: values['live-model'] ?? false,
    logs: values.logs ?? false,
    ...(values.env === undefined ? {} : { envFile: values.env }),
    ...(values.settings === undefined ? {} : { settingsFile: values.settings }),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
  };
}

function parse(argv: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: false,
      options: {
        help: { type: 'boolean', short: 'h' },
        once: { type: 'boolean' },
        serve: { type: 'boolean' },
        json: { type: 'boolean' },
        port: { type: 'string' },
        env: { type: 'string' },
        settings: { type: 'string' },
        data: { type: 'string' },
        'wait-scale': { type: 'string' },
        'live-paging': { type: 'boolean' },
        'live-model': { type: 'boolean' },
        logs: { type: 'boolean' },
      },
    });
    return values;
  } catch (error) {
    // parseArgs names the option and what is wrong with it; anything it throws is about the command line.
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new UsageError(`--port ${text}: expected a number from 0 to 65535`);
  return port;
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (text.trim() === '' || !Number.isFinite(scale) || scale < 0) {
    throw new UsageError(`--wait-scale ${text}: expected a number of 0 or more, for example 0.001`);
  }
  return scale;
}
