import type { Plugin } from 'esbuild';

/**
 * Leaves out of a bundle what AWS's clients carry along for each of their calls and none of ours leads to: the retries
 * that adapt to throttling (`runtime/aws-clients.ts` asks for the standard ones), 3 kB, and the headers of messages of
 * an event stream.
 * @param withEventStreams for bundles that may speak to one
 */
export function unusedParts(withEventStreams: boolean): Plugin {
  return {
    name: 'unused parts',
    setup({ onLoad }) {
      onLoad({ filter: ADAPTIVE_RETRIES }, () => ({ contents: STANDARD_RETRIES }));
      if (!withEventStreams) onLoad({ filter: STREAM_HEADERS }, () => ({ contents: NO_STREAM_HEADERS }));
    },
  };
}

/** On Windows, too. */
const ADAPTIVE_RETRIES = /[\\/]@smithy[\\/]core[\\/]dist-es[\\/].+[\\/]util-retry[\\/]AdaptiveRetryStrategy\.js$/;
const STREAM_HEADERS = /[\\/]@smithy[\\/]signature-v4[\\/]dist-es[\\/]HeaderFormatter\.js$/;

const STANDARD_RETRIES = `export { StandardRetryStrategy as AdaptiveRetryStrategy } from './StandardRetryStrategy';`;

const NO_STREAM_HEADERS = `export class HeaderFormatter {
  format() {
    throw new Error('this bundle speaks to no event stream');
  }
}`;
