import { type CaseLook, type CredentialUses, currentFindings, USES_KEPT } from '../../core/case-file.ts';
import type { TokenUse } from '../../core/token-use.ts';
import { eachUse } from './readings.ts';
import { isLost } from './stored-part.ts';
import type { TableReader } from './table-reader.ts';

/** The most credentials whose uses are looked up, the worst found first. */
const CREDENTIALS_READ = 100;
/** Uses of one credential are thinned out when there are so many, and again in the end. */
const THINNED_AT = 4 * USES_KEPT;

/** Every use of the credentials found that a reading of GitLab holds; undefined where there is none, or none was found. */
export async function readUses(
  table: TableReader,
  readingId: string | undefined,
  looks: readonly CaseLook[],
  unread: string[],
): Promise<CredentialUses | undefined> {
  const found = currentFindings({ looks });
  if (readingId === undefined || found.length === 0) return undefined;
  const worst = found.slice(0, CREDENTIALS_READ);
  if (worst.length < found.length) {
    unread.push(`Other uses were read of the ${worst.length} worst of ${found.length} credentials only.`);
  }
  const kept = new Map(worst.map(({ credential, networks }) => [credential.id, new KeptUses(networks)]));
  try {
    const readAt = await eachUse(table, readingId, new Set(kept.keys()), (use) => kept.get(use.credential)?.take(use));
    const all = [...kept.values()].map((one) => one.finish());
    return {
      readAt,
      uses: all.flatMap(({ uses }) => uses).sort((a, b) => a.at.notAfter - b.at.notAfter),
      leftOut: all.reduce((sum, { leftOut }) => sum + leftOut, 0),
    };
  } catch (thrown) {
    // Toward showing the findings, which hold the uses that matched; what else the reading held is told to be missing.
    if (!isLost(thrown)) throw thrown;
    unread.push('What GitLab knew of these credentials besides is stored no more, or parts of it are lost.');
    return undefined;
  }
}

/** Of one credential: uses of matched networks before others, then the newest; at most {@link USES_KEPT}. */
class KeptUses {
  readonly #networks: ReadonlySet<string>;
  #uses: TokenUse[] = [];
  #taken = 0;

  constructor(networks: readonly string[]) {
    this.#networks = new Set(networks);
  }

  take(use: TokenUse): void {
    this.#taken++;
    this.#uses.push(use);
    if (this.#uses.length >= THINNED_AT) this.#thin();
  }

  finish(): { readonly uses: readonly TokenUse[]; readonly leftOut: number } {
    this.#thin();
    return { uses: this.#uses, leftOut: this.#taken - this.#uses.length };
  }

  #thin(): void {
    const matched = ({ network }: TokenUse) => Number(this.#networks.has(network));
    this.#uses.sort((a, b) => matched(b) - matched(a) || b.at.notAfter - a.at.notAfter);
    this.#uses = this.#uses.slice(0, USES_KEPT);
  }
}
