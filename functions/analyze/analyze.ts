import { createHash } from 'node:crypto';
import type { BedrockModel, Reply, Usage } from '../adapters/bedrock/model.ts';
import type { Analysis } from '../core/analysis.ts';
import type { AnalysisStatus, CaseState, Trigger } from '../core/case.ts';
import type { Coverage } from '../core/coverage.ts';
import { identifyEvidence } from '../core/evidence-ids.ts';
import type { Finding } from '../core/finding.ts';
import type { EventsPicture } from '../core/security-events.ts';
import type { SightingReport } from '../core/sighting.ts';
import { summarise } from '../core/summary.ts';
import type { StepLogger } from '../runtime/logger.ts';
import { type EvidenceDocument, evidenceDocument } from './evidence-document.ts';
import { systemPrompt, userPrompt } from './prompt.ts';
import { validateAnswer } from './validate-answer.ts';

export interface AnalyzeServices {
  readonly cases: {
    loadFindings(caseId: string, look: number): Promise<readonly Finding[]>;
    loadSightings(caseId: string, look: number): Promise<SightingReport | undefined>;
    loadCoverage(caseId: string, look: number): Promise<Coverage | undefined>;
    loadPicture(caseId: string, look: number): Promise<EventsPicture | undefined>;
    saveAnalysis(caseId: string, look: number, analysis: Analysis): Promise<void>;
  };
  /** Undefined: no model is configured. */
  readonly model: Pick<BedrockModel, 'ask' | 'modelId'> | undefined;
  /** Whether names of people may go to the model. */
  readonly includeOwners: boolean;
  /** Most tokens of a monitor's events that go to the model. */
  readonly eventTokens: number;
  /** A new unguessable id for each call. */
  readonly newId: () => string;
  /** A signal that aborts after so many milliseconds. */
  readonly timeLimit: (ms: number) => AbortSignal;
  readonly logger: StepLogger;
}

/** Reading, asking and repairing together: a page waits this long for words, never longer. */
export const ANALYSIS_MS = 8_000;

/**
 * Says in words what a look found. The deterministic summary is made first and always works; a configured model's
 * validated answer takes its place. Model trouble of any kind ends in the summary and a status that says so. Throws
 * only when the case cannot be read or the analysis not be stored; the workflow then pages without it.
 */
export async function analyze(state: CaseState, services: AnalyzeServices): Promise<CaseState> {
  const limit = services.timeLimit(ANALYSIS_MS);
  const { caseId, look } = state;
  const [findings, report, coverage, picture] = await Promise.all([
    services.cases.loadFindings(caseId, look),
    services.cases.loadSightings(caseId, look),
    services.cases.loadCoverage(caseId, look),
    state.trigger === 'monitor' ? services.cases.loadPicture(caseId, look) : undefined,
  ]);
  const evidence = identifyEvidence(findings, report?.sightings ?? [], coverage ?? {}, picture);
  const summary = summarise(evidence, state);
  const { model } = services;
  const analysis =
    model === undefined
      ? summary
      : await askModel(model, state.trigger, evidenceDocument(evidence, state, services), summary, limit, services);
  await services.cases.saveAnalysis(caseId, look, analysis);
  const { status } = analysis;
  return {
    ...state,
    analysis: { status, ...(analysis.model === undefined ? {} : { model: analysis.model }) },
    due: { ...state.due, explain: false },
  };
}

type Model = NonNullable<AnalyzeServices['model']>;

/** One question and, where the answer does not hold, one repair; then the summary. */
async function askModel(
  model: Model,
  trigger: Trigger,
  document: EvidenceDocument,
  summary: Analysis,
  limit: AbortSignal,
  { newId, logger }: AnalyzeServices,
): Promise<Analysis> {
  const instead = (status: AnalysisStatus, why: string): Analysis => ({
    ...summary,
    status,
    model: model.modelId,
    why,
  });
  let repair: string | undefined;
  for (const attempt of [1, 2]) {
    const boundary = `latchkey-data-${newId()}`;
    const system = systemPrompt(boundary, trigger);
    const user = userPrompt(boundary, document.text, repair);
    const reply = await withinLimit(model, { system, user, signal: limit });
    logReply(logger, model.modelId, attempt, `${system}\n${user}`, reply);
    if (reply.outcome === 'late') return instead('late', `the model did not answer within ${ANALYSIS_MS / 1000} s`);
    if (reply.outcome === 'failed') return instead('failed', reply.why);
    const validated =
      reply.outcome === 'answered' ? validateAnswer(reply.answer, document) : ({ ok: false, why: reply.why } as const);
    if (validated.ok) {
      if (validated.dropped > 0) logger.warn('claims of the model dropped', { dropped: validated.dropped });
      const { events } = document;
      return {
        ...validated.analysis,
        status: 'model',
        model: model.modelId,
        ...(events === undefined ? {} : { events }),
      };
    }
    repair = validated.why;
  }
  return instead('rejected', `the model's answer was refused: ${repair ?? 'unknown'}`);
}

/** The limit holds even for a client that ignores its signal. */
async function withinLimit(model: Model, question: Parameters<Model['ask']>[0]): Promise<Reply> {
  const { signal } = question;
  if (signal.aborted) return { outcome: 'late' };
  const over = Promise.withResolvers<Reply>();
  const end = () => over.resolve({ outcome: 'late' });
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([model.ask(question), over.promise]);
  } catch (thrown) {
    // Toward the summary: a bug in asking must not cost the page its words.
    return {
      outcome: 'failed',
      why: `the model could not be asked (${thrown instanceof Error ? thrown.name : 'unknown error'})`,
    };
  } finally {
    signal.removeEventListener('abort', end);
  }
}

/** What it cost and how it ended; of the prompt only a hash, of the answer nothing. */
function logReply(logger: StepLogger, modelId: string, attempt: number, prompt: string, reply: Reply): void {
  const usage: Usage = 'usage' in reply && reply.usage !== undefined ? reply.usage : {};
  const promptHash = createHash('sha256').update(prompt).digest('hex').slice(0, 16);
  logger.info('model asked', { model: modelId, attempt, outcome: reply.outcome, promptHash, ...usage });
}
