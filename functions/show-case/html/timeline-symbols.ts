import { count, plural } from '../../core/amount-text.ts';
import type { Flag } from '../../core/case-view/timeline-flags.ts';
import type { Mark } from '../../core/case-view/timeline-marks.ts';
import type { FindingDecision } from '../../core/finding.ts';
import type { Strength } from '../../core/token-use.ts';
import { type Html, html } from '../../runtime/page/markup.ts';
import { px, RADIUS, RING } from './timeline-layout.ts';

/** What says how a mark looks. */
export type MarkLook = Pick<Mark, 'strength' | 'timing' | 'matched'>;

/** Below this width a bar shows no words. */
const WORDS_WIDTH = 170;

/** A mark from `x1` to `x2`, centred on `y`; its colour comes from the group it stands in ({@link markClass}). */
export function markSymbol(mark: Omit<Mark, 'from' | 'to'>, x1: number, x2: number, y: number): Html {
  if (mark.timing === 'between') return betweenBar(mark, x1, x2, y);
  if (mark.uses === 1 && x2 - x1 < 2) return point(mark, (x1 + x2) / 2, y);
  return exactBar(mark, x1, x2, y);
}

/** The classes that give a mark its colour: red is for matched uses of a credential that pages, and for nothing else. */
export function markClass({ matched, strength }: MarkLook, decision: FindingDecision): string {
  return `timeline-mark timeline-mark-${matched ? decision : 'other'} timeline-${strength}`;
}

function point({ strength, matched }: MarkLook, x: number, y: number): Html {
  const ring = matched ? html`<circle class="timeline-ring" cx="${px(x)}" cy="${px(y)}" r="${RING}"/>` : undefined;
  return html`${ring}${shapeOf(strength, x, y, matched ? RADIUS : RADIUS - 1)}`;
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

/** Several uses from the first to the last, with how many; open ends where it goes on beside the picture. */
function exactBar(mark: Omit<Mark, 'from' | 'to'>, x1: number, x2: number, y: number): Html {
  const r = mark.matched ? RING : RING - 2;
  const label = count(mark.uses);
  const least = label.length * 7 + 8;
  const spare = Math.max(0, least - (x2 - x1 + 2 * r)) / 2;
  const [left, right] = [x1 - r - spare, x2 + r + spare];
  const filled = mark.strength === 'used' || mark.strength === 'minted';
  const sign = mark.strength === 'refused' ? '×' : '';
  return html`<rect class="${filled ? 'timeline-fill' : 'timeline-hollow'}" x="${px(left)}" y="${px(y - r)}" width="${px(right - left)}" height="${px(r * 2)}" rx="${mark.strength === 'minted' ? 1 : px(r)}"/>${
    label === '1'
      ? undefined
      : html`<text class="${filled ? 'timeline-inside' : 'timeline-beside'}" x="${px((left + right) / 2)}" y="${px(y + 4)}" text-anchor="middle">${label}${sign}</text>`
  }`;
}

/** Some time between two ends: dashed, and without an end where it leaves the picture. */
function betweenBar(mark: Omit<Mark, 'from' | 'to'>, x1: number, x2: number, y: number): Html {
  const r = RING;
  const [left, right] = [x1 - (mark.opensBefore ? 0 : 1), Math.max(x2, x1 + 3) + (mark.opensAfter ? 0 : 1)];
  const [l, t, w, b] = [px(left), px(y - r), px(right), px(y + r)];
  const outline = mark.opensBefore
    ? mark.opensAfter
      ? `M${l} ${t}H${w}M${l} ${b}H${w}`
      : `M${l} ${t}H${w}V${b}H${l}`
    : mark.opensAfter
      ? `M${w} ${t}H${l}V${b}H${w}`
      : `M${l} ${t}H${w}V${b}H${l}Z`;
  const wide = right - left >= WORDS_WIDTH;
  const words = wide
    ? `${mark.strength === 'refused' ? '× ' : ''}${mark.uses === 1 ? 'at some time in between' : `${plural(mark.uses, 'use', 'uses')} in between`}`
    : mark.uses === 1
      ? ''
      : count(mark.uses);
  return html`<rect class="timeline-wash" x="${l}" y="${t}" width="${px(right - left)}" height="${px(r * 2)}"/><path class="timeline-dashed" d="${outline}"/>${
    words === ''
      ? undefined
      : html`<text class="timeline-beside" x="${px((left + right) / 2)}" y="${px(y + 4)}" text-anchor="middle">${words}</text>`
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
