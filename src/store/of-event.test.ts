/** Hits on one event (hit-reader.ts). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commit, hit, LOG, openStore, rule } from './kit.twin.ts';

test('all hits on one event are found, whatever was committed around them, and no other tenant’s', () => {
  const store = openStore();
  const r2 = { rule: rule('r2') };
  commit(store, 3, [hit(1, 0), hit(1, 1), hit(3, 0), hit(1, 0, r2)]);
  commit(store, 7, [hit(5, 0), hit(7, 4, r2), hit(7, 4), hit(7, 5, { tenant: 'other' })]);
  const found = (tenant: string, position: number, row: number) =>
    store.read.hits.ofEvent(tenant, LOG, position, row).map(({ rule: { id }, eventId }) => [id, eventId]);
  assert.deepEqual(found('acme', 1, 0).sort(), [
    ['r1', `${LOG}/1/0`],
    ['r2', `${LOG}/1/0`],
  ]);
  assert.deepEqual(found('acme', 7, 4).length, 2);
  assert.deepEqual(found('acme', 1, 1), [['r1', `${LOG}/1/1`]]);
  assert.deepEqual(
    [found('acme', 2, 0), found('acme', 7, 5), found('other', 1, 0), found('nobody', 1, 0)],
    [[], [], [], []],
  );
  assert.deepEqual(found('other', 7, 5), [['r1', `${LOG}/7/5`]]);
  assert.deepEqual(store.read.hits.ofEvent('acme', 'other/0', 1, 0), []);
  store.close();
});
