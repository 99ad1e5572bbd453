import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from './history.ts';
import { folderWith, numbered } from './history.twin.ts';
import { HistoryViews } from './history-views.ts';

test('segments of a view are narrowed by their paths, and one that was merged meanwhile is not ruled out', () => {
  const sent = Array.from({ length: 6 }, (_, i) => {
    return { tenant: 'default', source: 'a', at: Date.UTC(2026, 0, 5), events: numbered(i * 10, 10) };
  });
  const history = new History(folderWith('narrowed', sent));
  for (let to = 4; to <= 12; to += 4) history.flush(to);
  const views = new HistoryViews(history);
  const view = views.view({ tenant: 'default' }, 12);
  const files = view.segments.map(({ file }) => file);
  assert.equal(files.length, 3);
  const needs = [{ paths: ['n'], from: 25n, to: 35n }];
  const { files: left, pruned } = views.narrow(files, needs);
  assert.deepEqual([...left.keys()], [files[1]]);
  assert.deepEqual(left.get(files[1]), [{ rows: 20, filter: null }]);
  assert.deepEqual(pruned.values, { segments: 2, rows: 40 });
  history.compact(12);
  assert.deepEqual(
    [...views.narrow(files, needs).files],
    files.map((file) => [file, null] as const),
  );
  const [merged] = views.view({ tenant: 'default' }, 12).segments;
  const [[group]] = [...views.narrow([merged.file], needs).files.values()].map((groups) => groups ?? []);
  assert.deepEqual([group.rows, group.filter?.numbers], [60, true]);
  views.release(view.lease);
  history.close();
});
