import { HOUR, MINUTE } from '../../functions/core/time.ts';
import type { Random } from '../../infra/local/scenario/random.ts';
import type { Cast } from './organisation.ts';
import { randomFor } from './random-for.ts';
import { dayStart, STORY_DAYS } from './span.ts';
import type { WebActivity } from './truth.ts';
import { cloudSeats, householdSeats, JA4, type Seat, someTarget } from './web-clients.ts';

/** What every site sees all day long: small bots from everywhere, patient ones, and some of its visitors. */
export function webBackground(cast: Cast, seed: number): WebActivity[] {
  const random = randomFor(seed, 'web-background');
  return Array.from({ length: STORY_DAYS }, (_, day) => [
    ...smallBots(cast, random, day),
    ...patientBots(cast, random, day),
    ...visitors(cast, random, day),
  ]).flat();
}

/** Probes and broken scripts. Some share a carrier's NAT or a VPN product's exit with the staff. */
function smallBots(cast: Cast, random: Random, day: number): WebActivity[] {
  return Array.from({ length: random.int(180, 240) }, () => {
    const from = dayStart(day) + random.int(0, 24 * 60 - 70) * MINUTE;
    const isProbe = random.chance(0.12);
    return {
      ...anywhere(cast, random),
      ...{ actor: 'small-bot', ja4: random.pick(BOTS), verifiedBot: false },
      ...{ botScore: random.chance(0.4) ? 1 : random.int(2, 29) },
      ...{ ...someTarget(random, cast.zones), path: isProbe ? '/.env' : random.pick(PATHS) },
      ...{ from, until: from + random.int(1, 60) * MINUTE, requests: random.int(3, 250) },
      ...(isProbe ? { security: { source: 'firewallManaged', action: 'block', share: 0.7 } } : {}),
    } as const;
  });
}

const BOTS = [JA4.python, JA4.go, JA4.curl, JA4.crawler] as const;
const PATHS = ['/', '/products', '/search', '/wp-login.php', '/sitemap.xml', '/blog'] as const;

function anywhere({ places }: Cast, random: Random): Seat {
  const luck = random.unit();
  const pool = luck < 0.012 ? random.pick(places.carriers) : luck < 0.022 ? random.pick(places.publicVpns) : undefined;
  if (pool !== undefined) return { asn: pool.asn, country: pool.country, address: random.pick(pool.addresses) };
  const [seat = NOWHERE] = luck < 0.6 ? cloudSeats(random, 1) : householdSeats(random, 1);
  return seat;
}

const NOWHERE: Seat = { address: '192.0.2.1', asn: 64496, country: 'XX' };

/** A few requests a minute for hours, which no alert ever hears of. */
function patientBots({ zones }: Cast, random: Random, day: number): WebActivity[] {
  return cloudSeats(random, random.int(1, 4)).map((seat) => {
    const from = dayStart(day) + random.int(0, 14 * 60) * MINUTE;
    const hours = random.int(3, 9);
    return {
      ...seat,
      ...{ actor: 'patient-bot', ja4: JA4.go, verifiedBot: false, botScore: random.int(1, 25) },
      ...{ ...someTarget(random, zones), path: '/products' },
      ...{ from, until: from + hours * HOUR, requests: hours * random.int(60, 300) },
    };
  });
}

/** A token few of the people that the sites are for. */
function visitors({ zones }: Cast, random: Random, day: number): WebActivity[] {
  const times = Array.from({ length: 12 }, (_, number) => dayStart(day) + 2 * number * HOUR);
  return times.flatMap((from) =>
    householdSeats(random, 5).map((seat) => ({
      ...seat,
      ...{ actor: 'visitor', ja4: random.pick([JA4.chrome, JA4.firefox]), verifiedBot: false },
      ...{ botScore: random.int(35, 99), ...someTarget(random, zones), path: '/' },
      ...{ from, until: from + random.int(5, 110) * MINUTE, requests: random.int(20, 1500) },
    })),
  );
}
