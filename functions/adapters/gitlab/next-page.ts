/** Longer ones are no cursor GitLab made. */
const MAX_QUERY = 4_000;

/**
 * The query of the page that a `Link` header names `rel="next"`. Only the query is used, on the path asked before, and
 * only where the link points to the host that was asked: a header that points elsewhere is refused.
 *
 * @param host with its port, as in a URL
 */
export function nextPage(link: string | null, host: string): { next?: string; nextRefused?: string } {
  const target = link === null ? undefined : nextTarget(link);
  if (target === undefined) return {};
  const url = URL.parse(target);
  if (url === null || url.host !== host || url.search.length < 2 || url.search.length > MAX_QUERY) {
    const where = url === null || url.host === host ? 'is malformed' : 'points to another host';
    return { nextRefused: `GitLab's link to the next page ${where}; gitlab.url must be GitLab's external URL` };
  }
  return { next: url.search.slice(1) };
}

function nextTarget(link: string): string | undefined {
  for (const [, target, parameters] of link.matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (/;\s*rel="?next"?/i.test(parameters ?? '')) return target;
  }
  return undefined;
}
