/** What an alert tells: `attack` the first of a case · `update` what a later look found on top. */
export type AlertKind = 'attack' | 'update';

/** An alert that a look of a case ordered; a look orders one at most. */
export interface AlertOrder {
  readonly look: number;
  readonly kind: AlertKind;
}
