import { normalHost } from '../host-name.ts';
import { idText } from '../hostile-text.ts';

/** A zone as it is printed: by its name where that is a host name, else without secrets; by its id where it has no name. */
export function zoneWords({ id, name }: { readonly id: string; readonly name?: string }): string {
  if (name === undefined) return `zone ${idText(id, 64)}`;
  return normalHost(name) === name ? name : idText(name, 80);
}
