/** From the kernel's scan result to frames (kernel/encode.ts makes them, event-batch.ts reads them). */
import { FRAME_BYTES_MAX, ROW_BYTES_MAX } from './frame.ts';
import { type BatchLabels, labelBytes, sealFrame, type TimeRange } from './head.ts';
import type { Kernel } from './kernel.ts';

export interface BatchMeta extends BatchLabels {
  /** Event time of a row of the scan result, in milliseconds since 1970; null where it has none. Asked row by row. */
  readonly timeOf?: (row: number) => number | null;
  /** Rows of the scan result that no frame takes up: refused, set aside. */
  readonly leaveOut?: Iterable<number>;
}

/** Which rows a frame holds: those of the scan result from `from` to before `to` that were not left out, in order. */
export interface FrameRows {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

export interface EncodedFrame extends FrameRows {
  readonly frame: ArrayBuffer;
}

function timeRange(meta: BatchMeta, from: number, to: number, leftOut: ReadonlySet<number>): TimeRange {
  let earliest = Number.NaN;
  let latest = Number.NaN;
  if (meta.timeOf !== undefined) {
    for (let row = from; row < to; row++) {
      const time = leftOut.has(row) ? null : meta.timeOf(row);
      if (time === null) continue;
      earliest = earliest <= time ? earliest : time;
      latest = latest >= time ? latest : time;
    }
  }
  return { earliest, latest };
}

/**
 * Makes frames of the kernel's current scan result, rows in order, each at most 900 KiB; none when it has no rows. A row too
 * large for that stands in a frame of its own, flagged `oversized`. Lines that are no events are not in it:
 * `kernel.errors()` has them.
 * @param take gets each frame as a view of the kernel's memory, valid until it returns: new memory for a copy takes as long as
 *   half of encoding does, so copy it to where it is wanted
 * @throws WeirError `batch.label` where a label is too long
 */
export function eachFrame(kernel: Kernel, meta: BatchMeta, take: (frame: Uint8Array, made: FrameRows) => void): void {
  const labels = labelBytes(meta);
  const leftOut = new Set(meta.leaveOut);
  const rowCount = kernel.get('rowCount');
  kernel.leaveOut(leftOut);
  try {
    for (let from = 0; from < rowCount; ) {
      const to = kernel.encode(from, labels);
      const rows = kernel.get('frameRows');
      if (rows === 0) break;
      const at = kernel.get('frame');
      const frame = kernel.bytes.subarray(at, at + kernel.get('frameLength'));
      if (frame.length > FRAME_BYTES_MAX && rows > 1) throw new Error('a frame was cut too late');
      if (frame.length > ROW_BYTES_MAX) throw new Error(`row ${from} is too large: too long a line was read`);
      sealFrame(frame, rows, timeRange(meta, from, to, leftOut), (bytes) => kernel.crc32(bytes));
      take(frame, { from, to, rows });
      from = to;
    }
  } finally {
    kernel.leaveOut([]);
  }
}

/** The same as copies. */
export function encodeFrames(kernel: Kernel, meta: BatchMeta): EncodedFrame[] {
  const frames: EncodedFrame[] = [];
  eachFrame(kernel, meta, (frame, made) => {
    // Not `slice`, which makes new memory and clears it first.
    const copy = Buffer.allocUnsafeSlow(frame.length);
    copy.set(frame);
    frames.push({ frame: copy.buffer, ...made });
  });
  return frames;
}

/** The frames alone. */
export function encodeBatch(kernel: Kernel, meta: BatchMeta): ArrayBuffer[] {
  return encodeFrames(kernel, meta).map(({ frame }) => frame);
}
