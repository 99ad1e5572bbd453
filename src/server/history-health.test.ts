import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openLog } from '../base/index.ts';
import { healthRegistry } from '../gateway/index.ts';
import type { HistoryState } from '../pipeline/index.ts';
import { onHistory } from './history-health.ts';

test('what does not go to the object store is said where the health is, until it does', async () => {
  const log = (await openLog({ format: 'json', level: 'error', write: () => {} })).room('server');
  const health = healthRegistry();
  const told = onHistory(health, log);
  const state: HistoryState = {
    ...{ position: 0, segments: 1, rows: 2, bytes: 3, flushed: 0, merged: 0 },
    ...{ signed: null, retention: null, tiered: null, released: null, failed: null },
  };
  const tiered = (...failed: readonly { readonly file: string; readonly why: string }[]): void =>
    told({ ...state, tiered: { moved: 0, bytes: 0, deleted: 0, later: 0, at: 0, failed } });
  told(state);
  assert.equal(health.get('tiers'), null);
  tiered({ file: 'a.parquet', why: 'it is away' }, { file: 'b.parquet', why: 'another' });
  assert.deepEqual(
    [health.get('tiers')?.state, health.get('tiers')?.reason],
    ['degraded', 'a.parquet stays: it is away'],
  );
  assert.equal(health.get('store')?.state, 'ready');
  tiered();
  assert.equal(health.get('tiers')?.state, 'ready');
});
