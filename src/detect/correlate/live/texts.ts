/** Distinct texts under small numbers, each kept as long as someone uses it. Bytes in one arena: no string stays on the heap. */
import { randomSeed } from '../../../base/index.ts';
import type { SnapshotReader, SnapshotWriter } from './codec.ts';
import { grown, NONE, Slots } from './columns.ts';

/** What a text costs beside its bytes: five columns and its places in the index. */
const TEXT_BYTES = 32;
/** Dead bytes worth moving the others for. */
const COMPACT_BYTES = 1 << 20;

export class Texts {
  /** The numbers of texts do not depend on it: only where in the index they stand. */
  readonly #seed = randomSeed();
  readonly #slots = new Slots();
  #arena = Buffer.alloc(256);
  #end = 0;
  #live = 0;
  #start = new Uint32Array(16);
  #length = new Uint32Array(16);
  #hash = new Uint32Array(16);
  #uses = new Uint32Array(16);
  /** Open addressing, linear probing; a power of two at least twice as large as what it holds. */
  #index = new Int32Array(32).fill(NONE);

  /** Bytes of the texts in use and their columns; depends on the texts alone. */
  get bytes(): number {
    return this.#live + TEXT_BYTES * this.#slots.used;
  }

  get count(): number {
    return this.#slots.used;
  }

  /** Bytes of the arena, room to grow included. */
  get arenaBytes(): number {
    return this.#arena.length;
  }

  /** One beyond the highest number in use. */
  get end(): number {
    return this.#slots.end;
  }

  /** The number of a text, known or new, with one use more. */
  intern(text: string): number {
    this.#reserve(3 * text.length);
    return this.#intern(this.#arena.write(text, this.#end));
  }

  save(out: SnapshotWriter, code: number): void {
    const start = this.#start[code];
    out.bytes(this.#arena, start, start + this.#length[code]);
  }

  /** Interns a text that `save` wrote. */
  load(from: SnapshotReader): number {
    const bytes = from.bytes();
    this.#reserve(bytes.length);
    bytes.copy(this.#arena, this.#end);
    return this.#intern(bytes.length);
  }

  /** The text that stands at the end of the arena. */
  #intern(length: number): number {
    const hash = this.#hashOf(this.#end, length);
    const at = this.#find(hash, this.#end, length);
    const known = this.#index[at];
    if (known !== NONE) {
      this.#uses[known]++;
      return known;
    }
    const code = this.#slots.take();
    if (code >= this.#start.length) this.#growTo(code + 1);
    this.#start[code] = this.#end;
    this.#length[code] = length;
    this.#hash[code] = hash;
    this.#uses[code] = 1;
    this.#end += length;
    this.#live += length;
    this.#index[at] = code;
    if (2 * this.#slots.used > this.#index.length) this.#reindex();
    return code;
  }

  /** The number of a text; none where it is not in use. */
  find(text: string): number {
    this.#reserve(3 * text.length);
    const length = this.#arena.write(text, this.#end);
    return this.#index[this.#find(this.#hashOf(this.#end, length), this.#end, length)];
  }

  retain(code: number): void {
    this.#uses[code]++;
  }

  release(code: number): void {
    if (--this.#uses[code] > 0) return;
    this.#unindex(code);
    this.#live -= this.#length[code];
    this.#slots.give(code);
  }

  text(code: number): string {
    const start = this.#start[code];
    return this.#arena.toString('utf8', start, start + this.#length[code]);
  }

  #find(hash: number, start: number, length: number): number {
    const mask = this.#index.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const code = this.#index[at];
      if (code === NONE) return at;
      if (this.#hash[code] !== hash || this.#length[code] !== length) continue;
      const from = this.#start[code];
      let same = 0;
      while (same < length && this.#arena[from + same] === this.#arena[start + same]) same++;
      if (same === length) return at;
    }
  }

  #hashOf(start: number, length: number): number {
    let hash = this.#seed;
    for (let i = start; i < start + length; i++) {
      hash = Math.imul(hash ^ this.#arena[i], 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  /** Closes the gap, so that no marks of removed texts make later searches long. */
  #unindex(code: number): void {
    const mask = this.#index.length - 1;
    let gap = this.#hash[code] & mask;
    while (this.#index[gap] !== code) gap = (gap + 1) & mask;
    for (let at = (gap + 1) & mask; this.#index[at] !== NONE; at = (at + 1) & mask) {
      const home = this.#hash[this.#index[at]] & mask;
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#index[gap] = this.#index[at];
      gap = at;
    }
    this.#index[gap] = NONE;
  }

  #reindex(): void {
    const before = this.#index;
    this.#index = new Int32Array(2 * before.length).fill(NONE);
    const mask = this.#index.length - 1;
    for (const code of before) {
      if (code === NONE) continue;
      let at = this.#hash[code] & mask;
      while (this.#index[at] !== NONE) at = (at + 1) & mask;
      this.#index[at] = code;
    }
  }

  #reserve(length: number): void {
    if (this.#end + length <= this.#arena.length) return;
    if (this.#end - this.#live > COMPACT_BYTES && 2 * this.#live < this.#end) {
      this.#compact(length);
      return;
    }
    const next = Buffer.alloc(Math.ceil(Math.max(this.#end + length, 1.5 * this.#end)));
    this.#arena.copy(next, 0, 0, this.#end);
    this.#arena = next;
  }

  #compact(length: number): void {
    const next = Buffer.alloc(2 * this.#live + length);
    this.#end = 0;
    for (const code of this.#index) {
      if (code === NONE) continue;
      this.#arena.copy(next, this.#end, this.#start[code], this.#start[code] + this.#length[code]);
      this.#start[code] = this.#end;
      this.#end += this.#length[code];
    }
    this.#arena = next;
  }

  #growTo(size: number): void {
    this.#start = grown(this.#start, size);
    this.#length = grown(this.#length, size);
    this.#hash = grown(this.#hash, size);
    this.#uses = grown(this.#uses, size);
  }
}
