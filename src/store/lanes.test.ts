import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import type { Arrival } from './index.ts';
import { commit, LOG, openStore } from './kit.twin.ts';

const arrival = (position: number, columns: readonly string[], change: Partial<Arrival> = {}): Arrival => ({
  tenant: 'acme',
  lane: 'a',
  position,
  received: position * 1000,
  lastReceived: position * 1000,
  events: 2,
  columns,
  more: false,
  ...change,
});

test('what has arrived is counted, and each column has its first place', () => {
  const store = openStore();
  commit(store, 5, [], { arrivals: [arrival(3, ['x', 'y']), arrival(5, ['y', 'z'], { lastReceived: 7000 })] });
  commit(store, 9, [], {
    arrivals: [arrival(8, ['x', 'w']), arrival(9, [], { lane: 'b' }), arrival(9, [], { tenant: 'other' })],
  });
  const [a, b, ...rest] = store.read.lanes.list('acme', LOG);
  assert.deepEqual(rest, []);
  assert.deepEqual(
    { ...a, columns: [...a.columns].sort() },
    {
      lane: 'a',
      events: 6,
      position: 3,
      received: 3000,
      lastReceived: 8000,
      more: false,
      columns: [
        ['w', { position: 8, before: 4 }],
        ['x', { position: 3, before: 0 }],
        ['y', { position: 3, before: 0 }],
        ['z', { position: 5, before: 2 }],
      ],
    },
  );
  assert.deepEqual([b.lane, b.events, b.position, b.columns.size], ['b', 2, 9, 0]);
  assert.deepEqual(store.read.lanes.list('nobody', LOG), []);
  store.close();
});

test('columns beyond the bound are not kept, and that is known', () => {
  const store = openStore();
  const many = Array.from({ length: limits.laneColumnsMax }, (_, i) => `c${i}`);
  commit(store, 1, [], { arrivals: [arrival(1, many)] });
  assert.equal(store.read.lanes.list('acme', LOG)[0].more, false);
  commit(store, 2, [], { arrivals: [arrival(2, ['c0', 'c1'])] });
  assert.equal(store.read.lanes.list('acme', LOG)[0].more, false, 'known ones need no room');
  commit(store, 3, [], { arrivals: [arrival(3, ['one more'])] });
  const [{ more, columns }] = store.read.lanes.list('acme', LOG);
  assert.deepEqual([more, columns.size], [true, limits.laneColumnsMax]);
  commit(store, 4, [], { arrivals: [arrival(4, [], { lane: 'b', more: true })] });
  assert.equal(store.read.lanes.list('acme', LOG)[1].more, true, 'a door may say so itself');
  store.close();
});
