import type { EpochMs } from '../../core/time.ts';
import { Capabilities, type Offers } from './capabilities.ts';

/** Capabilities for callers that start together: each zone is asked once, however many wait for the answer. */
export class SharedCapabilities extends Capabilities {
  readonly #asked = new Map<string, Promise<Offers>>();

  /** As `Capabilities.of`. Of callers that wait together the first one's deadline holds: give them the same. */
  override async of(zoneId: string, deadline: EpochMs): Promise<Offers> {
    const asked = this.#asked.get(zoneId) ?? super.of(zoneId, deadline).finally(() => this.#asked.delete(zoneId));
    this.#asked.set(zoneId, asked);
    return await asked;
  }
}
