import { type CaseFile, newestWith } from '../case-file.ts';
import { normalHost } from '../host-name.ts';
import { holdsToken, idText } from '../hostile-text.ts';

const NAME_LENGTH = 120;

/** The zones of a case, those with the most requests first, as they are printed: by name, else by id. */
export function zonesOf(file: CaseFile): string[] {
  const requests = new Map<string, number>();
  const add = (zone: string | undefined, number: number) => {
    if (zone !== undefined && zone !== '') requests.set(zone, (requests.get(zone) ?? 0) + number);
  };
  const monitored = file.state?.monitor?.zone;
  add(monitored && zoneText(monitored), 0);
  add(file.alert?.zoneName ?? file.alert?.zoneId, 0);
  for (const { zone, requests: number } of newestWith(file, 'sightings')?.sightings.sightings ?? []) {
    add(zoneText(zone), number);
  }
  return [...requests].sort(([, a], [, b]) => b - a).map(([zone]) => zoneName(zone));
}

function zoneText({ id, name }: { readonly id: string; readonly name?: string }): string {
  return name ?? id;
}

/** A zone as it is printed: a host name stays as it is, anything else that calls itself a zone loses secrets. */
export function zoneName(zone: string): string {
  return normalHost(zone) === zone && zone.length <= NAME_LENGTH && !holdsToken(zone)
    ? zone
    : idText(zone, NAME_LENGTH);
}
