/**
 * A Sigma rule after parsing, pipelines, placeholders and filters: items (tests on one field) and a boolean tree over
 * them. Everything downstream (compiler, explain, `rules explain`) works on this and never on YAML.
 */

export const LEVELS = ['informational', 'low', 'medium', 'high', 'critical'] as const;
export type Level = (typeof LEVELS)[number];

/** The rule's own logsource map, kept whole; the three that route, lower-cased. */
export interface LogSource {
  readonly category?: string;
  readonly product?: string;
  readonly service?: string;
  readonly raw: Readonly<Record<string, unknown>>;
}

/**
 * Wildcards in a pattern: `*` any run of characters, `?` exactly one code point, and DASH (from `windash`) exactly one
 * code point of {@link DASHES}. DASH is new since the first version of this file: a compiler of patterns has three kinds.
 */
export const ANY = 0;
export const ONE = 1;
export const DASH = 2;
/** What `windash` takes for one another: hyphen, slash, en dash, em dash, horizontal bar. */
export const DASHES = '-/\u2013\u2014\u2015';
/** A whole-value pattern: literal pieces and wildcards in order. `[]` is the empty string; `[ANY]` any non-null value. */
export type Pattern = readonly (string | typeof ANY | typeof ONE | typeof DASH)[];

/** A regular expression as written, with its Sigma sub-modifiers, and its translation (see regex.ts). */
export interface RegexTest {
  readonly written: string;
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
  /** Source and flags for `new RegExp(source, flags)` in V8's linear engine; flags always hold `l`, never `i` or `u`. */
  readonly source: string;
  readonly flags: string;
  /** Case-folded literals (see fold.ts) one of which every matching value contains after folding; empty when none is known. */
  readonly literals: readonly string[];
  /** Sets of folded literals: a matching value contains one of each set, in this order. */
  readonly order: readonly (readonly string[])[];
  /** UTF-16 units of the shortest text it matches. */
  readonly least: number;
}

export type CompareOp = 'lt' | 'lte' | 'gt' | 'gte';
export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/**
 * A test on the values of one field. Every test but `null`, `exists: false` and `fieldref` reads: some value of the
 * field satisfies it. Alternatives inside a test are ORed (`|all` and `|neq` are lowered to `and` and `not` in the tree).
 */
export type Test =
  | { readonly kind: 'text'; readonly patterns: readonly Pattern[]; readonly cased: boolean }
  | { readonly kind: 'regex'; readonly regexes: readonly RegexTest[] }
  | { readonly kind: 'cidr'; readonly networks: readonly string[] }
  /** Exact decimal comparison of the value's number; text that is no canonical decimal does not match. */
  | { readonly kind: 'compare'; readonly op: CompareOp; readonly value: string }
  /** `op` undefined: equals one of the values. */
  | { readonly kind: 'time'; readonly part: TimePart; readonly op?: CompareOp; readonly values: readonly number[] }
  /** Absent, or JSON null. */
  | { readonly kind: 'null' }
  /** Key present, even null (`value` true), or not. */
  | { readonly kind: 'exists'; readonly value: boolean }
  /** Any value of the field against any value of the other fields; absent on either side is false. */
  | {
      readonly kind: 'fieldref';
      readonly fields: readonly string[];
      readonly mode: 'equals' | 'contains' | 'startswith' | 'endswith';
      readonly cased: boolean;
    };

/** One `field|modifiers: value` of a rule (one per value under `|all`). */
export interface Item {
  /** Name of the search identifier it stands in; for a filter's item: `<filter title>: <identifier>`. */
  readonly selection: string;
  /** Field as the rule (after pipelines) names it; null for keywords, which search every value. */
  readonly field: string | null;
  /** Modifiers as written, in order. */
  readonly modifiers: readonly string[];
  /** Values as written. */
  readonly values: readonly unknown[];
  readonly test: Test;
}

export type Expr =
  | { readonly op: 'and'; readonly args: readonly Expr[] }
  | { readonly op: 'or'; readonly args: readonly Expr[] }
  | { readonly op: 'not'; readonly arg: Expr }
  | { readonly op: 'const'; readonly value: boolean }
  /** Index into `items`. */
  | { readonly op: 'item'; readonly item: number };

export interface RuleHead {
  /** The rule's id; a rule without one gets `sha256:` + 16 hex digits of its normalised text. */
  readonly id: string;
  readonly name?: string;
  readonly title: string;
  /** `medium` where the rule states none. */
  readonly level: Level;
  readonly status?: string;
  readonly description?: string;
  readonly author?: string;
  readonly references: readonly string[];
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly fields: readonly string[];
  /** File as given on the command line, or `archive.zip!inner/path.yml`; document number within it from 0. */
  readonly path: string;
  readonly document: number;
}

export interface DetectionRule extends RuleHead {
  readonly kind: 'detection';
  readonly logsource: LogSource;
  readonly items: readonly Item[];
  readonly expr: Expr;
  /** Titles of the filters ANDed in. */
  readonly filters: readonly string[];
}

export type CorrelationType =
  | 'event_count'
  | 'value_count'
  | 'value_sum'
  | 'value_avg'
  | 'value_percentile'
  | 'temporal'
  | 'temporal_ordered';

export type ConditionOp = 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';

export interface CorrelationRule extends RuleHead {
  readonly kind: 'correlation';
  readonly type: CorrelationType;
  /** Ids of the referenced rules (names resolved), in order; each a detection or another correlation. */
  readonly rules: readonly string[];
  readonly groupBy: readonly string[];
  readonly timespanMs: number;
  /** All must hold; for `temporal*` the default is every rule at least once. */
  readonly condition: readonly { readonly op: ConditionOp; readonly value: number }[];
  /** Fields for the value_* types. */
  readonly field: readonly string[];
  /** For value_percentile: 0..100. */
  readonly percentile?: number;
  /** alias → rule id → field. */
  readonly aliases: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly generate: boolean;
}

export interface Refusal {
  readonly path: string;
  readonly id: string | null;
  /** What is unsupported or wrong, with line where known. */
  readonly reason: string;
  readonly line?: number;
}

export interface RuleSet {
  readonly detections: readonly DetectionRule[];
  readonly correlations: readonly CorrelationRule[];
  readonly refused: readonly Refusal[];
  /** Sound rules that were left out because the caller said so. */
  readonly leftOut?: readonly Pick<RuleHead, 'id' | 'title' | 'level' | 'path'>[];
  /** YAML files with neither detection, correlation nor filter. */
  readonly notARule: readonly string[];
  /** Rule id → ids of the correlations that silence it (referenced without `generate`). */
  readonly silencedBy: Readonly<Record<string, readonly string[]>>;
  readonly warnings: readonly { readonly path: string; readonly message: string }[];
}

/** Why a rule hit: one satisfied predicate. */
export interface Match {
  readonly selection: string;
  /** null for a keyword. */
  readonly field: string | null;
  /** Column path the value came from in this event; absent for absent fields. */
  readonly path?: string;
  /**
   * `equals`, `contains`, `startswith`, `endswith`, `wildcard`, `re`, `cidr`, `lt` `lte` `gt` `gte`, `null`, `exists`,
   * `fieldref`, `keyword`, `minute` … `year`, as {@link Match} checkers know them; with `not ` before it when the
   * predicate had to fail.
   */
  readonly op: string;
  /** The value or pattern of the rule that decided it, as written; under `not `, all of them. */
  readonly pattern?: unknown;
  /** The event's value, decoded; null for JSON null; absent when the field is. */
  readonly value?: string | null;
  /** Without this value the rule would not have hit. */
  readonly decisive: boolean;
}

/** An IP address as eight groups; `four` where it was written as IPv4. */
export interface Address {
  readonly groups: Uint16Array;
  readonly four: boolean;
}

/** One value of a field of an event, as rules see it. */
export interface Value {
  readonly kind: 'string' | 'number' | 'boolean' | 'null';
  /** Decoded text; for a number its canonical decimal (see number.ts), for a boolean `true`/`false`, for null ''. */
  readonly text: string;
  /** The text folded (fold.ts); filled in when first needed, since a rule may look at one value dozens of times. */
  folded?: string;
  /** The text as an IP address (network.ts), null where it is none; the same. */
  address?: Address | null;
}
