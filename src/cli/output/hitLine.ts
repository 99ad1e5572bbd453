/** Reading hit lines back: what every output but ndjson and json is made from. */
import type { Hit } from '../../pipeline/index.ts';

/** A hit without its event. */
export type HitHead = Omit<Hit, 'event' | 'events'>;

const LINE_FEED = 0x0a;
const EVENT = Buffer.from(',"event":');
/** With its bracket: a correlation's own count of events has the same name. */
const EVENTS = Buffer.from(',"events":[');
const CLOSE = Buffer.from('}');

/** Complete lines, without their line feeds; empty ones are left out. */
export function* splitLines(bytes: Uint8Array): Generator<Buffer> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  while (start < buffer.length) {
    const found = buffer.indexOf(LINE_FEED, start);
    const end = found < 0 ? buffer.length : found;
    if (end > start) yield buffer.subarray(start, end);
    start = end + 1;
  }
}

/**
 * A hit line without parsing its event, which is most of it and stands last. Unescaped quotes cannot occur inside a JSON
 * string, so the first `,"event":` is a key; should a rule's logsource have such a key, cutting there leaves broken JSON and the
 * whole line is parsed instead.
 */
export function parseHead(line: Buffer): HitHead {
  const one = line.indexOf(EVENT);
  const cut = one >= 0 ? one : line.indexOf(EVENTS);
  if (cut > 0) {
    try {
      return JSON.parse(Buffer.concat([line.subarray(0, cut), CLOSE]).toString('utf8')) as HitHead;
    } catch {
      // not the event's key: read it all
    }
  }
  return JSON.parse(line.toString('utf8')) as HitHead;
}

/** The event's JSON as it stands in the line; for a correlation the array of its events; empty when there is none. */
export function eventText(line: Buffer): string {
  const one = line.indexOf(EVENT);
  const key = one >= 0 ? EVENT : EVENTS;
  const cut = one >= 0 ? one : line.indexOf(EVENTS);
  return cut < 0 ? '' : line.subarray(cut + key.length - (key === EVENTS ? 1 : 0), line.length - 1).toString('utf8');
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/;

/**
 * Microseconds since 1970 of an ISO 8601 time, for sorting and drawing; NaN for none. A double is exact to the microsecond
 * until the year 2255. Without a zone it is UTC.
 */
export function timeMicros(time: string | null): number {
  const parts = TIME.exec(time ?? '');
  if (parts === null) return Number.NaN;
  const seconds = Date.parse(`${parts[1]}${parts[3] ?? 'Z'}`);
  return seconds * 1000 + Number((parts[2] ?? '').slice(0, 6).padEnd(6, '0'));
}
