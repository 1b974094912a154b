import { describe, expect, it } from 'vitest';
import { LearnedContext } from '../../functions/core/learned.ts';
import { DAY, HOUR, instant, MINUTE } from '../../functions/core/time.ts';
import { credential, sighting, tokenUse } from '../support/evidence.ts';
import { ClaimBook } from './claims.ts';
import { BEGIN, call, FROM, intrusion, type SmallWorld, STAGE, watched, ZONE } from './fixtures.ts';
import { Labels } from './labels.ts';
import type { Run } from './outcome.ts';
import { type LookSeen, play } from './play.ts';

const NOON = FROM + 12 * HOUR;
const zone = { id: ZONE, name: 'example.com' };

/** A bot of ours on 203.0.113.7 for ten minutes around an instant. */
function bot(at: number, address = '203.0.113.7') {
  const seen = { notBefore: at - 5 * MINUTE, notAfter: at + 5 * MINUTE };
  return sighting({ address, network: address, original: address, zone, seen });
}

function used(at: number, id = 'token/42', address = '203.0.113.7') {
  return tokenUse({ credential: id, address, network: address, original: address, at: instant(at), sources: ['logs'] });
}

/** An attack at a quarter past noon, with token 42 in hand. */
const ATTACK: SmallWorld = {
  sightings: [bot(NOON + 15 * MINUTE)],
  uses: [used(NOON + 16 * MINUTE)],
  credentials: [credential()],
};

async function played(world: SmallWorld, labels = new Labels({ calls: [], intrusions: [] })) {
  const looks: LookSeen[] = [];
  const claims = new ClaimBook(labels, () => ['scraper/1']);
  const kept = await play(STAGE, watched(world), new LearnedContext(), (look) => {
    looks.push(look);
    claims.add(look);
  });
  const run: Run = await claims.run(kept);
  return { looks, run, pages: run.pages };
}

const spike = { at: NOON + 20 * MINUTE, zone: ZONE, start: NOON + 10 * MINUTE };

describe('a story that is played', () => {
  it('is hunted ten minutes after every hour, from the first to the last', async () => {
    const { looks } = await played({});
    expect(looks).toHaveLength(96);
    expect(looks.every(({ at }) => at % HOUR === 10 * MINUTE)).toBe(true);
    expect([looks[0]?.window.start, looks.at(-1)?.window.end]).toEqual([BEGIN, STAGE.to]);
    expect(looks.filter(({ shadow }) => shadow)).toHaveLength(47);
  });

  it('is looked at again 5, 15 and 60 minutes after a spike, up to now, half an hour of lead included', async () => {
    const { looks } = await played({ spikes: [spike] });
    const ofSpike = looks.filter(({ trigger }) => trigger === 'spike');
    expect(ofSpike.map(({ at }) => (at - spike.at) / MINUTE)).toEqual([0, 5, 15, 60]);
    expect(ofSpike.map(({ window }) => window)).toEqual(
      [0, 5, 15, 60].map((minutes) => ({ start: NOON - 20 * MINUTE, end: spike.at + minutes * MINUTE })),
    );
  });

  it('asks about the hour before a monitor, and sees the events of its day', async () => {
    const early = bot(NOON - 20 * HOUR);
    const monitor = { at: NOON, zone: ZONE, total: 900, reference: 100 };
    const { looks } = await played({ sightings: [early], monitors: [monitor] });
    const first = looks.find(({ trigger }) => trigger === 'monitor');
    expect(first?.window).toEqual({ start: NOON - HOUR, end: NOON });
    expect(first?.sightings).toEqual([early]);
  });

  it('wakes somebody for an intrusion, once, however many triggers and looks find it', async () => {
    const monitor = { at: NOON + 22 * MINUTE, zone: ZONE, total: 900, reference: 100 };
    const { looks, pages, run } = await played({ ...ATTACK, spikes: [spike], monitors: [monitor] });
    const found = new Set(looks.filter(({ findings }) => findings.length > 0).map(({ trigger }) => trigger));
    expect(found).toEqual(new Set(['spike', 'monitor', 'hunt']));
    expect(pages.map(({ at }) => at)).toEqual([spike.at]);
    expect(new Set(run.claims.map(({ incident }) => incident)).size).toBe(1);
    expect(run.claims).toMatchObject([{ credential: 'token/42', paged: true }]);
  });

  it('wakes somebody again for a second credential that reaches page level later', async () => {
    const second = used(NOON + 22 * MINUTE, 'token/43');
    const world = {
      ...ATTACK,
      uses: [...(ATTACK.uses ?? []), second],
      credentials: [credential(), credential({ id: 'token/43' })],
      spikes: [spike],
    };
    const { pages } = await played(world);
    expect(pages.map(({ at }) => at)).toEqual([spike.at, spike.at + 5 * MINUTE]);
    expect(new Set(pages.map(({ incident }) => incident)).size).toBe(1);
  });

  it('finds at a later look what arrived late', async () => {
    const late = { ...ATTACK, spikes: [spike], readableAt: () => spike.at + MINUTE };
    expect((await played(late)).pages.map(({ at }) => at)).toEqual([spike.at + 5 * MINUTE]);
  });

  it('wakes nobody in shadow mode, and says nothing of it', async () => {
    const at = FROM - DAY;
    const world = { sightings: [bot(at)], uses: [used(at)], credentials: [credential()] };
    const { looks, run } = await played({ ...world, spikes: [{ at: at + MINUTE, zone: ZONE, start: at - MINUTE }] });
    expect(looks.filter(({ findings }) => findings.length > 0).length).toBeGreaterThan(1);
    expect(run).toEqual({ claims: [], pages: [] });
  });

  it('is the same whatever the order of what is read', async () => {
    const uses = [16, 17, 18, 90].flatMap((minutes) =>
      ['token/42', 'token/43', 'token/44'].map((id) => used(NOON + minutes * MINUTE, id)),
    );
    const sightings = [bot(NOON + 15 * MINUTE), bot(NOON + 80 * MINUTE), bot(NOON, '203.0.113.8')];
    const credentials = ['token/42', 'token/43', 'token/44'].map((id) => credential({ id }));
    const world = { sightings, uses, credentials, spikes: [spike] };
    const turned = {
      sightings: sightings.toReversed(),
      uses: uses.toReversed(),
      credentials: credentials.toReversed(),
      spikes: [spike],
    };
    const [one, other] = [await played(world), await played(turned)];
    expect(one.pages.length).toBeGreaterThan(0);
    expect(other.pages).toEqual(one.pages);
    const sorted = ({ claims }: Run) => claims.toSorted((a, b) => (a.credential < b.credential ? -1 : 1));
    expect(sorted(other.run)).toEqual(sorted(one.run));
  });

  it('says which intrusion woke somebody, and who sent the requests of a page that none did', async () => {
    const deed = call({ from: NOON + 16 * MINUTE, until: NOON + 16 * MINUTE });
    const labels = new Labels({ calls: [deed], intrusions: [intrusion()] });
    const innocent = {
      sightings: [bot(NOON + 15 * MINUTE, '203.0.113.8')],
      uses: [used(NOON, 'token/43', '203.0.113.8')],
    };
    const world = {
      sightings: [...(ATTACK.sightings ?? []), ...innocent.sightings],
      uses: [...(ATTACK.uses ?? []), ...innocent.uses],
      credentials: [credential(), credential({ id: 'token/43' })],
      spikes: [spike],
    };
    const { run, pages } = await played(world, labels);
    expect(pages.map(({ intrusions, actors }) => ({ intrusions, actors }))).toEqual(
      expect.arrayContaining([
        { intrusions: ['scraping-address/1'], actors: ['scraper/1'] },
        { intrusions: [], actors: ['scraper/1'] },
      ]),
    );
    const labelled = run.claims.map(({ credential: id, intrusion: of }) => [id, of]);
    expect(labelled).toEqual(
      expect.arrayContaining([
        ['token/42', 'scraping-address/1'],
        ['token/43', undefined],
      ]),
    );
  });

  it('remembers what was said of a credential before it was worst', async () => {
    const claims = new ClaimBook(new Labels({ calls: [], intrusions: [] }), () => []);
    const looks = (await played({ ...ATTACK, spikes: [spike] })).looks.filter(({ findings }) => findings.length > 0);
    const [first] = looks;
    if (first === undefined) throw new Error('nothing was found');
    const scored = (minutes: number, score: number) => ({
      ...first,
      at: first.at + minutes * MINUTE,
      findings: first.findings.map((finding) => ({ ...finding, score })),
    });
    for (const look of [scored(0, 40), scored(5, 79), scored(6, 60), scored(9, 80)]) claims.add(look);
    const { claims: told } = await claims.run(async (id) => id);
    const before = [
      { at: first.at, score: 40 },
      { at: first.at + 5 * MINUTE, score: 79 },
    ];
    expect(told).toMatchObject([{ at: first.at + 9 * MINUTE, score: 80, before }]);
  });

  it('tells a report of one credential once a day, not once a look', async () => {
    const refused = (at: number) => ({ ...used(at), strength: 'refused' as const, refusal: 'token_expired' });
    const times = [1, 2, 3, 4].map((hours) => NOON + hours * HOUR);
    const world = { sightings: times.map((at) => bot(at)), uses: times.map(refused), credentials: [credential()] };
    const { looks, run } = await played(world);
    expect(looks.filter(({ findings }) => findings.length > 0).length).toBeGreaterThanOrEqual(4);
    expect(run.pages).toEqual([]);
    expect(run.claims).toMatchObject([{ credential: 'token/42', paged: false }]);
  });
});
