/** A stream of bytes that can be looked at before it is taken. */
export type Bytes = AsyncIterable<Uint8Array>;

export class Feed {
  /** What has been read and not taken yet. */
  head: Uint8Array = new Uint8Array(0);
  /** Bytes taken so far. */
  position = 0;
  readonly #source: AsyncIterator<Uint8Array>;
  #ended = false;

  constructor(source: Bytes) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** Reads until `head` has `count` bytes or the stream ends; true when it has them. */
  async fill(count: number): Promise<boolean> {
    if (this.head.length >= count) return true;
    const pieces = [this.head];
    let length = this.head.length;
    while (length < count && !this.#ended) {
      const next = await this.#source.next();
      if (next.done === true) this.#ended = true;
      else {
        pieces.push(next.value);
        length += next.value.length;
      }
    }
    this.head =
      pieces.length === 1
        ? this.head
        : pieces.length === 2 && pieces[0]?.length === 0
          ? (pieces[1] ?? this.head)
          : Buffer.concat(pieces, length);
    return length >= count;
  }

  /** Takes `count` bytes of `head`. */
  take(count: number): Uint8Array {
    const taken = this.head.subarray(0, count);
    this.head = this.head.subarray(count);
    this.position += taken.length;
    return taken;
  }

  /** All that is there at the moment, at least one byte; null at the end. */
  async next(): Promise<Uint8Array | null> {
    return (await this.fill(1)) ? this.take(this.head.length) : null;
  }

  /** The rest of the stream, in pieces of `gatherBytes` or more where the source gives smaller ones. */
  async *rest(gatherBytes: number): AsyncGenerator<Uint8Array> {
    try {
      while (await this.fill(1)) {
        await this.fill(gatherBytes);
        yield this.take(this.head.length);
      }
    } finally {
      await this.close();
    }
  }

  /** Lets the source release what it holds. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#source.return?.();
  }
}
