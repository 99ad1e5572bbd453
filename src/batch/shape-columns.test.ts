import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { threadMs } from '../../test/shared.ts';
import { bareKernel, bytesOf, lineArb, valuesOf } from './scan.twin.ts';
import { ColumnPaths, columnsOf, type ShapeColumns } from './shape-columns.ts';

const kernel = bareKernel();
const paths = new ColumnPaths(kernel);
kernel.onShapesReset = () => paths.clear();

function shapesOf(lines: readonly string[]): ShapeColumns[] {
  const found: ShapeColumns[] = [];
  kernel.load(bytesOf(lines.join('\n')));
  while (kernel.scan()) {
    for (let row = 0; row < kernel.get('rowCount'); row++) {
      found.push(columnsOf(kernel, kernel.words[(kernel.get('rows') >> 2) + row * 4], paths));
    }
  }
  return found;
}

const slotsOf = (line: string): string[] =>
  shapesOf([line])[0].slots.map(({ position, path }) => `${position} ${path}`);

test('the values that count are those of a plain reader, of duplicates the last, in order', () => {
  fc.assert(
    fc.property(fc.array(lineArb, { minLength: 1, maxLength: 6 }), (lines) => {
      const found = shapesOf(lines).map(({ slots }) => slots.map(({ path }) => path));
      assert.deepEqual(
        found,
        lines.map((line) => valuesOf(line).map(({ path }) => path)),
      );
    }),
    { numRuns: 1000 },
  );
});

test('positions count every value, also those that do not count', () => {
  assert.deepEqual(slotsOf('{"a":1,"b":2,"a":3}'), ['1 b', '2 a']);
  assert.deepEqual(slotsOf('{"a":{"b":1,"c":2},"x":0,"a":{"c":3}}'), ['2 x', '3 a.c']);
  assert.deepEqual(slotsOf('{"a":{"b":1,"b":2,"b":3}}'), ['2 a.b']);
  assert.deepEqual(slotsOf('{"a":[{"b":1},2,{"b":3,"b":4}],"c":5}'), ['0 a.b', '1 a', '3 a.b', '4 c']);
  assert.deepEqual(slotsOf('{"a.b":1,"a":{"b":2}}'), ['0 a\\.b', '1 a.b']);
});

test('keys spelled differently are the same key', () => {
  assert.deepEqual(slotsOf('{"a":1,"\\u0061":2}'), ['1 a']);
  assert.deepEqual(slotsOf('{"\\u0061":{"x":1},"a":2}'), ['1 a']);
});

test('containers are keys whose value has none of its own, without those of earlier duplicates', () => {
  assert.deepEqual(shapesOf(['{"a":{},"b":[{}],"c":[1],"d":{"e":{}}}'])[0].containers, ['a', 'b', 'd', 'd.e']);
  assert.deepEqual(shapesOf(['{"a":{"b":{}},"a":1}'])[0].containers, []);
  assert.deepEqual(shapesOf(['{"a":{"b":{}},"a":{"b":1}}'])[0].containers, ['a']);
});

test('tens of thousands of duplicates take no more time than as many keys', () => {
  const keys = Array.from({ length: 15_000 }, (_, i) => `"${i}":1`).join(',');
  const started = threadMs();
  const [shape] = shapesOf([`{${keys},${keys},${keys}}`]);
  assert.deepEqual([shape.slots.length, shape.slots[0].position], [15_000, 30_000]);
  assert.ok(threadMs() - started < 2000);
});
