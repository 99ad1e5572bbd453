import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { limits, overrideLimits } from '../base/index.ts';
import { openMeta } from './index.ts';

const query = (name: string, text = 'events | count') => ({
  name,
  query: text,
  since: '24h',
  about: '',
  changedBy: 'key:1',
});

test('queries are kept under their names, of each tenant for itself, past a restart', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-queries-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const meta = openMeta(folder, () => 5000);
  for (const id of ['a', 'b']) meta.tenants.create({ id, name: id });
  meta.queries.put('a', query('one'));
  meta.queries.put('a', query('two'));
  meta.queries.put('b', query('one', 'hits'));
  assert.equal(meta.queries.put('a', query('one', 'events | take 1')).query, 'events | take 1');
  meta.close();
  const again = openMeta(folder);
  t.after(() => again.close());
  const all = { limit: 10, after: null };
  assert.deepEqual(again.queries.list('a', all), {
    items: [
      { ...query('one', 'events | take 1'), changedMs: 5000 },
      { ...query('two'), changedMs: 5000 },
    ],
    next: null,
  });
  assert.deepEqual(again.queries.list('a', { limit: 1, after: null }).next, 'one');
  assert.deepEqual(
    again.queries.list('a', { limit: 1, after: 'one' }).items.map(({ name }) => name),
    ['two'],
  );
  assert.equal(again.queries.get('b', 'two'), null);
  assert.throws(() => again.queries.remove('b', 'two'), { code: 'meta.query_unknown' });
  again.queries.remove('a', 'two');
  assert.equal(again.queries.get('a', 'two'), null);
  for (const name of ['', '../x', 'a b', 'é', 'x'.repeat(65), '-x']) {
    assert.throws(() => again.queries.put('a', query(name)), { code: 'meta.query_name' }, name);
  }
});

test('a tenant has so many and no more, and may still change those it has', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-queries-'));
  using meta = openMeta(folder);
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const { savedQueriesMax } = limits;
  t.after(() => overrideLimits({ savedQueriesMax }));
  overrideLimits({ savedQueriesMax: 2 });
  meta.tenants.create({ id: 'a', name: 'a' });
  for (const name of ['one', 'two', 'one']) meta.queries.put('a', query(name));
  assert.throws(() => meta.queries.put('a', query('three')), { code: 'meta.full' });
});
