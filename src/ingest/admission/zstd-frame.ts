/**
 * Where a zstd frame ends (RFC 8878, 3.1): Node's decompressors stop behind the first frame and say nothing of what follows, which
 * would lose events in silence. Only headers are read; blocks are hopped over.
 */
import { limits } from '../../base/index.ts';

const MAGIC = 0xfd2fb528;
/** Magic and descriptor, then at most a window, a dictionary id and a content size. */
const HEADER_BYTES_MAX = 18;
const DICTIONARY_BYTES = [0, 1, 2, 4];
const SIZE_BYTES = [0, 2, 4, 8];
const RLE = 1;
const RESERVED = 3;

/** What is wrong with the data, in words. */
export class ZstdDamage extends Error {}

/** One frame, read in pieces of any size. */
export class ZstdFrame {
  /** Nothing to decompress in it. */
  skippable = false;
  /** Content size by its header; 0 where it does not say. A hint, to be bounded. */
  contentBytes = 0;
  ended = false;
  readonly #header = new Uint8Array(HEADER_BYTES_MAX);
  #headerBytes = 0;
  /** Bytes of the header in work that are wanted before it can be read: frame header, then block headers. */
  #wanted = 4;
  #state: 'magic' | 'skippable' | 'descriptor' | 'header' | 'block' | 'last' = 'magic';
  /** Bytes to hop over before the next header. */
  #hop = 0;
  #checksum = false;

  /** How many of `bytes` from `from` on belong to this frame: all, unless it ends there. Throws `ZstdDamage`. */
  take(bytes: Uint8Array, from: number): number {
    let at = from;
    while (!this.ended) {
      const hopped = Math.min(this.#hop, bytes.length - at);
      this.#hop -= hopped;
      at += hopped;
      if (this.#hop > 0) break;
      if (this.#state === 'last') {
        this.ended = true;
        break;
      }
      while (this.#headerBytes < this.#wanted && at < bytes.length) this.#header[this.#headerBytes++] = bytes[at++];
      if (this.#headerBytes < this.#wanted) break;
      this.#next();
    }
    return at - from;
  }

  #next(): void {
    const view = new DataView(this.#header.buffer);
    if (this.#state === 'magic') {
      const magic = view.getUint32(0, true);
      this.skippable = (magic & 0xfffffff0) >>> 0 === 0x184d2a50;
      if (!this.skippable && magic !== MAGIC) throw new ZstdDamage('no zstd frame begins so');
      this.#state = this.skippable ? 'skippable' : 'descriptor';
      this.#wanted = this.skippable ? 8 : 5;
    } else if (this.#state === 'skippable') {
      this.#hop = view.getUint32(4, true);
      this.#state = 'last';
    } else if (this.#state === 'descriptor') {
      const descriptor = view.getUint8(4);
      const single = (descriptor & 0x20) !== 0;
      if ((descriptor & 0x08) !== 0) throw new ZstdDamage('a reserved bit of the frame header is set');
      const sizeBytes = SIZE_BYTES[descriptor >> 6] || (single ? 1 : 0);
      this.#wanted = 5 + (single ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3] + sizeBytes;
      this.#state = 'header';
    } else if (this.#state === 'header') {
      this.#readHeader(view);
      this.#blockNext();
    } else {
      const block = view.getUint16(0, true) | (view.getUint8(2) << 16);
      const type = (block >> 1) & 3;
      if (type === RESERVED) throw new ZstdDamage('a block is of no known type');
      this.#hop = type === RLE ? 1 : block >> 3;
      if ((block & 1) === 0) this.#blockNext();
      else {
        this.#hop += this.#checksum ? 4 : 0;
        this.#state = 'last';
      }
    }
  }

  #blockNext(): void {
    this.#headerBytes = 0;
    this.#wanted = 3;
    this.#state = 'block';
  }

  #readHeader(view: DataView): void {
    const descriptor = view.getUint8(4);
    const single = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    const at = 5 + (single ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3];
    if (sizeFlag === 1) this.contentBytes = view.getUint16(at, true) + 256;
    else if (sizeFlag === 2) this.contentBytes = view.getUint32(at, true);
    else if (sizeFlag === 3) this.contentBytes = Number(view.getBigUint64(at, true));
    else if (single) this.contentBytes = view.getUint8(at);
    this.#checksum = (descriptor & 0x04) !== 0;
    const base = 2 ** (10 + (view.getUint8(5) >> 3));
    const window = single ? this.contentBytes : base + (base / 8) * (view.getUint8(5) & 7);
    if (window > limits.zstdWindowBytesMax) {
      throw new ZstdDamage(`its window of ${window} bytes is over the ${limits.zstdWindowBytesMax} of RFC 9659`);
    }
  }
}
