import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SnapshotReader, SnapshotWriter } from './codec.ts';
import { LiveEvents } from './events.ts';

const AT = { time: 1.5, source: 's', position: 7, row: 2 };

test('values come back as they went in, however they look', () => {
  const value = fc.oneof(fc.constantFrom('', ';', ':', '1;1:a', '2:'), fc.string({ unit: 'grapheme' }));
  fc.assert(
    fc.property(fc.array(fc.array(value, { maxLength: 3 }), { minLength: 1, maxLength: 4 }), (values) => {
      const events = new LiveEvents();
      const fields = values.map((_, i) => `field ${i}`);
      const ref = events.add(events.layout('r', fields, false), AT, 'event', values);
      assert.deepEqual(
        fields.map((field) => events.values(ref, field)),
        values,
      );
      assert.deepEqual(events.values(ref, 'another'), []);
    }),
  );
});

test('events are in order of time, source, position and row', () => {
  const events = new LiveEvents();
  const layout = events.layout('r', [], false);
  const refs = [
    { ...AT, time: 1, source: 'z', position: 9 },
    { ...AT, source: 'a', position: 9 },
    { ...AT, row: 3 },
    { ...AT, position: 10, row: 0 },
    { ...AT, source: 't', position: 1 },
  ].map((at) => events.add(layout, at, 'event', []));
  assert.deepEqual(
    refs.toReversed().sort((a, b) => events.compare(a, b)),
    refs,
  );
  assert.equal(events.compare(refs[2], events.add(layout, { ...AT, row: 3 }, 'skewed', [])), 0);
});

test('an event is forgotten with its last use, and costs nothing then', () => {
  const events = new LiveEvents();
  const ref = events.add(events.layout('r', ['f'], true), AT, 'event', [['v']], { list: ['1/2'], count: 5, key: 'k' });
  assert.deepEqual([events.isFiring(ref), events.members(ref)], [true, { list: ['1/2'], count: 5, key: 'k' }]);
  events.retain(ref);
  events.release(ref);
  assert.equal(events.count, 1);
  events.release(ref);
  assert.deepEqual([events.count, events.bytes], [0, 0]);
});

test('what is saved is loaded under numbers from 0, texts once', () => {
  const events = new LiveEvents();
  const layout = events.layout('r', ['f'], false);
  const gone = events.add(layout, AT, 'event', [['x']]);
  const first = events.add(layout, AT, 'receive', [['v'.repeat(1000)]]);
  const second = events.add(layout, { ...AT, row: 3 }, 'skewed', [['v'.repeat(1000)]]);
  events.release(gone);
  const out = new SnapshotWriter();
  const numbers = events.save(out);
  assert.deepEqual([numbers[first], numbers[second]], [0, 1]);
  const saved = out.finish();
  assert.ok(saved.length < 1300);
  const loaded = new LiveEvents();
  assert.equal(loaded.load(new SnapshotReader(saved)), 2);
  assert.deepEqual([loaded.at(0), loaded.at(1)], [events.at(first), events.at(second)]);
  assert.deepEqual([loaded.values(1, 'f'), loaded.bytes], [['v'.repeat(1000)], events.bytes]);
});
