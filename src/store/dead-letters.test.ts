import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { commit, openStore } from './kit.twin.ts';
import type { DeadLetter } from './types.ts';

const letter = (position: number, row: number, change: Partial<DeadLetter> = {}): DeadLetter => ({
  tenant: 'acme',
  source: 'dc1',
  door: 'http',
  position,
  row,
  received: 1_700_000_000_000,
  code: 'json.syntax',
  reason: 'expected a value at byte 7',
  raw: Buffer.from('{"a": '),
  ...change,
});

const ids = (items: readonly { readonly id: string }[]): string[] => items.map(({ id }) => id);

test('a dead letter keeps its reason and its bytes, cut at a bound, and how many there were', () => {
  const store = openStore();
  const long = Buffer.alloc(limits.deadLetterRawBytesMax + 5, 120);
  const result = commit(store, 3, [], { deadLetters: [letter(3, 0), letter(3, 1, { raw: long })] });
  assert.deepEqual([result.deadLetters, result.duplicateDeadLetters], [2, 0]);
  const [first, second] = store.read.deadLetters.list({ tenant: 'acme' }).items;
  assert.deepEqual(
    { ...first, raw: Buffer.from(first.raw).toString() },
    {
      ...letter(3, 0),
      raw: '{"a": ',
      id: 'abc/0/3/0',
      sequence: 1,
      state: 'open',
      changed: null,
      lastTry: null,
      rawBytes: 6,
    },
  );
  assert.deepEqual([second.raw.length, second.rawBytes], [limits.deadLetterRawBytesMax, long.length]);
  assert.equal(store.read.deadLetters.get('acme', 'abc/0/3/1')?.rawBytes, long.length);
  assert.equal(store.read.deadLetters.get('beta', 'abc/0/3/1'), null);
  assert.equal(store.read.deadLetters.get('acme', 'abc/0/3'), null);
  assert.equal(store.read.deadLetters.get('acme', 'abc/0/3/2'), null);
});

test('dead letters page by tenant, state and reason, and are counted by them', () => {
  const store = openStore();
  const many = Array.from({ length: 7 }, (_, row) => letter(1, row, row % 2 === 0 ? {} : { code: 'time.ahead' }));
  commit(store, 1, [], { deadLetters: many });
  commit(store, 2, [], { deadLetters: [letter(2, 0, { tenant: 'beta' })] });
  const { deadLetters } = store.read;
  const first = deadLetters.list({ tenant: 'acme', limit: 4 });
  assert.deepEqual([ids(first.items).length, first.next], [4, 4]);
  const second = deadLetters.list({ tenant: 'acme', limit: 4, after: 4 });
  assert.deepEqual([ids(second.items), second.next], [['abc/0/1/4', 'abc/0/1/5', 'abc/0/1/6'], null]);
  assert.deepEqual(ids(deadLetters.list({ tenant: 'acme', code: 'time.ahead', after: 2 }).items), [
    'abc/0/1/3',
    'abc/0/1/5',
  ]);
  assert.deepEqual(ids(deadLetters.list({ tenant: 'beta' }).items), ['abc/0/2/0']);
  assert.deepEqual(deadLetters.list({ tenant: 'nobody' }), { items: [], next: null });
  assert.deepEqual(deadLetters.counts('acme'), [
    { code: 'json.syntax', state: 'open', letters: 4 },
    { code: 'time.ahead', state: 'open', letters: 3 },
  ]);
});

test('a page of long letters ends before it holds too many bytes', () => {
  const store = openStore();
  const raw = Buffer.alloc(limits.deadLetterRawBytesMax, 120);
  const fit = limits.hitsPageBytesMax / raw.length;
  commit(store, 1, [], { deadLetters: Array.from({ length: fit + 1 }, (_, row) => letter(1, row, { raw })) });
  const page = store.read.deadLetters.list({ tenant: 'acme' });
  assert.deepEqual([page.items.length, page.next], [fit, fit]);
});

test('a state changes once, of the tenant’s own letters, and a replay of the journal does not undo it', () => {
  const store = openStore();
  commit(store, 1, [], { deadLetters: [letter(1, 0), letter(1, 1), letter(1, 2)] });
  assert.equal(store.setDeadLetterState('beta', ['abc/0/1/0'], 'dismissed'), 0);
  assert.equal(store.setDeadLetterState('acme', ['abc/0/1/0', 'abc/0/9/9', 'what'], 'replayed'), 1);
  assert.equal(store.setDeadLetterState('acme', ['abc/0/1/0'], 'replayed'), 0);
  assert.equal(store.setDeadLetterState('acme', ['abc/0/1/1'], 'dismissed'), 1);
  assert.equal(commit(store, 1, [], { deadLetters: [letter(1, 0)] }).duplicateDeadLetters, 1);
  const { deadLetters } = store.read;
  assert.deepEqual(ids(deadLetters.list({ tenant: 'acme' }).items), ['abc/0/1/2']);
  const [replayed] = deadLetters.list({ tenant: 'acme', state: 'replayed' }).items;
  assert.deepEqual([replayed.id, typeof replayed.changed], ['abc/0/1/0', 'number']);
  assert.deepEqual(deadLetters.counts('acme'), [
    { code: 'json.syntax', state: 'dismissed', letters: 1 },
    { code: 'json.syntax', state: 'open', letters: 1 },
    { code: 'json.syntax', state: 'replayed', letters: 1 },
  ]);
});

test('what another try came to stands beside a letter, which stays as it is', () => {
  const store = openStore();
  commit(store, 2, [], { deadLetters: [letter(1, 0), letter(1, 1), letter(2, 0, { tenant: 'beta' })] });
  const why = { code: 'event.not_json', reason: 'expected a key' };
  assert.equal(store.setDeadLetterTried('beta', 'abc/0/1/0', why), false);
  assert.equal(store.setDeadLetterTried('acme', 'what', why), false);
  assert.equal(store.setDeadLetterTried('acme', 'abc/0/1/0', { code: 'event.none', reason: 'none' }), true);
  assert.equal(store.setDeadLetterTried('acme', 'abc/0/1/0', why), true);
  const [first, second] = store.read.deadLetters.list({ tenant: 'acme' }).items;
  assert.deepEqual([first.state, first.reason, first.lastTry?.reason], ['open', letter(1, 0).reason, why.reason]);
  assert.equal(typeof first.lastTry?.at, 'number');
  assert.equal(second.lastTry, null);
  assert.equal(store.read.deadLetters.list({ tenant: 'beta' }).items[0].lastTry, null);
});
