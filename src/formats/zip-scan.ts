/** Members of a zip archive without a usable directory, by the signature of their local headers. */
import { showName, widen, type ZipEntry, type ZipSource } from './zip-directory.ts';

const SIGNATURE = Buffer.from([0x50, 0x4b, 0x03, 0x04]);
const HEADER_BYTES = 30;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_SIZES_FOLLOW = 0x0008;
const FLAG_UTF8 = 0x0800;
const WINDOW_BYTES = 1024 * 1024;

/**
 * Where a header states the size of its data, the next one is looked for behind it; where it does not, right behind
 * the header, so a stored archive in the archive may give its members too.
 */
export function* scanLocalHeaders(source: ZipSource): Generator<ZipEntry> {
  for (let at = findSignature(source, 0); at >= 0; ) {
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    if (source.readAt(header, at) < HEADER_BYTES) return;
    const flags = view.getUint16(6, true);
    const rest = new Uint8Array(view.getUint16(26, true) + view.getUint16(28, true));
    const filled = source.readAt(rest, at + HEADER_BYTES);
    const name = rest.subarray(0, Math.min(filled, view.getUint16(26, true)));
    const extra = rest.subarray(name.length, filled);
    const [size = 0, stored = 0] = widen([view.getUint32(22, true), view.getUint32(18, true)], extra);
    const known = (flags & FLAG_SIZES_FOLLOW) === 0;
    const dataStart = at + HEADER_BYTES + rest.length;
    yield {
      name: showName(name, (flags & FLAG_UTF8) !== 0),
      method: view.getUint16(8, true),
      encrypted: (flags & FLAG_ENCRYPTED) !== 0,
      header: at,
      stored: known ? stored : null,
      size: known ? size : null,
      crc: known ? view.getUint32(14, true) : null,
    };
    at = findSignature(source, known ? dataStart + stored : dataStart);
  }
}

function findSignature(source: ZipSource, from: number): number {
  const window = Buffer.alloc(Math.min(WINDOW_BYTES, Math.max(0, source.size - from)));
  // Windows overlap by three bytes, so that a signature across two of them is found.
  for (let at = from; at + SIGNATURE.length <= source.size; at += WINDOW_BYTES - 3) {
    const filled = source.readAt(window, at);
    const found = window.subarray(0, filled).indexOf(SIGNATURE);
    if (found >= 0) return at + found;
  }
  return -1;
}
