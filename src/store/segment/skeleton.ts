/** What is left of an event without its values: keys, nesting and the kinds of its values, as one text a shape (`weir.shape`). */
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  ELEMENT,
  GROUP_KINDS,
  KEY,
  type Kernel,
  OPEN_ARRAY,
  OPEN_OBJECT,
} from '../../batch/index.ts';

/** Of a row whose event stands in `weir.raw`. */
export const RAW_SHAPE = 'raw';

/** Letter of a kind; a capital one where the token as written stands beside the value. */
export const LETTERS: Readonly<Record<number, string>> = {
  [GROUP_KINDS.string]: 's',
  [GROUP_KINDS.integer]: 'i',
  [GROUP_KINDS.float]: 'f',
  [GROUP_KINDS.boolean]: 'b',
  [GROUP_KINDS.list]: 'l',
  [GROUP_KINDS.null]: 'n',
  [GROUP_KINDS.odd + GROUP_KINDS.string]: 'S',
  [GROUP_KINDS.odd + GROUP_KINDS.float]: 'F',
  [GROUP_KINDS.odd + GROUP_KINDS.list]: 'L',
  [GROUP_KINDS.odd + GROUP_KINDS.integer]: 'I',
};

/** One of several values of a path: the next element of its list. */
export const ELEMENT_LETTER = 'e';

export interface Skeleton {
  /** Text around the values: one piece more than there are values. */
  readonly pieces: readonly string[];
  /** The kernel's column of each value. */
  readonly columns: readonly number[];
  /** All keys are text: valid UTF-8. */
  readonly isText: boolean;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Walks the kernel's trie from the root to `node`. */
export function skeletonOf(kernel: Kernel, node: number): Skeleton {
  const { words, bytes } = kernel;
  const chain: number[] = [];
  const root = kernel.get('nodes');
  for (let at = node; at !== root; at = words[(at >> 2) + 7]) chain.push(at >> 2);
  chain.reverse();
  const pieces: string[] = [];
  const columns: number[] = [];
  let text = '{';
  let first = true;
  let isText = true;
  const value = (column: number): void => {
    pieces.push(text);
    columns.push(column);
    text = '';
  };
  chain.forEach((w, i) => {
    const type = words[w + 3];
    const closes = type === CLOSE_OBJECT || type === CLOSE_ARRAY;
    const before = i === 0 ? 0 : words[chain[i - 1] + 3];
    const opens = type === OPEN_OBJECT || type === OPEN_ARRAY;
    if (!first && !closes && !(opens && before === KEY)) text += ',';
    first = opens;
    if (type === KEY) {
      const at = words[w + 1];
      // `,"key":`, of which the comma is set as the place asks.
      const key = bytes.subarray(at + 1, at + words[w + 2]);
      try {
        text += utf8.decode(key);
      } catch {
        isText = false;
      }
      const next = i + 1 < chain.length ? words[chain[i + 1] + 3] : 0;
      if (next !== OPEN_OBJECT && next !== OPEN_ARRAY) value(words[w + 6]);
    } else if (type === ELEMENT) value(words[w + 6]);
    else if (type === OPEN_OBJECT) text += '{';
    else if (type === OPEN_ARRAY) text += '[';
    else text += type === CLOSE_OBJECT ? '}' : ']';
  });
  pieces.push(`${text}}`);
  return { pieces, columns, isText };
}
