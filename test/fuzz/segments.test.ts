/** Damaged segments: `FUZZ_N / 50` of them, always the same ones. What is damaged is told as that, or changes nothing that is read. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { seededRandom, WeirError } from '../../src/base/index.ts';
import { FOOTER_CHECK } from '../../src/store/parquet/format.ts';
import { readerOfBytes } from '../../src/store/parquet/read-range.ts';
import { openSegment } from '../../src/store/segment/read.ts';
import { Rebuilder } from '../../src/store/segment/rebuild.ts';
import { eachValue, SegmentMaker } from '../../src/store/segment/segment.twin.ts';
import { threadMs } from '../shared.ts';

const COUNT = Math.ceil(Number(process.env['FUZZ_N'] ?? 100_000) / 50);
const MILLISECONDS_MAX = 250;
const GROWTH_BYTES_MAX = 256 << 20;

const line = (i: number): string =>
  i % 5 === 0
    ? `{"id":${i},"list":[{"a":${i % 3}},{"a":"x"}],"f":${i}.50,"same":1,"same":2}`
    : `{"id":${i * 7919},"text":"value ${i % 11} of it","own":"${i}-${i * i}","flag":${i % 2 === 0},"f":${i}.5,"tags":["a",${i % 4}]}`;
const lines = Array.from({ length: 400 }, (_, i) => line(i));
const { bytes: FILE } = new SegmentMaker().make([
  Buffer.from(lines.slice(0, 300).join('\n')),
  Buffer.from(lines.slice(300).join('\n')),
]);

/** Everything that is read of a file, or that it is damaged. */
function outcome(bytes: Uint8Array): string {
  try {
    const segment = openSegment(readerOfBytes('file', bytes));
    const found: unknown[] = [segment.log, segment.rows, segment.columns];
    segment.groups.forEach((_, group) => {
      for (const { name } of segment.columns) {
        const { rows, values, distinct, min, max } = segment.statistics(group, name);
        found.push([rows, values, distinct, String(min), String(max)]);
        eachValue(segment.columnOf(group, name), (row, value) => found.push(`${row} ${value}`));
        eachValue(segment.cellOf(group, name, rows - 1), (_, value) => found.push(String(value)));
      }
      for (const name of ['weir.position', 'weir.row', 'weir.time', 'weir.received']) {
        const { values, present } = segment.columnOf(group, name);
        found.push(String(values), String(present.runs));
      }
      new Rebuilder(segment, group).eachRowText((text) => found.push(Buffer.from(text).toString('latin1')));
    });
    return JSON.stringify(found);
  } catch (error) {
    assert.ok(error instanceof WeirError && error.code === 'store.damaged', String((error as Error).stack));
    assert.match(error.message, /^file: /);
    return 'damaged';
  }
}

const WHOLE = outcome(FILE);

/** Tries each file up to three times, where others keep the machine busy. */
function timed(bytes: Uint8Array, what: string): string {
  let best = Number.POSITIVE_INFINITY;
  let found = '';
  for (let attempt = 0; attempt < 3 && best > MILLISECONDS_MAX; attempt++) {
    const start = threadMs();
    found = outcome(bytes);
    best = Math.min(best, threadMs() - start);
  }
  assert.ok(best <= MILLISECONDS_MAX, `${what} took ${best} ms`);
  return found;
}

suite('a damaged segment', () => {
  test('is told as damaged wherever a byte is another, or reads as it did', () => {
    const random = seededRandom(20261122);
    let damaged = 0;
    for (let i = 0; i < COUNT; i++) {
      const bytes = Buffer.from(FILE);
      const at = COUNT >= FILE.length ? i % FILE.length : random.integer(FILE.length);
      bytes[at] ^= 1 + random.integer(255);
      const found = timed(bytes, `byte ${at}`);
      if (found === 'damaged') damaged++;
      else assert.equal(found, WHOLE, `byte ${at} from ${FILE[at]} to ${bytes[at]} was not noticed`);
    }
    assert.ok(damaged > COUNT * 0.7, `${damaged} of ${COUNT}`);
  });

  test('is told as damaged wherever it is cut', () => {
    const random = seededRandom(20261123);
    for (let i = 0; i < COUNT / 4; i++) {
      const bytes = FILE.subarray(0, random.integer(FILE.length));
      assert.equal(timed(bytes, `cut at ${bytes.length}`), 'damaged');
    }
  });

  test('whose checksums are right neither crashes, hangs nor grows memory', () => {
    const random = seededRandom(20261124);
    let [damaged, before] = [0, 0];
    for (let i = 0; i < COUNT; i++) {
      const bytes = Buffer.from(FILE);
      const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
      for (let change = 0; change <= random.integer(3); change++) {
        // Footers say most, so half of the changes are there.
        const from = random.integer(2) === 0 ? footer : 4;
        const at = from + random.integer(bytes.length - 8 - from);
        bytes[at] = random.pick([random.integer(256), bytes[at] + 1, bytes[at] - 1, 0, 0xff, 0x80]);
      }
      if (timed(sealed(bytes, footer), `mutation ${i}`) === 'damaged') damaged++;
      if (i === COUNT >> 2) before = process.memoryUsage.rss();
    }
    const growth = process.memoryUsage.rss() - before;
    assert.ok(growth < GROWTH_BYTES_MAX, `memory grew by ${growth} bytes`);
    assert.ok(damaged > COUNT / 4, `${damaged} of ${COUNT}`);
  });
});

/** Makes checksums of pages and footer right again. */
function sealed(bytes: Buffer, footer: number): Buffer {
  const { groups } = openSegment(readerOfBytes('file', FILE));
  for (const { dictionaryAt, dataAt, compressed } of groups.flatMap(({ chunks }) => chunks)) {
    const end = (dictionaryAt ?? dataAt) + compressed;
    for (let at = dictionaryAt ?? dataAt; at < end; ) {
      // Type, two sizes, checksum: four fields of i32, each a byte and a varint; what is behind them is looked for in the file as it was.
      const [size, afterSize] = varint(FILE, varint(FILE, varint(FILE, at + 1)[1] + 1)[1] + 1);
      const checkAt = afterSize + 1;
      const checkEnd = varint(FILE, checkAt)[1];
      const body = bodyOf(checkEnd);
      const page = bytes.subarray(body, body + size / 2);
      const check = crc32(page) | 0;
      let zigzag = ((check << 1) ^ (check >> 31)) >>> 0;
      // As many bytes as there are: the last says that none follows.
      for (let i = checkAt; i < checkEnd; i++) {
        bytes[i] = (zigzag & 0x7f) | (i < checkEnd - 1 ? 0x80 : 0);
        zigzag >>>= 7;
      }
      at = body + size / 2;
    }
  }
  assert.equal(bytes.toString('latin1', footer - 8, footer - 4).length, FOOTER_CHECK.length);
  bytes.write(FOOTER_CHECK, footer - 8, 'latin1');
  bytes.writeUInt32LE(crc32(bytes.subarray(footer, bytes.length - 8)), footer - 4);
  return bytes;
}

function varint(bytes: Buffer, at: number): [value: number, end: number] {
  let value = 0;
  for (let p = at, factor = 1; ; p++, factor *= 128) {
    value += (bytes[p] & 0x7f) * factor;
    if (bytes[p] < 0x80) return [value, p + 1];
  }
}

/** Where a page's bytes begin behind the inner struct of its header: i32 fields, two ends. */
function bodyOf(at: number): number {
  let p = at + 1;
  while (FILE[p] !== 0) p = varint(FILE, p + 1)[1];
  return p + 2;
}
