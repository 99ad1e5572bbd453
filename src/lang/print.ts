/** From trees to text: `parse(print(tree))` and `parseQuery(printQuery(tree))` are the trees again, but for places. One file, since each holds the other. */

import { formatJson } from './json.ts';
import { printSearch } from './query/search.ts';
import {
  type Columns,
  isTable,
  type Name,
  type Named,
  type Operator,
  type OperatorKind,
  type OperatorOf,
  type ParsePiece,
  type Pipeline,
  type Query,
  type SortKey,
} from './query/tree.ts';
import { formatDateTime, formatTimeSpan, SPAN_UNITS } from './time.ts';
import type { Expression } from './tree.ts';
import { DateTime, TimeSpan, type Value } from './value.ts';
import { isPlainHead, isPlainKey } from './words.ts';

/** Control and line characters, which a quoted text holds escaped only. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPED = /[\u0000-\u001f"\\\u007f\u2028\u2029]/g;

export function printString(text: string): string {
  const escaped = text.replace(ESCAPED, (char) => {
    if (char === '"' || char === '\\') return `\\${char}`;
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `"${escaped}"`;
}

/** A literal as it is written; spans below zero are `timespan(-…)`. */
export function printValue(value: Value): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return printString(value);
    case 'boolean':
      return String(value);
    case 'bigint':
      // The most negative long has no positive twin to put a sign before.
      return value < -(2n ** 63n - 1n) ? `long(${value})` : String(value);
    case 'number':
      return printReal(value);
    default:
      if (value instanceof DateTime) return `datetime(${formatDateTime(value)})`;
      return value instanceof TimeSpan ? printSpan(value) : `dynamic(${formatJson(value)})`;
  }
}

/** As a short whole number of a unit where it is one, `timespan(…)` otherwise. */
function printSpan(value: TimeSpan): string {
  const { ticks } = value;
  const unit = ['d', 'h', 'm', 's', 'ms'].find(
    (name) => ticks >= 0n && ticks % SPAN_UNITS[name] === 0n && ticks / SPAN_UNITS[name] < 10_000n,
  );
  return unit === undefined ? `timespan(${formatTimeSpan(value)})` : `${ticks / SPAN_UNITS[unit]}${unit}`;
}

function printReal(value: number): string {
  if (Number.isNaN(value)) return 'real(nan)';
  if (!Number.isFinite(value)) return value > 0 ? 'real(+inf)' : 'real(-inf)';
  const text = Object.is(value, -0) ? '-0.0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

export function printPath(keys: readonly string[]): string {
  return keys
    .map((key, i) => {
      if (i === 0 ? isPlainHead(key) : isPlainKey(key)) return i === 0 ? key : `.${key}`;
      return `[${printString(key)}]`;
    })
    .join('');
}

/** How tightly a node holds together; parse.ts has the same order. */
function binding(node: Expression): number {
  switch (node.kind) {
    case 'or':
      return 1;
    case 'and':
      return 2;
    case 'comparison':
    case 'text':
    case 'regex':
    case 'list':
    case 'between':
      return 4;
    case 'arithmetic':
      return node.operator === '+' || node.operator === '-' ? 5 : 6;
    case 'negate':
      return 7;
    default:
      return 8;
  }
}

/** The node, in parentheses where it holds looser than its place asks for. */
function within(node: Expression, least: number): string {
  const text = print(node);
  return binding(node) < least ? `(${text})` : text;
}

/** Items in parentheses. A field alone that is called as a table is would be that table. */
function printItems(items: readonly Expression[]): string {
  const [only] = items;
  const table = items.length === 1 && only.kind === 'field' && only.keys.length === 1 && isTable(only.keys[0]);
  return table ? `[${printString(only.keys[0])}]` : items.map(print).join(', ');
}

export function print(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return printValue(node.value);
    case 'field':
      return printPath(node.keys);
    case 'every':
      return node.keys.length === 0 ? '*' : `${printPath(node.keys)}.*`;
    case 'member': {
      // Behind a path a text in brackets would be one more key of it.
      const operand = ['call', 'member'].includes(node.operand.kind) ? print(node.operand) : `(${print(node.operand)})`;
      return `${operand}[${print(node.key)}]`;
    }
    case 'negate':
      // A sign before a number would make a negative number of it.
      return node.operand.kind === 'field' || node.operand.kind === 'call'
        ? `-${print(node.operand)}`
        : `-(${print(node.operand)})`;
    case 'not':
      return `not(${print(node.operand)})`;
    case 'and':
    case 'or':
      return node.operands.map((operand) => within(operand, binding(node) + 1)).join(` ${node.kind} `);
    case 'arithmetic':
      return `${within(node.left, binding(node))} ${node.operator} ${within(node.right, binding(node) + 1)}`;
    case 'comparison':
      return `${within(node.left, 5)} ${node.operator} ${within(node.right, 5)}`;
    case 'text': {
      const word = `${node.negated ? '!' : ''}${node.operator}${node.caseSensitive ? '_cs' : ''}`;
      return `${within(node.left, 5)} ${word} ${within(node.right, 5)}`;
    }
    case 'regex':
      return `${within(node.left, 5)} matches regex ${within(node.right, 5)}`;
    case 'list':
      return `${within(node.left, 5)} ${node.operator} (${printItems(node.items)})`;
    case 'between': {
      const word = node.negated ? '!between' : 'between';
      return `${within(node.operand, 5)} ${word} (${print(node.low)} .. ${print(node.high)})`;
    }
    case 'call':
      return `${node.name}(${printItems(node.arguments)})`;
    case 'subquery':
      return printPipeline(node.pipeline);
    default:
      throw new TypeError('a tree with errors has no text');
  }
}

/** One line per `let` and per step. */
export function printQuery({ lets, body, explain }: Query): string {
  const lines = lets.map(({ kind, name, value }) => {
    return `let ${printName(name)} = ${kind === 'scalar' ? print(value) : printPipeline(value)};`;
  });
  return [...lines, `${explain ? 'explain ' : ''}${printPipeline(body, '\n| ', !isWritten(body))}`].join('\n');
}

const isWritten = ({ source, operators }: Pipeline): boolean => {
  // A union at the beginning is of its tables alone, and something has to stand there.
  return source.kind !== 'table' || source.written || operators.length === 0 || operators[0].kind === 'union';
};

/** @param bare without its table, so that a step begins it */
export function printPipeline({ source, operators }: Pipeline, pipe = ' | ', bare = false): string {
  if (source.kind === 'error') throw new TypeError('a tree with errors has no text');
  const asof = source.kind === 'table' && source.asof !== null ? [`asof ${print(source.asof)}`] : [];
  return [...(bare ? [] : [source.name]), ...asof, ...operators.map(printOperator)].join(pipe);
}

const inParentheses = (pipeline: Pipeline): string => `(${printPipeline(pipeline)})`;

/** A table's name alone where it is that. */
function printTable(pipeline: Pipeline): string {
  const { source, operators } = pipeline;
  const plain = operators.length === 0 && (source.kind === 'let' || (source.kind === 'table' && source.asof === null));
  return plain ? printPipeline(pipeline) : inParentheses(pipeline);
}

const printName = ({ keys }: Name): string => printPath(keys);

function printNamed({ name, value }: Named): string {
  return name === null ? print(value) : `${printName(name)} = ${print(value)}`;
}

const printList = (columns: readonly Named[]): string => columns.map(printNamed).join(', ');

function printColumns(columns: readonly Columns[]): string {
  return columns.map((item) => (item.kind === 'name' ? printPath(item.keys) : item.pattern)).join(', ');
}

function printSortKey({ value, order, nulls }: SortKey): string {
  return `${print(value)} ${order} nulls ${nulls}`;
}

/** `name=value ` where there is a value. */
const option = (name: string, value: string | null): string => (value === null ? '' : `${name}=${value} `);
const clause = (word: string, text: string | null): string => (text === null || text === '' ? '' : ` ${word} ${text}`);

function printPiece(piece: ParsePiece): string {
  switch (piece.kind) {
    case 'text':
      return printString(piece.text);
    case 'skip':
      return '*';
    default:
      return `${printName(piece.name)}:${piece.type}`;
  }
}

const PRINTERS: { readonly [Kind in OperatorKind]: (step: OperatorOf<Kind>) => string } = {
  search: ({ condition }) => `search ${printSearch(condition)}`,
  where: ({ condition }) => `where ${print(condition)}`,
  extend: ({ columns }) => `extend ${printList(columns)}`,
  project: ({ columns }) => `project ${printList(columns)}`,
  'project-away': ({ columns }) => `project-away ${printColumns(columns)}`,
  'project-keep': ({ columns }) => `project-keep ${printColumns(columns)}`,
  'project-reorder': ({ columns }) => `project-reorder ${printColumns(columns)}`,
  'project-rename': ({ columns }) =>
    `project-rename ${columns.map(({ to, from }) => `${printName(to)} = ${printName(from)}`).join(', ')}`,
  summarize: ({ aggregates, by }) =>
    `summarize${aggregates.length === 0 ? '' : ` ${printList(aggregates)}`}${clause('by', printList(by))}`,
  count: ({ name }) => `count${clause('as', name === null ? null : printName(name))}`,
  distinct: ({ columns }) => `distinct ${columns.length === 0 ? '*' : printList(columns)}`,
  top: ({ count, by }) => `top ${print(count)} by ${by.map(printSortKey).join(', ')}`,
  sort: ({ by }) => `sort by ${by.map(printSortKey).join(', ')}`,
  take: ({ count }) => `take ${print(count)}`,
  union: ({ mode, withSource, tables }) => {
    const options =
      option('kind', mode === 'outer' ? null : mode) + option('withsource', withSource && printName(withSource));
    return `union ${options}${tables.map(printTable).join(', ')}`;
  },
  join: ({ mode, table, on }) => {
    const keys = on.map(({ left, right }) => {
      const same = left.length === right.length && left.every((key, i) => key === right[i]);
      return same ? printPath(left) : `$left${printMember(left)} == $right${printMember(right)}`;
    });
    return `join ${option('kind', mode)}${printTable(table)} on ${keys.join(', ')}`;
  },
  parse: ({ onlyMatches, mode, value, pieces }) => {
    const options = option('kind', mode === 'simple' ? null : mode);
    return `parse${onlyMatches ? '-where' : ''} ${options}${print(value)} with ${pieces.map(printPiece).join(' ')}`;
  },
  'mv-expand': ({ columns, index, limit }) => {
    const list = columns.map(
      (column) => `${printNamed(column)}${clause('to', column.type && `typeof(${column.type})`)}`,
    );
    const options = option('with_itemindex', index && printName(index));
    return `mv-expand ${options}${list.join(', ')}${clause('limit', limit && print(limit))}`;
  },
  'make-series': ({ aggregates, on, from, to, step, by }) => {
    const list = aggregates.map(
      (item) => `${printNamed(item)}${clause('default =', item.default && print(item.default))}`,
    );
    const range = `${clause('from', from && print(from))}${clause('to', to && print(to))} step ${print(step)}`;
    return `make-series ${list.join(', ')} on ${printNamed(on)}${range}${clause('by', printList(by))}`;
  },
  render: ({ chart, properties }) => {
    const list = properties.map(({ name, value }) => `${printPath(name.split('.'))} = ${printValue(value)}`);
    return `render ${chart}${list.length === 0 ? '' : ` with (${list.join(', ')})`}`;
  },
  sequence: ({ by, within, steps }) => {
    const list = steps.map(({ absent, condition }) => `${absent ? '!' : ''}[${print(condition)}]`);
    return `sequence${clause('by', printList(by))} within ${print(within)} ${list.join(' ')}`;
  },
  detect: ({ targets }) => `detect ${targets.map(({ kind, text }) => `${kind}:${printString(text)}`).join(', ')}`,
  error: () => {
    throw new TypeError('a tree with errors has no text');
  },
};

export function printOperator(step: Operator): string {
  return (PRINTERS[step.kind] as (step: Operator) => string)(step);
}

/** A path behind `$left`. */
function printMember(keys: readonly string[]): string {
  const path = printPath(keys);
  return path.startsWith('[') ? path : `.${path}`;
}
