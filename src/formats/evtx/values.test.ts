// How each type of value is written: types, values, time and writer, through whole records.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildChunk, buildFile, element, type SlotValue, slot, utf16 } from '../../../test/fuzz/evtx-builder.ts';
import { readAll } from '../../../test/fuzz/evtx-read.ts';
import { floatText, shortestSingle } from './values.ts';

/** JSON of values: each as the content of an element, in one record. */
async function valuesOf(values: readonly SlotValue[]): Promise<string[]> {
  const root = element('E', {}, ...values.map((value, i) => element(`V${i}`, {}, slot(i, value.type))));
  const file = buildFile(buildChunk([{ id: 1, fragment: { kind: 'template', id: 1, root, values } }]));
  const { lines, unparsed } = await readAll(file);
  assert.deepEqual(unparsed, []);
  return [...lines[0].matchAll(/"V\d+":((?:"(?:[^"\\]|\\.)*"|[^",}{[\]]+))/g)].map((match) => match[1]);
}

const bytes = (type: number, ...content: number[]): SlotValue => ({ type, bytes: Uint8Array.from(content) });
const u64 = (type: number, value: bigint): SlotValue => ({
  type,
  bytes: new Uint8Array(new BigUint64Array([value]).buffer),
});

async function check(cases: readonly (readonly [SlotValue, string])[]): Promise<void> {
  assert.deepEqual(
    await valuesOf(cases.map(([value]) => value)),
    cases.map(([, json]) => json),
  );
}

test('whole numbers of every width are JSON numbers, exact to their last digit', () =>
  check([
    [bytes(0x03, 0x80), '-128'],
    [bytes(0x04, 0x80), '128'],
    [bytes(0x04, 9), '9'],
    [bytes(0x05, 0, 0x80), '-32768'],
    [bytes(0x05, 0x10, 0x27), '10000'],
    [bytes(0x06, 0xff, 0xff), '65535'],
    [bytes(0x07, 0, 0, 0, 0x80), '-2147483648'],
    [bytes(0x08, 255, 255, 255, 255), '4294967295'],
    [bytes(0x08, 255, 255, 255, 127), '2147483647'],
    [u64(0x09, 0x8000000000000000n), '-9223372036854775808'],
    [u64(0x09, 9007199254740993n), '9007199254740993'],
    [u64(0x0a, 9007199254740991n), '9007199254740991'],
    [u64(0x0a, 1234567890123456n), '1234567890123456'],
    [u64(0x0a, 0xffffffffffffffffn), '18446744073709551615'],
    [bytes(0x0d, 1, 0, 0, 0), 'true'],
    [bytes(0x0d, 0, 0, 0, 0), 'false'],
    [bytes(0x0d, 255, 255, 255, 255), '-1'],
  ]));

test('identifiers, hexadecimal numbers and bytes are strings in the spelling of evtx_dump', () =>
  check([
    [bytes(0x0e, 1, 0xab, 255), '"01ABFF"'],
    [bytes(0x0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xaf), '"04030201-0605-0807-090A-0B0C0D0E0FAF"'],
    [bytes(0x10, 0xef, 0xbe, 0, 0), '"0xbeef"'],
    [bytes(0x10, 0xef, 0xbe, 0, 0, 1, 0, 0, 0xff), '"0xff0000010000beef"'],
    [bytes(0x10, 1, 2), '"0102"'],
    [bytes(0x14, 0xef, 0, 0, 0x80), '"0x800000ef"'],
    [bytes(0x14, 0, 0, 0, 0), '"0x0"'],
    [u64(0x15, 0x8000000000000000n), '"0x8000000000000000"'],
    [u64(0x15, 0x10n), '"0x10"'],
    [bytes(0x20, 1, 2, 3, 4), '"0x4030201"'],
    [bytes(0x13, 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0, 0, 0, 0x80), '"S-1-5-32-2147483648"'],
    [bytes(0x13, 1, 1, 1, 2, 3, 4, 5, 6, 21, 0, 0, 0), '"S-1-1108152157446-21"'],
    [bytes(0x13, 1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0), '"010500000000000515000000"'],
    [bytes(0x13, 1, 0), '"0100"'],
    [bytes(0x30, 1, 2), '"0102"'],
  ]));

test('times are ISO with six digits, the seventh cut, from 1601 to past the year 9999', () =>
  check([
    [u64(0x11, 133000000001234567n), '"2022-06-18T04:26:40.123456Z"'],
    [u64(0x11, 0n), '"1601-01-01T00:00:00.000000Z"'],
    [u64(0x11, 116444735999999999n), '"1969-12-31T23:59:59.999999Z"'],
    [u64(0x11, 116444736000000000n + 951_782_400n * 10_000_000n), '"2000-02-29T00:00:00.000000Z"'],
    [u64(0x11, 2650467743999999999n), '"9999-12-31T23:59:59.999999Z"'],
    [u64(0x11, 0xffffffffffffffffn), '"60056-05-28T05:36:10.955161Z"'],
    [bytes(0x12, 0xe8, 7, 2, 0, 4, 0, 29, 0, 23, 0, 59, 0, 58, 0, 7, 0), '"2024-02-29T23:59:58.007000Z"'],
    [bytes(0x12, ...Array<number>(16).fill(0)), '"1601-01-01T00:00:00.000000Z"'],
  ]));

test('a FILETIME agrees with the calendar of Date on every 999th day of 2,000 years', async () => {
  const days = Array.from({ length: 730 }, (_, i) => i * 999);
  const values = days.map((day) => u64(0x11, BigInt(day) * 864_000_000_000n + 12_345_678n));
  const wanted = days.map((day) => {
    const iso = new Date(Date.UTC(1601, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
    return `"${iso}T00:00:01.234567Z"`;
  });
  assert.deepEqual(await valuesOf(values), wanted);
});

test('strings end at NUL, escape what JSON demands, and are valid UTF-8 whatever their units', () =>
  check([
    [
      { type: 1, bytes: utf16('C:\\a "b"\u0001\t\r\n\b\f\u001f\u007f') },
      '"C:\\\\a \\"b\\"\\u0001\\t\\r\\n\\b\\f\\u001f\u007f"',
    ],
    [{ type: 1, bytes: utf16('é€😀') }, '"é€😀"'],
    [{ type: 1, bytes: utf16('a\ud800b\udc00\ud83d') }, '"a\ufffdb\ufffd\ufffd"'],
    [{ type: 1, bytes: utf16('ab\0cd') }, '"ab"'],
    [{ type: 1, bytes: utf16('  kept  ') }, '"  kept  "'],
    [bytes(0x01, 65, 0, 66), '"A"'],
    [bytes(0x02, 65, 0xe9, 0x80, 0x81, 9, 34, 0), '"Aé€\u0081\\t\\""'],
    [{ type: 0x23, bytes: utf16('<a/>') }, '"<a/>"'],
  ]));

test('empty values are null, and values shorter than their type are bytes', () =>
  check([
    [bytes(0x00), 'null'],
    [bytes(0x01), 'null'],
    [bytes(0x01, 0, 0), 'null'],
    [bytes(0x01, 65), 'null'],
    [bytes(0x02, 0, 0), 'null'],
    [bytes(0x0e), 'null'],
    [bytes(0x08), 'null'],
    [bytes(0x08, 1, 2), '"0102"'],
    [bytes(0x0d, 1), '"01"'],
  ]));

test('floating-point numbers are strings with the fewest digits that read back the same', () => {
  const written: [number, string][] = [
    [0, '0.0'],
    [-0, '-0.0'],
    [1, '1.0'],
    [0.1, '0.1'],
    [1e10, '10000000000.0'],
    [1e20, '1e+20'],
    [1e-7, '1e-7'],
    [5e-324, '5e-324'],
    [-123456789.125, '-123456789.125'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'inf'],
    [Number.NEGATIVE_INFINITY, '-inf'],
  ];
  for (const [value, wanted] of written) assert.equal(floatText(value), wanted);
  for (const value of [0.1, 1.5, 16777216, 3.4028234663852886e38, 1e-45]) {
    const single = Math.fround(value);
    assert.equal(Math.fround(shortestSingle(single)), single);
  }
  assert.equal(shortestSingle(Math.fround(0.1)), 0.1);
  return check([
    [bytes(0x0b, 0, 0, 0xc0, 0x3f), '"1.5"'],
    [bytes(0x0b, 0xcd, 0xcc, 0xcc, 0x3d), '"0.1"'],
    [bytes(0x0c, 0, 0, 0, 0, 0, 0, 4, 0xc0), '"-2.5"'],
  ]);
});
