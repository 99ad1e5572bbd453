/** From a tree to text: `parse(print(tree))` is the tree again, but for spans. */

import { isPlainHead, isPlainKey } from './parse.ts';
import { formatDateTime, formatTimeSpan, SPAN_UNITS } from './time.ts';
import type { Expression } from './tree.ts';
import { DateTime, type TimeSpan, type Value } from './value.ts';

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
      return value instanceof DateTime ? `datetime(${formatDateTime(value)})` : printSpan(value);
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

function printPath(keys: readonly string[]): string {
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

export function print(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return printValue(node.value);
    case 'field':
      return printPath(node.keys);
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
      return `${within(node.left, 5)} ${node.operator} (${node.items.map(print).join(', ')})`;
    case 'between': {
      const word = node.negated ? '!between' : 'between';
      return `${within(node.operand, 5)} ${word} (${print(node.low)} .. ${print(node.high)})`;
    }
    case 'call':
      return `${node.name}(${node.arguments.map(print).join(', ')})`;
    default:
      throw new TypeError('a tree with errors has no text');
  }
}
