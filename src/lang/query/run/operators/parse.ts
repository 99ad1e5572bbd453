import { textOf } from '../../../functions.ts';
import { pathOf } from '../../../tree.ts';
import type { Value, Values } from '../../../value.ts';
import { settle } from '../columns.ts';
import { compile } from '../compile.ts';
import { regexPattern, textPattern } from '../pattern.ts';
import type { Row } from '../row.ts';
import { ExtendedRow, mapBatches } from '../streams.ts';
import type { StageOf } from './stage.ts';

/** Columns out of a text. Where it does not fit all of them are null; `parse-where` leaves such rows out. */
export const parse: StageOf<'parse'> = (node, input, context) => {
  const wanted = node.pieces.flatMap((piece) =>
    piece.kind === 'column' ? [{ given: pathOf(piece.name.keys), derived: null }] : [],
  );
  const names = settle(wanted);
  const value = compile(node.value, input, context);
  const { tools } = context;
  const find =
    node.mode === 'regex' ? regexPattern(node.pieces, tools.groups) : textPattern(node.pieces, node.mode === 'relaxed');

  /** Of a field with several values the first that fits. */
  const parsed = (row: Row): readonly Value[] | null => {
    for (const text of value(row)) {
      const found = text === null ? null : find(textOf(text));
      if (found !== null) return found;
    }
    return null;
  };

  const columns = [...new Set([...input.columns, ...names])];
  return mapBatches(input, { columns }, context, (rows) => {
    return rows.flatMap((row) => {
      const found = parsed(row);
      if (found === null && node.onlyMatches) return [];
      const own = new Map<string, Values>();
      names.forEach((name, i) => {
        const item = found?.[i] ?? null;
        own.set(name, item === null ? [] : [item]);
      });
      return [new ExtendedRow(row, own)];
    });
  });
};
