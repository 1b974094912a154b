import { describe, expect, it } from 'vitest';
import { edits, nearest } from '../../functions/core/nearest.ts';

describe('the distance of two names', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['ClientIP', 'clientip', 0],
    ['ClientIP', 'client_ip', 1],
    ['ab', 'ba', 2],
  ])('from %j to %j is %d', (a, b, distance) => {
    expect(edits(a, b)).toBe(distance);
    expect(edits(b, a)).toBe(distance);
  });
});

describe('the nearest names', () => {
  it('come nearest first, names of one distance by the alphabet', () => {
    expect(nearest('score', ['store', 'core', 'path', 'scope', 'score2'], 3)).toEqual(['core', 'scope', 'score2']);
  });

  it('are no more than there are', () => {
    expect(nearest('a', ['b'], 3)).toEqual(['b']);
    expect(nearest('a', [], 3)).toEqual([]);
  });
});
