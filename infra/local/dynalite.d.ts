/** What the local stack uses of dynalite 4, which ships no types of its own. */
declare module 'dynalite' {
  import type { Server } from 'node:http';

  interface DynaliteOptions {
    /** Directory of the store; in memory without it. */
    readonly path?: string;
    /** Milliseconds a table stays in CREATING. */
    readonly createTableMs?: number;
  }

  export default function dynalite(options?: DynaliteOptions): Server;
}
