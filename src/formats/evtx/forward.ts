/** A large block is taken in pieces of this size, so that joining it to what was left never copies it whole. */
const PIECE = 4 << 20;

const NOTHING = new Uint8Array(0);

/** Bytes that arrive in blocks of any size, looked at through a window that only moves forward. */
export class ForwardBytes {
  readonly #blocks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** Arrived and not skipped. */
  #held: Uint8Array = NOTHING;
  /** Arrived, not yet joined to `#held`. */
  #block: Uint8Array = NOTHING;
  /** Position of the window in the whole. */
  position = 0;

  constructor(blocks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#blocks = Symbol.asyncIterator in blocks ? blocks[Symbol.asyncIterator]() : blocks[Symbol.iterator]();
  }

  /** Waits until `size` bytes are there or no more come; returns how many are there, at most `size`. */
  async fill(size: number): Promise<number> {
    while (this.#held.length < size) {
      if (this.#block.length === 0) {
        const next = await this.#blocks.next();
        if (next.done === true) break;
        this.#block = next.value;
        continue;
      }
      const piece = this.#block.subarray(0, PIECE);
      this.#block = this.#block.subarray(piece.length);
      if (this.#held.length === 0) {
        this.#held = piece;
        continue;
      }
      const joined = new Uint8Array(this.#held.length + piece.length);
      joined.set(this.#held);
      joined.set(piece, this.#held.length);
      this.#held = joined;
    }
    return Math.min(size, this.#held.length);
  }

  /** Up to `size` bytes from the window's start. Valid until the next `fill`. */
  view(size: number): Uint8Array {
    return this.#held.subarray(0, size);
  }

  /** No more is wanted: the source may let go of its file. */
  async close(): Promise<void> {
    await this.#blocks.return?.();
  }

  skip(size: number): void {
    const skipped = Math.min(size, this.#held.length);
    this.#held = this.#held.subarray(skipped);
    this.position += skipped;
  }
}
