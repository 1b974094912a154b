import type { StandIns } from '../../../infra/local/outside-systems.ts';
import { emptyWorld } from '../../../infra/local/scenario/builders.ts';
import { faults } from '../../../infra/local/stand-ins/stand-in.ts';

/** Stand-ins of every system, none of which listens: for what only asks whether they are there. */
export function standIns(): StandIns {
  const standIn = { name: '', url: '', seen: [], close: async () => {}, faults: faults() };
  const world = emptyWorld(0);
  return {
    cloudflare: { ...standIn, world },
    gitlab: { ...standIn, world },
    axiom: { ...standIn, ingestFaults: { partial: 0 }, queryFaults: { partial: 0 }, token: '', ingested: {} },
    pagerduty: { ...standIn, routingKeys: undefined, accepted: [] },
    alerts: { ...standIn, accepted: [] },
  };
}
