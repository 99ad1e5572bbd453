/** The lines of a file one after the other, however long it is. */
import { openRandom } from './disk.ts';

const READ_BYTES = 1 << 20;
const LINE_FEED = 10;

/** Every line that ends in a line feed, without it; an end that a crash cut short is left out. Throws `disk.read`. */
export function* readLines(name: string): Generator<string> {
  using reader = openRandom(name);
  const into = Buffer.alloc(READ_BYTES);
  let begun: Buffer[] = [];
  for (let at = 0; ; ) {
    const read = reader.readAt(into, at);
    if (read === 0) return;
    at += read;
    let from = 0;
    for (let end = into.indexOf(LINE_FEED); end >= 0 && end < read; end = into.indexOf(LINE_FEED, from)) {
      begun.push(into.subarray(from, end));
      yield Buffer.concat(begun).toString();
      begun = [];
      from = end + 1;
    }
    // The buffer is written over by the next read.
    begun.push(Buffer.from(into.subarray(from, read)));
  }
}
