/**
 * Walks the entries of one segment file, forwards, with bounded memory: the one reading path of recovery and of readers. (`verify`
 * has one of its own, verify.ts.)
 */
import { hash as digest } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { limits, type RandomReader } from '../base/index.ts';
import { Damage } from './errors.ts';
import { entryBytes, HEADER_BYTES, type Header, headerChecksum, MAGIC, readHeader } from './format.ts';

const HEADER_BYTES_MAX = HEADER_BYTES + limits.journalReceiptBytesMax;

/** SHA-256, as a view of 32 bytes. */
export function sha256Of(bytes: Uint8Array): Uint8Array {
  return digest('sha256', bytes, 'buffer');
}

export class SegmentCursor {
  readonly #reader: RandomReader;
  readonly #producer: Uint8Array;
  /** Bytes read at a time. */
  readonly #chunkBytes: number;
  #buffer: Uint8Array = new Uint8Array(0);
  /** What was read into the buffer. */
  #window: Uint8Array = new Uint8Array(0);
  #windowAt = 0;
  /** Where the entry begins that `header` describes, or the next one. */
  byte: number;
  /** Sequence that the entry at `byte` must have. */
  sequence: number;
  /** Of the entry at `byte`; views end with the next call. */
  header: Header | null = null;

  /** `byte` is where an entry begins. */
  constructor(reader: RandomReader, producer: Uint8Array, byte: number, sequence: number, chunkBytes?: number) {
    this.#reader = reader;
    this.#producer = producer;
    this.#chunkBytes = chunkBytes ?? limits.journalReadBytes;
    this.byte = byte;
    this.sequence = sequence;
  }

  /** The entry's bytes, padding included; 0 where no header has been read. */
  get bytes(): number {
    return this.header === null ? 0 : entryBytes(this.header.receiptBytes, this.header.payloadBytes);
  }

  /** Up to `length` bytes of the file from `byte`, fewer only at its end. */
  #view(byte: number, bytesMax: number): Uint8Array {
    const length = Math.max(0, Math.min(bytesMax, this.#reader.size - byte));
    if (byte < this.#windowAt || byte + length > this.#windowAt + this.#window.length) {
      const size = Math.min(Math.max(length, this.#chunkBytes), this.#reader.size - byte);
      // A huge entry's buffer is let go with it.
      if (this.#buffer.length < size || this.#buffer.length > 4 * this.#chunkBytes) this.#buffer = new Uint8Array(size);
      this.#window = this.#buffer.subarray(0, this.#reader.readAt(this.#buffer.subarray(0, size), byte));
      this.#windowAt = byte;
    }
    const from = byte - this.#windowAt;
    return this.#window.subarray(from, from + length);
  }

  /** Reads the header at `byte`: false at the end of the file. Throws Damage. */
  next(): boolean {
    this.header = null;
    const bytes = this.#view(this.byte, HEADER_BYTES_MAX);
    if (bytes.length === 0) return false;
    if (bytes.length < HEADER_BYTES) throw new Damage(this.byte, `an entry cut off after ${bytes.length} bytes`);
    const header = readHeader(bytes);
    if (typeof header === 'string') throw new Damage(this.byte, header);
    if (bytes.length < HEADER_BYTES + header.receiptBytes)
      throw new Damage(this.byte, 'an entry cut off in its receipt');
    if (headerChecksum(bytes, header.receiptBytes) !== header.checksum) {
      throw new Damage(this.byte, 'the checksum of its header does not match');
    }
    if (Buffer.compare(header.producer, this.#producer) !== 0)
      throw new Damage(this.byte, 'an entry of another producer');
    if (header.sequence !== this.sequence) {
      throw new Damage(this.byte, `an entry with sequence number ${header.sequence} in place of ${this.sequence}`);
    }
    this.header = header;
    return true;
  }

  /** The whole entry whose header was read, its body's checksum verified; a view until the next call. Throws Damage. */
  entry(): Uint8Array {
    const { header } = this;
    if (header === null) throw new Error('no header was read');
    const bytes = this.#view(this.byte, this.bytes);
    if (bytes.length < this.bytes) throw new Damage(this.byte, `an entry cut off after ${bytes.length} bytes`);
    // The window may have moved under the header's views.
    header.producer = bytes.subarray(48, 64);
    header.previous = bytes.subarray(64, HEADER_BYTES);
    if (crc32(bytes.subarray(HEADER_BYTES + header.receiptBytes)) !== header.bodyChecksum) {
      throw new Damage(this.byte, 'the checksum of its payload does not match');
    }
    return bytes;
  }

  /** Header, receipt and up to `payloadBytes` of the payload; the payload is not verified. */
  start(payloadBytes: number): Uint8Array {
    if (this.header === null) throw new Error('no header was read');
    const { receiptBytes } = this.header;
    const wanted = HEADER_BYTES + receiptBytes + Math.min(payloadBytes, this.header.payloadBytes);
    const bytes = this.#view(this.byte, wanted);
    if (bytes.length < wanted) throw new Damage(this.byte, 'an entry cut off in its payload');
    this.header.producer = bytes.subarray(48, 64);
    this.header.previous = bytes.subarray(64, HEADER_BYTES);
    return bytes;
  }

  /** Goes to where the next entry begins. */
  skip(): void {
    this.byte += this.bytes;
    this.sequence++;
    this.header = null;
  }
}

/** A whole header behind damage. */
export interface Later {
  readonly byte: number;
  readonly sequence: number;
}

/**
 * Looks from `byte` on for a whole header of an entry with a sequence number of `sequence` or above (lower ones are remains
 * of something older): the first that `wanted` takes, or null.
 */
export function findLater(
  reader: RandomReader,
  producer: Uint8Array,
  byte: number,
  sequence: number,
  wanted: (header: Header) => boolean,
): Later | null {
  const magic = Buffer.from(new Uint32Array([MAGIC]).buffer);
  const chunk = Buffer.alloc(Math.min(limits.journalReadBytes + HEADER_BYTES_MAX, Math.max(0, reader.size - byte)));
  for (let from = byte; from < reader.size; from += limits.journalReadBytes) {
    const bytes = chunk.subarray(0, reader.readAt(chunk, from));
    for (let at = bytes.indexOf(magic); at >= 0 && at < limits.journalReadBytes; at = bytes.indexOf(magic, at + 1)) {
      const candidate = bytes.subarray(at, at + HEADER_BYTES_MAX);
      if (candidate.length < HEADER_BYTES) break;
      const header = readHeader(candidate);
      if (typeof header === 'string' || header.sequence < sequence) continue;
      if (Buffer.compare(header.producer, producer) !== 0) continue;
      if (candidate.length < HEADER_BYTES + header.receiptBytes) continue;
      if (headerChecksum(candidate, header.receiptBytes) !== header.checksum || !wanted(header)) continue;
      return { byte: from + at, sequence: header.sequence };
    }
  }
  return null;
}
