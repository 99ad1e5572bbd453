/** The hits of one hunt in its folder: lines, in their order. A line's place in the file is the cursor of the next. */
import { appendLines, elapsedMs, fileInfo, limits, openRandom, WeirError } from '../../base/index.ts';

const GATHERED_BYTES = 1 << 20;
const GATHERED_MS = 500;
const READ_BYTES = 256 * 1024;
const LINE_FEED = 10;
const MATCHES = ',"matches":';

/** Writes lines, synced a megabyte or half a second together. */
export class HitsWriter {
  readonly #file: string;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #writtenMs = elapsedMs();
  #bytes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  /** Whether they were taken; once there is no room for more, none is. */
  add(lines: Uint8Array): boolean {
    if (this.#bytes + lines.length > limits.huntHitsBytesMax) return false;
    this.#bytes += lines.length;
    this.#gathered.push(Uint8Array.from(lines));
    this.#gatheredBytes += lines.length;
    if (this.#gatheredBytes >= GATHERED_BYTES) this.flush();
    else this.flushSoon();
    return true;
  }

  /** Writes what has waited for half a second. */
  flushSoon(): void {
    if (elapsedMs() - this.#writtenMs >= GATHERED_MS) this.flush();
  }

  flush(): void {
    this.#writtenMs = elapsedMs();
    if (this.#gatheredBytes === 0) return;
    appendLines(this.#file, Buffer.concat(this.#gathered));
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }
}

export interface HitLinesPage {
  readonly items: readonly string[];
  /** Behind the last line that was looked at. */
  readonly next: number;
  /** Whether that is all there is for now. */
  readonly isEnd: boolean;
}

/**
 * Lines from a place in the file on, up to so many or so many bytes, at least one where there is one.
 * @param rule id; null: all
 * @returns null where no line begins there
 */
export function readHits(file: string, from: number, limit: number, rule: string | null): HitLinesPage | null {
  if (fileInfo(file) === null) return from === 0 ? { items: [], next: 0, isEnd: true } : null;
  using reader = openRandom(file);
  const before = new Uint8Array(1);
  if (from > reader.size) return null;
  if (from > 0 && (reader.readAt(before, from - 1) !== 1 || before[0] !== LINE_FEED)) return null;
  const items: string[] = [];
  const into = Buffer.alloc(READ_BYTES);
  let begun: Buffer[] = [];
  let begunBytes = 0;
  let next = from;
  for (let at = from; items.length < limit && next - from < limits.huntHitsPageBytesMax; ) {
    const read = reader.readAt(into, at);
    // A line that is being written, or was cut short, is none yet.
    if (read === 0) return { items, next, isEnd: true };
    at += read;
    let start = 0;
    for (let end = into.indexOf(LINE_FEED); end >= 0 && end < read; end = into.indexOf(LINE_FEED, start)) {
      begun.push(into.subarray(start, end));
      const line = Buffer.concat(begun).toString();
      begunBytes += end - start;
      next += begunBytes + 1;
      begun = [];
      begunBytes = 0;
      start = end + 1;
      if (rule === null || ruleIn(line) === rule) items.push(line);
      if (items.length === limit || next - from >= limits.huntHitsPageBytesMax) break;
    }
    begun.push(Buffer.from(into.subarray(start, read)));
    begunBytes += read - start;
  }
  return { items, next, isEnd: next >= reader.size };
}

/** The rule's id, from what stands before the matches. */
function ruleIn(line: string): string {
  const head = line.slice(0, line.indexOf(MATCHES));
  try {
    return (JSON.parse(`${head}}`) as { rule: { id: string } }).rule.id;
  } catch (cause) {
    // A rule's logsource may have a key of that name.
    const whole = JSON.parse(line) as { rule?: { id?: unknown } };
    if (typeof whole.rule?.id === 'string') return whole.rule.id;
    throw new WeirError('hunt.damaged', 'a line of its hits is damaged', { cause });
  }
}
