import { crc32 } from 'node:zlib';
import type { Chunk, Unparsed } from '../types.ts';
import {
  BATCH_BYTES,
  CHUNK_BYTES,
  CHUNK_HEADER_BYTES,
  FILE_HEADER_BYTES,
  RECORD_BYTES_MIN,
  RECORD_HEADER_BYTES,
} from './bounds.ts';
import { findChunk, findRecord, hasChunkMagic, RECORD_MAGIC, readLive } from './chunk.ts';
import { Damage } from './damage.ts';
import { ForwardBytes } from './forward.ts';
import { Page } from './page.ts';
import { Renderer } from './render.ts';
import { JsonWriter } from './writer.ts';

/** What was read. Every record of a live area is in `records` or named as unparsed. */
export interface EvtxReport {
  /** Chunks with a signature. */
  readonly chunks: number;
  /** Events delivered from live areas. */
  readonly records: number;
  /** Events delivered from free space and from chunks without a usable header. */
  readonly carved: number;
  /** How often `report` was called. */
  readonly unparsed: number;
  /** The log was in use when the file was copied; its header may be out of date. */
  readonly dirty: boolean;
}

export interface EvtxOptions {
  /** Also read records beyond the live areas and in chunks without a usable header, as chunks with `carved: true`. */
  readonly recover: boolean;
  /** Called with each part that could not be read, before the events after it are delivered. */
  readonly report: (unparsed: Omit<Unparsed, 'path'>) => void;
}

/**
 * Reads an EVTX file from front to back. `blocks` are its bytes in order, in pieces of any size; memory does not depend on
 * the file's size. Chunks of the file up to its end are read, whatever its header says. Only what `blocks` throws is thrown.
 *
 * Layout: libyal, "Windows XML Event Log (EVTX)"; BinXML also in [MS-EVEN6] 2.2.12.
 */
export async function* readEvtx(
  blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: EvtxOptions,
): AsyncGenerator<Chunk, EvtxReport> {
  const bytes = new ForwardBytes(blocks);
  const reader = new Reader(options);
  const { live, carved } = reader;
  try {
    await bytes.fill(FILE_HEADER_BYTES);
    if (!reader.fileHeader(bytes.view(FILE_HEADER_BYTES))) return reader.summary();
    bytes.skip(FILE_HEADER_BYTES);
    while ((await bytes.fill(2 * CHUNK_BYTES)) > 0) {
      bytes.skip(reader.slot(bytes.view(2 * CHUNK_BYTES), bytes.position));
      if (live.size >= BATCH_BYTES) yield live.take();
      if (carved.size >= BATCH_BYTES) yield carved.take();
    }
    reader.end(bytes.position);
    if (live.size > 0) yield live.take();
    if (carved.size > 0) yield carved.take();
    return reader.summary();
  } finally {
    await bytes.close();
  }
}

/** Lines gathered for one `Chunk`. */
class Batch {
  readonly out = new JsonWriter();
  readonly #carved: boolean;
  #ids = new Float64Array(64);
  #count = 0;
  #position = 0;
  /** Delivered and gathered. */
  total = 0;

  constructor(carved: boolean) {
    this.#carved = carved;
  }

  get size(): number {
    return this.out.at;
  }

  add(id: number, position: number): void {
    if (this.#count === 0) this.#position = position;
    if (this.#count === this.#ids.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#ids);
      this.#ids = larger;
    }
    this.#ids[this.#count++] = id;
    this.total++;
  }

  take(): Chunk {
    const chunk = {
      bytes: this.out.take(),
      firstRecord: this.total - this.#count + 1,
      records: this.#ids.slice(0, this.#count),
      position: this.#position,
    };
    this.#count = 0;
    return this.#carved ? { ...chunk, carved: true } : chunk;
  }
}

const ZEROS = new Uint8Array(CHUNK_BYTES);
const FILE_MAGIC = Buffer.from('ElfFile\0');
const DIRTY = 0x1;

const isZero = (bytes: Uint8Array): boolean => Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;

/** One a thread: filled and used within one call of `slot`, which waits for nothing. Its 128 KiB cost more than a small file. */
const page = new Page();

class Reader {
  readonly live = new Batch(false);
  readonly carved = new Batch(true);
  readonly #renderer = new Renderer(page, this.live.out);
  readonly #options: EvtxOptions;
  #dirty = false;
  #chunks = 0;
  #unparsed = 0;
  /** Chunks the file header counts; 0 where it cannot be trusted. */
  #counted = 0;
  /** Places where a chunk is due that hold nothing but zeros. */
  #unused = 0;
  /** The place in the file where a chunk is due, from 1, and its position. */
  #number = 0;
  #position = 0;

  constructor(options: EvtxOptions) {
    this.#options = options;
  }

  summary(): EvtxReport {
    const { live, carved } = this;
    return {
      chunks: this.#chunks,
      records: live.total,
      carved: carved.total,
      unparsed: this.#unparsed,
      dirty: this.#dirty,
    };
  }

  #report(position: string, reason: string): void {
    this.#unparsed++;
    this.#options.report({ position, reason });
  }

  /** In this chunk, at this byte of it. */
  #reportAt(at: number, reason: string, record?: number): void {
    const where = record === undefined ? '' : ` record ${record},`;
    this.#report(`chunk ${this.#number},${where} byte ${this.#position + at}`, reason);
  }

  /** Nothing in the file header is needed to read the chunks. False where no chunk can follow. */
  fileHeader(header: Uint8Array): boolean {
    if (header.length < FILE_HEADER_BYTES) {
      this.#report(
        'byte 0',
        `an EVTX file begins with ${FILE_HEADER_BYTES} bytes of header; this one has ${header.length}`,
      );
      return false;
    }
    const view = new DataView(header.buffer, header.byteOffset);
    this.#dirty = (view.getUint32(120, true) & DIRTY) !== 0;
    if (Buffer.compare(header.subarray(0, 8), FILE_MAGIC) !== 0) {
      this.#report('byte 0', 'the file header has no signature (ElfFile); its chunks are read all the same');
    } else if (!this.#dirty && crc32(header.subarray(0, 120)) !== view.getUint32(124, true)) {
      this.#report('byte 0', 'the checksum of the file header is wrong; its chunks are read all the same');
    } else if (!this.#dirty) {
      this.#counted = view.getUint16(42, true);
    }
    return true;
  }

  /** Reads what stands where a chunk is due. `ahead` begins there and goes past its end. Returns how many bytes it took. */
  slot(ahead: Uint8Array, position: number): number {
    this.#number++;
    this.#position = position;
    const slot = ahead.subarray(0, CHUNK_BYTES);
    if (hasChunkMagic(slot, 0) && slot.length >= CHUNK_HEADER_BYTES) {
      this.#chunk(slot);
      return slot.length;
    }
    // The file grows by whole chunks of zeros.
    if (isZero(slot)) {
      this.#unused++;
      return slot.length;
    }
    let size = slot.length;
    // Bytes may be missing or added: then chunks go on somewhere else.
    if (!hasChunkMagic(ahead, CHUNK_BYTES)) {
      const found = findChunk(ahead, 1, CHUNK_BYTES);
      if (found > 0) size = found;
    }
    this.#reportAt(0, `${size} bytes without the signature of a chunk (ElfChnk)`);
    page.load(slot.subarray(0, size));
    this.#renderer.newChunk();
    this.#carve(0, size);
    return size;
  }

  /**
   * Called at the end of the file. A log that was closed counts its chunks in its header, whether it was exported or in use;
   * one that has fewer was cut between two of them, or a part of it was lost and came out as zeros.
   */
  end(position: number): void {
    const there = this.#number - this.#unused;
    if (there >= this.#counted) return;
    const counted = `${this.#counted} chunk${this.#counted === 1 ? '' : 's'}`;
    this.#report(
      `byte ${position}`,
      `the file header counts ${counted}, the file holds ${there}: the others are missing`,
    );
  }

  #chunk(slot: Uint8Array): void {
    this.#chunks++;
    page.load(slot);
    this.#renderer.newChunk();
    const { end, faults } = readLive(page, slot.length);
    for (const fault of faults) this.#reportAt(0, fault);
    if (end > 0) this.#records(CHUNK_HEADER_BYTES, end);
    this.#carve(Math.max(end, CHUNK_HEADER_BYTES), slot.length);
  }

  /** Reads the records of a live area. */
  #records(from: number, to: number): void {
    let at = from;
    while (at < to) {
      if (page.u32(at) !== RECORD_MAGIC || to - at < RECORD_BYTES_MIN) {
        const next = findRecord(page, at + 1, to);
        const end = next < 0 ? to : next;
        this.#reportAt(at, `${end - at} bytes of the live area are no record`);
        at = end;
        continue;
      }
      const size = page.u32(at + 4);
      const end = at + size;
      const fits = size >= RECORD_BYTES_MIN && end <= to;
      if (fits && page.u32(end - 4) === size) {
        this.#record(this.live, at, end, '');
        at = end;
        continue;
      }
      if (fits && (end === to || page.u32(end) === RECORD_MAGIC)) {
        this.#record(this.live, at, end, `its size is ${size}, but ${page.u32(end - 4)} at its end`);
        at = end;
        continue;
      }
      const next = findRecord(page, at + 4, to);
      const until = next < 0 ? to : next;
      this.#record(this.live, at, until, `its size is said to be ${size}, which is not where a record ends`);
      at = until;
    }
  }

  /** Delivers the record from `at` to `end`; `fault` is what is wrong with it already. */
  #record(batch: Batch, at: number, end: number, fault: string): void {
    const id = page.u32(at + 8) + page.u32(at + 12) * 2 ** 32;
    try {
      this.#renderer.record(batch.out, at + RECORD_HEADER_BYTES, end - 4, batch === this.carved);
      batch.add(id, this.#position + at);
      if (fault !== '') this.#reportAt(at, `${fault}; the event is read all the same`, id);
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      const both = fault === '' ? error.message : `${fault}; ${error.message}`;
      this.#reportAt(error.at > 0 ? error.at : at, both, id);
    }
  }

  /** With `recover`, delivers whole records found between `from` and `to`. */
  #carve(from: number, to: number): void {
    if (!this.#options.recover) return;
    let at = findRecord(page, from, to);
    while (at >= 0) {
      const end = at + page.u32(at + 4);
      this.#record(this.carved, at, end, '');
      at = findRecord(page, end, to);
    }
  }
}
