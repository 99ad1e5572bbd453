/** Lists of columns as operators have them: `a, b = x + 1, strlen(c)`. */
import { type Expression, pathOf } from '../../tree.ts';
import { nameOf } from '../names.ts';
import type { Columns, Name, Named } from '../tree.ts';
import { argumentError } from './error.ts';
import { freeName } from './streams.ts';

/** A column before it has its name for good. */
export interface Wanted {
  /** As written. */
  readonly given: string | null;
  /** What its expression is called, or null for `Column1`, `Column2`, … */
  readonly derived: string | null;
}

/**
 * Names that were written stand; others that are taken get a number behind them.
 * @param taken names of columns that stand before these
 * @throws RunError where a name is written twice
 */
export function settle(wanted: readonly Wanted[], taken: readonly string[] = []): string[] {
  const used = new Set(taken);
  for (const { given } of wanted) {
    if (given === null) continue;
    if (used.has(given)) throw twice(given);
    used.add(given);
  }
  let unnamed = 0;
  return wanted.map(({ given, derived }) => {
    if (given !== null) return given;
    const free = freeName(derived ?? `Column${++unnamed}`, used);
    used.add(free);
    return free;
  });
}

export function namesOf(columns: readonly Named[]): string[] {
  return settle(columns.map(({ name, value }) => wantedOf(name, value)));
}

export function wantedOf(name: Name | null, value: Expression): Wanted {
  return { given: name === null ? null : pathOf(name.keys), derived: nameOf(value) };
}

/** Keys of a column's name: `pathOf` the other way round. */
export function keysOf(name: string): string[] {
  const keys = [''];
  for (const piece of name.split(/(\\\.|\.)/)) {
    if (piece === '.') keys.push('');
    else keys[keys.length - 1] += piece === '\\.' ? '.' : piece;
  }
  return keys;
}

function twice(name: string): Error {
  return argumentError(`there would be two columns ${name}`, 'Give one of them another name.');
}

/** A pattern of names as a test: `*` stands for any characters. Time is linear in the name for each star. */
export function fits(pattern: string): (name: string) => boolean {
  const [head = '', ...rest] = pattern.split('*');
  const tail = rest.pop();
  return (name) => {
    if (tail === undefined) return name === head;
    if (!name.startsWith(head) || !name.endsWith(tail) || name.length < head.length + tail.length) return false;
    let at = head.length;
    for (const piece of rest) {
      const found = name.indexOf(piece, at);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return at <= name.length - tail.length;
  };
}

/** Columns that a list of names and patterns means, in the list's order, each once. Names that are no columns are among them. */
export function chosen(list: readonly Columns[], columns: readonly string[]): string[] {
  const found = new Set<string>();
  for (const item of list) {
    if (item.kind === 'name') found.add(pathOf(item.keys));
    else for (const name of columns.filter(fits(item.pattern))) found.add(name);
  }
  return [...found];
}
