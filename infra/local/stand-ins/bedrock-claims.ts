import { arrayAt, isObject, type JsonObject } from '../json.ts';

/** A statement with the ids of the evidence it rests on, as the tool asks for it. */
export interface Claim {
  readonly text: string;
  readonly evidence: readonly string[];
}

/** A claim; what is no id is left out of its evidence. */
export function claim(text: string, ...ids: readonly unknown[]): Claim {
  return { text: `${text}.`, evidence: ids.filter((id) => typeof id === 'string') };
}

/** The objects of a list; none where there is no list. */
export function rows(of: JsonObject, name: string): JsonObject[] {
  return arrayAt(of, name).filter(isObject);
}
