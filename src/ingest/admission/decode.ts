/**
 * Bodies as they were before `Content-Encoding`: whole in one call (a worker), or as a stream. A body that is damaged, cut off or
 * too large is refused whole, by name; nothing of it is to be used.
 */
import { type Duplex, pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { limits } from '../../base/index.ts';
import { Lz4Damage, Lz4Decoder } from './lz4.ts';
import { Refused } from './refused.ts';
import { ZstdDamage, ZstdFrame } from './zstd-frame.ts';

export const ENCODINGS = ['identity', 'gzip', 'zstd', 'lz4'] as const;
export type Encoding = (typeof ENCODINGS)[number];

export interface BodyBounds {
  /** Decompressed. */
  readonly bytesMax: number;
  readonly ratioMax: number;
  /** Decompressed bytes before the ratio is judged. */
  readonly freeBytes: number;
}

export const BODY_BOUNDS: BodyBounds = {
  get bytesMax() {
    return limits.bodyBytesMax;
  },
  get ratioMax() {
    return limits.bodyExpansionRatioMax;
  },
  get freeBytes() {
    return limits.bodyExpansionFreeBytes;
  },
};

/** A frame costs 20 µs whatever is in it; pzstd writes one for some MiB. */
const ZSTD_FRAMES_MAX = 1024;
const CHUNK_BYTES_MIN = 64 * 1024;
const PIECE_BYTES = 64 * 1024;

/** The encoding that a `Content-Encoding` header names; throws `Refused` (`body.encoding`) for others and for several. */
export function encodingOf(header: string | undefined): Encoding {
  const name = (header ?? '').trim().toLowerCase();
  if (name === '') return 'identity';
  if (name === 'x-gzip') return 'gzip';
  const known = ENCODINGS.find((encoding) => encoding === name);
  if (known === undefined) throw new Refused('body.encoding', `Content-Encoding '${name.slice(0, 64)}' is not read`);
  return known;
}

/** The most a body of so many compressed bytes may become. */
export function decodedBytesMax(compressedBytes: number, bounds: BodyBounds = BODY_BOUNDS): number {
  return Math.min(bounds.bytesMax, Math.max(bounds.freeBytes, compressedBytes * bounds.ratioMax));
}

/** A whole body decompressed; `bytes` itself for identity. Memory stays below twice what `decodedBytesMax` says. Throws `Refused`. */
export function decodeBody(bytes: Uint8Array, encoding: Encoding, bounds: BodyBounds = BODY_BOUNDS): Uint8Array {
  const most = encoding === 'identity' ? bounds.bytesMax : decodedBytesMax(bytes.length, bounds);
  const meter = new Meter(encoding, bounds);
  meter.read(bytes.length);
  if (encoding === 'identity') {
    meter.add(bytes.length);
    return bytes;
  }
  // A body without bytes is no damage: nothing was sent.
  if (bytes.length === 0) return bytes;
  try {
    if (encoding === 'gzip') {
      return gunzipSync(bytes, { maxOutputLength: most, chunkSize: chunkBytes(gzipBytes(bytes), most) });
    }
    if (encoding === 'zstd') return unzstd(bytes, most);
    const decoder = new Lz4Decoder();
    const parts: Uint8Array[] = [];
    for (const part of decoder.whole(bytes)) {
      meter.add(part.length);
      parts.push(part);
    }
    if (!decoder.end()) throw cut(encoding);
    return parts.length === 1 ? parts[0] : Buffer.concat(parts);
  } catch (error) {
    throw refusalOf(error, encoding, meter, most);
  }
}

/**
 * A body decompressed piece by piece (64 KiB, LZ4 up to 4 MiB), with back-pressure. Throws what `source` throws, and `Refused`: what came before it
 * is not to be used.
 */
export async function* decodeStream(
  source: AsyncIterable<Uint8Array>,
  encoding: Encoding,
  bounds: BodyBounds = BODY_BOUNDS,
): AsyncGenerator<Uint8Array> {
  const meter = new Meter(encoding, bounds);
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      meter.read(piece.length);
      yield piece;
    }
  };
  try {
    if (encoding === 'identity' || encoding === 'lz4') {
      const decoder = new Lz4Decoder();
      for await (const piece of counted()) {
        for (const part of encoding === 'lz4' ? decoder.push(piece) : [piece]) {
          meter.add(part.length);
          yield part;
        }
      }
      if (encoding === 'lz4' && meter.readBytes > 0 && !decoder.end()) throw cut(encoding);
      return;
    }
    const parts =
      encoding === 'gzip' ? inflate(counted(), createGunzip({ chunkSize: PIECE_BYTES })) : zstdFrames(counted());
    for await (const part of parts) {
      meter.add(part.length);
      yield part;
    }
  } catch (error) {
    if (encoding !== 'identity' && meter.readBytes === 0 && codeOf(error) === 'Z_BUF_ERROR') return;
    throw refusalOf(error, encoding, meter, decodedBytesMax(meter.readBytes, bounds));
  }
}

/** Counts both sides of a decompressor. */
class Meter {
  readBytes = 0;
  bytes = 0;
  readonly #encoding: Encoding;
  readonly #bounds: BodyBounds;

  constructor(encoding: Encoding, bounds: BodyBounds) {
    this.#encoding = encoding;
    this.#bounds = bounds;
  }

  read(bytes: number): void {
    this.readBytes += bytes;
    if (this.readBytes > this.#bounds.bytesMax) throw this.tooMuch();
  }

  add(bytes: number): void {
    this.bytes += bytes;
    const most = this.#encoding === 'identity' ? this.#bounds.bytesMax : decodedBytesMax(this.readBytes, this.#bounds);
    if (this.bytes > most) throw this.tooMuch();
  }

  tooMuch(): Refused {
    const { bytesMax, ratioMax } = this.#bounds;
    if (this.#encoding === 'identity' || decodedBytesMax(this.readBytes, this.#bounds) === bytesMax) {
      return new Refused('body.too_large', `the body has more than ${bytesMax} bytes, decompressed`);
    }
    return new Refused('body.bomb', `${this.readBytes} bytes expand to more than ${ratioMax} times as much`);
  }
}

/** Through one of Node's decompressors; throws what the source and it throw. */
async function* inflate(source: AsyncIterable<Uint8Array>, unzip: Duplex): AsyncGenerator<Uint8Array> {
  // Errors of the source reach the loop through `unzip`.
  yield* pipeline(Readable.from(source), unzip, () => {}) as AsyncIterable<Uint8Array>;
}

/** The frames of a stream, one after the other. */
async function* zstdFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  /** The pieces of one frame; what follows it stays in `rest`. */
  const piecesOf = async function* (frame: ZstdFrame): AsyncGenerator<Uint8Array> {
    while (!frame.ended) {
      if (rest.length === 0) {
        const next = await iterator.next();
        if (next.done === true) return;
        rest = next.value;
        continue;
      }
      const taken = rest.subarray(0, frame.take(rest, 0));
      rest = rest.subarray(taken.length);
      yield taken;
    }
  };
  try {
    for (let frames = 1; ; frames++) {
      while (rest.length === 0) {
        const next = await iterator.next();
        if (next.done === true) return;
        rest = next.value;
      }
      tooManyFrames(frames);
      const frame = new ZstdFrame();
      yield* inflate(piecesOf(frame), createZstdDecompress({ chunkSize: PIECE_BYTES }));
      if (!frame.ended) throw cut('zstd');
    }
  } finally {
    await iterator.return?.(undefined);
  }
}

/** The frames of a whole body. */
function unzstd(bytes: Uint8Array, most: number): Uint8Array {
  const parts: Buffer[] = [];
  let left = most;
  for (let at = 0, frames = 1; at < bytes.length; frames++) {
    tooManyFrames(frames);
    const frame = new ZstdFrame();
    const end = at + frame.take(bytes, at);
    if (!frame.ended) throw cut('zstd');
    if (!frame.skippable) {
      const part = zstdDecompressSync(bytes.subarray(at, end), {
        maxOutputLength: Math.max(1, left),
        chunkSize: chunkBytes(frame.contentBytes, left),
      });
      left -= part.length;
      parts.push(part);
    }
    at = end;
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function tooManyFrames(frames: number): void {
  if (frames > ZSTD_FRAMES_MAX) throw new ZstdDamage(`more than ${ZSTD_FRAMES_MAX} frames`);
}

/** The size the last gzip member claims; a hint for the first allocation, nothing more. */
function gzipBytes(bytes: Uint8Array): number {
  return bytes.length < 18 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true);
}

/** Output in one piece where the header tells its size: half the copies (550 → 1,000 MB/s). Never more than is allowed. */
function chunkBytes(claimed: number, most: number): number {
  return Math.max(CHUNK_BYTES_MIN, Math.min(claimed + 1, most));
}

function cut(encoding: Encoding): Refused {
  return new Refused('body.cut', `the ${encoding} data is cut off`);
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function refusalOf(error: unknown, encoding: Encoding, meter: Meter, most: number): unknown {
  if (error instanceof Refused) return error;
  const code = codeOf(error);
  if (code === 'ERR_BUFFER_TOO_LARGE' || meter.bytes > most) return meter.tooMuch();
  if (code === 'Z_BUF_ERROR') return cut(encoding);
  const zlib = typeof code === 'string' && /^(Z_|ZSTD_)/.test(code);
  if (!zlib && !(error instanceof Lz4Damage || error instanceof ZstdDamage)) return error;
  const message = error instanceof Error ? error.message : '';
  return new Refused('body.damaged', `the ${encoding} data is damaged: ${message}`, { cause: error });
}
