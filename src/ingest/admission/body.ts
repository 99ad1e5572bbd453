/** Reading a request's body off the wire: within the budget, at more than the least rate, whole or not at all. */
import { elapsedMs, every, limits, releaseChunk } from '../../base/index.ts';
import { ByteQueue } from './byte-queue.ts';
import { Refused } from './refused.ts';

export interface ReadBounds {
  /** As sent, compressed. */
  readonly bytesMax: number;
  readonly graceMs: number;
  readonly stallMs: number;
  readonly bytesPerSecondMin: number;
}

/** Read when asked, since configured limits come after this module. */
export const READ_BOUNDS: ReadBounds = {
  get bytesMax() {
    return limits.bodyBytesMax;
  },
  get graceMs() {
    return limits.bodyGraceMs;
  },
  get stallMs() {
    return limits.bodyStallMsMax;
  },
  get bytesPerSecondMin() {
    return limits.bodyPerSecondBytes;
  },
};

export interface ReadOptions {
  readonly bounds?: ReadBounds;
  /** `Content-Length`, which the ticket holds already: the body is read into one buffer of that size. */
  readonly expectBytes?: number;
  /** Asked to hold so many bytes of memory in all before they are used; throws to refuse (`Ticket.grow`). */
  readonly grow?: (bytes: number) => void;
  /** Monotonic milliseconds. */
  readonly clock?: () => number;
  /** Calls `work` every `ms`; gives what stops it. */
  readonly repeat?: (ms: number, work: () => void) => () => void;
}

/** Why a body is too slow at `nowMs`; null when it is not. `lastMs`: when its last byte came. */
export function slowness(
  bytes: number,
  startMs: number,
  lastMs: number,
  nowMs: number,
  bounds: ReadBounds = READ_BOUNDS,
): string | null {
  if (nowMs - lastMs > bounds.stallMs) return `no byte of the body came for ${bounds.stallMs} ms`;
  const judgedMs = nowMs - startMs - bounds.graceMs;
  if (judgedMs <= 0 || bytes >= (judgedMs / 1000) * bounds.bytesPerSecondMin) return null;
  return `the body came at less than ${bounds.bytesPerSecondMin} bytes a second`;
}

const CHECK_MS = 500;

/**
 * Passes `source` on and refuses what is too slow (`body.slow`) or too large (`body.too_large`), also while nothing comes. The
 * source is told to return; time in which the reader does not ask does not count against the sender.
 */
export async function* watchBody(
  source: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  const { bounds = READ_BOUNDS, clock = elapsedMs, repeat = every } = options;
  const iterator = source[Symbol.asyncIterator]();
  let bytes = 0;
  let waitedMs = 0;
  let asked: { readonly atMs: number; readonly reject: (reason: Refused) => void } | null = null;
  // One timer for the body: a sender of single bytes must not cost one for each.
  const stop = repeat(Math.min(CHECK_MS, bounds.stallMs), () => {
    if (asked === null) return;
    const reason = slowness(bytes, asked.atMs - waitedMs, asked.atMs, clock(), bounds);
    if (reason !== null) asked.reject(new Refused('body.slow', reason));
  });
  try {
    for (;;) {
      const atMs = clock();
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        asked = { atMs, reject };
        iterator.next().then(resolve, reject);
      });
      asked = null;
      if (next.done === true) return;
      const now = clock();
      waitedMs += now - atMs;
      bytes += next.value.length;
      if (bytes > bounds.bytesMax) {
        throw new Refused('body.too_large', `the body has more than ${bounds.bytesMax} bytes`);
      }
      const reason = slowness(bytes, now - waitedMs, now, now, bounds);
      if (reason !== null) throw new Refused('body.slow', reason);
      yield next.value;
    }
  } finally {
    stop();
    // Not awaited: a source that hangs would hang this too.
    void iterator.return?.()?.then(undefined, () => {});
  }
}

/** The whole body as it was sent; the source's pieces are given back one by one. */
export async function readBody(source: AsyncIterable<Uint8Array>, options: ReadOptions = {}): Promise<Buffer> {
  const { bytesMax } = options.bounds ?? READ_BOUNDS;
  const queue = new ByteQueue(Math.min(options.expectBytes ?? 0, bytesMax));
  for await (const piece of watchBody(source, options)) {
    options.grow?.(queue.capacityWith(piece.length));
    queue.append(piece);
    releaseChunk(piece);
  }
  return queue.bytes;
}
