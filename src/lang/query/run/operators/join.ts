import { LANG_LIMITS } from '../../../limits.ts';
import type { Value, Values } from '../../../value.ts';
import { compile, type Evaluate } from '../compile.ts';
import type { Context } from '../environment.ts';
import { argumentError } from '../error.ts';
import { cell, identity, identityOfValue, type Row, type Shape, type Stream, sizeOfRow } from '../row.ts';
import { BATCH_ROWS, ExtendedRow, freeName } from '../streams.ts';
import type { StageOf } from './stage.ts';

/**
 * The right side is kept in memory, the left one streams by. Keys are equal where their texts are (`identity`); a null equals nothing; a
 * field with several values matches by any of them. Columns of the right whose names the left has get a number behind them.
 */
export const join: StageOf<'join'> = async (node, input, context, runPipeline) => {
  const right = await runPipeline(node.table);
  const leftKeys = keysOf(
    node.on.map(({ left }) => left),
    input,
    context,
  );
  const rightKeys = keysOf(
    node.on.map(({ right: keys }) => keys),
    right,
    context,
  );
  const onlyLeft = node.mode === 'leftsemi' || node.mode === 'leftanti';
  const renamed = onlyLeft ? [] : rightNames(input.columns, right.columns);
  const hold = context.budget.hold('join');

  async function* batches(): AsyncGenerator<readonly Row[]> {
    const index = await indexOf(right, rightKeys, context, hold);
    const unique = new Set<string>();
    let out: Row[] = [];
    for await (const batch of input.batches) {
      context.check();
      for (const row of batch) {
        if (node.mode === 'innerunique') {
          const key = JSON.stringify(leftKeys.map((value) => identity(value(row))));
          if (unique.has(key)) continue;
          hold.take(64 + 2 * key.length);
          unique.add(key);
        }
        const matches = matchesOf(row, leftKeys, index);
        if (onlyLeft) {
          if (matches.size > 0 === (node.mode === 'leftsemi')) out.push(row);
        } else if (matches.size === 0) {
          if (node.mode === 'leftouter') out.push(joined(row, null, renamed));
        }
        if (!onlyLeft) {
          for (const match of matches) {
            out.push(joined(row, match, renamed));
            if (out.length < BATCH_ROWS) continue;
            context.check();
            yield out;
            out = [];
          }
        }
      }
      if (out.length > 0) yield out;
      out = [];
    }
  }

  return {
    table: input.table,
    columns: [...input.columns, ...renamed.map(([, name]) => name)],
    sparse: input.sparse || (!onlyLeft && right.sparse),
    batches: (async function* () {
      try {
        yield* batches();
      } finally {
        hold.release();
      }
    })(),
  };
};

function keysOf(keys: readonly (readonly string[])[], shape: Shape, context: Context): Evaluate[] {
  const span = { start: 0, end: 0 };
  return keys.map((path) => compile({ kind: 'field', keys: path, span }, shape, context));
}

/** Each column of the right with the name it has in the result. */
function rightNames(left: readonly string[], right: readonly string[]): [from: string, to: string][] {
  const taken = new Set([...left, ...right]);
  const clashing = new Set(left);
  return right.map((name) => {
    if (!clashing.has(name)) return [name, name];
    const free = freeName(name, taken);
    taken.add(free);
    return [name, free];
  });
}

type Index = ReadonlyMap<string, readonly Row[]>;

async function indexOf(
  right: Stream,
  keys: readonly Evaluate[],
  context: Context,
  hold: { take(bytes: number): void },
): Promise<Index> {
  const index = new Map<string, Row[]>();
  for await (const batch of right.batches) {
    context.check();
    for (const row of batch) {
      const combinations = combinationsOf(row, keys);
      if (combinations.length > 0) hold.take(sizeOfRow(row));
      for (const key of combinations) {
        hold.take(64 + 2 * key.length);
        const rows = index.get(key);
        if (rows === undefined) index.set(key, [row]);
        else rows.push(row);
      }
    }
  }
  return index;
}

/** Rows of the right that a row of the left matches, each once. */
function matchesOf(row: Row, keys: readonly Evaluate[], index: Index): ReadonlySet<Row> {
  const found = new Set<Row>();
  for (const key of combinationsOf(row, keys)) for (const match of index.get(key) ?? []) found.add(match);
  return found;
}

/** Keys under which a row is found: one, more where a field has several values, none where one is null. */
function combinationsOf(row: Row, keys: readonly Evaluate[]): string[] {
  let combinations: string[][] = [[]];
  for (const key of keys) {
    const values = [
      ...new Set(
        key(row)
          .filter((value): value is Exclude<Value, null> => value !== null)
          .map(identityOfValue),
      ),
    ];
    combinations = combinations.flatMap((before) => values.map((value) => [...before, value]));
    if (combinations.length > LANG_LIMITS.queryJoinKeysMax) {
      throw argumentError(
        `a row has more than ${LANG_LIMITS.queryJoinKeysMax} combinations of values in the keys of join`,
        'Expand one of its keys with mv-expand before the join.',
      );
    }
  }
  return combinations.map((key) => JSON.stringify(key));
}

function joined(left: Row, right: Row | null, names: readonly (readonly [from: string, to: string])[]): Row {
  const own = new Map<string, Values>();
  if (right !== null) {
    for (const [from, to] of names) {
      const values = cell(right, from);
      if (values.length > 0) own.set(to, values);
    }
  }
  return new ExtendedRow(left, own);
}
