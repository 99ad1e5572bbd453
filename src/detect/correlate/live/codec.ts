/**
 * A snapshot: 8 bytes of magic, u32 format version, u64 body length, the body, SHA-256 of everything before it. Numbers are
 * little-endian; texts are UTF-8 with a u32 length before them. A writer and its reader call the same functions in the same order.
 */
import { createHash } from 'node:crypto';
import { WeirError } from '../../../base/index.ts';

const MAGIC = 'weircorr';
const VERSION = 1;
const HEAD = 20;
const CHECKSUM = 32;

export class SnapshotWriter {
  #bytes: Buffer;
  #end = HEAD;

  /** `expected`: about how many bytes there will be. */
  constructor(expected = 1024) {
    this.#bytes = Buffer.allocUnsafeSlow(HEAD + CHECKSUM + expected);
  }

  u32(value: number): void {
    this.#reserve(4);
    this.#end = this.#bytes.writeUInt32LE(value, this.#end);
  }

  f64(value: number): void {
    this.#reserve(8);
    this.#end = this.#bytes.writeDoubleLE(value, this.#end);
  }

  text(value: string): void {
    this.#reserve(4 + 3 * value.length);
    const length = this.#bytes.write(value, this.#end + 4);
    this.#bytes.writeUInt32LE(length, this.#end);
    this.#end += 4 + length;
  }

  /** Bytes `start` to `end` of a buffer, with their number before them, as a text has. */
  bytes(from: Buffer, start: number, end: number): void {
    this.#reserve(4 + end - start);
    this.#end = this.#bytes.writeUInt32LE(end - start, this.#end);
    this.#end += from.copy(this.#bytes, this.#end, start, end);
  }

  json(value: unknown): void {
    this.text(JSON.stringify(value));
  }

  finish(): Uint8Array {
    this.#reserve(CHECKSUM);
    this.#bytes.write(MAGIC, 0, 'latin1');
    this.#bytes.writeUInt32LE(VERSION, 8);
    this.#bytes.writeBigUInt64LE(BigInt(this.#end - HEAD), 12);
    checksum(this.#bytes.subarray(0, this.#end)).copy(this.#bytes, this.#end);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset, this.#end + CHECKSUM);
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#bytes.length) return;
    const next = Buffer.allocUnsafeSlow(Math.max(this.#end + length, 2 * this.#bytes.length));
    this.#bytes.copy(next, 0, 0, this.#end);
    this.#bytes = next;
  }
}

export class SnapshotReader {
  readonly #bytes: Buffer;
  #at = HEAD;

  /** Throws `detect.snapshot_damaged`, `detect.snapshot_version`. */
  constructor(snapshot: Uint8Array) {
    this.#bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.length);
    if (snapshot.length < HEAD + CHECKSUM || this.#bytes.toString('latin1', 0, 8) !== MAGIC) {
      throw damaged('it does not begin as one');
    }
    const version = this.#bytes.readUInt32LE(8);
    if (version !== VERSION) {
      throw new WeirError(
        'detect.snapshot_version',
        `the snapshot of the correlations has format ${version}; this program reads format ${VERSION}`,
        { hint: 'Leave it out: the journal gives the same state again.' },
      );
    }
    const end = HEAD + Number(this.#bytes.readBigUInt64LE(12));
    if (end + CHECKSUM !== snapshot.length) throw damaged(`it has ${snapshot.length} bytes, not ${end + CHECKSUM}`);
    if (!checksum(this.#bytes.subarray(0, end)).equals(this.#bytes.subarray(end))) {
      throw damaged('its checksum does not fit its contents');
    }
  }

  u32(): number {
    const value = this.#bytes.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  f64(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const length = this.u32();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  bytes(): Buffer {
    const length = this.u32();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** As it was written: the checksum vouches for it. */
  json<T>(): T {
    return JSON.parse(this.text()) as T;
  }
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function damaged(what: string): WeirError {
  return new WeirError('detect.snapshot_damaged', `the snapshot of the correlations cannot be read: ${what}`, {
    hint: 'Leave it out: the journal gives the same state again.',
  });
}
