import type { Value, ValueType } from './apl-values.ts';

/** A query as it was written. Every part knows its place: characters of the query before it. */
export interface Query {
  readonly lets: readonly Named[];
  readonly dataset: { readonly name: string; readonly at: number };
  readonly operators: readonly Operator[];
}

export interface Named {
  /** Missing: the column gets the name of what it is made of. */
  readonly name?: string;
  readonly expression: Expression;
}

export interface SortKey {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export type Operator = { readonly at: number } & (
  | { readonly kind: 'getschema' | 'count' }
  | { readonly kind: 'where'; readonly condition: Expression }
  | { readonly kind: 'extend' | 'project' | 'distinct'; readonly columns: readonly Named[] }
  | { readonly kind: 'project-away'; readonly names: readonly NameExpression[] }
  | { readonly kind: 'summarize'; readonly aggregates: readonly Named[]; readonly by: readonly Named[] }
  | { readonly kind: 'top'; readonly count: number; readonly by: readonly SortKey[] }
  | { readonly kind: 'order'; readonly by: readonly SortKey[] }
  | { readonly kind: 'limit'; readonly count: number }
);

export type Expression = NameExpression | CallExpression | OtherExpression;

export interface NameExpression {
  readonly kind: 'name';
  readonly name: string;
  readonly at: number;
}

export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Named[];
  readonly at: number;
}

export type OtherExpression = { readonly at: number } & (
  | { readonly kind: 'literal'; readonly value: Value; readonly type: ValueType }
  | { readonly kind: 'star' }
  | { readonly kind: 'minus'; readonly operand: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }
  | {
      readonly kind: 'in';
      readonly negated: boolean;
      readonly caseless: boolean;
      readonly left: Expression;
      readonly values: readonly Expression[];
    }
  | {
      readonly kind: 'between';
      readonly negated: boolean;
      readonly left: Expression;
      readonly low: Expression;
      readonly high: Expression;
    }
);
