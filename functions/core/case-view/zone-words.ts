import { normalHost } from '../host-name.ts';
import { labelText } from '../hostile-text.ts';

/** A zone as it is printed: by its name where that is a host name, else made harmless; by its id where it has no name. */
export function zoneWords({ id, name }: { readonly id: string; readonly name?: string }): string {
  if (name === undefined) return `zone ${labelText(id, 64)}`;
  return normalHost(name) === name ? name : labelText(name, 80);
}
