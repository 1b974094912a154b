import type { Incident } from './incident.ts';

/** Each bridge adds a link at most, and claims move to the incident that is kept: real chains have one or two. */
const LINKS_FOLLOWED = 20;

/** The incident that `id` was bridged to, itself where it was not; `incident` is undefined where it is not stored. */
export async function followLinks(
  id: string,
  load: (id: string) => Promise<Incident | undefined>,
): Promise<{ readonly id: string; readonly incident: Incident | undefined }> {
  let at = id;
  let incident = await load(at);
  for (let link = 0; link < LINKS_FOLLOWED && incident?.linkedTo !== undefined; link++) {
    at = incident.linkedTo;
    incident = await load(at);
  }
  return { id: at, incident };
}
