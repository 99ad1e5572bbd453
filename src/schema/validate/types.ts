/** What validation is given, and what it says. */

/** `off`: not checked; `warn`: counted; `enforce`: events that fail go to the dead letters. */
export type Mode = 'off' | 'warn' | 'enforce';

export type CheckKind = 'schema' | 'integrity' | 'business' | 'compliance';
export const CHECK_KINDS: readonly CheckKind[] = ['schema', 'integrity', 'business', 'compliance'];

/** A value of a column, as `EventBatch` has it. Of a list each element is a value. */
export interface ColumnValue {
  readonly kind: 'string' | 'integer' | 'float' | 'boolean' | 'null' | 'list';
  readonly value: string | bigint | number | boolean | null | readonly ColumnValue[];
}

/** Values of one kind of one column; `EventBatch.column(path)` gives these. */
export interface ColumnView {
  /** Row of each value, ascending; a row may have several. */
  readonly rows: ArrayLike<number>;
  /** Index of each value in `dictionary`. */
  readonly codes: ArrayLike<number>;
  /** Distinct values. */
  readonly dictionary: readonly ColumnValue[];
}

/** A batch of events as columns. An `EventBatch` is one. */
export interface BatchView {
  readonly rows: number;
  /** Paths of all columns that hold values. */
  readonly paths: readonly string[];
  column(path: string): readonly ColumnView[];
  /** All distinct values of a column, more than those where it is simpler so. With it columns are only read where a value is wrong. */
  distinct?(path: string): readonly ColumnValue[];
}

/** What an expression of a rule must have; a `Program` of `src/lang` has it. */
export interface Condition {
  /** Paths of all fields it reads: of the catalogue, of rules, or the source's own. */
  readonly fields: readonly string[];
  evaluate(get: (path: string) => readonly unknown[], now: number): readonly unknown[];
}

/** A check a user writes. */
export interface RuleCheck {
  /** Short and stable: the code of its findings is `business.<name>` or `compliance.<name>`. */
  readonly name: string;
  readonly kind: 'business' | 'compliance';
  /** Fails where this is false. Null (a field is absent) does not fail; write `isnotempty(field)` where it must be there. */
  readonly expect: Condition;
  /** Only events of which this is true are checked; null: all. */
  readonly when: Condition | null;
  /** What is told of an event that fails. */
  readonly reason: string;
}

export interface ValidationSettings {
  readonly mode: Mode;
  /** Where kinds differ from `mode`. */
  readonly kinds?: Readonly<Partial<Record<CheckKind, Mode>>>;
  readonly rules?: readonly RuleCheck[];
}

export interface ValidationTools {
  /** Text of a time to milliseconds since 1970, or null: the function that decides event times. */
  readonly parseTime: (text: string) => number | null;
}

/** Why an event does not pass. Events that fail alike share one. */
export interface Finding {
  readonly kind: CheckKind;
  /** `schema.type`, `schema.value`, `schema.required`, `integrity.time`, `integrity.ip`, …, `business.<name>`. */
  readonly code: string;
  /** Field of the catalogue, or fields a rule reads, joined by blanks. */
  readonly field: string;
  /** Column the value stands in; null where something is missing or a rule failed. */
  readonly path: string | null;
  /** Its text, shortened; null where something is missing. */
  readonly value: string | null;
  readonly reason: string;
  /** Whether an event with it goes to the dead letters. */
  readonly enforced: boolean;
}

/** The result for one batch. */
export interface Validation {
  readonly rows: number;
  /** Events with at least one finding that is enforced, in order. */
  readonly rejected: readonly number[];
  /** Events with findings none of which is enforced. */
  readonly warned: number;
  /** Code → number of events with it. */
  readonly counts: ReadonlyMap<string, number>;
  /** Findings of one event, in order of kinds; empty where it passed. */
  findings(row: number): readonly Finding[];
}
