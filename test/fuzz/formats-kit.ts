/** What the tests of input formats share: reading a splitter out, building zip archives, damaging bytes repeatably. */
import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';
import type { SeededRandom } from '../../src/base/index.ts';
import type { Chunk, InputReport, Unparsed } from '../../src/formats/index.ts';

export interface Splitter {
  push(bytes: Uint8Array): void;
  end(): void;
  take(): Chunk[];
}

export interface Outcome {
  readonly lines: string[];
  /** Record number of each line. */
  readonly records: number[];
  readonly reports: string[];
}

export function recorder(): InputReport & { readonly reports: string[] } {
  const reports: string[] = [];
  return { reports, add: (position, reason) => void reports.push(`${position}: ${reason}`), finish: () => {} };
}

/** Pushes `input` in pieces of `pieceBytes`. */
export function split(
  make: (report: InputReport) => Splitter,
  input: string | Uint8Array,
  pieceBytes = Number.MAX_SAFE_INTEGER,
): Outcome {
  const report = recorder();
  const splitter = make(report);
  const bytes = Buffer.from(input);
  for (let at = 0; at < bytes.length; at += pieceBytes) splitter.push(bytes.subarray(at, at + pieceBytes));
  splitter.end();
  return { ...readChunks(splitter.take()), reports: report.reports };
}

export function readChunks(chunks: readonly Chunk[]): { lines: string[]; records: number[] } {
  const lines: string[] = [];
  const records: number[] = [];
  for (const chunk of chunks) {
    const text = Buffer.from(chunk.bytes).toString('utf8');
    if (!text.endsWith('\n')) throw new Error('a chunk ends in a newline');
    const own = text.slice(0, -1).split('\n');
    for (const line of own) lines.push(line);
    if (chunk.records !== undefined && chunk.records.length !== own.length) throw new Error('one record number a line');
    own.forEach((_, i) => void records.push(chunk.records?.[i] ?? chunk.firstRecord + i));
  }
  return { lines, records };
}

export function showReport({ path, position, reason }: Unparsed): string {
  return `${path} | ${position} | ${reason}`;
}

/** `count` changes of single bytes, cuts, repeats and swaps, out of `random`. */
export function mutate(bytes: Uint8Array, random: SeededRandom, count: number): Uint8Array {
  let result = Buffer.from(bytes);
  for (let i = 0; i < count && result.length > 0; i++) {
    const at = random.integer(result.length);
    const length = 1 + random.integer(Math.min(16, result.length - at));
    switch (random.integer(6)) {
      case 0:
        result[at] = random.integer(256);
        break;
      case 1:
        result[at] = (result[at] ?? 0) ^ (1 << random.integer(8));
        break;
      case 2:
        result = Buffer.concat([result.subarray(0, at), result.subarray(at + length)]);
        break;
      case 3:
        result = Buffer.concat([result.subarray(0, at + length), result.subarray(at)]);
        break;
      case 4:
        result = result.subarray(0, at);
        break;
      default:
        result[at] = random.pick([...Buffer.from('{}[]",:\\\n <>&/\0'), 0xff]);
    }
  }
  return result;
}

export interface ZipMemberSpec {
  readonly name: string | Uint8Array;
  readonly data: Uint8Array;
  readonly method?: 'stored' | 'deflate' | 'zstd' | number;
  readonly flags?: number;
  /** Sizes and checksum stand behind the data instead of before it. */
  readonly descriptor?: boolean;
  /** Sizes stand in the zip64 extra field. */
  readonly zip64?: boolean;
  readonly crc?: number;
  /** In the directory: where the local header is said to be. */
  readonly header?: number;
}

const METHODS = { stored: 0, deflate: 8, zstd: 93 };

/** A zip archive; `zip64End` writes the zip64 end records too. */
export function buildZip(
  members: readonly ZipMemberSpec[],
  options: { zip64End?: boolean; comment?: string } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const member of members) {
    const method = typeof member.method === 'number' ? member.method : METHODS[member.method ?? 'deflate'];
    const data =
      method === 8
        ? deflateRawSync(member.data)
        : method === 93
          ? zstdCompressSync(member.data)
          : Buffer.from(member.data);
    const name = Buffer.from(member.name as Uint8Array);
    const crc = member.crc ?? crc32(member.data);
    const flags = (member.flags ?? 0) | (member.descriptor === true ? 8 : 0);
    const wide = member.zip64 === true;
    const extra = wide
      ? u(Buffer.alloc(20), [2, 1], [2, 16], [8, member.data.length], [8, data.length])
      : Buffer.alloc(0);
    const sizes: Field[] = wide
      ? [
          [4, 0xffffffff],
          [4, 0xffffffff],
        ]
      : [
          [4, data.length],
          [4, member.data.length],
        ];
    const local: Field[] =
      member.descriptor === true
        ? [
            [4, 0],
            [4, 0],
            [4, 0],
          ]
        : [[4, crc], ...sizes];
    const header = u(
      Buffer.alloc(30),
      [4, 0x04034b50],
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      ...local,
      [2, name.length],
      [2, extra.length],
    );
    const tail =
      member.descriptor === true
        ? u(Buffer.alloc(16), [4, 0x08074b50], [4, crc], [4, data.length], [4, member.data.length])
        : Buffer.alloc(0);
    const central = u(
      Buffer.alloc(46),
      [4, 0x02014b50],
      [2, 20],
      [2, 20],
      [2, flags],
      [2, method],
      [4, 0],
      [4, crc],
      ...sizes,
      [2, name.length],
      [2, extra.length],
      [2, 0],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, member.header ?? at],
    );
    directory.push(central, name, extra);
    for (const part of [header, name, extra, data, tail]) {
      parts.push(part);
      at += part.length;
    }
  }
  const table = Buffer.concat(directory);
  const comment = Buffer.from(options.comment ?? '');
  const end64: Buffer[] = [];
  if (options.zip64End === true) {
    end64.push(
      u(
        Buffer.alloc(56),
        [4, 0x06064b50],
        [8, 44],
        [2, 45],
        [2, 45],
        [4, 0],
        [4, 0],
        [8, members.length],
        [8, members.length],
        [8, table.length],
        [8, at],
      ),
      u(Buffer.alloc(20), [4, 0x07064b50], [4, 0], [8, at + table.length], [4, 1]),
    );
  }
  const [count, length, start] =
    options.zip64End === true ? [0xffff, 0xffffffff, 0xffffffff] : [members.length, table.length, at];
  const end = u(
    Buffer.alloc(22),
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, length],
    [4, start],
    [2, comment.length],
  );
  return Buffer.concat([...parts, table, ...end64, end, comment]);
}

type Field = readonly [size: 2 | 4 | 8, value: number];

function u(buffer: Buffer, ...fields: readonly Field[]): Buffer {
  let at = 0;
  for (const [size, value] of fields) {
    if (size === 8) buffer.writeBigUInt64LE(BigInt(value), at);
    else buffer.writeUIntLE(value, at, size);
    at += size;
  }
  return buffer;
}
