import { createHash } from 'node:crypto';

/** The hash by which a policy allows what stands between a document's only tags of that name. */
export function hashOf(page: string, tag: 'style' | 'script'): string {
  const [found, ...more] = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];
  if (found?.[1] === undefined || more.length > 0) throw new Error(`a page must have one ${tag}`);
  return `'sha256-${createHash('sha256').update(found[1], 'utf8').digest('base64')}'`;
}
