import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { limits, WeirError } from '../../base/index.ts';
import { bytesOf, lineArb } from '../../batch/scan.twin.ts';
import { readerOfBytes } from '../parquet/read-range.ts';
import { SegmentReader, type ShapeRun } from './read.ts';
import { Rebuilder, shapeParts } from './rebuild.ts';
import { check, SegmentMaker } from './segment.twin.ts';
import { RAW_SHAPE } from './skeleton.ts';

const linesOf = (...lines: string[]): Uint8Array => bytesOf(lines.join('\n'));

suite('events come back from a segment', () => {
  const maker = new SegmentMaker();

  test('with values of every kind, of arrays of objects, and without any', () => {
    check(
      maker.make([
        linesOf(
          '{"a":1,"b":"x","c":1.5,"d":true,"e":null,"f":[1,"y"],"g":{"h":false},"i":[{"j":1},{"j":"z"}],"k":{},"l":[]}',
          '{}',
          '{"a":[{"b":[1,2]},{"b":null},{"b":"],["},{"b":{"c":"\\\\\\""}}]}',
          '{"a":[[1],2,{}]}',
        ),
      ]),
    );
  });

  test('of numbers and texts that can be written in several ways', () => {
    check(
      maker.make([
        linesOf(
          '{"n":-0,"m":1.50,"o":1e400,"p":9223372036854775808,"q":-9223372036854775808,"r":1E2,"s":0.1,"t":-1,"u":1e21}',
          '{"a":"\\u0041\\/\\u001F\\u001f\\n\\ud800\\ud83d\\ude00","b":"\x7f\xff\xc3\xa9","\\u0061":1,"\xff":2}',
          '{"a":["\\u0041"],"b":[1.0,"\xff"]}',
        ),
      ]),
    );
  });

  test('whose names differ by case alone, hold dots and signs, or are those of weir', () => {
    check(
      maker.make([
        linesOf(
          '{"a":1,"A":2,"a.b":3,"a\\\\":{"b":4},"a#str":5,"weir.time":6,"weir":{"time":7,"SHAPE":8},"a~2":9,"":{"":10}}',
          '{"a":"x","A":"y","a.b":"z","a#str":"u","a#STR":1.5,"weir":{"time":"v"},"":{"":[true]}}',
        ),
      ]),
    );
  });

  test('of several row groups, each of several frames, after the kernel has forgotten its shapes', () => {
    const line = (i: number): string =>
      `{${Array.from({ length: 30 }, (_, k) => `"k${(i * 7 + k) % 2000}":${i}`).join(',')}}`;
    const groups = Array.from({ length: 3 }, (_, g) =>
      linesOf(...Array.from({ length: 800 }, (_, i) => line(g * 800 + i))),
    );
    const made = maker.make(groups);
    assert.ok(made.frames.length > 3 && made.segment.groups.length >= 3);
    check(made);
  });

  test('hostile ones', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(lineArb, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 }),
        (groups) => check(maker.make(groups.map((lines) => linesOf(...lines)))),
      ),
      { numRuns: 200 },
    );
  });

  test('and rows that there are not are refused', () => {
    const rebuilder = new Rebuilder(maker.make([linesOf('{"a":1}')]).segment, 0);
    assert.equal(rebuilder.rows, 1);
    for (const row of [1, -1, 0.5]) assert.throws(() => rebuilder.rowText(row), RangeError);
  });
});

suite('shapes', () => {
  const slotsOf = (text: string) => shapeParts(text)?.slots.map(({ letter, path }) => `${letter} ${path}`);

  test('are taken apart into the text around values, and their paths', () => {
    assert.deepEqual(slotsOf('{"a":s,"b":{"c":i,"d.e":[{"f":e},e,[]]},"":{"":n},"\\u0041\\"":L}'), [
      ...['s a', 'i b.c', 'e b.d\\.e.f', 'e b.d\\.e', 'n .', 'L A"'],
    ]);
    assert.deepEqual(shapeParts('{"a":{}}')?.slots, []);
    assert.deepEqual(shapeParts('{"a":s}')?.pieces.map(String), ['{"a":', '}']);
  });

  test('that are none are told apart', () => {
    const wrong = [
      '',
      'x',
      '[',
      '[s]',
      '{',
      '{"a"',
      '{"a":',
      '{"a":s',
      '{"a":s]',
      '{"a":x}',
      '{s}',
      '{"a":s}}',
      '{"a":s}{',
      '{"a":ss}',
    ];
    for (const text of [...wrong, '{{}}', '{"a":["b":s]}', '{"\\x":s}', '{"a":s}"', '{"a":[s}]']) {
      assert.equal(shapeParts(text), null, text);
    }
  });

  test('that a damaged file has are told as such, and fill no memory', () => {
    const { bytes } = new SegmentMaker().make([linesOf(`{"a":"${'x'.repeat(1 << 20)}","b":["y","z"]}`)]);
    class Damaged extends SegmentReader {
      shape = '';
      override shapes(): ShapeRun[] {
        return [{ from: 0, to: 1, shape: this.shape, type: null }];
      }
    }
    const segment = new Damaged(readerOfBytes('f', bytes));
    const told = (shape: string): string => {
      segment.shape = shape;
      try {
        return Buffer.from(new Rebuilder(segment, 0).rowText(0)).toString();
      } catch (error) {
        assert.ok(error instanceof WeirError && error.code === 'store.damaged', String(error));
        return error.message.replace(/^f: row group 0: /, '');
      }
    };
    assert.equal(told('{"a":s,"b":[{"b":l}]}'), 'a shape has a value of b.b as list, of which there is no column');
    assert.equal(told('{"a":i}'), 'a shape has a value of a as integer, of which there is no column');
    assert.equal(told('{"b":[e,e]}'), '{"b":["y","z"]}');
    assert.equal(told('{"b":[e]}'), 'a list has more elements than its event');
    assert.equal(told('{"b":[e,e,e]}'), 'a list has fewer elements than its event');
    assert.equal(told('{"b":[l,e]}'), 'a list has more elements than its event');
    assert.equal(told('{'), '"{" is no shape');
    assert.equal(told(RAW_SHAPE), 'rows 0 to 0 should have a value in column weir.raw');
    const times = limits.lineBytesMax >> 19;
    assert.equal(told(`{"a":[${'s,'.repeat(times)}s]}`), `an event takes more than ${2 * limits.lineBytesMax} bytes`);
  });
});
