/** Reads Thrift's compact protocol (thrift.ts writes it). Nothing is believed: lengths are held against the bytes that are there. */
import { Fault } from './read-range.ts';

const TYPE = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
};
/** Levels of what is passed over; Parquet's metadata has no more than five. */
const DEPTH_MAX = 16;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class ThriftReader {
  readonly bytes: Uint8Array;
  at: number;
  #last = 0;
  #type = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Reads the fields of a struct: `field` is called with the id of each, and reads it or leaves it alone. */
  struct(field: (id: number) => void): void {
    const outer = this.#last;
    this.#last = 0;
    for (;;) {
      const head = this.#byte();
      if (head === 0) break;
      const type = head & 15;
      this.#last = head >> 4 === 0 ? this.#zigzag() : this.#last + (head >> 4);
      this.#type = type;
      field(this.#last);
      // Whoever reads a field takes its type away.
      if (this.#type !== 0) this.#skip(this.#type, 0);
    }
    this.#last = outer;
    this.#type = 0;
  }

  /** The same of a field that is one. */
  inner(field: (id: number) => void): void {
    this.#take(TYPE.struct);
    this.struct(field);
  }

  /** Calls `item` for each struct of a list, which reads it by `struct`. */
  structs(item: (index: number) => void): void {
    const count = this.#list(TYPE.struct);
    for (let i = 0; i < count; i++) item(i);
    this.#type = 0;
  }

  integers(): number[] {
    return Array.from({ length: this.#list(TYPE.i32) }, () => this.#zigzag());
  }

  texts(): string[] {
    return Array.from({ length: this.#list(TYPE.binary) }, () => this.#text());
  }

  /** Of 16, 32 or 64 bits; a safe one. */
  integer(): number {
    if (this.#type !== TYPE.i64 && this.#type !== TYPE.i16) this.#take(TYPE.i32);
    this.#type = 0;
    return this.#zigzag();
  }

  boolean(): boolean {
    const is = this.#type === TYPE.true;
    if (!is) this.#take(TYPE.false);
    this.#type = 0;
    return is;
  }

  /** A view. */
  binary(): Uint8Array {
    this.#take(TYPE.binary);
    return this.#binary();
  }

  text(): string {
    this.#take(TYPE.binary);
    return this.#text();
  }

  #take(type: number): void {
    if (this.#type !== type) throw new Fault(this.at, `a field is of type ${this.#type}, not ${type}`);
    this.#type = 0;
  }

  #list(type: number): number {
    this.#take(TYPE.list);
    const [found, count] = this.#listHead();
    if (found !== type && count > 0) throw new Fault(this.at, `a list is of type ${found}, not ${type}`);
    return count;
  }

  #listHead(): [type: number, count: number] {
    const head = this.#byte();
    const count = head >> 4 === 15 ? this.#varint() : head >> 4;
    // An element takes a byte at least.
    if (count > this.bytes.length - this.at) throw new Fault(this.at, `a list of ${count} does not fit`);
    return [head & 15, count];
  }

  #text(): string {
    const { at } = this;
    try {
      return utf8.decode(this.#binary());
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault(at, 'a name is no UTF-8');
    }
  }

  #binary(): Uint8Array {
    const length = this.#varint();
    const from = this.at;
    this.#pass(length);
    return this.bytes.subarray(from, this.at);
  }

  #pass(length: number): void {
    if (length > this.bytes.length - this.at) throw new Fault(this.at, `${length} bytes do not fit`);
    this.at += length;
  }

  #byte(): number {
    if (this.at >= this.bytes.length) throw new Fault(this.at, 'it ends early');
    return this.bytes[this.at++];
  }

  #varint(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
    }
    throw new Fault(this.at, 'a number is too large');
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #skip(type: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Fault(this.at, 'it is nested too deep');
    if (type === TYPE.true || type === TYPE.false) return;
    if (type === TYPE.byte) this.#pass(1);
    else if (type === TYPE.double) this.#pass(8);
    else if (type === TYPE.binary) this.#pass(this.#varint());
    else if (type === TYPE.i16 || type === TYPE.i32 || type === TYPE.i64) this.#skipVarint();
    else if (type === TYPE.list || type === TYPE.set) {
      const [element, count] = this.#listHead();
      for (let i = 0; i < count; i++) this.#skipElement(element, depth + 1);
    } else if (type === TYPE.map) {
      const count = this.#varint();
      if (count === 0) return;
      if (count > this.bytes.length - this.at) throw new Fault(this.at, `a map of ${count} does not fit`);
      const types = this.#byte();
      for (let i = 0; i < count; i++) {
        this.#skipElement(types >> 4, depth + 1);
        this.#skipElement(types & 15, depth + 1);
      }
    } else if (type === TYPE.struct) {
      for (let head = this.#byte(); head !== 0; head = this.#byte()) {
        if (head >> 4 === 0) this.#skipVarint();
        this.#skip(head & 15, depth + 1);
      }
    } else throw new Fault(this.at, `there is no type ${type}`);
  }

  /** A boolean of a list takes a byte; as a field its type says all. */
  #skipElement(type: number, depth: number): void {
    if (type === TYPE.true || type === TYPE.false) this.#pass(1);
    else this.#skip(type, depth);
  }

  #skipVarint(): void {
    for (let bytes = 0; this.#byte() >= 0x80; bytes++) {
      if (bytes === 9) throw new Fault(this.at, 'a number is too large');
    }
  }
}
