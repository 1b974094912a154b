import type { EpochMs } from '../../../functions/core/time.ts';
import { isObject, parseJson } from '../json.ts';
import { notFound } from './axiom-query.ts';
import type { AxiomStore } from './axiom-store.ts';
import type { Answer, Asked } from './stand-in.ts';

/** Who created everything there is. */
const USER = {
  id: 'stand-in',
  name: 'Stand-in',
  email: 'stand-in@example.invalid',
  emails: [],
  role: { id: 'owner', name: 'Owner' },
};

/** `/v2/datasets` and `/v2/user` (`reference/axiom.md` §4); undefined for any other path. */
export function answerManagement(asked: Asked, store: AxiomStore, startedAt: EpochMs): Answer | undefined {
  const [, version, kind, encoded, part, ...rest] = asked.path.split('/');
  if (version !== 'v2' || rest.length > 0) return undefined;
  if (kind === 'user' && encoded === undefined)
    return asked.method === 'GET' ? { status: 200, body: USER } : NOT_ALLOWED;
  if (kind !== 'datasets') return undefined;
  const describe = (name: string) => describeDataset(name, startedAt);
  if (encoded === undefined) {
    if (asked.method === 'GET') return { status: 200, body: store.names().map(describe) };
    return asked.method === 'POST' ? create(asked.text, store, describe) : NOT_ALLOWED;
  }
  const name = decode(encoded);
  if (asked.method !== 'GET') return NOT_ALLOWED;
  if (!store.has(name)) return notFound(name);
  if (part === undefined) return { status: 200, body: describe(name) };
  return part === 'fields' ? { status: 200, body: fieldsOf(name, store) } : undefined;
}

const NOT_ALLOWED: Answer = { status: 405, body: { code: 405, message: 'method not allowed' } };

function decode(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    // No percent-encoding: there is no dataset of such a name.
    return '';
  }
}

function describeDataset(name: string, startedAt: EpochMs): object {
  const created = new Date(startedAt).toISOString();
  return {
    id: name,
    name,
    description: '',
    kind: 'axiom:events:v1',
    created,
    updatedAt: created,
    who: USER.name,
    canWrite: true,
    retentionDays: 30,
    useRetentionPeriod: false,
  };
}

function fieldsOf(dataset: string, store: AxiomStore): object[] {
  return [...store.schema(dataset)].map(([name, type]) => ({ name, type, description: '', unit: '', hidden: false }));
}

function create(text: string, store: AxiomStore, describe: (name: string) => object): Answer {
  const name = nameIn(text);
  if (name === undefined || !/^[A-Za-z0-9-]{1,128}$/.test(name)) {
    const message = 'name must be 1 to 128 letters, digits and hyphens';
    return { status: 400, body: { code: 400, message } };
  }
  if (store.has(name)) return { status: 409, body: { code: 409, message: 'dataset already exists' } };
  store.create(name);
  return { status: 200, body: describe(name) };
}

function nameIn(text: string): string | undefined {
  const body = parseJson(text);
  return isObject(body) && typeof body.name === 'string' ? body.name : undefined;
}
