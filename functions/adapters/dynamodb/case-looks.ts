import type { CaseLook } from '../../core/case-file.ts';
import { isAnalysis, isCoverage, isFindings, isPicture, isSightings, isTraffic } from './case-shapes.ts';
import { openPart } from './stored-part.ts';
import type { Item, TableReader } from './table-reader.ts';

/**
 * Compressed bytes of sightings that are opened, all looks together: they take some fifty times as much memory. Four
 * looks at 10,000 addresses in each of several zones stay below.
 */
const SIGHTING_BYTES = 5_000_000;

/** What one look stored, by the name it is stored under. */
type LookItems = ReadonlyMap<string, Item>;

/** Every look that stored anything, the oldest first, its documents opened. */
export async function openLooks(
  table: TableReader,
  caseId: string,
  items: ReadonlyMap<string, Item>,
  unread: string[],
): Promise<CaseLook[]> {
  const looks = withinMemory(looksIn(items), unread);
  const opened = await Promise.all([...looks].map(([look, parts]) => openLook(table, caseId, look, parts, unread)));
  // One that only read GitLab so far has stored nothing of its own.
  return opened.filter((look) => Object.keys(look).length > 1);
}

async function openLook(
  table: TableReader,
  caseId: string,
  look: number,
  parts: LookItems,
  unread: string[],
): Promise<CaseLook> {
  const open = async <T>(what: string, called: string, isKnown: (value: unknown) => value is T) => {
    const head = parts.get(what);
    if (head === undefined) return undefined;
    const key = { pk: `case#${caseId}`, sk: String(head.sk) };
    return await openPart(table, { title: `What look ${look} stored as ${called}`, key, head, isKnown }, unread);
  };
  const [sightings, traffic, findings, coverage, analysis, picture] = await Promise.all([
    open('sightings', 'sightings', isSightings),
    open('traffic', 'traffic over time', isTraffic),
    open('findings', 'findings', isFindings),
    open('coverage', 'coverage', isCoverage),
    open('analysis', 'analysis', isAnalysis),
    open('picture', 'security events', isPicture),
  ]);
  const at = parts.get('coverage')?.at;
  return {
    look,
    ...(typeof at === 'number' ? { at } : {}),
    ...(sightings === undefined ? {} : { sightings }),
    ...(traffic === undefined ? {} : { traffic }),
    ...(findings === undefined ? {} : { findings }),
    ...(coverage === undefined ? {} : { coverage }),
    ...(analysis === undefined ? {} : { analysis }),
    ...(picture === undefined ? {} : { picture }),
  };
}

/** Items are in the order of their sort keys, so looks are, too. */
function looksIn(items: ReadonlyMap<string, Item>): Map<number, Map<string, Item>> {
  const looks = new Map<number, Map<string, Item>>();
  for (const [sk, item] of items) {
    const [, number, what] = /^look#(\d+)#(.+)$/.exec(sk) ?? [];
    if (number === undefined || what === undefined) continue;
    const look = Number(number);
    looks.set(look, (looks.get(look) ?? new Map<string, Item>()).set(what, item));
  }
  return looks;
}

/** Without the sightings of older looks that are too many to be opened beside those of newer ones. */
function withinMemory(looks: Map<number, Map<string, Item>>, unread: string[]): Map<number, Map<string, Item>> {
  let left = SIGHTING_BYTES;
  for (const [look, parts] of [...looks].reverse()) {
    const size = sizeOf(parts.get('sightings'));
    // The newest look's are always opened: without them there is nothing to see.
    if (size > left && left < SIGHTING_BYTES) {
      parts.delete('sightings');
      unread.push(`The sightings of look ${look} are stored, and too many to be read beside those of later looks.`);
    } else left -= size;
  }
  return looks;
}

function sizeOf(head: Item | undefined): number {
  if (head?.data instanceof Uint8Array) return head.data.length;
  return typeof head?.bytes === 'number' ? head.bytes : 0;
}
