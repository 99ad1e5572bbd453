/** Bytes gathered from pieces of any size, in one buffer: a sender of single bytes costs no object for each. */

const FIRST_BYTES = 16 * 1024;

export class ByteQueue {
  #buffer: Buffer;
  #from = 0;
  #to = 0;

  /** With room for so many bytes at first, where it is known how many will come. */
  constructor(bytes = 0) {
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }

  get length(): number {
    return this.#to - this.#from;
  }

  /** Bytes of memory held once `bytes` more are appended. */
  capacityWith(bytes: number): number {
    const after = this.length + bytes;
    const fits = this.#to + bytes <= this.#buffer.length || after * 2 <= this.#buffer.length;
    return fits ? this.#buffer.length : Math.max(FIRST_BYTES, 2 * after);
  }

  /** What is there, without a copy: good until the next `append`. */
  get bytes(): Buffer {
    return this.#buffer.subarray(this.#from, this.#to);
  }

  append(bytes: Uint8Array): void {
    if (this.#to + bytes.length > this.#buffer.length) {
      const { length } = this;
      const capacity = this.capacityWith(bytes.length);
      const into = capacity === this.#buffer.length ? this.#buffer : Buffer.allocUnsafeSlow(capacity);
      this.#buffer.copy(into, 0, this.#from, this.#to);
      this.#buffer = into;
      this.#from = 0;
      this.#to = length;
    }
    this.#buffer.set(bytes, this.#to);
    this.#to += bytes.length;
  }

  /** Takes `count` bytes from the front; good until the next `append`. */
  take(count: number): Buffer {
    const taken = this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + count));
    this.#from += taken.length;
    return taken;
  }

  /** Makes `bytes` themselves the content where nothing is there yet, without a copy. */
  adopt(bytes: Uint8Array): void {
    if (this.length > 0) {
      this.append(bytes);
      return;
    }
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#from = 0;
    this.#to = bytes.length;
  }
}
