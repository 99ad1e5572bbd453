/** What a query needs of the world around it, and how it is told to stop. */
import type { Tools } from '../../evaluate.ts';
import { LANG_LIMITS } from '../../limits.ts';
import type { DateTime, Value } from '../../value.ts';
import type { DetectTarget, Operator, TableName } from '../tree.ts';
import { Budget } from './budget.ts';
import { argumentError, RunError } from './error.ts';
import type { Row, Stream } from './row.ts';

export interface RunLimits {
  /** Bytes that all operators of a query keep together. */
  readonly memoryBytesMax: number;
  /** Points of one series that `make-series` makes. */
  readonly seriesPointsMax: number;
}

export const RUN_LIMITS: RunLimits = {
  memoryBytesMax: LANG_LIMITS.queryMemoryBytesMax,
  seriesPointsMax: LANG_LIMITS.querySeriesPointsMax,
};

/** What is wanted of a table. */
export interface TableRequest {
  readonly table: TableName;
  /** Rows as they were known at this time; null: now. */
  readonly asof: DateTime | null;
  /** What is done to its rows first: fields and constants only, no names of `let` and no subqueries. */
  readonly operators: readonly Operator[];
}

export interface OpenedTable extends Stream {
  /** How many of the operators asked for are in these rows already, from the first; the rest is done here. */
  readonly applied: number;
}

/** A rule that matched a row of a batch. */
export interface Match {
  /** Index into the batch. */
  readonly row: number;
  readonly rule: { readonly id: Value; readonly name: Value; readonly level: Value };
}

export type Detector = (rows: readonly Row[]) => Promise<readonly Match[]>;

export interface Environment {
  open(request: TableRequest): Promise<OpenedTable>;
  /** Sigma rules made ready to run over rows. @throws where there is no such rule */
  detector(targets: readonly DetectTarget[]): Promise<Detector>;
  /** The time of `now()`, milliseconds since 1970. */
  readonly now: number;
  readonly tools: Tools;
  readonly limits: RunLimits;
  readonly signal: { readonly aborted: boolean } | null;
  /** Told what an answer leaves out, as rows without a time in `sequence`. */
  note(text: string): void;
}

/** One query on its way. */
export class Context {
  readonly environment: Environment;
  /** Those of the environment. */
  readonly tools: Tools;
  readonly budget: Budget;

  constructor(environment: Environment) {
    this.environment = environment;
    this.tools = namingPatterns(environment.tools);
    this.budget = new Budget(environment.limits.memoryBytesMax);
  }

  /** @throws RunError `query.cancelled` */
  check(): void {
    if (this.environment.signal?.aborted !== true) return;
    throw new RunError('query.cancelled', 'the query was cancelled', 'Nothing is left running; ask again.');
  }
}

/** The same tools, with errors that say which pattern they are about. */
function namingPatterns(tools: Tools): Tools {
  const named = <Result>(pattern: string, compile: () => Result): Result => {
    try {
      return compile();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw argumentError(
        `the pattern ${JSON.stringify(pattern)} cannot be run: ${why}`,
        'Patterns run in linear time: write it without look-around, back-references and large repeats.',
      );
    }
  };
  return {
    regex: (pattern) => named(pattern, () => tools.regex(pattern)),
    groups: (pattern) => named(pattern, () => tools.groups(pattern)),
    fold: (text) => tools.fold(text),
  };
}
