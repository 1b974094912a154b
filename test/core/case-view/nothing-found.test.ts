import { describe, expect, it } from 'vitest';
import { nothingFound } from '../../../functions/core/case-view/nothing-found.ts';
import { complete, unavailable } from '../../../functions/core/coverage.ts';
import { openedCaseFile, quietCaseFile, sampleCaseFile } from '../../support/case-files.ts';

const SEEN = 'No credential was seen at any of the 40 addresses sighted.';

describe('why there is no finding', () => {
  it('is an answer where GitLab answered', () => {
    expect(nothingFound(quietCaseFile())[0]).toBe(SEEN);
  });

  it('is nothing known where GitLab could not be asked, whatever else was read', () => {
    const file = quietCaseFile();
    const coverage = {
      cloudflare: complete(),
      stream: complete(),
      audit: unavailable('401'),
      inventory: unavailable('401'),
    };
    const told = nothingFound({ ...file, looks: file.looks.map((look) => ({ ...look, coverage })) });
    expect(told).toEqual(['GitLab could not be asked: nothing is known.']);
  });

  it('takes the answer of an earlier look', () => {
    const file = quietCaseFile();
    const [first, second] = file.looks;
    if (first === undefined || second === undefined) throw new Error('the case has two looks');
    const looks = [first, { ...second, coverage: { audit: unavailable('502') } }];
    expect(nothingFound({ ...file, looks })[0]).toBe(SEEN);
  });

  it('is nothing known where nothing is stored', () => {
    expect(nothingFound(openedCaseFile())).toEqual([
      'Nothing is stored of a comparison with GitLab: nothing is known.',
    ]);
    const file = quietCaseFile();
    const looks = file.looks.map(({ sightings, ...look }) => look);
    expect(nothingFound({ ...file, looks })[0]).toContain('nothing is known');
    const unasked = file.looks.map(({ coverage, ...look }) => look);
    expect(nothingFound({ ...file, looks: unasked })[0]).toContain('says nothing');
  });

  it('says so where a list was cut or something stored could not be read', () => {
    const file = quietCaseFile({ unread: ['The findings of look 2 could not be read.'] });
    const looks = file.looks.map((look) => ({
      ...look,
      ...(look.sightings === undefined
        ? {}
        : { sightings: { ...look.sightings, whole: false, totalAddresses: 48_000 } }),
    }));
    const told = nothingFound({ ...file, looks });
    expect(told.join(' ')).toContain('The list of addresses was cut or sampled: Cloudflare counted 48,000. To');
    expect(told).toContain('Part of what is stored of this case could not be read.');
  });

  it('says whether a cut list was completed by asking back, whoever counted it', () => {
    const file = quietCaseFile();
    const cut = (counts: Record<string, number>) =>
      nothingFound({
        ...file,
        looks: file.looks.map((look) => {
          const { totalAddresses, ...report } = look.sightings ?? { sightings: [] };
          return { ...look, sightings: { ...report, whole: false, coverage: complete(counts) } };
        }),
      });
    const words =
      'The list of addresses was cut or sampled. To complete it, addresses that GitLab saw were asked about:';
    expect(cut({ askedBack: 312 })).toContain(`${words} 312.`);
    expect(cut({})).toContain(`${words} none.`);
  });

  it('is nothing known where the source of sightings could not be asked', () => {
    const file = quietCaseFile();
    const silent = { sightings: [], whole: false, coverage: unavailable('503') };
    expect(nothingFound({ ...file, looks: file.looks.map((look) => ({ ...look, sightings: silent })) })).toEqual([
      'GitLab answered, but what Cloudflare saw could not be read: nothing is known.',
    ]);
    const [first, second] = file.looks;
    if (first === undefined || second === undefined) throw new Error('the case has two looks');
    const told = nothingFound({ ...file, looks: [first, { ...second, sightings: silent }] });
    expect(told.slice(0, 2)).toEqual([SEEN, 'At the newest look Cloudflare could not be read.']);
  });

  it('says that findings are lost where the verdict tells of some, and whom the page was about', () => {
    const file = sampleCaseFile();
    const looks = file.looks.map(({ findings, ...look }) => look);
    expect(nothingFound({ ...file, looks })).toEqual([
      'This case is confirmed, and its findings are not stored: it is about Token 42, by the page that was ordered.',
    ]);
  });

  it('has nothing to compare where no address was sighted', () => {
    const file = quietCaseFile();
    const sightings = { sightings: [], whole: true, coverage: complete() };
    const looks = file.looks.map((look) => ({ ...look, sightings }));
    expect(nothingFound({ ...file, looks })[0]).toContain('nothing to compare');
  });
});
