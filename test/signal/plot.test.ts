import { describe, expect, it } from 'vitest';
import { placeOfRate, plotSvg } from './plot.ts';
import type { MixSummary } from './summary.ts';
import { mixSummary } from './summary-fixture.ts';

/** Every coordinate that a picture names. */
function numbersIn(svg: string): number[] {
  const drawn = svg.replace(/<style>.*<\/style>/s, '').replaceAll(/<(title|desc|text)\b.*?<\/\1>/gs, '');
  return [...drawn.matchAll(/-?\d+(?:\.\d+)?|NaN|Infinity/g)].map(([text]) => Number(text));
}

/** Left ends of the circles: where we work. */
function workingPoints(svg: string) {
  return [...svg.matchAll(/<circle class="point" cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
}

describe('the axis of false pages', () => {
  it('begins with none at all, grows, and holds what is beyond its end on it', () => {
    expect(placeOfRate(0, 300)).toBe(0);
    const places = [0.05, 0.1, 1, 10, 100, 1000].map((rate) => placeOfRate(rate, 300));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(placeOfRate(1000, 300)).toBe(300);
    expect(placeOfRate(90_000, 300)).toBe(300);
  });

  it('gives each power of ten about as much room', () => {
    const room = (from: number, to: number) => placeOfRate(to, 300) - placeOfRate(from, 300);
    expect(room(10, 100) / room(100, 1000)).toBeCloseTo(1, 1);
  });
});

describe('the plot', () => {
  const good = mixSummary({ ours: { recall: 1, falsePagesPerMonth: 0 } });
  const bad = mixSummary({ ours: { recall: 0, falsePagesPerMonth: 5_000 } });

  it('has a panel for each mix, with a point where we work', () => {
    const svg = plotSvg([good, bad, good]);
    expect(svg.match(/class="frame"/g)).toHaveLength(3);
    const [first, second] = workingPoints(svg);
    // The first panel: its upper left corner; the second: its lower right.
    expect(first).toEqual([52, 34]);
    expect(second).toEqual([440 * 2 - 28, 310 - 46]);
  });

  it('draws the curve from its lower left corner, and each baseline at every strictness', () => {
    const svg = plotSvg([good]);
    expect(svg).toMatch(/<path class="ours" d="M52 264H[\d.]+V[\d.]+/);
    expect(svg.match(/<polygon class="square strict"/g)).toHaveLength(2);
    // As published, and in the legend.
    expect(svg.match(/<polygon class="square"/g)).toHaveLength(2);
  });

  it('says in words what it shows, and hides nothing in markup', () => {
    const odd: MixSummary = { ...good, mix: { name: 'x', title: 'Logs & "lists" <none>' } };
    const svg = plotSvg([odd]);
    expect(svg).toContain('Latchkey recall 1.000 at 0.00 false pages a month');
    expect(svg).toContain('Plain address overlap: recall 0.400 at 250.00 false pages a month');
    expect(svg).toContain('Logs &amp; &quot;lists&quot; &lt;none&gt;');
    expect(svg).not.toContain('<none>');
    expect(svg).toContain('role="img" aria-labelledby="title desc"');
  });

  it('reads in the dark', () => {
    expect(plotSvg([good])).toContain('@media (prefers-color-scheme: dark)');
  });

  it('is drawn inside its edges, whatever the figures', () => {
    const empty = mixSummary({ ours: { recall: undefined, falsePagesPerMonth: 0 } });
    const svg = plotSvg([good, bad, { ...empty, curve: [], baselines: [] }]);
    const numbers = numbersIn(svg);
    expect(numbers.every(Number.isFinite)).toBe(true);
    expect(Math.max(...numbers)).toBeLessThanOrEqual(2000);
  });
});
