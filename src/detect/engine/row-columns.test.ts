import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BatchValue, encodeBatch, loadKernelModule, openBatch } from '../../batch/index.ts';
import type { BatchView } from '../../schema/index.ts';
import { Engine } from './engine.ts';
import { compileImage } from './image.ts';
import { RowColumns } from './row-columns.ts';

const engine = new Engine(loadKernelModule(), compileImage([], []), { inputBytes: 1 << 16 });
const columns = new RowColumns(engine);

function scan(lines: readonly string[]): void {
  engine.kernel.load(Buffer.from(`${lines.join('\n')}\n`));
  engine.kernel.scan();
  engine.evaluate(() => {});
}

/** Every value of every column with its row, in any order of columns' kinds. */
function valuesOf(view: BatchView): unknown {
  return view.paths.map((path) => {
    const values = view
      .column(path)
      .flatMap(({ rows, codes, dictionary }) =>
        Array.from(rows, (row, i) => `${row} ${shown(dictionary[codes[i]] as BatchValue)}`),
      );
    return [path, values.sort()];
  });
}

const shown = (value: BatchValue): string =>
  JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? `${inner}n` : inner));

const value = fc.oneof(
  fc.constantFrom('a', 'b', '', 1, -7, 0.5, true, null),
  fc.array(fc.constantFrom('a', 2, null), { maxLength: 3 }),
  fc.array(fc.record({ x: fc.constantFrom(1, 2) }, { requiredKeys: [] }), { maxLength: 3 }),
  fc.record({ 'd.e': fc.constantFrom('a', 3), f: fc.constantFrom(null, 'z') }, { requiredKeys: [] }),
);
const member = fc
  .tuple(fc.constantFrom('k', 'l', 'm.n'), value)
  .map(([key, of]) => `${JSON.stringify(key)}:${JSON.stringify(of)}`);
/** With keys that stand in it twice. */
const text = fc.array(member, { maxLength: 5 }).map((members) => `{${members.join(',')}}`);

test('columns are those of the frame that the batch becomes', () => {
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 12 }), (lines) => {
      scan(lines);
      const [all] = columns.bySource();
      const [frame] = encodeBatch(engine.kernel, { tenant: 't', source: 's', mapping: '' });
      const expected = openBatch(frame);
      assert.equal(all.view.rows, lines.length);
      const sorted = (view: BatchView) => (valuesOf(view) as [string, unknown][]).sort(([a], [b]) => (a < b ? -1 : 1));
      assert.deepEqual(sorted(all.view), sorted(expected));
      for (const path of all.view.paths) {
        const distinct = all.view.distinct?.(path) ?? [];
        const seen = all.view.column(path).flatMap(({ dictionary }) => dictionary);
        assert.deepEqual(
          new Set(distinct.map((each) => shown(each as BatchValue))),
          new Set(seen.map((each) => shown(each as BatchValue))),
        );
      }
    }),
  );
});

test('rows stand apart by source type, under their numbers in the batch', () => {
  const windows = (id: number) => JSON.stringify({ Channel: 'Security', EventID: id, Hostname: 'h' });
  scan(['{"a":1}', windows(1), '{"b":2}', windows(2)]);
  assert.deepEqual(
    columns.bySource().map(({ source, rows, view }) => [source?.id ?? null, rows, view.rows]),
    [
      [null, [0, 2], 2],
      ['windows.nxlog', [1, 3], 2],
    ],
  );
});

test('a batch begins anew: numbers of the one before mean nothing', () => {
  scan(['{"a":"x"}', '{"a":"y"}']);
  columns.bySource()[0].view.column('a');
  scan(['{"a":"z"}']);
  const [{ dictionary, codes, rows }] = columns.bySource()[0].view.column('a');
  assert.deepEqual([dictionary, codes, rows], [[{ kind: 'string', value: 'z' }], [0], [0]]);
});
