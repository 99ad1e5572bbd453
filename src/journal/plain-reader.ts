/**
 * A second reader of the bytes that format.ts describes, on purpose with none of its code: what the writer gets wrong it must not
 * get wrong in the same way. Plain and slower; it takes any bytes whatever and says what they are.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { RandomReader } from '../base/index.ts';

export interface PlainEntry {
  /** The producer's sequence number. */
  readonly sequence: number;
  readonly kind: 'events' | 'dead' | 'control' | 'lost';
  readonly receivedAt: number;
  readonly more: boolean;
  readonly index: number;
  /** JSON as it was given; empty where there is none. */
  readonly receipt: string;
  /** A view into a buffer that the next entry overwrites. */
  readonly payload: Uint8Array;
  /** Hexadecimal SHA-256 of the whole entry, of the producer's entry before it, and the producer. */
  readonly hash: string;
  readonly previous: string;
  readonly producer: string;
  /** Of the whole entry. */
  readonly bytes: number;
}

/** Why no whole entry is where it should be. */
export interface Unreadable {
  readonly what: string;
  /** Where its header is whole and only the payload is not: its sequence number, and bytes to the next entry. */
  readonly header: Pick<PlainEntry, 'sequence' | 'bytes'> | null;
}

/** A whole header found behind damage. */
export interface Found {
  readonly byte: number;
  readonly sequence: number;
}

const WINDOW = 1 << 20;
const HEADER = 96;
const RECEIPT_MAX = 8 * 1024;
const PAYLOAD_MAX = 64 * 1024 * 1024;
const KINDS = new Map<number, PlainEntry['kind']>([
  [1, 'events'],
  [2, 'dead'],
  [3, 'control'],
  [4, 'lost'],
]);

export class PlainReader {
  readonly #reader: RandomReader;
  #buffer = Buffer.alloc(0);
  #at = 0;

  constructor(reader: RandomReader) {
    this.#reader = reader;
  }

  get size(): number {
    return this.#reader.size;
  }

  #slice(from: number, to: number): Buffer {
    if (from < this.#at || to > this.#at + this.#buffer.length) {
      const wanted = Math.min(Math.max(to - from, WINDOW), this.#reader.size - from);
      const fresh = Buffer.alloc(wanted);
      this.#buffer = fresh.subarray(0, this.#reader.readAt(fresh, from));
      this.#at = from;
    }
    return this.#buffer.subarray(from - this.#at, to - this.#at);
  }

  /** The entry that begins at `byte`, or why there is none. */
  entryAt(byte: number): PlainEntry | Unreadable {
    const none = (what: string): Unreadable => ({ what, header: null });
    if (byte + HEADER > this.size) return none(`${this.size - byte} bytes are left, too few for an entry`);
    const head = this.#slice(byte, byte + HEADER);
    if (head.toString('latin1', 0, 4) !== 'WEVJ') return none('no entry begins here');
    const receiptBytes = head.readUInt32LE(16);
    const payloadBytes = head.readUInt32LE(20);
    if (receiptBytes > RECEIPT_MAX) return none(`its receipt would have ${receiptBytes} bytes`);
    if (payloadBytes > PAYLOAD_MAX) return none(`its payload would have ${payloadBytes} bytes`);
    const used = HEADER + receiptBytes + payloadBytes;
    const bytes = used + ((8 - (used % 8)) % 8);
    if (byte + HEADER + receiptBytes > this.size) return none('the file ends in its receipt');
    const receiptEnd = HEADER + receiptBytes;
    const checked = this.#slice(byte, byte + receiptEnd);
    if (crc32(checked.subarray(8)) !== checked.readUInt32LE(4))
      return none('the checksum of its header does not match');
    const header = { sequence: Number(checked.readBigUInt64LE(40)), bytes };
    if (byte + bytes > this.size) return none('the file ends in its payload');
    const all = this.#slice(byte, byte + bytes);
    if (crc32(all.subarray(receiptEnd)) !== all.readUInt32LE(8))
      return { what: 'the checksum of its payload does not match', header };
    const kind = KINDS.get(all.readUInt8(13));
    const flags = all.readUInt16LE(14);
    if (all.readUInt8(12) !== 1 || kind === undefined || flags > 1 || all.readUInt32LE(28) !== 0) {
      return none('it is of a version or kind that is not known here');
    }
    if (all.subarray(used).some((value) => value !== 0)) return { what: 'its padding is not empty', header };
    return {
      kind,
      more: flags === 1,
      index: all.readUInt32LE(24),
      receivedAt: Number(all.readBigUInt64LE(32)),
      sequence: Number(all.readBigUInt64LE(40)),
      producer: all.toString('hex', 48, 64),
      previous: all.toString('hex', 64, 96),
      receipt: all.toString('utf8', HEADER, receiptEnd),
      payload: all.subarray(receiptEnd, used),
      hash: createHash('sha256').update(all).digest('hex'),
      bytes,
    };
  }

  /** The first whole header from `byte` on that `wanted` takes; null: there is none. */
  nextHeader(byte: number, wanted: (sequence: number, index: number, producer: string) => boolean): Found | null {
    for (let from = byte; from + HEADER <= this.size; from += WINDOW) {
      const bytes = this.#slice(from, Math.min(this.size, from + WINDOW + HEADER + RECEIPT_MAX));
      const end = Math.min(WINDOW, bytes.length - HEADER);
      for (
        let at = bytes.indexOf('WEVJ', 0, 'latin1');
        at >= 0 && at <= end;
        at = bytes.indexOf('WEVJ', at + 1, 'latin1')
      ) {
        const to = at + HEADER + bytes.readUInt32LE(at + 16);
        if (to > at + HEADER + RECEIPT_MAX || to > bytes.length) continue;
        const sequence = Number(bytes.readBigUInt64LE(at + 40));
        if (!wanted(sequence, bytes.readUInt32LE(at + 24), bytes.toString('hex', at + 48, at + 64))) continue;
        if (crc32(bytes.subarray(at + 8, to)) === bytes.readUInt32LE(at + 4)) return { byte: from + at, sequence };
      }
    }
    return null;
  }
}
