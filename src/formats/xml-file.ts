/**
 * Files of rendered Windows events: `<Events>` documents as wevtutil and Event Viewer export them, single `<Event>`s,
 * one a line or with a syslog header before each (Sysmon for Linux). Whatever stands between events is passed over.
 */
import { limits, WeirError } from '../base/index.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { JsonOptions } from './json.ts';
import type { InputReport } from './report.ts';
import type { Chunk } from './types.ts';
import { eventJson } from './xml.ts';
import { parseXml } from './xml-parse.ts';

const OPEN = Buffer.from('<Event');
const CLOSE = Buffer.from('</Event>');
/** A start tag that is closed in itself is looked for this far. */
const TAG_BYTES_MAX = 1024;
/** Push the input in pieces, best of 1 MiB or more, then call `end`; take the chunks whenever you like. */
export class XmlSplitter {
  readonly #out: ChunkWriter;
  readonly #report: InputReport;
  readonly #eventBytesMax: number;
  #buffer: Buffer = Buffer.alloc(0);
  /** Byte of the input at which `#buffer` starts. */
  #position = 0;
  // Bytes of the input, so that they stay true while the buffer moves on.
  /** The first `</Event>` that is known, or -1. */
  #closeAt = -1;
  /** No other `</Event>` lies before this. */
  #closeFrom = 0;
  /** End of the last event that was tried to be parsed. */
  #triedEnd = -1;
  #sawEvent = false;

  constructor(report: InputReport, options: JsonOptions = {}) {
    this.#report = report;
    this.#eventBytesMax = options.lineBytesMax ?? limits.lineBytesMax;
    this.#out = new ChunkWriter(options.chunkBytes);
  }

  push(bytes: Uint8Array): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    while (this.#step());
  }

  end(): void {
    const open = findOpen(this.#buffer, 0);
    this.#passOver(open < 0 ? this.#buffer.length : open);
    if (open >= 0) {
      this.#sawEvent = true;
      this.#report.add(
        `record ${this.#out.record}, byte ${this.#position + open}`,
        "the event is cut off by the end of the input: expected '</Event>'",
      );
    }
    if (!this.#sawEvent) this.#report.add('', "the XML holds no element 'Event': expected rendered Windows events");
    this.#out.flush();
  }

  take(): Chunk[] {
    return this.#out.take();
  }

  /** Takes one event out of the buffer; false when more input is needed. */
  #step(): boolean {
    const open = findOpen(this.#buffer, 0);
    if (open < 0) {
      // The last bytes may be the beginning of a tag.
      this.#passOver(this.#buffer.length - OPEN.length);
      return false;
    }
    this.#passOver(open);
    const close = this.#close();
    if (close < 0 && this.#buffer.length <= this.#eventBytesMax) return false;
    if (close < 0 || close > this.#eventBytesMax) {
      this.#drop(`the event has no '</Event>' within the ${this.#eventBytesMax} bytes an event may have`, close);
      return true;
    }
    // One try for each end, and one for the last start before it: whoever repeats starts cannot make this slow.
    if (this.#triedEnd === this.#position + close) {
      const next = findOpen(this.#buffer, OPEN.length);
      if (next >= 0 && next < close) {
        this.#drop("another event starts before the event's '</Event>'", close);
        return true;
      }
    }
    this.#triedEnd = this.#position + close;
    const text = this.#buffer.toString('utf8', 0, close);
    let json: string;
    let end: number;
    try {
      const parsed = parseXml(text, 0);
      json = eventJson(parsed.root);
      end = parsed.end === text.length ? close : Buffer.byteLength(text.slice(0, parsed.end));
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#drop(`the event is no well-formed XML: ${error.message}`, close);
      return true;
    }
    const out = this.#out;
    // A UTF-16 unit has at most three bytes in UTF-8.
    out.reserve(3 * json.length + 1);
    const line = out.bytes.subarray(out.end);
    out.end += new TextEncoder().encodeInto(json, line).written;
    out.complete(this.#position);
    this.#take(end);
    this.#sawEvent = true;
    return true;
  }

  /** Names the event at the start of the buffer and goes on at the next. */
  #drop(reason: string, close: number): void {
    this.#sawEvent = true;
    this.#report.add(`record ${this.#out.record}, byte ${this.#position}`, reason);
    this.#out.drop(true);
    const next = findOpen(this.#buffer, OPEN.length);
    const ownEnd = Math.max(OPEN.length, close < 0 ? this.#buffer.length - OPEN.length : close);
    this.#take(next < 0 ? ownEnd : Math.min(next, ownEnd));
  }

  /** Index behind the event that the buffer starts with, or -1. */
  #close(): number {
    const tagEnd = this.#buffer.subarray(0, TAG_BYTES_MAX).indexOf('>');
    if (tagEnd > 0 && this.#buffer[tagEnd - 1] === 0x2f) return tagEnd + 1;
    if (this.#closeAt < this.#position) {
      const found = this.#buffer.indexOf(CLOSE, Math.max(0, this.#closeFrom - this.#position));
      this.#closeAt = found < 0 ? -1 : this.#position + found;
      this.#closeFrom = this.#position + (found < 0 ? Math.max(0, this.#buffer.length - CLOSE.length) : found);
    }
    return this.#closeAt < 0 ? -1 : this.#closeAt - this.#position + CLOSE.length;
  }

  #take(bytes: number): void {
    this.#buffer = this.#buffer.subarray(bytes);
    this.#position += bytes;
  }

  #passOver(bytes: number): void {
    if (bytes <= 0) return;
    this.#take(bytes);
  }
}

/** Index of `<Event` as a whole name, from `from` on. */
function findOpen(buffer: Buffer, from: number): number {
  for (let at = buffer.indexOf(OPEN, from); at >= 0; at = buffer.indexOf(OPEN, at + 1)) {
    const next = buffer[at + OPEN.length];
    if (next === 0x3e || next === 0x20 || next === 0x09 || next === 0x0a || next === 0x0d || next === 0x2f) return at;
  }
  return -1;
}
