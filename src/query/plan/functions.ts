/** Functions of the language in SQL. Those that are not here are worked out row by row behind DuckDB. */
import { type Expression, TimeSpan } from '../../lang/index.ts';
import { type Cell, cellOf, choose, firstOf, NO_CELL, only, present } from './cell.ts';
import { constantOf, holds, type Scope } from './scope.ts';
import * as sql from './sql.ts';

type Work = (args: readonly Expression[], scope: Scope) => Cell | null;

/** Of columns that hold one value: lists are asked of elsewhere. */
function singles(args: readonly Expression[], scope: Scope): readonly Cell[] | null {
  const cells = args.map((arg) => scope.value(arg));
  const known = cells.filter((cell) => cell !== null);
  if (known.length < cells.length || known.some((cell) => cell.has('list') || cell.has('dynamic'))) return null;
  return known;
}

const single =
  (work: (cell: Cell) => Cell | null): Work =>
  (args, scope) => {
    const cells = singles(args.slice(0, 1), scope);
    return cells === null ? null : work(cells[0]);
  };

/** Whether a column has a value; a list that is kept has one. */
const nullness =
  (not: boolean): Work =>
  ([x], scope) => {
    const cell = scope.value(x);
    return cell === null ? null : cellOf('bool', not ? present(cell) : `(NOT ${present(cell)})`);
  };

const emptiness = (not: boolean): Work =>
  single((cell) => {
    const texts = cell.get('string');
    const others = new Map([...cell].filter(([kind]) => kind !== 'string'));
    const parts = [...(texts === undefined ? [] : [`coalesce(${texts} <> '', FALSE)`]), present(others)];
    return cellOf('bool', not ? sql.or(parts) : `(NOT ${sql.or(parts)})`);
  });

/** Texts of values that are written alike in both; an absent value has an empty text. */
function textOfCell(cell: Cell): string | null {
  const parts: string[] = [];
  for (const [kind, of] of cell) {
    if (kind !== 'string' && kind !== 'long' && kind !== 'bool') return null;
    parts.push(kind === 'string' ? of : `CAST(${of} AS VARCHAR)`);
  }
  return `coalesce(${[...parts, `''`].join(', ')})`;
}

/** `case` and `iff`. */
const chosen: Work = (args, scope) => {
  const choices: { when: string; cell: Cell }[] = [];
  for (let i = 0; i < args.length; i += 2) {
    const last = i + 1 >= args.length;
    const when = last ? 'TRUE' : holds(args[i], scope);
    const cell = scope.value(args[last ? i : i + 1]);
    if (when === null || cell === null) return null;
    choices.push({ when, cell });
  }
  return choose(choices);
};

/** 0001-01-01, from which bins of dates are counted, in microseconds. */
const FIRST_MICROS = -62_135_596_800_000_000n;

const bin: Work = ([x, size], scope) => {
  const cells = singles([x], scope);
  const width = constantOf(size, scope);
  if (cells === null || width === undefined) return null;
  const [cell] = cells;
  if (cell.size === 0 || width === null) return NO_CELL;
  if (width instanceof TimeSpan) {
    if (width.ticks <= 0n) return NO_CELL;
    const date = only(cell, 'datetime');
    if (date !== null && width.ticks % 10n === 0n) return binned('datetime', date, width.ticks / 10n);
    const span = only(cell, 'timespan');
    return span === null ? null : binned('timespan', span, width.ticks);
  }
  const number = only(cell, 'long');
  return number !== null && typeof width === 'bigint' && width > 0n ? binned('long', number, width) : null;
};

/** The largest multiple of a width that is no greater; of dates counted from the first there is. */
function binned(kind: 'datetime' | 'timespan' | 'long', of: string, width: bigint): Cell {
  // No date is before the first, so that the remainder is never below 0.
  if (kind === 'datetime') return cellOf(kind, `(${of} - (${of} - ${sql.bigint(FIRST_MICROS)}) % ${width})`);
  const wide = `${of}::HUGEINT`;
  // The least integers have no multiple below them.
  return cellOf(kind, sql.long(`(${wide} - ((${wide} % ${width}) + ${width}) % ${width})`));
}

const startOf = (width: TimeSpan): Work => {
  return (args, scope) =>
    args.length === 1 ? bin([args[0], { kind: 'literal', value: width, span: { start: 0, end: 0 } }], scope) : null;
};

const DAY = 864_000_000_000n;

const WORK: Readonly<Record<string, Work>> = {
  isnull: nullness(false),
  isnotnull: nullness(true),
  isempty: emptiness(false),
  isnotempty: emptiness(true),
  coalesce: (args, scope) => {
    const cells = args.map((arg) => scope.value(arg));
    return cells.includes(null) ? null : firstOf(cells as readonly Cell[]);
  },
  iff: chosen,
  case: (args, scope) => (args.length % 2 === 1 ? chosen(args, scope) : null),
  tostring: single((cell) => {
    const text = textOfCell(cell);
    return text === null ? null : cellOf('string', text);
  }),
  strlen: single((cell) => {
    const text = cell.size === 0 ? null : only(cell, 'string');
    return text === null ? null : cellOf('long', `length(${text})`);
  }),
  strcat: (args, scope) => {
    const texts = singles(args, scope)?.map(textOfCell) ?? [null];
    if (texts.includes(null)) return null;
    const text = `(${texts.join(' || ')})`;
    return cellOf('string', `CASE WHEN length(${text}) <= 1048576 THEN ${text} END`);
  },
  tolong: single((cell) => {
    const number = only(cell, 'long');
    return number === null ? null : cellOf('long', number);
  }),
  toreal: single((cell) => {
    const number = only(cell, 'long', 'real');
    return number === null ? null : cellOf('real', `${number}::DOUBLE`);
  }),
  bin,
  startofday: startOf(new TimeSpan(DAY)),
  hourofday: single((cell) => {
    const date = only(cell, 'datetime');
    const micros = DAY / 10n;
    return date === null ? null : cellOf('long', `((${date} % ${micros}) + ${micros}) % ${micros} // 3600000000`);
  }),
};

export const FUNCTION_SQL: Readonly<Record<string, Work>> = {
  ...WORK,
  iif: WORK['iff'],
  todouble: WORK['toreal'],
  notnull: WORK['isnotnull'],
  notempty: WORK['isnotempty'],
  floor: WORK['bin'],
};
