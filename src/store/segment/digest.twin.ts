/** The multiset hash as it is meant: a value at a time, in whole numbers without end. */
import { type Multiset, NO_EVENTS, sumOf } from '../../base/index.ts';
import type { ColumnChunk } from '../parquet/read.ts';
import { Texts } from '../parquet/read-texts.ts';
import { columnText, shapeText } from './digest.ts';
import type { SegmentReader } from './read.ts';

const word = (value: bigint): bigint => BigInt.asUintN(64, value);
const P = 0x9e3779b97f4a7c15n;
const Q = 0xbf58476d1ce4e5b9n;
const R = 0x94d049bb133111ebn;

function mix(value: bigint): bigint {
  let h = word((value ^ (value >> 30n)) * Q);
  h = word((h ^ (h >> 27n)) * R);
  return h ^ (h >> 31n);
}

const turned = (h: bigint): bigint => word((h << 29n) | (h >> 35n));

/** A word of eight bytes, of fewer at the end. */
function wordAt(bytes: Buffer, at: number): bigint {
  const eight = Buffer.alloc(8);
  bytes.copy(eight, 0, at, Math.min(bytes.length, at + 8));
  return eight.readBigUInt64LE(0);
}

export function plainDigest(bytes: Uint8Array, begin: bigint): bigint {
  const all = Buffer.from(bytes);
  let h = begin ^ word(BigInt(all.length) * P);
  let at = 0;
  if (all.length >= 32) {
    const lanes = [h, h + P, h + Q, h + R].map(word);
    const times = [P, Q, R, P];
    for (; all.length - at >= 32; at += 32) {
      lanes.forEach((lane, i) => {
        lanes[i] = word(turned(lane ^ wordAt(all, at + i * 8)) * times[i]);
      });
    }
    const [a, b, c, d] = lanes;
    h = word(mix(a) + mix(b ^ Q) + mix(c ^ R) + mix(d ^ P));
  }
  for (; at < all.length; at += 8) h = word(turned(h ^ wordAt(all, at)) * P);
  return mix(h);
}

const textDigest = (text: string): bigint => plainDigest(Buffer.from(text), 0n);

/** A value as a plain page has it. */
function bytesOf({ values, codes }: ColumnChunk, index: number): Uint8Array {
  const at = codes === null ? index : codes[index];
  if (values instanceof Texts) return values.at(at);
  const width = values.BYTES_PER_ELEMENT;
  return new Uint8Array(values.buffer, values.byteOffset + at * width, width);
}

function numberOf(chunk: ColumnChunk, row: number): bigint | null {
  const index = chunk.present.indexOf(row);
  return index < 0 ? null : BigInt((chunk.values as BigInt64Array | Int32Array)[index]);
}

export function plainMultiset(segment: SegmentReader): Multiset {
  let sum = NO_EVENTS;
  const columns = [{ name: 'weir.raw', path: null, kind: 'raw' } as const, ...segment.columns];
  segment.groups.forEach((_, group) => {
    const [position, number, received, time] = ['weir.position', 'weir.row', 'weir.received', 'weir.time'].map((name) =>
      segment.columnOf(group, name),
    );
    const chunks = columns.map(({ name, path, kind }) => {
      return { chunk: segment.columnOf(group, name), begin: textDigest(columnText(path, kind)) };
    });
    for (const { from, to, shape, type } of segment.shapes(group)) {
      for (let row = from; row < to; row++) {
        let event = textDigest(shapeText(shape, type));
        for (const { chunk, begin } of chunks) {
          const index = chunk.present.indexOf(row);
          if (index >= 0) event = word(event + plainDigest(bytesOf(chunk, index), begin));
        }
        for (const chunk of [position, number, received]) event = mix(word(event + (numberOf(chunk, row) ?? 0n)));
        event = mix(event ^ word(numberOf(time, row) ?? -(2n ** 63n)));
        sum = sumOf(sum, { low: event, high: mix(word(event + P)) });
      }
    }
  });
  return sum;
}
