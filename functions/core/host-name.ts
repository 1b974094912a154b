/** A host name in lower case without port or trailing dot; undefined where it is none. */
export function normalHost(text: string): string | undefined {
  const host = text.trim().toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
  return /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9])?)*$/.test(host)
    ? host
    : undefined;
}
