import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextPage } from '../../../functions/adapters/gitlab/next-page.ts';

const HOST = 'gitlab.example.com';

describe('the next page', () => {
  it.each([
    ['<https://gitlab.example.com/api/v4/x?cursor=abc%3D&per_page=100>; rel="next"', 'cursor=abc%3D&per_page=100'],
    ['<https://gitlab.example.com/x?page=1>; rel="first", <https://gitlab.example.com/x?page=3>; rel="next"', 'page=3'],
    ['<https://gitlab.example.com/x?page=2>; title="a"; rel=next', 'page=2'],
    ['<http://gitlab.example.com/x?page=2>; rel="next"', 'page=2'],
  ])('of %s', (link, next) => {
    expect(nextPage(link, HOST)).toEqual({ next });
  });

  it.each([null, '', '<https://gitlab.example.com/x?page=1>; rel="prev"', 'nonsense'])('is none in %o', (link) => {
    expect(nextPage(link, HOST)).toEqual({});
  });

  it.each([
    '<https://evil.example/api/v4/x?cursor=abc>; rel="next"',
    '<https://gitlab.example.com@evil.example/?cursor=abc>; rel="next"',
    '<https://gitlab.example.com:8443/x?cursor=abc>; rel="next"',
    '<//evil.example/x?cursor=a>; rel="next"',
    '<javascript:alert(1)?a=b>; rel="next"',
    '<https://gitlab.example.com/x>; rel="next"',
    `<https://gitlab.example.com/x?cursor=${'a'.repeat(5_000)}>; rel="next"`,
  ])('is refused in %.80s', (link) => {
    const { next, nextRefused } = nextPage(link, HOST);
    expect(next).toBeUndefined();
    expect(nextRefused).toContain('gitlab.url');
  });

  it('is never of another host, whatever the header holds', () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true }), fc.string(), (url, noise) => {
        expect(nextPage(`${noise}<${url}>; rel="next"`, HOST).next).toBeUndefined();
      }),
    );
  });
});
