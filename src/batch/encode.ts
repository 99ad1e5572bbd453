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

/** Some rows of the scan result as a frame. */
export interface EncodedFrame {
  readonly frame: ArrayBuffer;
  /** Its rows are those of the scan result from `from` to before `to` that were not left out, in order. */
  readonly from: number;
  readonly to: number;
  readonly rows: number;
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
 * The kernel's current scan result as frames of at most 900 KiB, rows in order; none when it has no rows. A row too large for
 * that stands in a frame of its own, flagged `oversized`. Lines that are no events are not in it: `kernel.errors()` has them.
 * @throws WeirError `batch.label` where a label is too long
 */
export function encodeFrames(kernel: Kernel, meta: BatchMeta): EncodedFrame[] {
  const labels = labelBytes(meta);
  const leftOut = new Set(meta.leaveOut);
  const rowCount = kernel.get('rowCount');
  const frames: EncodedFrame[] = [];
  kernel.leaveOut(leftOut);
  try {
    for (let from = 0; from < rowCount; ) {
      const to = kernel.encode(from, labels);
      const rows = kernel.get('frameRows');
      if (rows === 0) break;
      const at = kernel.get('frame');
      const frame = kernel.bytes.slice(at, at + kernel.get('frameLength')).buffer;
      if (frame.byteLength > FRAME_BYTES_MAX && rows > 1) throw new Error('a frame was cut too late');
      if (frame.byteLength > ROW_BYTES_MAX) throw new Error(`row ${from} is too large: too long a line was read`);
      sealFrame(frame, rows, timeRange(meta, from, to, leftOut));
      frames.push({ frame, from, to, rows });
      from = to;
    }
  } finally {
    kernel.leaveOut([]);
  }
  return frames;
}

/** The frames alone. */
export function encodeBatch(kernel: Kernel, meta: BatchMeta): ArrayBuffer[] {
  return encodeFrames(kernel, meta).map(({ frame }) => frame);
}
