import { BASE_STYLE } from './base-style.ts';
import { DECISION_STYLE } from './decision-section.ts';
import { TOKENS_STYLE } from './tokens-style.ts';
import { TONE_STYLE } from './tone-icon.ts';
import { VERDICT_STYLE } from './verdict-section.ts';

/** The style of every page, one constant, so that a hash can speak for it. */
export const PAGES_STYLE = [TOKENS_STYLE, BASE_STYLE, TONE_STYLE, VERDICT_STYLE, DECISION_STYLE].join('');
