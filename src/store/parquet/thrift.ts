/**
 * Thrift's compact protocol, as far as Parquet's metadata needs it
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md): fields by ascending ids, zigzag varints.
 */

const TYPE = { true: 1, false: 2, i32: 5, i64: 6, binary: 8, list: 9, struct: 12 } as const;

const utf8 = new TextEncoder();

export class ThriftWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;
  /** Last field id of each open struct. */
  readonly #fields: number[] = [0];

  /** All of it, a copy; structs that were opened are closed. */
  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  boolean(id: number, value: boolean): void {
    this.#field(id, value ? TYPE.true : TYPE.false);
  }

  i32(id: number, value: number): void {
    this.#field(id, TYPE.i32);
    this.#varint(zigzag(value));
  }

  /** @param value a safe integer, or any of 64 bits as bigint */
  i64(id: number, value: number | bigint): void {
    this.#field(id, TYPE.i64);
    this.#long(BigInt(value));
  }

  text(id: number, value: string): void {
    this.binary(id, utf8.encode(value));
  }

  binary(id: number, value: Uint8Array): void {
    this.#field(id, TYPE.binary);
    this.#put(value);
  }

  struct(id: number, write: () => void): void {
    this.#field(id, TYPE.struct);
    this.#inside(write);
  }

  structs<T>(id: number, items: readonly T[], write: (item: T) => void): void {
    this.#list(id, items.length, TYPE.struct);
    for (const item of items) this.#inside(() => write(item));
  }

  i32s(id: number, items: readonly number[]): void {
    this.#list(id, items.length, TYPE.i32);
    for (const item of items) this.#varint(zigzag(item));
  }

  i64s(id: number, items: readonly (number | bigint)[]): void {
    this.#list(id, items.length, TYPE.i64);
    for (const item of items) this.#long(BigInt(item));
  }

  texts(id: number, items: readonly string[]): void {
    this.binaries(
      id,
      items.map((item) => utf8.encode(item)),
    );
  }

  binaries(id: number, items: readonly Uint8Array[]): void {
    this.#list(id, items.length, TYPE.binary);
    for (const item of items) this.#put(item);
  }

  booleans(id: number, items: readonly boolean[]): void {
    this.#list(id, items.length, TYPE.true);
    for (const item of items) this.#byte(item ? TYPE.true : TYPE.false);
  }

  /** Ends the outermost struct. */
  end(): this {
    this.#byte(0);
    return this;
  }

  #inside(write: () => void): void {
    this.#fields.push(0);
    write();
    this.#fields.pop();
    this.#byte(0);
  }

  #field(id: number, type: number): void {
    const last = this.#fields.length - 1;
    const delta = id - this.#fields[last];
    if (delta <= 0) throw new Error(`field ${id} after ${this.#fields[last]}`);
    this.#fields[last] = id;
    if (delta < 16) {
      this.#byte((delta << 4) | type);
      return;
    }
    this.#byte(type);
    this.#varint(zigzag(id));
  }

  #list(id: number, count: number, type: number): void {
    this.#field(id, TYPE.list);
    if (count < 15) {
      this.#byte((count << 4) | type);
      return;
    }
    this.#byte(0xf0 | type);
    this.#varint(count);
  }

  #put(bytes: Uint8Array): void {
    this.#varint(bytes.length);
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** @param value below 2^32 */
  #varint(value: number): void {
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.#byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    this.#byte(rest);
  }

  #long(value: bigint): void {
    let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (rest >= 0x80n) {
      this.#byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  #byte(byte: number): void {
    this.#room(1);
    this.#bytes[this.#length++] = byte;
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(this.#length + bytes, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

const zigzag = (value: number): number => ((value << 1) ^ (value >> 31)) >>> 0;
