/** What an aggregate is to the evaluator. */
import type { Value, Values } from '../../../value.ts';
import type { Hold } from '../budget.ts';
import type { Evaluate } from '../compile.ts';
import type { Row } from '../row.ts';

/** One aggregate of one group. */
export interface Running {
  add(row: Row): void;
  /** What each of its columns holds. */
  finish(): readonly Values[];
}

/**
 * Starts an aggregate.
 * @param args arguments, `*` already replaced by the columns it means
 * @param hold counts what is kept
 */
export type Aggregate = (args: readonly Evaluate[], hold: Hold) => Running;

const NO_ROW: Row = new Map();

/** An argument that reads no row. */
export function constantOf(argument: Evaluate | undefined): Value {
  return argument?.(NO_ROW)[0] ?? null;
}

export const one = (value: Value): readonly Values[] => [value === null ? [] : [value]];

/** An aggregate over the values of its first argument that are not null; of a field with several each counts. */
export function overValues(
  start: (args: readonly Evaluate[], hold: Hold) => { add(value: Exclude<Value, null>): void; finish(): Value },
): Aggregate {
  return (args, hold) => {
    const [argument] = args;
    const state = start(args, hold);
    return {
      add: (row) => {
        for (const value of argument(row)) if (value !== null) state.add(value);
      },
      finish: () => one(state.finish()),
    };
  };
}

/** The same aggregate for the rows of which a condition, its second argument, holds. */
export function conditional(aggregate: Aggregate): Aggregate {
  return ([first, holds, ...rest], hold) => {
    const running = aggregate([first, ...rest], hold);
    return {
      add: (row) => {
        if (holds(row).includes(true)) running.add(row);
      },
      finish: () => running.finish(),
    };
  };
}
