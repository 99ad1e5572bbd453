/** Adding whole lines to a file that others read and may move away. */
import * as fs from 'node:fs';
import { errorCode } from './disk.ts';
import { WeirError } from './errors.ts';
import { limits } from './limits.ts';

/**
 * Adds lines (which end in a line feed) and syncs them; durable when it returns. A line left unfinished by a crash was never
 * reported as written: it is cut off first. Gives the bytes cut. The file is opened anew each time, so it may be rotated in between.
 */
export function appendLines(name: string, lines: Uint8Array): number {
  try {
    const descriptor = fs.openSync(name, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_APPEND, 0o600);
    try {
      const cut = cutUnfinished(descriptor);
      for (let at = 0; at < lines.length; ) at += fs.writeSync(descriptor, lines, at);
      fs.fdatasyncSync(descriptor);
      return cut;
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new WeirError('disk.write', `cannot add to ${name}: ${why}`, {
      ...(errorCode(cause) === 'ENOSPC' ? { hint: 'Free space on that disk.' } : {}),
      cause,
    });
  }
}

const LINE_FEED = 10;
const WINDOW_BYTES = 64 * 1024;

function cutUnfinished(descriptor: number): number {
  const { size } = fs.fstatSync(descriptor);
  const window = Buffer.alloc(WINDOW_BYTES);
  let end = size;
  while (end > 0) {
    const start = Math.max(0, end - WINDOW_BYTES);
    const read = fs.readSync(descriptor, window, 0, end - start, start);
    const feed = window.subarray(0, read).lastIndexOf(LINE_FEED);
    end = feed < 0 ? start : start + feed + 1;
    if (feed >= 0) break;
    // Not a file of lines: leave it as it is.
    if (size - end > limits.hitBodyBytesMax) return 0;
  }
  if (end < size) fs.ftruncateSync(descriptor, end);
  return size - end;
}
