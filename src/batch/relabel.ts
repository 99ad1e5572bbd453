/**
 * Frames of others: what a sender says of whose events they are is not believed. The columns stay the bytes they are, so that one
 * digest holds from the socket to the disk; the header is made anew.
 */
import { crc32 } from 'node:zlib';
import { crc32Combine } from './crc-combine.ts';
import { encodeFrames } from './encode.ts';
import {
  CHECKED_FROM,
  damaged,
  FRAME_BYTES_MAX,
  FrameReader,
  HEADER_BYTES,
  LABEL_BYTES_MAX,
  ROW_BYTES_MAX,
} from './frame.ts';
import { type BatchLabels, checksumOf, labelBytes, sealFrame } from './head.ts';
import type { Kernel } from './kernel.ts';

const LENGTH_AT = 8;

/** What stands behind a frame's labels: its columns, shapes, rows and dictionaries; a view. Throws `batch.damaged`. */
export function frameColumns(frame: Uint8Array): Uint8Array {
  const reader = new FrameReader(frame, HEADER_BYTES);
  for (const name of ['tenant', 'source', 'mapping']) {
    reader.skip(reader.varint(LABEL_BYTES_MAX, `the length of its ${name}`), `its ${name}`);
  }
  return frame.subarray(reader.at);
}

/** Frames that stand one behind the other, as views. Throws `batch.damaged` where a length leads out of `bytes`. */
export function* eachFrameIn(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.length - at < HEADER_BYTES ? 0 : view.getUint32(at + LENGTH_AT, true);
    if (length < HEADER_BYTES || length > bytes.length - at) {
      throw damaged(`at byte ${at} of ${bytes.length} there is none, or less of it than it says`);
    }
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

export interface Relabelled {
  readonly frame: ArrayBuffer;
  readonly rows: number;
  /** Bytes of `frameColumns`, and their CRC-32. */
  readonly columnBytes: number;
  readonly columnCrc: number;
}

export interface RelabelMeta extends BatchLabels {
  /** Event time of a row, in milliseconds since 1970; null where it has none. */
  readonly timeOf: (row: number) => number | null;
}

/**
 * The frame that the kernel has opened, under other labels and with event times of our own. Usually one; where the new labels leave
 * no room in it for all rows, they are encoded anew.
 * @throws WeirError `batch.label`, `batch.damaged` where one row leaves no room for the labels
 */
export function relabelFrame(kernel: Kernel, meta: RelabelMeta): Relabelled[] {
  const labels = labelBytes(meta);
  const rows = kernel.get('rowCount');
  const columns = frameColumns(kernel.opened);
  const from = HEADER_BYTES + labels.length;
  const size = from + columns.length;
  if (size > ROW_BYTES_MAX)
    throw damaged(`with its labels it has ${size} bytes, at most ${ROW_BYTES_MAX} are possible`);
  if (size > FRAME_BYTES_MAX && rows > 1) {
    return encodeFrames(kernel, meta).map(({ frame, rows: held }) => {
      const bytes = frameColumns(new Uint8Array(frame));
      return { frame, rows: held, columnBytes: bytes.length, columnCrc: crc32(bytes) };
    });
  }
  // Not `new Uint8Array`, which clears its memory first.
  const frame = Buffer.allocUnsafeSlow(size);
  frame.set(labels, HEADER_BYTES);
  frame.set(columns, from);
  const columnCrc = crcOfEnd(kernel.opened, columns.length);
  const checksum = (checked: Uint8Array): number =>
    crc32Combine(crc32(checked.subarray(0, from - CHECKED_FROM)), columnCrc, columns.length);
  sealFrame(frame, rows, timeRange(rows, meta.timeOf), checksum);
  return [{ frame: frame.buffer, rows, columnBytes: columns.length, columnCrc }];
}

/** CRC-32 of a frame's last bytes, from its checksum, which was right when it was opened, and what stands before them. */
function crcOfEnd(frame: Uint8Array, bytes: number): number {
  const before = crc32(frame.subarray(CHECKED_FROM, frame.length - bytes));
  return crc32Combine(before, checksumOf(frame), bytes);
}

function timeRange(rows: number, timeOf: RelabelMeta['timeOf']): { earliest: number; latest: number } {
  let [earliest, latest] = [Number.NaN, Number.NaN];
  for (let row = 0; row < rows; row++) {
    const time = timeOf(row);
    if (time === null) continue;
    earliest = earliest <= time ? earliest : time;
    latest = latest >= time ? latest : time;
  }
  return { earliest, latest };
}
