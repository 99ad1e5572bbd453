/** Shapes of stored rows as the kernel knows them: it learns each from a line that has it, with values that say nothing. */
import type { Engine } from '../../detect/engine/index.ts';
import { type SegmentReader, type ShapeParts, shapeParts } from '../../store/index.ts';

export interface HuntShape {
  /** Of the kernel's trie. */
  readonly node: number;
  /** Kind and path of each value's column; null: a JSON null. */
  readonly columns: readonly (string | null)[];
}

/** What stands for a value of a kind. */
const SAMPLES: Readonly<Record<string, string>> = {
  s: '""',
  S: '""',
  i: '0',
  I: '0',
  f: '0',
  F: '0',
  b: 'true',
  l: '[]',
  L: '[]',
  n: 'null',
  // An array of scalars would be one value.
  e: '[0]',
};

const KINDS: Readonly<Record<string, string>> = {
  s: 'string',
  i: 'integer',
  f: 'float',
  b: 'boolean',
  l: 'list',
  e: 'list',
};

const keyOf = (kind: string, path: string): string => `${kind} ${path}`;

/** Physical names of a segment's columns, by what `HuntShape.columns` calls them. */
export function namesOfColumns(segment: SegmentReader): ReadonlyMap<string, string> {
  return new Map(segment.columns.map(({ name, path, kind }) => [keyOf(kind, path), name]));
}

export class HuntShapes {
  readonly #engine: Engine;
  readonly #known = new Map<string, HuntShape>();

  constructor(engine: Engine) {
    this.#engine = engine;
    const { kernel } = engine;
    const forget = kernel.onShapesReset;
    kernel.onShapesReset = () => {
      forget();
      this.#known.clear();
    };
  }

  /** Undefined: of rows whose columns do not say all, and of those beyond what the kernel can know at a time. */
  get(text: string): HuntShape | undefined {
    return this.#known.get(text);
  }

  /** Has the kernel know them, as far as it can. What it holds of rows and values is gone then. */
  learn(texts: readonly string[]): void {
    // The kernel may forget all it knew to learn the last of them.
    for (let tries = 0; tries < 2; tries++) {
      const unknown = [...new Set(texts)].filter((text) => !this.#known.has(text));
      if (unknown.length === 0 || this.#scan(unknown)) return;
    }
  }

  /** @returns whether the kernel still knows those it knew before */
  #scan(texts: readonly string[]): boolean {
    const { kernel } = this.#engine;
    const wanted = texts.flatMap((text) => {
      const parts = shapeParts(text);
      return parts === null ? [] : [{ text, parts, line: `${sampleOf(parts)}\n` }];
    });
    if (wanted.length === 0) return true;
    const before = this.#known.size;
    let done = 0;
    let unlike = 0;
    kernel.load(Buffer.from(wanted.map(({ line }) => line).join('')));
    while (kernel.scan()) {
      this.#engine.evaluate(() => {});
      const rows = kernel.get('rowCount');
      for (let row = 0; row < rows; row++) {
        const { text, parts } = wanted[done++];
        const columns = parts.slots.map(({ letter, path }) => columnKey(letter, path));
        const node = kernel.words[kernel.rowsAt + row * 4];
        // A shape that no event of the kernel's has is damaged: its rows are read as they stand.
        if (this.#engine.shapeOf(row).columns.slots.length === columns.length) this.#known.set(text, { node, columns });
        else unlike++;
      }
    }
    return this.#known.size >= before + done - unlike;
  }
}

function sampleOf({ pieces, slots }: ShapeParts): string {
  return slots.reduceRight(
    (rest, { letter }, k) => `${pieces[k]}${SAMPLES[letter]}${rest}`,
    String(pieces[slots.length]),
  );
}

function columnKey(letter: string, path: string): string | null {
  return letter === 'n' ? null : keyOf(KINDS[letter] ?? 'raw', path);
}
