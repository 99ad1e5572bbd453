/** Numbers and texts as few bytes. */

/** Whole numbers of 31 bits take no arithmetic beyond them. */
const SMALL_MAX = 0x7fffffff;

export class ByteWriter {
  #bytes = Buffer.alloc(256);
  #length = 0;

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = value;
  }

  /** Seven bits a byte, least first; not negative. */
  varint(value: bigint | number): void {
    let rest = value;
    for (; rest > SMALL_MAX; rest = BigInt(rest) >> 7n) this.byte(Number(BigInt(rest) & 127n) | 128);
    let small = Number(rest);
    for (; small > 127; small >>>= 7) this.byte((small & 127) | 128);
    this.byte(small);
  }

  float(value: number): void {
    this.#room(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  /** At most 255 bytes of UTF-8. */
  text(value: string): void {
    const bytes = Buffer.from(value);
    this.byte(bytes.length);
    this.#room(bytes.length);
    this.#length += bytes.copy(this.#bytes, this.#length);
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Throws `RangeError` beyond the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      // More than a 128-bit number has: a length without end would take time without end.
      if (shift > 126n) throw new RangeError('a number without an end');
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  skipVarint(): void {
    while (this.byte() > 127);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  /** The same where it is known to be below 2^31. */
  small(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new RangeError('a number without an end');
  }

  float(): number {
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const length = this.byte();
    if (this.#at + length > this.#bytes.length) throw new RangeError('a text beyond the end');
    const text = this.#bytes.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return text;
  }
}
