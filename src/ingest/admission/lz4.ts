/**
 * LZ4 frames (doc/lz4_Frame_format.md 1.6.4): any number of frames, skippable ones passed over, all checksums verified. Blocks go
 * to lz4-napi one by one, since its frame decoder gives whatever a frame expands to in one piece; here nothing is larger than
 * a block, 4 MiB at most, before it is counted.
 */
import { uncompressSync } from 'lz4-napi';
import { ByteQueue } from './byte-queue.ts';
import { Xxh32, xxh32 } from './xxh32.ts';

const MAGIC = 0x184d2204;
const LEGACY_MAGIC = 0x184c2102;
const HISTORY_BYTES = 64 * 1024;
/** A block as compressed has at most this many bytes for one of output, by the block format: 255 for each byte of a length. */
const BLOCK_RATIO = 255;
const BLOCKS_MAX = 16_384;

interface Frame {
  readonly linked: boolean;
  readonly blockChecksum: boolean;
  readonly contentChecksum: boolean;
  readonly contentBytes: number | null;
  readonly blockBytesMax: number;
  readonly hash: Xxh32;
  bytes: number;
}

/** What is wrong with the data, in words. */
export class Lz4Damage extends Error {}

/** Push the stream in pieces of any size; `end` says whether it was whole. */
export class Lz4Decoder {
  readonly #input = new ByteQueue();
  #frame: Frame | null = null;
  #history: Buffer = Buffer.alloc(0);
  #skip = 0;
  #blocks = 0;
  #frames = 0;

  /** What comes out, block by block; throws `Lz4Damage`. Iterate to the end before the next push. */
  *push(bytes: Uint8Array): Generator<Uint8Array> {
    this.#input.append(bytes);
    yield* this.#decode();
  }

  /** A whole stream, in which nothing is copied that need not be. */
  *whole(bytes: Uint8Array): Generator<Uint8Array> {
    this.#input.adopt(bytes);
    yield* this.#decode();
  }

  *#decode(): Generator<Uint8Array> {
    for (;;) {
      if (this.#skip > 0) this.#skip -= this.#input.take(this.#skip).length;
      const before = this.#input.length;
      if (before < 4) return;
      if (this.#frame === null) this.#start();
      else {
        const block = this.#block(this.#frame);
        if (block !== null && block.length > 0) yield block;
      }
      if (this.#input.length === before) return;
    }
  }

  /** True when the input stopped at the end of a frame. */
  end(): boolean {
    return this.#frame === null && this.#input.length === 0 && this.#skip === 0 && this.#frames > 0;
  }

  #start(): void {
    const magic = this.#input.bytes.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      if (this.#input.length < 8) return;
      this.#count();
      this.#skip = this.#input.take(8).readUInt32LE(4);
      this.#frames++;
      return;
    }
    if (magic === LEGACY_MAGIC) throw new Lz4Damage('it is the legacy LZ4 format, which is not read: use a frame');
    if (magic !== MAGIC)
      throw new Lz4Damage(`no LZ4 frame begins with ${this.#input.bytes.subarray(0, 4).toString('hex')}`);
    if (this.#input.length < 7) return;
    const [flags, sizes] = this.#input.bytes.subarray(4, 6);
    if (flags >> 6 !== 1) throw new Lz4Damage(`version ${flags >> 6} of the frame format is not known`);
    if ((flags & 0x02) !== 0 || (sizes & 0x8f) !== 0) throw new Lz4Damage('reserved bits of the frame header are set');
    if ((flags & 0x01) !== 0) throw new Lz4Damage('it needs a dictionary');
    const hasSize = (flags & 0x08) !== 0;
    const headerBytes = 7 + (hasSize ? 8 : 0);
    if (this.#input.length < headerBytes) return;
    const header = this.#input.take(headerBytes);
    if (((xxh32(header.subarray(4, -1)) >>> 8) & 0xff) !== header[headerBytes - 1]) {
      throw new Lz4Damage('the checksum of the frame header is wrong');
    }
    const exponent = sizes >> 4;
    if (exponent < 4) throw new Lz4Damage(`block size ${exponent} is not defined`);
    this.#frame = {
      linked: (flags & 0x20) === 0,
      blockChecksum: (flags & 0x10) !== 0,
      contentChecksum: (flags & 0x04) !== 0,
      contentBytes: hasSize ? Number(header.readBigUInt64LE(6)) : null,
      blockBytesMax: 1 << (8 + 2 * exponent),
      hash: new Xxh32(),
      bytes: 0,
    };
    this.#history = Buffer.alloc(0);
  }

  /** The next block; null when it is not whole yet, or the frame ended. */
  #block(frame: Frame): Buffer | null {
    const word = this.#input.bytes.readUInt32LE(0);
    if (word === 0) {
      this.#endFrame(frame);
      return null;
    }
    const stored = word >>> 31 === 1;
    const length = word & 0x7fffffff;
    if (length > frame.blockBytesMax) throw new Lz4Damage(`a block of ${length} bytes, more than its frame allows`);
    const whole = 4 + length + (frame.blockChecksum ? 4 : 0);
    if (this.#input.length < whole) return null;
    this.#count();
    const taken = this.#input.take(whole);
    const data = taken.subarray(4, 4 + length);
    if (frame.blockChecksum && xxh32(data) !== taken.readUInt32LE(4 + length)) {
      throw new Lz4Damage('the checksum of a block is wrong');
    }
    // A copy: the bytes of the queue do not last.
    const block = stored ? Buffer.from(data) : this.#expand(data, frame);
    frame.bytes += block.length;
    if (frame.contentChecksum) frame.hash.push(block);
    if (frame.linked) {
      const both = block.length >= HISTORY_BYTES ? block : Buffer.concat([this.#history, block]);
      this.#history = Buffer.from(both.subarray(-HISTORY_BYTES));
    }
    return block;
  }

  #expand(data: Buffer, frame: Frame): Buffer {
    const sized = Buffer.allocUnsafe(4 + data.length);
    // The length before the block is only how much may come out: a short block cannot ask for megabytes.
    sized.writeUInt32LE(Math.min(frame.blockBytesMax, BLOCK_RATIO * data.length + 64), 0);
    data.copy(sized, 4);
    try {
      return frame.linked && this.#history.length > 0 ? uncompressSync(sized, this.#history) : uncompressSync(sized);
    } catch (error) {
      throw new Lz4Damage(`a block is damaged (${error instanceof Error ? error.message : String(error)})`);
    }
  }

  #endFrame(frame: Frame): void {
    if (this.#input.length < (frame.contentChecksum ? 8 : 4)) return;
    this.#input.take(4);
    if (frame.contentChecksum && this.#input.take(4).readUInt32LE(0) !== frame.hash.digest()) {
      throw new Lz4Damage('the checksum of the content is wrong');
    }
    if (frame.contentBytes !== null && frame.contentBytes !== frame.bytes) {
      throw new Lz4Damage(`its header says ${frame.contentBytes} bytes, ${frame.bytes} came`);
    }
    this.#frame = null;
    this.#frames++;
    this.#count();
  }

  /** Each block and frame costs some microseconds whatever is in it; empty ones must not add up to seconds. */
  #count(): void {
    this.#blocks++;
    if (this.#blocks > BLOCKS_MAX) throw new Lz4Damage(`more than ${BLOCKS_MAX} blocks`);
  }
}
