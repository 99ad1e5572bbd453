/**
 * The syntax tree of a query: one table and what is done to its rows, step by step. What can be written in several ways is one thing
 * here: `(events | where a) | take 1` is one pipeline, `union a, b` is `a | union b`, and a leading search is the operator `search` of
 * `events`. Every node knows where it was written.
 *
 * Names of columns are keys as in expressions (`user.name` is `['user', 'name']`); a column's name is `pathOf(keys)`.
 */
import type { Span } from '../diagnostic.ts';
import type { Expression } from '../tree.ts';

/** Tables of weir, the first being the default. */
export const TABLES = [
  'events',
  'hits',
  'dead_letters',
  'books',
  'ledger',
  'logs',
  'metrics',
  'alerts',
  'assets',
] as const;
export type TableName = (typeof TABLES)[number];

export const isTable = (name: string): name is TableName => TABLES.some((table) => table === name);

export interface Query {
  /** In the order written; each sees those before it. */
  readonly lets: readonly Let[];
  readonly body: Pipeline;
  /** `explain …` before the query or `| explain` behind it: what would be done is asked for, not the rows. */
  readonly explain: boolean;
  readonly span: Span;
}

/** `let name = …;`: a value, or a table by a pipeline. Scalars are read as fields named so, and come before columns of that name. */
export type Let =
  | { readonly kind: 'scalar'; readonly name: Name; readonly value: Expression; readonly span: Span }
  | { readonly kind: 'table'; readonly name: Name; readonly value: Pipeline; readonly span: Span };

export interface Pipeline {
  readonly source: Source;
  readonly operators: readonly Operator[];
  readonly span: Span;
}

export type Source =
  | {
      readonly kind: 'table';
      readonly name: TableName;
      /** False where the table was left out and `events` is meant; the span is empty then. */
      readonly written: boolean;
      /** `| asof T` behind the table: its rows as weir had them at that time (received up to T). Null: as of now. */
      readonly asof: Expression | null;
      readonly span: Span;
    }
  /** A table by the name of a `let`. */
  | { readonly kind: 'let'; readonly name: string; readonly span: Span }
  /** What could not be read; only in trees that come with errors. */
  | { readonly kind: 'error'; readonly span: Span };

/** A name that is given or asked for. */
export interface Name {
  readonly keys: readonly string[];
  readonly span: Span;
}

/** `name = expression`, or an expression that names itself (`nameOf` in names.ts). */
export interface Named {
  readonly name: Name | null;
  readonly value: Expression;
  readonly span: Span;
}

/** A column by its name, or all whose names fit a pattern: `winlog.*`, `*_id`; `*` stands for any characters, dots too. */
export type Columns =
  | { readonly kind: 'name'; readonly keys: readonly string[]; readonly span: Span }
  | { readonly kind: 'pattern'; readonly pattern: string; readonly span: Span };

export interface SortKey {
  readonly value: Expression;
  /** `desc` where nothing is written, as in Kusto. */
  readonly order: 'asc' | 'desc';
  /** Where nothing is written: first for `asc`, last for `desc`, as in Kusto. */
  readonly nulls: 'first' | 'last';
  readonly span: Span;
}

export const JOIN_KINDS = ['innerunique', 'inner', 'leftouter', 'leftanti', 'leftsemi'] as const;
export type JoinKind = (typeof JOIN_KINDS)[number];

/** `on a` has both sides the same; `on $left.a == $right.b` need not. */
export interface JoinKey {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly span: Span;
}

/** Types that can be asked for: `name:long` in `parse`, `to typeof(long)` in `mv-expand`. Aliases (int, double, …) are resolved. */
export const COLUMN_TYPES = ['string', 'long', 'real', 'bool', 'datetime', 'timespan', 'dynamic'] as const;
export type ColumnType = (typeof COLUMN_TYPES)[number];

/** One piece of what `parse … with` looks for, in order. */
export type ParsePiece =
  /** This text; a regular expression in `kind=regex`. */
  | { readonly kind: 'text'; readonly text: string; readonly span: Span }
  /** `*`: anything. */
  | { readonly kind: 'skip'; readonly span: Span }
  /** A column that takes what stands there, as this type. */
  | { readonly kind: 'column'; readonly name: Name; readonly type: ColumnType; readonly span: Span };

export interface SeriesAggregate extends Named {
  /** `default = value` for bins without rows; null: 0. */
  readonly default: Expression | null;
}

export interface Expansion extends Named {
  /** `to typeof(type)`; null: as they are. */
  readonly type: ColumnType | null;
}

/** `[condition]`, or `![condition]`: what must not happen between its neighbours (at the end: until the time is over). */
export interface SequenceStep {
  readonly absent: boolean;
  readonly condition: Expression;
  readonly span: Span;
}

export interface DetectTarget {
  /** `rule:"id or title"`; `pack:name`. */
  readonly kind: 'rule' | 'pack';
  readonly text: string;
  readonly span: Span;
}

/** `name = value` of `render … with (…)`. Lists of names (`ycolumns=a, b`) are texts joined by commas. */
export interface RenderProperty {
  readonly name: string;
  readonly value: string | bigint | number | boolean;
  readonly span: Span;
}

/** `nameSpan` is that of the operator's word alone. */
interface Placed {
  readonly nameSpan: Span;
  readonly span: Span;
}

export type Operator = Placed & OperatorBody;

/** An operator but for its place. */
export type OperatorBody =
  | { readonly kind: 'search'; readonly condition: Search }
  /** `where`, `filter`. */
  | { readonly kind: 'where'; readonly condition: Expression }
  | { readonly kind: 'extend'; readonly columns: readonly Named[] }
  | { readonly kind: 'project'; readonly columns: readonly Named[] }
  | { readonly kind: 'project-away'; readonly columns: readonly Columns[] }
  | { readonly kind: 'project-keep'; readonly columns: readonly Columns[] }
  /** These first, the others behind them in their order. */
  | { readonly kind: 'project-reorder'; readonly columns: readonly Columns[] }
  | { readonly kind: 'project-rename'; readonly columns: readonly { readonly to: Name; readonly from: Name }[] }
  /** Either list may be empty, not both. Aggregates may stand inside expressions: `sum(a) / count()`. */
  | { readonly kind: 'summarize'; readonly aggregates: readonly Named[]; readonly by: readonly Named[] }
  /** One row with one column, `Count` where nothing else is written (`count as n`). */
  | { readonly kind: 'count'; readonly name: Name | null }
  /** Empty: `distinct *`. */
  | { readonly kind: 'distinct'; readonly columns: readonly Named[] }
  | { readonly kind: 'top'; readonly count: Expression; readonly by: readonly SortKey[] }
  /** `sort by`, `order by`. */
  | { readonly kind: 'sort'; readonly by: readonly SortKey[] }
  /** `take`, `limit`. */
  | { readonly kind: 'take'; readonly count: Expression }
  | {
      readonly kind: 'union';
      /** `inner`: only columns that all have. */
      readonly mode: 'outer' | 'inner';
      /** Column that says which table a row is of. */
      readonly withSource: Name | null;
      readonly tables: readonly Pipeline[];
    }
  | {
      readonly kind: 'join';
      readonly mode: JoinKind;
      readonly table: Pipeline;
      readonly on: readonly JoinKey[];
    }
  | {
      /** `parse`, and `parse-where`, which leaves out rows that do not fit. */
      readonly kind: 'parse';
      readonly onlyMatches: boolean;
      /** `relaxed`: a value that is not of its type is null and the rest stays. `regex`: texts are regular expressions. */
      readonly mode: 'simple' | 'relaxed' | 'regex';
      readonly value: Expression;
      readonly pieces: readonly ParsePiece[];
    }
  | {
      readonly kind: 'mv-expand';
      readonly columns: readonly Expansion[];
      /** `with_itemindex=name`: column of the place in the list, from 0. */
      readonly index: Name | null;
      /** `limit N`: most rows made of one. */
      readonly limit: Expression | null;
    }
  | {
      readonly kind: 'make-series';
      readonly aggregates: readonly SeriesAggregate[];
      readonly on: Named;
      readonly from: Expression | null;
      readonly to: Expression | null;
      readonly step: Expression;
      readonly by: readonly Named[];
    }
  | { readonly kind: 'render'; readonly chart: string; readonly properties: readonly RenderProperty[] }
  /**
   * Rows that happen one after the other, in the order of `steps`, with equal values of `by` (all rows together where it is empty),
   * the first and the last no further apart than `within`. At least one step is not `absent`.
   */
  | {
      readonly kind: 'sequence';
      readonly by: readonly Named[];
      readonly within: Expression;
      readonly steps: readonly SequenceStep[];
    }
  /** Rows that Sigma rules match: one for each row and rule, with `rule.id`, `rule.name` and `rule.level` added. */
  | { readonly kind: 'detect'; readonly targets: readonly DetectTarget[] }
  /** What could not be read; only in trees that come with errors. */
  | { readonly kind: 'error' };

export type OperatorKind = OperatorBody['kind'];
export type OperatorOf<Kind extends OperatorKind> = Placed & Extract<OperatorBody, { readonly kind: Kind }>;

/**
 * What is typed into a search box. `searchCondition` in search.ts makes an expression of it, so nothing else need know these.
 */
export type Search =
  | {
      readonly kind: 'term';
      /** Path in `field:value`; null: anywhere in the row. A path also stands for what is below it: `host:` for `host.name`. */
      readonly keys: readonly string[] | null;
      /** `field:>5`. Null: the value holds the term (has). */
      readonly comparison: '<' | '<=' | '>' | '>=' | null;
      readonly text: string;
      /** In quotes: `*` is no wildcard. */
      readonly quoted: boolean;
      readonly span: Span;
    }
  | { readonly kind: 'not'; readonly operand: Search; readonly span: Span }
  /** Words side by side are `and`. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Search[]; readonly span: Span }
  | { readonly kind: 'error'; readonly span: Span };
