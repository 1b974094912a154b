import './check-node.js';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { functionBundles } from './constructs/function-bundles.ts';
import { readSettings, SettingsError } from './settings.ts';
import { LatchkeyStack } from './stack.ts';
import { STEPS } from './steps.ts';

/** The CDK app: run by the CDK command line and by the local stack, which both say where the assembly goes. */
try {
  const app = new App();
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  new LatchkeyStack(app, 'Latchkey', {
    description:
      'Tells when an address that Cloudflare saw attacking as a bot also held a GitLab key, and pages on-call.',
    settings: readSettings(app.node.tryGetContext('latchkey')),
    code: await functionBundles(fileURLToPath(new URL('..', import.meta.url)), STEPS),
    env: { ...(account === undefined ? {} : { account }), ...(region === undefined ? {} : { region }) },
  });
  app.synth();
} catch (error) {
  // Nothing is synthesized from settings that were not understood; anything else is a bug and keeps its stack trace.
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
