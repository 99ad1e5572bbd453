import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Heap, NONE, Order, Slots } from './columns.ts';

test('a heap gives keys in order, ties as compared, whatever comes in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(20))), (steps) => {
      const heap = new Heap((a, b) => a - b);
      const model: [key: number, slot: number][] = [];
      for (const [slot, key] of steps.entries()) {
        if (key !== null) {
          heap.push(key, slot);
          model.push([key, slot]);
          model.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        } else if (model.length > 0) {
          assert.equal(heap.key, model[0][0]);
          assert.equal(heap.pop(), model.shift()?.[1]);
        }
      }
      assert.equal(heap.size, model.length);
      assert.deepEqual(
        [...heap.entries()].sort((a, b) => a[0] - b[0] || a[1] - b[1]),
        model,
      );
    }),
  );
  assert.equal(new Heap(() => 0).key, Number.POSITIVE_INFINITY);
});

test('an order keeps slots as they came, and loses any one of them at once', () => {
  const order = new Order();
  for (const slot of [3, 0, 7, 5]) order.push(slot);
  order.remove(0);
  order.remove(3);
  order.push(3);
  order.remove(5);
  const slots: number[] = [];
  for (let slot = order.first; slot !== NONE; slot = order.next(slot)) slots.push(slot);
  assert.deepEqual([slots, order.last], [[7, 3], 3]);
});

test('slots given back are given out again before new ones', () => {
  const slots = new Slots();
  assert.deepEqual([slots.take(), slots.take(), slots.take()], [0, 1, 2]);
  slots.give(1);
  assert.deepEqual([slots.used, slots.take(), slots.take(), slots.used, slots.end], [2, 1, 3, 4, 4]);
});
