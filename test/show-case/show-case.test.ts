import { describe, expect, it } from 'vitest';
import { casePath, evidencePath, signedPath } from '../../functions/core/case-link.ts';
import { DAY, HOUR } from '../../functions/core/time.ts';
import type { Services } from '../../functions/show-case/services.ts';
import { showCase } from '../../functions/show-case/show-case.ts';
import { largeCaseFile } from '../support/case-files.ts';
import { NOON } from '../support/evidence.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const KEY = { secret: new Uint8Array(32).fill(3), expires: NOON + 30 * DAY };
const EXPIRES = NOON + HOUR;
/** Lambda's limit of an answer, in bytes (`reference/aws-platform.md` §6). */
const ANSWER_BYTES = 6 * 1024 * 1024;

describe('a case of any size', () => {
  const file = largeCaseFile();
  const services: Services = {
    keys: { live: async () => [KEY] },
    files: { load: async () => file },
    settings: {
      ...{ retentionDays: 30, looks: { minutes: [5, 15, 60] } },
      ...{ window: { slackMinutes: 30 }, page: { threshold: 70 } },
    },
    ...{ gitlabUrl: undefined, axiomDataset: undefined, axiomAddressField: undefined },
    environment: 'production',
    clock: { now: () => NOON, sleep: async () => {} },
    logger: recordingLogger().logger,
  };
  const ask = (path: string, routeKey: string, headers: Record<string, string>) =>
    showCase(
      {
        ...{ routeKey, headers, pathParameters: { caseId: file.caseId } },
        queryStringParameters: Object.fromEntries(
          new URL(signedPath(path, EXPIRES, KEY), 'https://x.example').searchParams,
        ),
      },
      services,
    );

  it.each([{}, { 'accept-encoding': 'gzip' }])(
    'can be answered with, asked for with %o',
    async (headers) => {
      const evidence = await ask(evidencePath(file.caseId), 'GET /cases/{caseId}/evidence.json', headers);
      expect(evidence).toMatchObject({ statusCode: 200, isBase64Encoded: true });
      expect(Buffer.byteLength(JSON.stringify(evidence))).toBeLessThan(ANSWER_BYTES);
      const page = await ask(casePath(file.caseId), 'GET /cases/{caseId}', headers);
      expect(page.statusCode).toBe(200);
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(ANSWER_BYTES);
    },
    20_000,
  );
});
