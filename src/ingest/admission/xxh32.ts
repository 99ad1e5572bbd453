/** xxHash, 32 bits, seed 0: the checksum in LZ4 frames. Source: doc/xxhash_spec.md of the xxHash project, XXH32. */

const P1 = 0x9e3779b1;
const P2 = 0x85ebca77;
const P3 = 0xc2b2ae3d;
const P4 = 0x27d4eb2f;
const P5 = 0x165667b1;

const turned = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));
const round = (sum: number, lane: number): number => Math.imul(turned((sum + Math.imul(lane, P2)) | 0, 13), P1);

/** Over bytes pushed in pieces of any size. */
export class Xxh32 {
  #a = (P1 + P2) | 0;
  #b = P2 | 0;
  #c = 0;
  #d = -P1 | 0;
  readonly #rest = new Uint8Array(16);
  readonly #restView = new DataView(this.#rest.buffer);
  #restLength = 0;
  #length = 0;

  push(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#restLength > 0) {
      at = Math.min(16 - this.#restLength, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#restLength);
      this.#restLength += at;
      if (this.#restLength < 16) return;
      this.#stripes(this.#restView, 0, 16);
      this.#restLength = 0;
    }
    const end = at + ((bytes.length - at) & ~15);
    this.#stripes(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), at, end);
    this.#rest.set(bytes.subarray(end));
    this.#restLength = bytes.length - end;
  }

  /** 0 ≤ hash < 2^32. */
  digest(): number {
    let sum =
      this.#length < 16 ? P5 : turned(this.#a, 1) + turned(this.#b, 7) + turned(this.#c, 12) + turned(this.#d, 18);
    sum = (sum + this.#length) | 0;
    let at = 0;
    for (; at + 4 <= this.#restLength; at += 4) {
      sum = Math.imul(turned((sum + Math.imul(this.#restView.getUint32(at, true), P3)) | 0, 17), P4);
    }
    for (; at < this.#restLength; at++) sum = Math.imul(turned((sum + Math.imul(this.#rest[at], P5)) | 0, 11), P1);
    sum = Math.imul(sum ^ (sum >>> 15), P2);
    sum = Math.imul(sum ^ (sum >>> 13), P3);
    return (sum ^ (sum >>> 16)) >>> 0;
  }

  #stripes(view: DataView, from: number, to: number): void {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    for (let at = from; at < to; at += 16) {
      a = round(a, view.getUint32(at, true));
      b = round(b, view.getUint32(at + 4, true));
      c = round(c, view.getUint32(at + 8, true));
      d = round(d, view.getUint32(at + 12, true));
    }
    this.#a = a;
    this.#b = b;
    this.#c = c;
    this.#d = d;
  }
}

export function xxh32(bytes: Uint8Array): number {
  const hash = new Xxh32();
  hash.push(bytes);
  return hash.digest();
}
