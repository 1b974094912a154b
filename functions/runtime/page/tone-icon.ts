import type { Tone } from '../../core/case-view/verdict-sentence.ts';
import { type Html, html } from './markup.ts';

/** A shape for each tone, so that none is told by its colour alone. For the eye only: words say the same beside it. */
export function toneIcon(tone: Tone): Html {
  return html`<svg class="tone-icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">${SHAPES[tone]}</svg>`;
}

/** An octagon, a triangle and a ring to stop, look and go; a diamond with a question for what nobody knows. */
const SHAPES: Readonly<Record<Tone, Html>> = {
  alarm: html`<path class="tone-fill" d="M7.6 1.5h8.8l6.1 6.1v8.8l-6.1 6.1H7.6l-6.1-6.1V7.6z"/>
<path class="tone-cut" d="M12 6.5v7M12 17v.5" stroke-width="2.6" stroke-linecap="round"/>`,
  caution: html`<path class="tone-line" d="M12 3 22 20.5H2z" stroke-width="2" stroke-linejoin="round"/>
<path class="tone-line" d="M12 9.5v5M12 17.4v.2" stroke-width="2.2" stroke-linecap="round"/>`,
  calm: html`<circle class="tone-line" cx="12" cy="12" r="9.5" stroke-width="2"/>
<path class="tone-line" d="m7.5 12.5 3 3 6-6.5" stroke-width="2.2" stroke-linecap="round" stroke-linejoin="round"/>`,
  unknown: html`<path class="tone-line" d="M12 1.8 22.2 12 12 22.2 1.8 12z" stroke-width="2" stroke-linejoin="round"/>
<path class="tone-line" d="M9.3 9.8c0-1.6 1.2-2.6 2.7-2.6s2.7 1 2.7 2.4c0 1.9-2.7 2-2.7 4M12 16.6v.2" stroke-width="2" stroke-linecap="round"/>`,
};

export const TONE_STYLE = `
.tone-icon { flex: none; }
.tone-fill { fill: currentColor; }
.tone-line { fill: none; stroke: currentColor; }
.tone-cut { fill: none; stroke: var(--paper); }
`;
