/**
 * A Sigma rule parsed but not yet lowered: what processing pipelines and filters work on. Field names, modifiers and
 * values are still as written; `detection.ts` lowers them to items and one boolean tree (model.ts).
 */
import { WeirError } from '../../base/index.ts';
import type { LogSource, RuleHead } from './model.ts';

/** Where in the document something stands: map keys and list indexes from the document's root. */
export type At = readonly (string | number)[];

/**
 * A value as written. YAML numbers are JS numbers where a double holds them exactly and their canonical decimal text
 * otherwise: a number and the same canonical decimal string mean the same in every test.
 */
export type RuleValue = string | number | boolean | null;

/** One `field|modifier|…: value(s)` of a selection. */
export interface ParsedItem {
  readonly kind: 'item';
  /** null for keywords. */
  readonly field: string | null;
  /** As written, in order, lower case. `expand` stays in the list until its placeholders are resolved. */
  readonly modifiers: readonly string[];
  /** At least one, unless a pipeline took them away. ORed, or ANDed under `all`. */
  readonly values: readonly RuleValue[];
  readonly at: At;
}

/** A selection: items under maps (`all`: every node) and lists (`any`: at least one). An empty `all` is true, an empty `any` false. */
export type ParsedNode =
  | ParsedItem
  | { readonly kind: 'all'; readonly nodes: readonly ParsedNode[] }
  | { readonly kind: 'any'; readonly nodes: readonly ParsedNode[] };

/** A condition, names unresolved. */
export type Condition =
  | { readonly op: 'and'; readonly args: readonly Condition[] }
  | { readonly op: 'or'; readonly args: readonly Condition[] }
  | { readonly op: 'not'; readonly arg: Condition }
  | { readonly op: 'selection'; readonly name: string }
  /** `1 of` / `any of` (quantifier `any`) and `all of`; `pattern` is null for `them`. */
  | { readonly op: 'of'; readonly quantifier: 'any' | 'all'; readonly pattern: string | null };

export interface ParsedDetection {
  /** In the order of the document; `condition` and `timeframe` are not among them. */
  readonly selections: ReadonlyMap<string, ParsedNode>;
  /** One per element of a list of conditions; ORed. */
  readonly conditions: readonly Condition[];
}

export interface ParsedRule extends ParsedDetection {
  readonly head: RuleHead;
  readonly logsource: LogSource;
  /** The whole YAML document, for attributes nothing else names (date, custom attributes). Null prototype. */
  readonly document: Readonly<Record<string, unknown>>;
}

/** A rule that cannot be used as written; `at` says where, so that the line can be found. */
export class RuleError extends WeirError {
  readonly at: At;

  constructor(message: string, at: At = [], options: { hint?: string; cause?: unknown } = {}) {
    super('sigma.rule', message, options);
    this.at = at;
  }
}
