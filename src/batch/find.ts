/** Where an ASCII text stands in bytes, whatever the case of its letters (kernel/find.ts). */
import type { Kernel } from './kernel.ts';

/** Bytes that are looked at at a time: they stay in the cache. */
const WINDOW = 1 << 18;
/** Longer texts are looked for by their beginning. */
export const FOUND_BYTES_MAX = 4096;

/** Offsets at which `text` begins, ascending. @param text ASCII in small letters, not empty; of a long one the beginning counts */
export function* placesOf(kernel: Kernel, bytes: Uint8Array, text: string): Generator<number> {
  const wanted = Buffer.from(text.slice(0, FOUND_BYTES_MAX), 'latin1');
  kernel.reserveScratch(WINDOW + FOUND_BYTES_MAX * 2);
  const at = kernel.get('scratch');
  const window = at + FOUND_BYTES_MAX;
  for (let from = 0; from + wanted.length <= bytes.length; from += WINDOW) {
    // What begins in a window may end behind it.
    const part = bytes.subarray(from, from + WINDOW + wanted.length - 1);
    kernel.bytes.set(wanted, at);
    kernel.bytes.set(part, window);
    for (let next = 0; ; next++) {
      next = kernel.hunt.findText(window, part.length, next, at, wanted.length);
      if (next < 0) break;
      yield from + next;
    }
  }
}
