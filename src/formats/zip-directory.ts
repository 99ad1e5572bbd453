/** The central directory of a zip archive, zip64 included. */
import { limits } from '../base/index.ts';
import type { InputReport } from './report.ts';

export interface ZipSource {
  readonly size: number;
  /** Reads up to `into.length` bytes from `position`; fewer only at the end. Returns how many. */
  readAt(into: Uint8Array, position: number): number;
}

export interface ZipEntry {
  /** Safe to show: see `showName`. */
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  /** Position of the local header. */
  readonly header: number;
  /** Compressed and plain bytes and checksum; null where not known beforehand. */
  readonly stored: number | null;
  readonly size: number | null;
  readonly crc: number | null;
}

export interface ZipDirectory {
  readonly start: number;
  readonly bytes: number;
  readonly entries: number;
  /** Bytes before the archive (a self-extractor's program): what all positions must be moved by. */
  readonly shift: number;
}

const END = 0x06054b50;
const END_BYTES = 22;
const COMMENT_BYTES_MAX = 0xffff;
const END64_LOCATOR = 0x07064b50;
const END64_LOCATOR_BYTES = 20;
const END64 = 0x06064b50;
const END64_BYTES = 56;
const CENTRAL = 0x02014b50;
const CENTRAL_BYTES = 46;
const EXTRA_ZIP64 = 0x0001;
const FLAG_ENCRYPTED = 0x0001;
const FLAG_UTF8 = 0x0800;
const SHOWN_NAME_MAX = 512;

/** The directory, or why it cannot be used. */
export function findDirectory(source: ZipSource): ZipDirectory | string {
  const tail = new Uint8Array(Math.min(source.size, END_BYTES + COMMENT_BYTES_MAX));
  const tailStart = source.size - tail.length;
  source.readAt(tail, tailStart);
  const view = new DataView(tail.buffer);
  for (let at = tail.length - END_BYTES; at >= 0; at--) {
    if (tail[at] !== 0x50 || view.getUint32(at, true) !== END) continue;
    // A comment may hold the signature; the true record ends with the file.
    if (at + END_BYTES + view.getUint16(at + 20, true) > tail.length) continue;
    const end = tailStart + at;
    const found = readEnd64(source, end) ?? {
      entries: view.getUint16(at + 10, true),
      bytes: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
      end,
    };
    if (found.bytes > limits.archiveDirectoryBytesMax) {
      return `the archive's directory has ${found.bytes} bytes, more than the ${limits.archiveDirectoryBytesMax} allowed`;
    }
    const shift = found.end - found.bytes - found.start;
    if (shift < 0) return "the archive's directory lies beyond its end: the archive is damaged or cut off";
    return { start: found.start + shift, bytes: found.bytes, entries: found.entries, shift };
  }
  return 'the archive has no directory at its end: it is cut off or damaged';
}

function readEnd64(
  source: ZipSource,
  end: number,
): { entries: number; bytes: number; start: number; end: number } | null {
  if (end < END64_LOCATOR_BYTES) return null;
  const locator = new DataView(new ArrayBuffer(END64_LOCATOR_BYTES));
  source.readAt(new Uint8Array(locator.buffer), end - END64_LOCATOR_BYTES);
  if (locator.getUint32(0, true) !== END64_LOCATOR) return null;
  const record = new DataView(new ArrayBuffer(END64_BYTES));
  // Where something stands before the archive, the record is still right before its locator.
  for (const at of [Number(locator.getBigUint64(8, true)), end - END64_LOCATOR_BYTES - END64_BYTES]) {
    if (at < 0 || at > source.size) continue;
    if (source.readAt(new Uint8Array(record.buffer), at) < END64_BYTES || record.getUint32(0, true) !== END64) continue;
    return {
      entries: Number(record.getBigUint64(32, true)),
      bytes: Number(record.getBigUint64(40, true)),
      start: Number(record.getBigUint64(48, true)),
      end: at,
    };
  }
  return null;
}

/** The entries; a damaged one ends the list and is named. */
export function* readDirectory(source: ZipSource, directory: ZipDirectory, report: InputReport): Generator<ZipEntry> {
  const bytes = new Uint8Array(directory.bytes);
  const filled = source.readAt(bytes, directory.start);
  const view = new DataView(bytes.buffer, 0, filled);
  let at = 0;
  for (let number = 1; at < filled; number++) {
    if (at + CENTRAL_BYTES > filled || view.getUint32(at, true) !== CENTRAL) {
      report.add(
        `byte ${directory.start + at}`,
        `entry ${number} of ${directory.entries} in the archive's directory is damaged; the members from here on were not read`,
      );
      return;
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const commentBytes = view.getUint16(at + 32, true);
    const nameStart = at + CENTRAL_BYTES;
    const extra = bytes.subarray(nameStart + nameBytes, nameStart + nameBytes + extraBytes);
    yield readEntry(view, at, bytes.subarray(nameStart, nameStart + nameBytes), extra, directory.shift);
    at = nameStart + nameBytes + extraBytes + commentBytes;
  }
}

function readEntry(view: DataView, at: number, name: Uint8Array, extra: Uint8Array, shift: number): ZipEntry {
  const flags = view.getUint16(at + 8, true);
  const wide = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  const [size = 0, stored = 0, header = 0] = widen(wide, extra);
  return {
    name: showName(name, (flags & FLAG_UTF8) !== 0),
    method: view.getUint16(at + 10, true),
    encrypted: (flags & FLAG_ENCRYPTED) !== 0,
    header: header + shift,
    stored,
    size,
    crc: view.getUint32(at + 16, true),
  };
}

/** Replaces fields that are all ones by the values of the zip64 extra field, which holds just those, in this order. */
export function widen(fields: readonly number[], extra: Uint8Array): number[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length);
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === EXTRA_ZIP64) {
      let from = at + 4;
      const to = Math.min(from + length, extra.length);
      return fields.map((field) => {
        if (field !== 0xffffffff || from + 8 > to) return field;
        from += 8;
        return Number(view.getBigUint64(from - 8, true));
      });
    }
    at += 4 + length;
  }
  return [...fields];
}

/** CP437, the code page of names without the UTF-8 flag, from 0x80 on (PKWARE APPNOTE appendix D). */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/**
 * A member's name made safe to show: control characters and bidirectional marks replaced, no `.`, `..`, drive or leading
 * slash, not overlong. Many tools write UTF-8 without saying so; what is valid UTF-8 is taken as such.
 */
export function showName(bytes: Uint8Array, utf8: boolean): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let name = buffer.toString('utf8');
  if (!utf8 && name.includes('\ufffd')) {
    name = Array.from(bytes, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : (CP437[byte - 0x80] ?? '?'))).join(
      '',
    );
  }
  const isFolder = /[\\/]$/.test(name);
  const parts = name
    .replaceAll('\\', '/')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
    .replace(/^[A-Za-z]:/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const shown = parts.join('/').slice(0, SHOWN_NAME_MAX) || 'unnamed';
  return isFolder ? `${shown}/` : shown;
}
