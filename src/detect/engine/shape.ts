/** What the engine knows of a shape: which values of a row are which fields. Made once per shape, from the kernel's trie. */
import {
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  ELEMENT,
  KEY,
  type Kernel,
  OPEN_ARRAY,
  OPEN_OBJECT,
} from '../../batch/index.ts';

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

interface Open {
  /** Last position range each key of this object has supplied: a later duplicate takes its place. */
  readonly keys: Map<number, { from: number; containers: number }> | null;
}


/** Walks the trie from the root to `node`. */
export function columnsOf(kernel: Kernel, node: number, paths: ColumnPaths): ShapeColumns {
  const { words } = kernel;
  const chain: number[] = [];
  const root = kernel.get('nodes');
  for (let at = node; at !== root; at = words[(at >> 2) + 7]) chain.push(at >> 2);
  chain.reverse();
  let slots: (Slot | null)[] = [];
  let containers: string[] = [];
  let position = 0;
  const stack: Open[] = [{ keys: new Map() }];
  chain.forEach((w, i) => {
    const type = words[w + 3];
    const column = words[w + 6];
    const top = stack[stack.length - 1];
    if (type === KEY) {
      const before = top.keys?.get(column);
      if (before !== undefined) {
        // The earlier duplicate and all that stood in it are out.
        slots = slots.slice(0, before.from).concat(slots.slice(before.from).map((slot) => (isUnder(slot, column, paths) ? null : slot)));
        containers = containers.filter((path, k) => k < before.containers || !isPathUnder(path, paths.pathOf(column)));
      }
      top.keys?.set(column, { from: slots.length, containers: containers.length });
      const next = chain[i + 1];
      const opens = next !== undefined && (words[next + 3] === OPEN_OBJECT || words[next + 3] === OPEN_ARRAY);
      if (opens) containers.push(paths.pathOf(column));
      else slots.push({ position: position++, path: paths.pathOf(column) });
    } else if (type === ELEMENT) slots.push({ position: position++, path: paths.pathOf(column) });
    else if (type === OPEN_OBJECT) stack.push({ keys: new Map() });
    else if (type === OPEN_ARRAY) stack.push({ keys: null });
    else if (type === CLOSE_OBJECT || type === CLOSE_ARRAY) stack.pop();
  });
  return { slots: slots.filter((slot) => slot !== null), containers: [...new Set(containers)] };
}

function isPathUnder(path: string, ancestor: string): boolean {
  return path === ancestor || path.startsWith(`${ancestor}.`);
}

function isUnder(slot: Slot | null, column: number, paths: ColumnPaths): boolean {
  return slot !== null && isPathUnder(slot.path, paths.pathOf(column));
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

