import { MINUTE } from '../../functions/core/time.ts';
import type { Cast } from './organisation.ts';
import { randomFor, shuffled } from './random-for.ts';
import { STORY_DAYS } from './span.ts';
import type { Person } from './staff.ts';
import type { WebActivity } from './truth.ts';
import { JA4, someTarget } from './web-clients.ts';
import { type Stay, workingDay } from './working-day.ts';

/** How many of the staff run scripts against the public sites. */
const SCRIPTERS = 4;

/** The staff on the organisation's own sites: as visitors, and a few of them now and then with a script from home. */
export function peopleOnTheWeb(cast: Cast, seed: number): WebActivity[] {
  const oftenHome = cast.people.filter(({ vpnShare, officeShare }) => vpnShare === 0 && officeShare < 0.8);
  const scripters = new Set(shuffled(randomFor(seed, 'scripters'), oftenHome).slice(0, SCRIPTERS));
  return cast.people.flatMap((person) => {
    const random = randomFor(seed, `web/${person.id}`);
    return Array.from({ length: STORY_DAYS }, (_, day) => workingDay(cast.seed, cast.places, person, day))
      .flat()
      .flatMap((stay) => {
        const isScripting = stay.where === 'home' && scripters.has(person) && random.chance(0.12);
        if (isScripting) return [visit(JA4.python, random.int(2, 20), random.int(100, 900), random.int(5, 40))];
        // Who has a VPN product for themselves looks whether the site opens through it.
        const isLooking = random.chance(stay.where === 'public-vpn' ? 0.5 : 0.02);
        return isLooking ? [visit(JA4.chrome, random.int(40, 99), random.int(5, 60), random.int(1, 15))] : [];

        function visit(ja4: string, botScore: number, requests: number, minutes: number): WebActivity {
          const target = someTarget(random, cast.zones);
          return {
            ...seatOf(person, stay),
            ja4,
            botScore,
            ...target,
            path: '/products',
            ...within(stay, minutes),
            requests,
          };
        }

        function within({ from, until }: Stay, minutes: number): Pick<WebActivity, 'from' | 'until'> {
          const begins = random.int(from, until - MINUTE);
          return { from: begins, until: Math.min(until, begins + minutes * MINUTE) };
        }
      });
  });
}

function seatOf({ id }: Person, { address, asn, country }: Stay) {
  return { actor: `person/${id}`, address, asn, country, verifiedBot: false };
}
