import { RECOMMENDED_ACTIONS, SEVERITIES } from '../../core/analysis.ts';

/** The one tool a model is given. It does nothing: calling it is how the model answers. */
export const ANSWER_TOOL = 'report_analysis';

const claim = {
  type: 'object',
  properties: {
    text: { type: 'string', description: 'One short sentence, at most 300 characters, plain text' },
    evidence: {
      type: 'array',
      items: { type: 'string' },
      description: 'Ids of the evidence it rests on, such as f1.m1',
    },
  },
  required: ['text', 'evidence'],
  additionalProperties: false,
};
const claims = { type: 'array', items: claim };

/**
 * The answer's JSON schema, within the subset that structured outputs take: `additionalProperties: false` everywhere,
 * no bounds on numbers or lists (`reference/bedrock.md` §2). Our own schema checks the answer again.
 */
export const ANSWER_SCHEMA = {
  type: 'object',
  properties: {
    summary: { ...claims, description: 'What happened, two to five claims, the most important first' },
    severity: { type: 'string', enum: [...SEVERITIES], description: 'Your opinion; it decides nothing' },
    geography: { ...claims, description: 'Where the traffic came from' },
    asns: { ...claims, description: 'Which network operators stand out' },
    targets: { ...claims, description: 'What was asked for' },
    patterns: { ...claims, description: 'What the traffic or the token uses have in common' },
    actions: {
      type: 'array',
      description: 'At most three, the most useful first',
      items: {
        type: 'object',
        properties: { action: { type: 'string', enum: [...RECOMMENDED_ACTIONS] }, claim },
        required: ['action', 'claim'],
        additionalProperties: false,
      },
    },
  },
  required: ['summary', 'severity', 'geography', 'asns', 'targets', 'patterns', 'actions'],
  additionalProperties: false,
} as const;
