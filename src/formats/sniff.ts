/** What an input is, from its first bytes. */
import { JsonSplitter } from './json.ts';
import { detectUtf16 } from './utf16.ts';
import { isSkippableFrame, isZstdFrame } from './zstd.ts';

/** Formats that hold events; these can be forced. */
export const EVENT_FORMATS = ['ndjson', 'json', 'xml', 'evtx'] as const;
export type EventFormat = (typeof EVENT_FORMATS)[number];
/** `utf-16` is text to be converted and looked at again; `unknown` is not read. */
export type FormatName = EventFormat | 'gzip' | 'zstd' | 'zip' | 'utf-16' | 'empty' | 'unknown';

/** `sniff` wants this many bytes where the input has them. */
export const SNIFF_BYTES = 64 * 1024;

const LINES_LOOKED_AT = 64;

interface Magic {
  readonly name: string;
  readonly at: number;
  readonly bytes: string;
}

/** Formats that are known and not read. Source: the `file` command's database of signatures, and each format's own documents. */
const FOREIGN: readonly Magic[] = [
  { name: 'a tar archive', at: 257, bytes: 'ustar' },
  { name: 'bzip2', at: 0, bytes: 'BZh' },
  { name: 'xz', at: 0, bytes: '\xfd7zXZ\0' },
  { name: 'lz4', at: 0, bytes: '\x04\x22\x4d\x18' },
  { name: 'a 7z archive', at: 0, bytes: '7z\xbc\xaf\x27\x1c' },
  { name: 'a RAR archive', at: 0, bytes: 'Rar!\x1a\x07' },
  { name: 'a cabinet archive', at: 0, bytes: 'MSCF' },
  { name: 'Parquet', at: 0, bytes: 'PAR1' },
  { name: 'Avro', at: 0, bytes: 'Obj\x01' },
  { name: 'an SQLite database', at: 0, bytes: 'SQLite format 3\0' },
  { name: 'an EVT log of Windows XP', at: 4, bytes: 'LfLe' },
  { name: 'a registry hive', at: 0, bytes: 'regf' },
  { name: 'a packet capture', at: 0, bytes: '\xd4\xc3\xb2\xa1' },
  { name: 'a packet capture', at: 0, bytes: '\x0a\x0d\x0d\x0a' },
  { name: 'PDF', at: 0, bytes: '%PDF-' },
  { name: 'a Windows program', at: 0, bytes: 'MZ' },
  { name: 'a Linux program', at: 0, bytes: '\x7fELF' },
  { name: 'UTF-32 text', at: 0, bytes: '\xff\xfe\0\0' },
];

/** What an input of format `unknown` is or begins with, in words. */
export function describeUnknown(head: Uint8Array): string {
  const foreign = FOREIGN.find(({ at, bytes }) => startsWith(head, bytes, at));
  if (foreign !== undefined) return `it is ${foreign.name}, which is not read`;
  const shown = Array.from(head.subarray(0, 24), (byte) =>
    byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`,
  );
  return `expected JSON, XML of Windows events or EVTX, came '${shown.join('')}'`;
}

function startsWith(head: Uint8Array, bytes: string, at: number): boolean {
  if (head.length < at + bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (head[at + i] !== bytes.charCodeAt(i)) return false;
  return true;
}

/**
 * The format of an input that begins with `head`. A file that is `ndjson` and starts at its first byte with what is not
 * UTF-16 may be read in any ranges of whole lines.
 */
export function sniff(head: Uint8Array): FormatName {
  if (startsWith(head, '\x1f\x8b', 0)) return 'gzip';
  if (isZstdFrame(head) || isSkippableFrame(head)) return 'zstd';
  // The second is an archive without members.
  if (startsWith(head, 'PK\x03\x04', 0) || startsWith(head, 'PK\x05\x06', 0)) return 'zip';
  if (startsWith(head, 'ElfFile\0', 0) || startsWith(head, 'ElfChnk\0', 4096) || startsWith(head, 'ElfChnk\0', 0)) {
    return 'evtx';
  }
  if (detectUtf16(head) !== null) return 'utf-16';
  if (FOREIGN.some(({ at, bytes }) => startsWith(head, bytes, at))) return 'unknown';
  const bom = startsWith(head, '\xef\xbb\xbf', 0) ? 3 : 0;
  return sniffText(Buffer.from(head.buffer, head.byteOffset + bom, head.length - bom));
}

function sniffText(head: Buffer): FormatName {
  let at = 0;
  while (at < head.length && isSpace(head[at])) at++;
  if (at === head.length) return 'empty';
  if (head[at] === 0x5b || head[at] === 0x1e) return 'json';
  if (head[at] === 0x7b) return sniffObjects(head.subarray(at));
  if (head[at] === 0x3c) return 'xml';
  // Something else stands before the first event: a header, half a line, a syslog prefix.
  for (let line = head.indexOf(0x0a, at); line >= 0; line = head.indexOf(0x0a, line + 1)) {
    const next = head[line + 1];
    if (next === 0x7b) return sniffObjects(head.subarray(line + 1));
    if (next === 0x5b && (head[line + 2] === 0x7b || head[line + 2] === 0x0a || head[line + 2] === 0x0d)) return 'json';
  }
  return /<Event[\s>]/.test(head.toString('latin1')) ? 'xml' : 'unknown';
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Text that starts with an object: one event a line, or one document, pretty or concatenated. */
function sniffObjects(head: Buffer): 'ndjson' | 'json' {
  const newline = head.indexOf(0x0a);
  const first = newline < 0 ? head : head.subarray(0, newline + 1);
  const splitter = new JsonSplitter({ add: () => {}, finish: () => {} });
  splitter.push(first);
  if (splitter.sawEnvelope) return 'json';
  // More than one value on the first line.
  if (splitter.record > 2 || (splitter.record === 2 && !splitter.atRest)) return 'json';
  if (newline < 0) return 'ndjson';
  let lines = 0;
  let objects = 0;
  let from = 0;
  for (let end = newline; end >= 0 && lines < LINES_LOOKED_AT; end = head.indexOf(0x0a, from)) {
    let last = end - 1;
    while (last > from && isSpace(head[last])) last--;
    if (last > from) {
      lines++;
      if (head[from] === 0x7b && head[last] === 0x7d) objects++;
    } else if (last === from && !isSpace(head[from])) lines++;
    from = end + 1;
  }
  return 2 * objects >= lines ? 'ndjson' : 'json';
}
