/**
 * Admission's look at a body: how many events there are in it, and a CRC-32 over them, a newline after each. By code that shares nothing
 * with the scanner whose rows the journal keeps: `weir verify` takes the same CRC over what stands on disk, rows and dead letters
 * in their order, so that whatever was lost, doubled, changed or moved in between shows.
 */
import { crc32 } from 'node:zlib';
import { countEvents } from '../../ingest/index.ts';
import { compactEvent } from './compact.ts';

export interface Survey {
  readonly events: number;
  readonly crc: number;
}

/** What the survey must be told of how events were kept. A lie about it shows as a difference, as anything else does. */
export interface Kept {
  /**
   * `lines`: events stand as they came, a newline after each; `tokens`: what stands around them was left out; `compact`: white space
   * within them, too.
   */
  readonly form: 'lines' | 'tokens' | 'compact';
  /** Numbers of the events of which only so many first bytes were kept. */
  readonly cut: ReadonlyMap<number, number>;
}

const NEWLINE = 0x0a;
const NEWLINES = Uint8Array.of(NEWLINE);
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d;

/** The CRC goes on behind one event, of its bytes as they came or were kept. */
export function digestEvent(crc: number, event: Uint8Array, compact: boolean): number {
  return crc32(NEWLINES, crc32(compact ? compactEvent(event) : trimmed(event), crc));
}

/** Without what stands around it. */
function trimmed(event: Uint8Array): Uint8Array {
  let end = event.length;
  while (end > 0 && event[end - 1] <= 0x20) end--;
  let from = 0;
  while (from < end && event[from] <= 0x20) from++;
  return from === 0 && end === event.length ? event : event.subarray(from, end);
}

/** Events of NDJSON: lines that are not blank. */
export function surveyLines(body: Uint8Array, { form, cut }: Kept, from: Survey = { events: 0, crc: 0 }): Survey {
  const marked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  // A Buffer's search is several times as fast as an array's.
  const bytes = Buffer.from(body.buffer, body.byteOffset + (marked ? 3 : 0), body.length - (marked ? 3 : 0));
  if (form === 'tokens' && cut.size === 0) return surveyTrimmed(bytes, from);
  const events = from.events + countEvents(body, 'ndjson');
  let { crc } = from;
  if (form === 'lines' && cut.size === 0) {
    if (bytes.length === 0) return { events, crc };
    crc = crc32(bytes, crc);
    return { events, crc: bytes[bytes.length - 1] === NEWLINE ? crc : crc32(NEWLINES, crc) };
  }
  let record = from.events;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    const line = bytes.subarray(at, end);
    at = end + 1;
    if (line.every(isBlank)) continue;
    const kept = cut.get(record++);
    crc = digestEvent(crc, kept === undefined ? line : line.subarray(0, kept), form === 'compact');
  }
  return { events, crc };
}

/** Lines that are gathered before their digest is taken: a call for each costs as much as the digest of 1 KB. */
const gathered = Buffer.allocUnsafeSlow(64 * 1024);

/** Lines with blanks around their events, as those that end with a carriage return. */
function surveyTrimmed(bytes: Buffer, from: Survey): Survey {
  let { events, crc } = from;
  let used = 0;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    let first = at;
    let last = end;
    at = end + 1;
    while (last > first && bytes[last - 1] <= 0x20) last--;
    while (first < last && bytes[first] <= 0x20) first++;
    if (first === last && bytes.subarray(first, end).every(isBlank)) continue;
    events++;
    if (used + last - first >= gathered.length) {
      crc = crc32(gathered.subarray(0, used), crc);
      used = 0;
      if (last - first >= gathered.length) {
        crc = crc32(bytes.subarray(first, last), crc);
        first = last;
      }
    }
    used += bytes.copy(gathered, used, first, last);
    gathered[used++] = NEWLINE;
  }
  return { events, crc: crc32(gathered.subarray(0, used), crc) };
}

/** Events of JSON: objects that stand in nothing but lists, if in anything. Always without their white space. */
export function surveyJson(body: Uint8Array, { cut }: Kept): Survey {
  let events = 0;
  let crc = 0;
  let start = 0;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === 0x22) at = endOfString(body, at);
    else if (byte === 0x7b) {
      if (depth++ === 0) start = at;
    } else if (byte === 0x7d && depth > 0 && --depth === 0) {
      const event = compactEvent(body.subarray(start, at + 1));
      crc = crc32(NEWLINES, crc32(event.subarray(0, cut.get(events) ?? event.length), crc));
      events++;
    }
  }
  return { events, crc };
}

/** Where the string that begins at `from` ends. */
function endOfString(body: Uint8Array, from: number): number {
  let at = from + 1;
  while (at < body.length && body[at] !== 0x22) at += body[at] === 0x5c ? 2 : 1;
  return at;
}
