import type { AxiomRow } from '../../../functions/adapters/axiom/client.ts';
import { MINUTE, toIso } from '../../../functions/core/time.ts';

/** A full hour that every test is laid out around. */
export const HOUR_START = Date.parse('2026-03-01T11:00:00Z');

/** Minutes after `HOUR_START`, as Axiom writes an instant. */
export function at(minutes: number): string {
  return toIso(HOUR_START + minutes * MINUTE);
}

/** Five requests of token 12, whose owner is user 7, between five and ten past. */
export function usedRow(overrides: AxiomRow = {}): AxiomRow {
  return {
    used: true,
    refused: false,
    token: '12',
    type: 'PersonalAccessToken',
    address: '203.0.113.9',
    user: '7',
    username: 'sam',
    reason: '',
    tried: '',
    span: at(0),
    requests: 5,
    first: at(5),
    last: at(10),
    calls: ['GET /api/:version/projects'],
    scopeLists: [''],
    ...overrides,
  };
}

/** Two requests with token 12 that were turned away, five past. */
export function refusedRow(overrides: AxiomRow = {}): AxiomRow {
  return usedRow({
    used: false,
    refused: true,
    token: '',
    type: '',
    user: '',
    username: '',
    reason: 'token_revoked',
    tried: 'PersonalAccessToken/12',
    requests: 2,
    last: at(5),
    ...overrides,
  });
}
