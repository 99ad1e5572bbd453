/** Bodies of requests in a file, with an index beside it: made ahead, so that no compression falls into the measured seconds. */
import fs from 'node:fs';

/** Behind each body, in bytes and in events. */
export interface BodyIndex {
  readonly ends: Float64Array;
  readonly events: Uint32Array;
}

export class BodyWriter {
  readonly #path: string;
  readonly #file: number;
  readonly #ends: number[] = [];
  readonly #events: number[] = [];
  #bytes = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = fs.openSync(path, 'w');
  }

  get count(): number {
    return this.#ends.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(body: Uint8Array, events: number): void {
    fs.writeSync(this.#file, body);
    this.#bytes += body.length;
    this.#ends.push(this.#bytes);
    this.#events.push(events);
  }

  /** On disk, so that writing it back is no part of what is measured. */
  close(): void {
    fs.fsyncSync(this.#file);
    fs.closeSync(this.#file);
    fs.writeFileSync(`${this.#path}.index`, JSON.stringify({ ends: this.#ends, events: this.#events }));
  }
}

export function readIndex(path: string): BodyIndex {
  const { ends, events } = JSON.parse(fs.readFileSync(`${path}.index`, 'utf8')) as Record<'ends' | 'events', number[]>;
  return { ends: Float64Array.from(ends), events: Uint32Array.from(events) };
}

/** Reads bodies, each into memory that its user gives back by asking for the next with it. */
export class BodyReader {
  readonly index: BodyIndex;
  readonly #file: number;

  constructor(path: string) {
    this.index = readIndex(path);
    this.#file = fs.openSync(path, 'r');
  }

  get count(): number {
    return this.index.ends.length;
  }

  read(number: number, into: Buffer): { readonly body: Buffer; readonly buffer: Buffer } {
    const { ends } = this.index;
    const from = number === 0 ? 0 : ends[number - 1];
    const length = ends[number] - from;
    const buffer = into.length >= length ? into : Buffer.allocUnsafeSlow(length * 2);
    fs.readSync(this.#file, buffer, 0, length, from);
    return { body: buffer.subarray(0, length), buffer };
  }
}
