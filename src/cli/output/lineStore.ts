/** Lines kept to be sorted: the index in memory, the text in scratch space that outgrows memory. */
import { openScratch } from '../../base/index.ts';

/** Bytes of lines kept in memory; a million hits are some 150 MB of timeline. */
const MEMORY_BYTES = 32 * 1024 * 1024;
/** Lines near in time mostly lie near each other, so one read serves many. */
const READ_BYTES = 64 * 1024;
const INITIAL_LINES = 1024;

export interface LineStore extends Disposable {
  /** Lines with a smaller key come first; equal keys keep their order; NaN comes last. */
  add(key: number, line: string): void;
  /** All lines in order. */
  sorted(): Generator<string>;
}

export function newLineStore(memoryBytes: number = MEMORY_BYTES): LineStore {
  const scratch = openScratch(memoryBytes);
  let keys = new Float64Array(INITIAL_LINES);
  /** Where each line starts; one more than there are lines. */
  let starts = new Float64Array(INITIAL_LINES + 1);
  let size = 0;

  const add = (key: number, line: string): void => {
    if (size === keys.length) {
      keys = doubled(keys, size * 2);
      starts = doubled(starts, size * 2 + 1);
    }
    keys[size] = Number.isNaN(key) ? Number.POSITIVE_INFINITY : key;
    scratch.append(Buffer.from(line, 'utf8'));
    size++;
    starts[size] = scratch.size;
  };

  function* sorted(): Generator<string> {
    const order = Uint32Array.from({ length: size }, (_, at) => at);
    // Two lines without a key differ by NaN, which is no order either.
    order.sort((a, b) => keys[a] - keys[b] || a - b);
    let window = Buffer.alloc(0);
    let windowStart = 0;
    for (const at of order) {
      const start = starts[at];
      const length = starts[at + 1] - start;
      if (start < windowStart || start + length > windowStart + window.length) {
        const into = Buffer.alloc(Math.max(READ_BYTES, length));
        window = into.subarray(0, scratch.readAt(into, start));
        windowStart = start;
      }
      yield window.toString('utf8', start - windowStart, start - windowStart + length);
    }
  }

  return { add, sorted, [Symbol.dispose]: () => scratch.close() };
}

function doubled(list: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  const grown = new Float64Array(length);
  grown.set(list);
  return grown;
}
