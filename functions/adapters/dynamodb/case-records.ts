import type { CaseState, Trigger } from '../../core/case.ts';
import type { CaseAlertOrder, CaseFile, CasePageOrder } from '../../core/case-file.ts';
import { isOpening, isPageOrder, isState } from './case-shapes.ts';
import { openPart } from './stored-part.ts';
import type { Item, TableReader } from './table-reader.ts';

/** What opened the case. Its id, trigger and time stand beside the document and outlast its loss. */
export async function openOpening(
  table: TableReader,
  caseId: string,
  head: Item,
  unread: string[],
): Promise<Pick<CaseFile, 'caseId' | 'trigger' | 'openedAt' | 'alert' | 'filter'>> {
  const key = { pk: `case#${caseId}`, sk: 'case' };
  const opening = await openPart(table, { title: 'What opened the case', key, head, isKnown: isOpening }, unread);
  const { alert, filter } = opening ?? {};
  return {
    caseId,
    trigger: opening?.trigger ?? triggerIn(head, caseId),
    openedAt: opening?.openedAt ?? (typeof head.openedAt === 'number' ? head.openedAt : 0),
    ...(alert === undefined ? {} : { alert }),
    ...(filter === undefined ? {} : { filter }),
  };
}

/** Undefined where no look was joined yet; what is there and cannot be read is told. */
export function openState(item: Item | undefined, unread: string[]): CaseState | undefined {
  if (item === undefined) return undefined;
  const state = parsed(item.state);
  if (isState(state)) return state;
  unread.push('The state of the case is stored in a form that this version does not know.');
  return undefined;
}

/** What was ordered from PagerDuty, the oldest look first. */
export function openPages(items: ReadonlyMap<string, Item>, unread: string[]): CasePageOrder[] {
  return below(items, 'order#').flatMap(({ order: text, look, sentAt }) => {
    const order = parsed(text);
    if (isPageOrder(order) && typeof look === 'number') return [{ order, look, ...sent(sentAt) }];
    unread.push('An order of a page is stored in a form that this version does not know.');
    return [];
  });
}

/** What was ordered from the alert webhook, the oldest look first. */
export function openAlerts(items: ReadonlyMap<string, Item>, unread: string[]): CaseAlertOrder[] {
  return below(items, 'alert#').flatMap(({ look, kind, sentAt }) => {
    if (typeof look === 'number') return [{ look, kind: kind === 'update' ? 'update' : 'attack', ...sent(sentAt) }];
    unread.push('An order of an alert is stored in a form that this version does not know.');
    return [];
  });
}

function below(items: ReadonlyMap<string, Item>, prefix: string): Item[] {
  return [...items].flatMap(([sk, item]) => (sk.startsWith(prefix) ? [item] : []));
}

function sent(sentAt: unknown): { readonly sentAt?: number } {
  return typeof sentAt === 'number' ? { sentAt } : {};
}

function triggerIn({ trigger }: Item, caseId: string): Trigger {
  const known = [trigger, caseId.split('-')[0]].find((one) => one === 'hunt' || one === 'monitor' || one === 'spike');
  return known === 'hunt' || known === 'monitor' ? known : 'spike';
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    // Read as of an unknown form, which the reader is told.
    return undefined;
  }
}
