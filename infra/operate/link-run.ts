import { randomBytes } from 'node:crypto';
import { CaseStore } from '../../functions/adapters/dynamodb/cases.ts';
import { LinkKeyStore } from '../../functions/adapters/dynamodb/link-keys.ts';
import { Table } from '../../functions/adapters/dynamodb/table.ts';
import { CASES_PATH, casePath, LONGEST_LINK_DAYS, signedPath, siteOf } from '../../functions/core/case-link.ts';
import { DAY, toIso } from '../../functions/core/time.ts';
import { makeDynamoDbClient } from '../../functions/runtime/aws-clients.ts';
import { readVariables } from '../local/env-file.ts';
import { isLoopbackHost } from '../local/outside.ts';
import { UsageError } from '../local/usage-error.ts';
import { parseCommandLine, SHARED_HELP, type Surroundings } from './command-line.ts';
import { handToAws, readOperatorSettings, regionOf } from './inputs.ts';

/** The list leads to everything. */
const LIST_DAYS = 1;

const HELP = `Usage: npm run link -- --url URL --table NAME [options]
       npm run link -- --table NAME --revoke

Makes a link to a deployed stack's list of cases, or to one case, for whoever has no page or alert at hand. It asks for
no login: everybody who has it can read what it leads to, until it ends.

  --url URL          the stack's output CasesUrl
  --table NAME       the stack's output TableName
  --case ID          leads to this case alone, not to the list
  --days N           ends after so many days, 1 to ${LONGEST_LINK_DAYS} (default: ${LIST_DAYS} for the list, for a case the setting
                     casePage.linkDays)
  --revoke           makes no link, but ends every one there is, those in pages and alerts too
${SHARED_HELP}
Variables: AWS_REGION and your AWS credentials, which need dynamodb:GetItem, Query and PutItem on the table, and for
--revoke Query and BatchWriteItem.

Exit status: 0 done, 1 the table could not be read or written, 2 the command line was wrong.
`;

const OPTIONS = {
  url: { type: 'string' },
  table: { type: 'string' },
  case: { type: 'string' },
  days: { type: 'string' },
  revoke: { type: 'boolean' },
} as const;

/**
 * The tool `link`, from its arguments to its exit status.
 * @throws UsageError, SettingsError when it was asked wrongly; LatchkeyError when the table cannot be asked.
 */
export async function runLink(argv: readonly string[], around: Surroundings): Promise<number> {
  const options = parseCommandLine(argv, OPTIONS);
  if (options.help) {
    around.stdout.write(HELP);
    return 0;
  }
  const tableName = required('table', options.table, 'TableName');
  const order = options.revoke ? revocation(options) : await linkOrder(options);
  const variables = readVariables(around.env, options.env);
  const region = regionOf(variables);
  if (region === undefined) throw new UsageError('AWS_REGION is not set: set it to the region of the stack');
  handToAws(variables);
  const client = makeDynamoDbClient({ AWS_REGION: region });
  try {
    const asking: Asking = { table: new Table({ client, tableName, clock: around.clock }), tableName, around };
    const say = options.json ? sayJson : sayText;
    if (order === 'revoke') await revoke(asking, say);
    else await makeLink(order, asking, say);
    return 0;
  } finally {
    client.destroy();
  }
}

interface Given {
  readonly url?: string | undefined;
  readonly case?: string | undefined;
  readonly days?: string | undefined;
  readonly settings?: string | undefined;
}

interface LinkOrder {
  readonly site: string;
  readonly caseId: string | undefined;
  readonly days: number;
  readonly retentionDays: number;
}

interface Asking {
  readonly table: Table;
  readonly tableName: string;
  readonly around: Surroundings;
}

function revocation(given: Given): 'revoke' {
  const idle = (['url', 'case', 'days'] as const).find((option) => given[option] !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} goes with no --revoke: that ends every link of the table`);
  return 'revoke';
}

async function linkOrder({ url, case: caseId, days, settings }: Given): Promise<LinkOrder> {
  const site = siteFrom(required('url', url, 'CasesUrl'));
  if (caseId === '') throw new UsageError('--case is empty: give the id of a case, or leave it out for the list');
  // Read whether needed or not: a wrong file is a mistake at any time.
  const { 'casePage.linkDays': linkDays, retentionDays } = await readOperatorSettings(settings);
  const usual = caseId === undefined ? LIST_DAYS : linkDays;
  return { site, caseId, days: days === undefined ? usual : wholeDays(days), retentionDays };
}

async function makeLink({ site, caseId, days, retentionDays }: LinkOrder, asking: Asking, say: Say) {
  const { table, tableName, around } = asking;
  if (caseId !== undefined && (await new CaseStore(table, retentionDays).load(caseId)) === undefined) {
    throw new UsageError(`--case: the table ${tableName} holds no such case; those it holds are on the list`);
  }
  const key = await new LinkKeyStore(table, () => randomBytes(32)).current();
  const end = Math.floor((around.clock.now() + days * DAY) / 1000) * 1000;
  const link = site + signedPath(caseId === undefined ? CASES_PATH : casePath(caseId), end, key);
  say(around, link, `Works until ${toIso(end)}, for everybody who has it.`, {
    event: 'link',
    url: link,
    expires: toIso(end),
    ...(caseId === undefined ? {} : { caseId }),
  });
}

async function revoke({ table, tableName, around }: Asking, say: Say) {
  const keys = await new LinkKeyStore(table, () => randomBytes(32)).revokeAll();
  const deleted =
    keys === 0
      ? `There was nothing to revoke: the table ${tableName} holds no key that links are signed with.`
      : `Every link given out so far has ended: ${keys} ${keys === 1 ? 'key' : 'keys'} deleted.`;
  say(around, deleted, undefined, { event: 'revoked', keys });
}

/** The result, which a program may read, on standard output; a remark for people elsewhere. */
type Say = (around: Surroundings, result: string, remark: string | undefined, json: object) => void;

const sayText: Say = ({ stdout, stderr }, result, remark) => {
  stdout.write(`${result}\n`);
  if (remark !== undefined) stderr.write(`${remark}\n`);
};

const sayJson: Say = ({ stdout }, _result, _remark, json) => void stdout.write(`${JSON.stringify(json)}\n`);

function required(option: 'url' | 'table', value: string | undefined, output: string): string {
  if (!value) throw new UsageError(`--${option} is missing: give the stack’s output ${output}`);
  return value;
}

/** Whoever reads a link on its way can follow it, so it goes over https, or stays on this machine. */
function siteFrom(url: string): string {
  const site = siteOf(url);
  const isSafe = site?.startsWith('https:') || (site !== undefined && isLoopbackHost(new URL(site).hostname));
  if (site === undefined || !isSafe) throw new UsageError('--url: expected an https URL, the stack’s output CasesUrl');
  // Pages lead on by paths from the root: behind a prefix the first link would work, and none on its page.
  if (site !== new URL(site).origin) {
    throw new UsageError('--url: expected no path before /cases: links on the pages begin at the root of their host');
  }
  return site;
}

function wholeDays(text: string): number {
  const days = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (days >= 1 && days <= LONGEST_LINK_DAYS) return days;
  throw new UsageError(`--days: got ${text.slice(0, 40)}; allowed: a whole number from 1 to ${LONGEST_LINK_DAYS}`);
}
