import { BedrockModel } from '../../../functions/adapters/bedrock/model.ts';
import { modelIdOf } from '../../../functions/adapters/bedrock/model-families.ts';
import { makeBedrockClient } from '../../../functions/runtime/aws-clients.ts';
import { fail, type Line, ok, type Say, warn } from '../report.ts';
import type { Checking } from './checking.ts';

const ANSWER_MS = 20_000;

/** The model that explains; with `--send-test` by one small question, asked in the form the product asks in. */
export async function checkModel(say: Say, checking: Checking): Promise<void> {
  const modelId = modelIdOf(checking.settings['analysis.model']);
  if (modelId === undefined) {
    say(ok('model', 'analysis.model is empty: pages carry the summary made without a model'));
    return;
  }
  const region = regionOf(checking);
  say(checking.sendTest ? await ask(modelId, region, checking) : unasked(modelId, region));
}

function unasked(modelId: string, region: string): Line {
  return ok(
    'model',
    `${modelId} in ${region}, not asked: --send-test does, with AWS credentials that may bedrock:InvokeModel on the profile and on its models in every region it may choose`,
  );
}

async function ask(modelId: string, region: string, { clock, random }: Checking): Promise<Line> {
  const client = makeBedrockClient(region, ANSWER_MS);
  try {
    const model = new BedrockModel({ client, modelId, clock, random });
    const reply = await model.ask({
      system: 'This is a test of the connection. Call the tool once, with one short claim and otherwise empty lists.',
      user: 'Say that the connection works.',
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (reply.outcome === 'late') return fail('model', `${modelId} did not answer within ${ANSWER_MS / 1000} s`);
    if (reply.outcome === 'failed') return fail('model', `${reply.why}; region ${region}`);
    const { inputTokens = 0, outputTokens = 0 } = reply.usage;
    const cost = `${inputTokens} tokens in, ${outputTokens} out`;
    return reply.outcome === 'answered'
      ? ok('model', `${modelId} in ${region} answers in the form of a report (${cost})`)
      : warn('model', `${modelId} in ${region} answers, but not in the form of a report: ${reply.why} (${cost})`);
  } finally {
    client.destroy();
  }
}

/** As the stack chooses it (setting `analysis.region`). */
function regionOf({ settings, region }: Checking): string {
  if (settings['analysis.region'] !== '') return settings['analysis.region'];
  return region !== undefined && /^us-(?:east|west)-\d$/.test(region) ? region : 'us-east-1';
}
