import { readdir, readFile } from 'node:fs/promises';

/**
 * The most memory, in MB, any living child process of this one ever had resident; undefined where the system does not
 * tell (only Linux does).
 */
export async function peakMemoryOfChildren(): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined;
  const peaks: number[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    if (numberIn(status, 'PPid') === process.pid) peaks.push((numberIn(status, 'VmHWM') ?? 0) / 1024);
  }
  return peaks.length === 0 ? undefined : Math.max(...peaks);
}

function numberIn(status: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1];
  return found === undefined ? undefined : Number(found);
}
