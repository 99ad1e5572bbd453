/**
 * Events in a body of `EventBatch` frames, counted by admission for its side of the books: from what each frame says at its
 * beginning (length at byte 8, rows at byte 20), without the reader whose rows are the other side.
 */

const LENGTH_AT = 8;
const ROWS_AT = 20;

/** Rows of all frames; those of a frame that is cut off are not counted, since its body is refused. */
export function countFrameRows(body: Uint8Array): number {
  let rows = 0;
  for (let at = 0; at + ROWS_AT + 4 <= body.length; ) {
    rows += uint32(body, at + ROWS_AT);
    const length = uint32(body, at + LENGTH_AT);
    // Shorter than its own head: damage, on which the body is refused.
    if (length < ROWS_AT + 4) break;
    at += length;
  }
  return rows;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}
