import { count } from '../../core/amount-text.ts';
import type { Flag } from '../../core/case-view/timeline/flags.ts';
import type { Mark } from '../../core/case-view/timeline/marks.ts';
import type { FindingDecision } from '../../core/finding.ts';
import type { Strength } from '../../core/token-use.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { px, RADIUS, RING } from './timeline-layout.ts';

/** What says how a mark looks. */
export type MarkLook = Pick<Mark, 'strength' | 'timing' | 'matched'>;

/** Where a mark is drawn: from `x1` to `x2`, centred on `y`. */
export interface MarkPlace {
  readonly x1: number;
  readonly x2: number;
  readonly y: number;
  /** What `x1` and `x2` are turned into: percents of a chart, or pixels. */
  readonly across: (value: number) => string;
}

/** A mark; its colour comes from the group it stands in ({@link markClass}). */
export function markSymbol(mark: Omit<Mark, 'from' | 'to'>, place: MarkPlace): Html {
  if (mark.timing === 'between') return thinLine(mark, place);
  if (mark.uses === 1 && place.x1 === place.x2) return at(place.across(place.x1), place.y, point(mark));
  return exactBar(mark, place);
}

/** Moves signs that are drawn around the origin to their place in a chart, of which one coordinate is a percentage. */
export function at(x: string, y: number, signs: Html): Html {
  return html`<svg class="timeline-at" x="${x}" y="${px(y)}">${signs}</svg>`;
}

/** The classes that give a mark its colour: red is for matched uses of a credential that pages, and for nothing else. */
export function markClass({ matched, strength }: MarkLook, decision: FindingDecision): string {
  return `timeline-mark timeline-mark-${matched ? decision : 'other'} timeline-${strength}`;
}

function point({ strength, matched }: MarkLook): Html {
  const ring = matched ? html`<circle class="timeline-ring" r="${RING}"/>` : undefined;
  return html`${ring}${shapeOf(strength, 0, 0, matched ? RADIUS : RADIUS - 1)}`;
}

/** Each strength has a shape of its own: ● used, ◆ minted, ○ its owner acted, × refused. */
function shapeOf(strength: Strength, x: number, y: number, r: number): Html {
  if (strength === 'refused') {
    return html`<path class="timeline-stroke" d="M${px(x - r)} ${px(y - r)}L${px(x + r)} ${px(y + r)}M${px(x - r)} ${px(y + r)}L${px(x + r)} ${px(y - r)}"/>`;
  }
  if (strength === 'minted') {
    const d = r * 1.25;
    return html`<path class="timeline-fill" d="M${px(x)} ${px(y - d)}L${px(x + d)} ${px(y)}L${px(x)} ${px(y + d)}L${px(x - d)} ${px(y)}Z"/>`;
  }
  const filled = strength === 'used' ? 'timeline-fill' : 'timeline-stroke';
  return html`<circle class="${filled}" cx="${px(x)}" cy="${px(y)}" r="${px(strength === 'used' ? r : r - 1)}"/>`;
}

/** Several uses from the first to the last, with how many; as wide as that number at least. */
function exactBar({ matched, strength, uses }: Omit<Mark, 'from' | 'to'>, { x1, x2, y, across }: MarkPlace): Html {
  const thickness = 2 * (matched ? RING : RING - 2);
  const filled = strength === 'used' || strength === 'minted';
  const label = uses === 1 ? '' : `${count(uses)}${strength === 'refused' ? '×' : ''}`;
  const least = label.length * 7 + 8;
  const middle = across((x1 + x2) / 2);
  const body = (name: string, inset: number) => {
    const height = thickness - inset;
    const width = Math.max(0, least - inset);
    return html`<line class="timeline-${name}" x1="${across(x1)}" x2="${across(x2)}" y1="${px(y)}" y2="${px(y)}" stroke-width="${height}" stroke-linecap="${strength === 'minted' ? 'square' : 'round'}"/>${at(middle, y, html`<rect class="timeline-${name}" x="${-width / 2}" y="${-height / 2}" width="${width}" height="${height}" rx="${strength === 'minted' ? 1 : height / 2}"/>`)}`;
  };
  return html`${body('bar', 0)}${filled ? undefined : body('hollow', 3.6)}${
    label !== '' &&
    html`<text class="${filled ? 'timeline-inside' : 'timeline-beside'}" x="${middle}" y="${px(y + 4)}" text-anchor="middle">${label}</text>`
  }`;
}

/** Some time between two ends: a thin dashed line, which has an end where it does not leave the picture. */
function thinLine(mark: Omit<Mark, 'from' | 'to'>, { x1, x2, y, across }: MarkPlace): Html {
  const end = (x: number) =>
    html`<line class="timeline-end" x1="${across(x)}" x2="${across(x)}" y1="${px(y - 4)}" y2="${px(y + 4)}"/>`;
  const words = `${mark.uses === 1 ? '' : count(mark.uses)}${mark.strength === 'refused' ? '×' : ''}`;
  return html`<line class="timeline-dashed" x1="${mark.opensBefore ? '0' : across(x1)}" x2="${mark.opensAfter ? '100%' : across(x2)}" y1="${px(y)}" y2="${px(y)}"/>${!mark.opensBefore && end(x1)}${!mark.opensAfter && end(x2)}${
    words !== '' &&
    html`<text class="timeline-beside timeline-halo" x="${across((x1 + x2) / 2)}" y="${px(y + 4)}" text-anchor="middle">${words}</text>`
  }`;
}

/** The sign of a flag, about 10 units wide, beginning at `x` (or ending there, leftwards), centred on `y`. */
export function flagSymbol(kind: Flag['kind'], x: number, y: number, leftwards: boolean): Html {
  const s = leftwards ? -1 : 1;
  const [tip, mid] = [px(x + 10 * s), px(x + 5 * s)];
  const [top, bottom, at] = [px(y - 5), px(y + 5), px(x)];
  switch (kind) {
    case 'page':
      return html`<path class="timeline-flag-page" d="M${at} ${top}L${tip} ${px(y)}L${at} ${bottom}Z"/>`;
    case 'update':
      return html`<path class="timeline-flag-update" d="M${at} ${top}L${tip} ${px(y)}L${at} ${bottom}Z"/>`;
    case 'alert':
      return html`<path class="timeline-flag-page" d="M${at} ${top}H${tip}V${bottom}H${at}Z"/>`;
    case 'attack-start':
    case 'attack-end':
      return html`<path class="timeline-flag-attack" d="M${mid} ${px(y - 6)}L${tip} ${px(y)}L${mid} ${px(y + 6)}L${at} ${px(y)}Z"/>`;
    default:
      return html`<circle class="timeline-flag-look" cx="${mid}" cy="${px(y)}" r="4"/>`;
  }
}
