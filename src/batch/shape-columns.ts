/** Which columns the values of a shape are in: from the kernel's trie, once per shape. */

import type { Kernel } from './kernel.ts';
import { CLOSE_ARRAY, CLOSE_OBJECT, ELEMENT, KEY, OPEN_ARRAY, OPEN_OBJECT } from './kinds.ts';

/** One value of a row. */
export interface Slot {
  /** Index among the row's codes. */
  readonly position: number;
  readonly path: string;
}

export interface ShapeColumns {
  /** Values that count: of duplicate keys in one object only the last. */
  readonly slots: readonly Slot[];
  /** Paths of keys whose value is an object or an array of other than scalars. */
  readonly containers: readonly string[];
}

/** What one key of an object has supplied: ranges of slots and containers. */
interface Member {
  readonly slot: number;
  readonly container: number;
  slotEnd: number;
  containerEnd: number;
}

/** Walks the trie from the root to `node`; time linear in its depth, whatever is duplicated. */
export function columnsOf(kernel: Kernel, node: number, paths: ColumnPaths): ShapeColumns {
  const { words } = kernel;
  const chain: number[] = [];
  const root = kernel.get('nodes');
  for (let at = node; at !== root; at = words[(at >> 2) + 7]) chain.push(at >> 2);
  chain.reverse();
  const slots: (Slot | null)[] = [];
  const containers: (string | null)[] = [];
  let position = 0;
  // Members of the open objects and arrays, by path: keys spelled differently may be the same key.
  const stack: Map<string, Member>[] = [new Map()];
  const open: (Member | null)[] = [null];
  const close = (): void => {
    const member = open[open.length - 1];
    if (member === null) return;
    member.slotEnd = slots.length;
    member.containerEnd = containers.length;
    open[open.length - 1] = null;
  };
  chain.forEach((w, i) => {
    const type = words[w + 3];
    if (type === KEY) {
      close();
      const path = paths.pathOf(words[w + 6]);
      const members = stack[stack.length - 1];
      const before = members.get(path);
      if (before !== undefined) {
        // The earlier duplicate and all that stood in it are out.
        slots.fill(null, before.slot, before.slotEnd);
        containers.fill(null, before.container, before.containerEnd);
      }
      const member: Member = { slot: slots.length, container: containers.length, slotEnd: 0, containerEnd: 0 };
      members.set(path, member);
      open[open.length - 1] = member;
      const next = chain[i + 1];
      if (next !== undefined && (words[next + 3] === OPEN_OBJECT || words[next + 3] === OPEN_ARRAY))
        containers.push(path);
      else slots.push({ position: position++, path });
    } else if (type === ELEMENT) slots.push({ position: position++, path: paths.pathOf(words[w + 6]) });
    else if (type === OPEN_OBJECT || type === OPEN_ARRAY) {
      stack.push(new Map());
      open.push(null);
    } else if (type === CLOSE_OBJECT || type === CLOSE_ARRAY) {
      close();
      stack.pop();
      open.pop();
    }
  });
  return {
    slots: slots.filter((slot) => slot !== null),
    containers: [...new Set(containers.filter((path) => path !== null))],
  };
}

/** Dotted paths of columns, each built once. */
export class ColumnPaths {
  readonly #kernel: Kernel;
  readonly #paths = new Map<number, string>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  pathOf(column: number): string {
    let path = this.#paths.get(column);
    if (path === undefined) {
      const w = (this.#kernel.get('columns') >> 2) + column * 4;
      const { words } = this.#kernel;
      const key = this.#kernel.key(words[w + 1], words[w + 2]).replaceAll('.', '\\.');
      path = words[w] === 0 ? key : `${this.pathOf(words[w])}.${key}`;
      this.#paths.set(column, path);
    }
    return path;
  }

  clear(): void {
    this.#paths.clear();
  }
}
