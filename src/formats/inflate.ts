/** One compressed stream through Node's zlib, with back-pressure, to where it ends by itself. */
import { createInflateRaw, createZstdDecompress, inflateRawSync, zstdDecompressSync } from 'node:zlib';
import type { Expansion } from './expansion.ts';
import type { Feed } from './feed.ts';

/** What ends a member: `end` (complete), `cut` (the input ended first), `damaged`, `bomb`. */
export interface StreamEnd {
  readonly kind: 'end' | 'cut' | 'damaged' | 'bomb';
  readonly reason: string;
}

/** Output waiting for whoever reads; a decompressor is held up beyond this. A zstd block of 4 bytes becomes 128 KiB. */
const QUEUE_BYTES = 1024 * 1024;
/** Output buffer: on damage up to this much of what came before it is lost inside zlib, so it is small. */
const OUTPUT_BYTES = 32 * 1024;
const INPUT_BYTES = 64 * 1024;

/**
 * Decompresses from `feed`, taking exactly the bytes that belong to the stream. Yields what comes out and returns how it
 * ended; never throws for what is in the data.
 */
export async function* inflateFrom(
  feed: Feed,
  method: 'deflate' | 'zstd',
  expansion: Expansion,
): AsyncGenerator<Uint8Array, StreamEnd> {
  const stream =
    method === 'deflate'
      ? createInflateRaw({ chunkSize: OUTPUT_BYTES })
      : createZstdDecompress({ chunkSize: 4 * OUTPUT_BYTES });
  let queue: Uint8Array[] = [];
  let queued = 0;
  let failure: Error | null = null;
  let written = false;
  let ended = false;
  let wake = (): void => {};
  stream.on('data', (bytes: Uint8Array) => {
    queue.push(bytes);
    queued += bytes.length;
    if (queued >= QUEUE_BYTES) stream.pause();
    wake();
  });
  stream.on('error', (error: Error) => {
    failure = error;
    wake();
  });
  stream.on('end', () => {
    ended = true;
    wake();
  });
  const settle = async function* (done: () => boolean): AsyncGenerator<Uint8Array, string | null> {
    for (;;) {
      const ready = queue;
      queue = [];
      queued = 0;
      for (const bytes of ready) {
        const bomb = expansion.add(bytes.length);
        if (bomb !== null) return bomb;
        yield bytes;
      }
      if (queue.length > 0) continue;
      if (failure !== null || done()) return null;
      stream.resume();
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (queue.length > 0 || failure !== null || done()) resolve();
      });
    }
  };
  try {
    while (await feed.fill(1)) {
      const input = feed.head.subarray(0, INPUT_BYTES);
      const before = stream.bytesWritten;
      written = false;
      stream.write(input, () => {
        written = true;
        wake();
      });
      const bomb = yield* settle(() => written);
      if (bomb !== null) return { kind: 'bomb', reason: bomb };
      const used = stream.bytesWritten - before;
      feed.take(used);
      if (failure !== null) return { kind: 'damaged', reason: messageOf(failure) };
      if (used < input.length) return { kind: 'end', reason: '' };
    }
    stream.end();
    const bomb = yield* settle(() => ended);
    if (bomb !== null) return { kind: 'bomb', reason: bomb };
    if (failure !== null) return { kind: 'cut', reason: 'the compressed data is cut off' };
    return { kind: 'end', reason: '' };
  } finally {
    stream.destroy();
  }
}

/**
 * A stream that ends within the next 64 KiB, in one call: a stream object costs 170 µs, which is most of the time where
 * members are small. Null when it does not end there, is damaged or grows past 1 MiB: then `inflateFrom` knows more.
 */
export async function inflateSmall(feed: Feed, method: 'deflate' | 'zstd'): Promise<Uint8Array | null> {
  await feed.fill(INPUT_BYTES);
  const input = feed.head.subarray(0, INPUT_BYTES);
  try {
    const inflate = method === 'deflate' ? inflateRawSync : zstdDecompressSync;
    const result: unknown = inflate(input, { info: true, maxOutputLength: QUEUE_BYTES, chunkSize: OUTPUT_BYTES / 2 });
    const { buffer, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
    feed.take(engine.bytesWritten);
    return buffer;
  } catch {
    // Why it failed is found out, and named, by the streaming way.
    return null;
  }
}

function messageOf(error: Error): string {
  return `the compressed data is damaged (${error.message})`;
}
