import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CASES_PATH,
  casePath,
  checkLink,
  evidencePath,
  type LinkKey,
  LONGEST_LINK_DAYS,
  type OpenedLink,
  signedPath,
  siteOf,
} from '../../functions/core/case-link.ts';
import { DAY, HOUR, MINUTE } from '../../functions/core/time.ts';

const NOW = Date.UTC(2026, 10, 20, 19);
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

const SECRETS = fc.uint8Array({ minLength: 32, maxLength: 32 });
const KEYS = SECRETS.map((secret): LinkKey => ({ secret, expires: NOW + 37 * DAY }));
/** Dots alone are steps in a URL's path, which no case is called. */
const CASE_IDS = fc
  .oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), fc.uuid())
  .filter((id) => !/^\.+$/.test(id));
const PATHS = fc.oneof(fc.constant(CASES_PATH), CASE_IDS.map(casePath), CASE_IDS.map(evidencePath));
/** Instants at which a link given out now may end. */
const ENDS = fc.integer({ min: NOW + 1_000, max: NOW + LONGEST_LINK_DAYS * DAY });

const KEY: LinkKey = { secret: new Uint8Array(32).fill(7), expires: NOW + 37 * DAY };

/** What the receiver of such a link sees. */
function opened(link: string): Required<OpenedLink> & { readonly expires: string; readonly signature: string } {
  const url = new URL(link, 'https://latchkey.example.com');
  const { expires = '', signature = '', ...rest } = Object.fromEntries(url.searchParams);
  expect(rest).toEqual({});
  return { path: url.pathname, expires, signature };
}

const link = (end = NOW + 7 * DAY) => opened(signedPath(casePath('case-1'), end, KEY));

describe('a signed link', () => {
  it('opens what it was made for, until its end', () => {
    fc.assert(
      fc.property(PATHS, ENDS, KEYS, (path, end, key) => {
        const checked = checkLink(opened(signedPath(path, end, key)), [key], NOW);
        expect(checked).toEqual({ key, expires: Math.floor(end / 1000) * 1000 });
      }),
    );
  });

  it('leads on with the key and the end it came with', () => {
    const checked = checkLink(link(), [KEY], NOW);
    const onward = checked && signedPath(evidencePath('case-1'), checked.expires, checked.key);
    expect(onward && checkLink(opened(onward), [KEY], NOW)).toEqual(checked);
  });

  it('is short enough to be read out, and of characters that no chat breaks', () => {
    const made = signedPath(casePath('monitor-20261120T190000Z-0123456789ab'), NOW + 7 * DAY, KEY);
    expect(made).toMatch(/^\/cases\/monitor-20261120T190000Z-0123456789ab\?expires=\d{10}&signature=[\w-]{43}$/);
  });

  it('ends with its second', () => {
    const { expires, ...rest } = link(NOW + 5_999);
    expect(expires).toBe(String(NOW / 1000 + 5));
    expect(checkLink({ expires, ...rest }, [KEY], NOW + 4_999)).toBeDefined();
    expect(checkLink({ expires, ...rest }, [KEY], NOW + 5_000)).toBeUndefined();
    expect(checkLink({ expires, ...rest }, [KEY], NOW + 365 * DAY)).toBeUndefined();
  });

  it('that would outlive its key opens nothing', () => {
    const longest = NOW + LONGEST_LINK_DAYS * DAY;
    expect(checkLink(link(longest), [KEY], NOW)).toBeDefined();
    expect(checkLink(link(longest + HOUR), [KEY], NOW)).toBeDefined();
    expect(checkLink(link(longest + HOUR + 1_000), [KEY], NOW)).toBeUndefined();
    expect(checkLink(link(longest + 10 * 365 * DAY), [KEY], NOW)).toBeUndefined();
  });
});

describe('a link that was tampered with opens nothing', () => {
  const links = fc.tuple(PATHS, ENDS, KEYS).map(([path, end, key]) => ({ ...opened(signedPath(path, end, key)), key }));

  /** Checks that no change of one character of the field, at any place, leaves the link good. */
  const always = (field: 'path' | 'expires' | 'signature', characters: readonly string[]) => {
    const change = fc.tuple(links, fc.nat(), fc.constantFrom(...characters), fc.constantFrom('replace', 'add', 'drop'));
    fc.assert(
      fc.property(change, ([{ key, ...good }, place, character, how]) => {
        const text = good[field];
        const at = place % text.length;
        const changed = text.slice(0, at) + (how === 'drop' ? '' : character) + text.slice(how === 'add' ? at : at + 1);
        fc.pre(changed !== text);
        expect(checkLink({ ...good, [field]: changed }, [key], NOW)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  };

  it('in its path', () => always('path', [...BASE64URL, '/', '%', '.', '\n', '?', ' ', 'é']));
  it('in its end', () => always('expires', [...'0123456789', ' ', '+', '-', '.', 'e', '\n', '٣']));
  it('in its signature', () => always('signature', [...BASE64URL, '=', '+', '/', ' ', '\n', '%']));

  it('at each character, whatever it is', () => {
    const good = link();
    for (const field of ['path', 'expires', 'signature'] as const) {
      for (let at = 0; at < good[field].length; at++) {
        for (const character of '0123456789AZaz_-/') {
          const changed = good[field].slice(0, at) + character + good[field].slice(at + 1);
          if (changed === good[field]) continue;
          expect(checkLink({ ...good, [field]: changed }, [KEY], NOW)).toBeUndefined();
        }
      }
    }
  });

  it('by a key that differs in one bit', () => {
    fc.assert(
      fc.property(links, fc.nat({ max: 255 }), ({ key, ...good }, bit) => {
        const secret = Uint8Array.from(key.secret, (byte, index) =>
          index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte,
        );
        expect(checkLink(good, [{ ...key, secret }], NOW)).toBeUndefined();
      }),
    );
  });
});

describe('a signature', () => {
  it('of one path opens no other', () => {
    fc.assert(
      fc.property(PATHS, PATHS, ENDS, KEYS, (path, other, end, key) => {
        fc.pre(path !== other);
        expect(checkLink({ ...opened(signedPath(path, end, key)), path: other }, [key], NOW)).toBeUndefined();
      }),
    );
    const paths = [CASES_PATH, casePath('a'), evidencePath('a'), casePath('b'), casePath('a/evidence.json')];
    for (const path of paths) {
      const opens = paths.filter((other) =>
        checkLink({ ...opened(signedPath(path, NOW + DAY, KEY)), path: other }, [KEY], NOW),
      );
      expect(opens).toEqual([path]);
    }
  });

  it('of one end is none of another', () => {
    const [early, late] = [link(NOW + DAY), link(NOW + 2 * DAY)];
    expect(checkLink({ ...early, expires: late.expires }, [KEY], NOW)).toBeUndefined();
  });

  it('is taken in one form only', () => {
    const { signature, ...rest } = link();
    const last = BASE64URL.indexOf(signature.at(-1) ?? '');
    // Four last characters stand for the same 32 bytes; one of them is what we write.
    const same = [0, 1, 2, 3].map((low) => signature.slice(0, -1) + BASE64URL[(last & ~3) | low]);
    const bytes = same.map((text) => Buffer.from(text, 'base64url').toString('hex'));
    expect(new Set(bytes).size).toBe(1);
    const forms = [...same, `${signature}=`, Buffer.from(signature, 'base64url').toString('base64')];
    expect(forms.filter((form) => checkLink({ ...rest, signature: form }, [KEY], NOW))).toEqual([signature]);
  });

  /** Signed with the key itself, so that nothing but the form of its end can be wrong. */
  const handmade = (expires: string): OpenedLink => {
    const signed = createHmac('sha256', KEY.secret).update(`latchkey-case-link/1\n${CASES_PATH}\n${expires}`);
    return { path: CASES_PATH, expires, signature: signed.digest('base64url') };
  };

  it('is the HMAC that others can make, too', () => {
    const end = String(NOW / 1000 + 60);
    expect(handmade(end)).toEqual(opened(signedPath(CASES_PATH, NOW + 60_000, KEY)));
    expect(checkLink(handmade(end), [KEY], NOW)).toEqual({ key: KEY, expires: NOW + 60_000 });
  });

  it.each([
    (text: string) => `0${text}`,
    (text: string) => `+${text}`,
    (text: string) => ` ${text}`,
    (text: string) => `${text}\n`,
    (text: string) => `${text}.0`,
    (text: string) => `${text}e0`,
    (text: string) => `0x${Number(text).toString(16)}`,
    (text: string) => text.replace(/\d/g, (digit) => String.fromCharCode(0x0660 + Number(digit))),
    () => '',
    () => '-1',
    () => 'NaN',
    () => 'Infinity',
    () => '9'.repeat(400),
  ])('does not go with a number written as %s', (write) => {
    expect(checkLink(handmade(write(String(NOW / 1000 + 60))), [KEY], NOW)).toBeUndefined();
  });

  it('goes with one way to divide what was signed into path and end', () => {
    const signed = opened(signedPath('/cases\n0', NOW + DAY, KEY));
    expect(checkLink({ ...signed, path: '/cases', expires: `0\n${signed.expires}` }, [KEY], NOW)).toBeUndefined();
  });

  it('that is missing opens nothing, nor does a missing end', () => {
    expect(checkLink({ ...link(), signature: undefined }, [KEY], NOW)).toBeUndefined();
    expect(checkLink({ ...link(), expires: undefined }, [KEY], NOW)).toBeUndefined();
    expect(checkLink({ ...link(), signature: '' }, [KEY], NOW)).toBeUndefined();
  });
});

describe('keys', () => {
  it('of earlier periods still open what they signed, beside newer ones', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(KEYS, { minLength: 2, maxLength: 6, selector: (key) => key.secret.join() }),
        (keys) => {
          for (const key of keys) {
            expect(checkLink(opened(signedPath(CASES_PATH, NOW + DAY, key)), keys, NOW)?.key).toBe(key);
          }
        },
      ),
    );
  });

  it('that are gone take their links with them', () => {
    const other = { ...KEY, secret: new Uint8Array(32).fill(8) };
    expect(checkLink(link(), [other], NOW)).toBeUndefined();
    expect(checkLink(link(), [], NOW)).toBeUndefined();
  });
});

describe('the longest link', () => {
  it('is refused by no clock that is a little ahead or behind', () => {
    expect(checkLink(link(NOW + LONGEST_LINK_DAYS * DAY), [KEY], NOW - 59 * MINUTE)).toBeDefined();
  });
});

describe('the site of the links', () => {
  it.each([
    ['https://x.execute-api.eu-west-1.amazonaws.com', 'https://x.execute-api.eu-west-1.amazonaws.com'],
    ['https://x.example.com/', 'https://x.example.com'],
    ['https://x.example.com/cases', 'https://x.example.com'],
    ['https://x.example.com/cases/', 'https://x.example.com'],
    ['https://x.example.com/stage/cases', 'https://x.example.com/stage'],
    ['https://x.example.com/suitcases', 'https://x.example.com/suitcases'],
    ['http://127.0.0.1:8080/', 'http://127.0.0.1:8080'],
    ['https://x.example.com/cases?a=1', undefined],
    ['https://x.example.com/#a', undefined],
    ['https://me@x.example.com/', undefined],
    ['https://:secret@x.example.com/', undefined],
    ['x.example.com', undefined],
    ['javascript:alert(1)', undefined],
    ['', undefined],
  ])('at %s is %s', (url, site) => {
    expect(siteOf(url)).toBe(site);
  });
});
