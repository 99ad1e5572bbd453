/**
 * Shapes as frames hold them: order of keys, nesting, arrays and duplicates of an event, as numbers.
 *
 * 0 closes the innermost object or array · 1 opens an object · 2 opens an array (of other than scalars alone) · 3 a scalar
 * or array of scalars in such an array · n + 3 the key of column n; what follows opens, or the key has a value of its own
 */
import { damaged } from './frame.ts';

export const CLOSE = 0;
export const OBJECT = 1;
export const ARRAY = 2;
export const ITEM = 3;
export const FIRST_KEY = 4;
/** As the scanner has it: levels below the event. */
const LEVELS_MAX = 64;

/** A key within its object, or (parent 0) within the event; numbers start at 1. */
export interface RawColumn {
  readonly parent: number;
  /** Between its quotes. */
  readonly key: Uint8Array;
  /** Decoded and dotted; a literal dot in a key is `\.`. */
  readonly path: string;
}

export interface Shape {
  readonly tokens: readonly number[];
  /** Column of each value, in order. */
  readonly columns: readonly number[];
  /** Whether the value counts for rules and queries: of duplicate keys only the last does. */
  readonly counts: readonly boolean[];
  /** No less than what keys, quotes, commas and braces take in a row's text. */
  readonly textBytes: number;
}

/** Says of each value which column it is in and whether it counts. Throws where the tokens are no event. */
export function readShape(tokens: readonly number[], columns: readonly RawColumn[]): Shape {
  const found: number[] = [];
  const counts: boolean[] = [];
  // Per open level: its column, whether it is an array, and where the values of its keys stand.
  const contexts: number[] = [0];
  const arrays: boolean[] = [false];
  const members: Map<string, [from: number, to: number]>[] = [new Map()];
  const open: ([from: number, to: number] | null)[] = [null];
  const endMember = (): void => {
    const member = open[open.length - 1];
    if (member !== null) member[1] = found.length;
  };
  let inner = 0;
  let textBytes = 2 + tokens.length * 7;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const top = contexts.length - 1;
    if (token === CLOSE) {
      if (top === 0) throw damaged('a shape closes what is not open');
      endMember();
      for (const stack of [contexts, arrays, members, open]) stack.pop();
    } else if (token === OBJECT || token === ARRAY) {
      const afterKey = i > 0 && tokens[i - 1] >= FIRST_KEY;
      if (!arrays[top] && !afterKey) throw damaged('a shape opens a level without a key');
      if (top === LEVELS_MAX) throw damaged(`a shape is deeper than ${LEVELS_MAX} levels`);
      contexts.push(arrays[top] ? contexts[top] : inner);
      arrays.push(token === ARRAY);
      members.push(new Map());
      open.push(null);
    } else if (token === ITEM) {
      if (!arrays[top]) throw damaged('a shape has an element outside an array');
      found.push(contexts[top]);
      counts.push(true);
    } else {
      const column = token - FIRST_KEY + 1;
      if (arrays[top] || columns[column]?.parent !== contexts[top])
        throw damaged('a shape has a key where it cannot be');
      endMember();
      const { path, key } = columns[column];
      textBytes += key.length;
      const before = members[top].get(path);
      if (before !== undefined) counts.fill(false, before[0], before[1]);
      const member: [number, number] = [found.length, found.length];
      members[top].set(path, member);
      open[top] = member;
      inner = column;
      const next = tokens[i + 1];
      if (next !== OBJECT && next !== ARRAY) {
        found.push(column);
        counts.push(true);
      }
    }
  }
  if (contexts.length > 1) throw damaged('a shape ends inside a level');
  return { tokens, columns: found, counts, textBytes };
}
