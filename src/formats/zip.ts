/**
 * zip archives: PKWARE APPNOTE 6.3.10. Members are found through the central directory; where that is missing or damaged,
 * through the local headers that can be found. Names are for messages only: nothing is ever written under them.
 */
import { crc32 } from 'node:zlib';
import type { Expansion } from './expansion.ts';
import { type Bytes, Feed } from './feed.ts';
import { inflateFrom, inflateSmall } from './inflate.ts';
import type { InputReport } from './report.ts';
import { findDirectory, readDirectory, type ZipEntry, type ZipSource } from './zip-directory.ts';
import { scanLocalHeaders } from './zip-scan.ts';

export interface ZipMember {
  readonly name: string;
  /** The member's bytes as they were before compression. Read them before asking for the next member. */
  readonly bytes: Bytes;
}

const METHOD_STORED = 0;
const METHOD_DEFLATE = 8;
const METHOD_ZSTD = 93;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const READ_BYTES = 256 * 1024;
const SMALL_BYTES = 64 * 1024;

/** Members in the order of the directory. `memberReport` gives the place where damage inside a member is named. */
export async function* readZip(
  source: ZipSource,
  expansion: Expansion,
  report: InputReport,
  memberReport: (name: string) => InputReport,
): AsyncGenerator<ZipMember> {
  const directory = findDirectory(source);
  let entries: Iterable<ZipEntry>;
  if (typeof directory === 'string') {
    report.add('', `${directory}; its members were looked for by their own headers`);
    entries = scanLocalHeaders(source);
  } else {
    entries = readDirectory(source, directory, report);
  }
  let members = 0;
  let stored = 0;
  for (const entry of entries) {
    if (expansion.stopped) return;
    if (++members > expansion.limits.archiveMembersMax) {
      expansion.stopped = true;
      report.add(
        '',
        `the archive has more than ${expansion.limits.archiveMembersMax} members; the others were not read`,
      );
      return;
    }
    if (entry.name.endsWith('/')) continue;
    const inMember = memberReport(entry.name);
    // Members that share their data are how small archives become huge ones: together they are larger than the file.
    // A member cut off by the end of the file has only what is left of it.
    stored += Math.min(entry.stored ?? 0, source.size - entry.header);
    if (stored > source.size) {
      expansion.stopped = true;
      report.add('', 'the members overlap, as in a decompression bomb; the others were not read');
      return;
    }
    if (entry.encrypted) {
      inMember.add('', 'the member is encrypted; decrypt the archive first');
      continue;
    }
    const { method } = entry;
    if (method === METHOD_STORED && entry.stored === null) {
      inMember.add(`byte ${entry.header}`, 'the member does not say where it ends, and the directory is missing');
      continue;
    }
    if (method !== METHOD_STORED && method !== METHOD_DEFLATE && method !== METHOD_ZSTD) {
      inMember.add('', `compression method ${method} is not read, only 0 (stored), 8 (deflate) and 93 (zstd)`);
      continue;
    }
    const start = dataStart(source, entry);
    if (typeof start === 'string') {
      inMember.add(`byte ${entry.header}`, start);
      continue;
    }
    yield { name: entry.name, bytes: memberBytes(source, entry, start, expansion, inMember) };
    inMember.finish();
  }
}

/** Where the data of a member starts; a reason when its local header is not there. */
function dataStart(source: ZipSource, entry: ZipEntry): number | string {
  const header = new Uint8Array(LOCAL_HEADER_BYTES);
  const view = new DataView(header.buffer);
  if (source.readAt(header, entry.header) < LOCAL_HEADER_BYTES) return 'the member lies beyond the end of the archive';
  if (view.getUint32(0, true) !== LOCAL_HEADER) return 'the member has no local header where the directory says';
  return entry.header + LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

async function* memberBytes(
  source: ZipSource,
  entry: ZipEntry,
  start: number,
  expansion: Expansion,
  report: InputReport,
): AsyncGenerator<Uint8Array> {
  const end = entry.stored === null ? source.size : Math.min(source.size, start + entry.stored);
  const feed = new Feed(range(source, start, end));
  let crc = 0;
  let size = 0;
  let reason = '';
  const count = (bytes: Uint8Array): Uint8Array => {
    crc = crc32(bytes, crc);
    size += bytes.length;
    return bytes;
  };
  const method = entry.method === METHOD_DEFLATE ? 'deflate' : 'zstd';
  const isSmall = entry.method !== METHOD_STORED && entry.stored !== null && entry.stored <= SMALL_BYTES;
  const small = isSmall ? await inflateSmall(feed, method) : null;
  if (entry.method === METHOD_STORED) {
    for (let bytes = await feed.next(); bytes !== null; bytes = await feed.next()) yield count(bytes);
    if (entry.stored !== null && size < entry.stored) reason = 'the data is cut off';
  } else if (small !== null) {
    reason = expansion.add(small.length) ?? '';
    if (reason === '' && small.length > 0) yield count(small);
  } else {
    const data = inflateFrom(feed, method, expansion);
    for (let next = await data.next(); ; next = await data.next()) {
      if (next.done === true) {
        reason = next.value.reason;
        break;
      }
      yield count(next.value);
    }
  }
  if (reason === '' && entry.size !== null && size !== entry.size) {
    reason = `the directory says ${entry.size} bytes, the data has ${size}`;
  } else if (reason === '' && entry.crc !== null && crc !== entry.crc) {
    reason = 'the checksum is wrong, so the data is damaged somewhere';
  }
  if (reason !== '') report.add(`byte ${start} of the archive`, `${reason}; ${size} bytes were read`);
}

async function* range(source: ZipSource, start: number, end: number): AsyncGenerator<Uint8Array> {
  for (let at = start; at < end; ) {
    const buffer = new Uint8Array(Math.min(READ_BYTES, end - at));
    const filled = source.readAt(buffer, at);
    if (filled === 0) return;
    yield buffer.subarray(0, filled);
    at += filled;
  }
}
