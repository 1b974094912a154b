import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonExcerpt } from '../../../functions/core/case-view/json-excerpt.ts';

describe('an excerpt of JSON', () => {
  it('is the whole of what is small', () => {
    const value = { a: [1, 'two', null], b: { c: true } };
    expect(jsonExcerpt(value, 1_000)).toEqual({ text: JSON.stringify(value, null, 2), leftOut: 0 });
  });

  it('cuts lists, and says in place of the rest how many that were', () => {
    const { text, leftOut } = jsonExcerpt({ rows: Array.from({ length: 1_212 }, (_, index) => index) }, 10_000);
    expect(JSON.parse(text).rows.at(-1)).toBe('… and 1,200 more');
    expect(leftOut).toBe(1_200);
  });

  it('cuts deeper until it fits, and looks at no more of a huge value than it keeps', () => {
    let reads = 0;
    const huge = new Proxy(
      Array.from({ length: 100_000 }, () => ({ text: 'x'.repeat(300) })),
      {
        get: (list, name, self) => {
          if (typeof name === 'string' && /^\d+$/.test(name)) reads += 1;
          return Reflect.get(list, name, self);
        },
      },
    );
    const { text } = jsonExcerpt({ huge }, 1_500);
    expect(text.length).toBeLessThanOrEqual(1_500);
    expect(JSON.parse(text).huge.at(-1)).toMatch(/^… and 99,99\d more$/);
    expect(reads).toBeLessThan(100);
  });

  it('holds no GitLab token and no query string', () => {
    const { text } = jsonExcerpt({ name: 'my glpat-abcdefghijklmnopqrst', path: '/login?token=secret&x=1' }, 1_000);
    expect(text).not.toMatch(/glpat-|secret/);
  });

  it('never grows beyond what it may be, whatever the value', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), fc.integer({ min: 200, max: 3_000 }), (value, most) => {
        expect(jsonExcerpt(value, most).text.length).toBeLessThanOrEqual(most);
      }),
    );
  });
});
