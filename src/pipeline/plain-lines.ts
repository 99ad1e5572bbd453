/** Whether a file is lines of JSON as it lies on disk, so that ranges of it can be taken as they are. */
import { openRandom, WeirError } from '../base/index.ts';
import { SNIFF_BYTES, sniff } from '../formats/index.ts';

/** False for what cannot be read, too: whoever opens it next says why. */
export function isPlainLines(path: string): boolean {
  try {
    using reader = openRandom(path);
    const head = new Uint8Array(Math.min(SNIFF_BYTES, reader.size));
    const length = reader.readAt(head, 0);
    return length > 0 && (head[0] === 0x7b || head[0] <= 0x20) && sniff(head.subarray(0, length)) === 'ndjson';
  } catch (error) {
    if (error instanceof WeirError) return false;
    throw error;
  }
}
