import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WeirError } from './index.ts';
import { cutText, plainFields } from './log-fields.ts';

test('fields become plain data, whatever they were', () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const plain = plainFields({
    bigint: 12n,
    when: new Date(0),
    never: new Date(Number.NaN),
    bytes: new Uint8Array(3),
    map: new Map([[1, 'a']]),
    call: () => 1,
    nothing: undefined,
    list: Array.from({ length: 60 }, (_, i) => i),
    loop,
  });
  const { list, loop: looped, ...rest } = JSON.parse(JSON.stringify(plain)) as Record<string, unknown[]>;
  assert.deepEqual(rest, {
    bigint: '12',
    when: '1970-01-01T00:00:00.000Z',
    never: 'Invalid Date',
    bytes: '[3 bytes]',
    map: { 1: 'a' },
    call: '[function]',
    nothing: '[undefined]',
  });
  assert.deepEqual([list.length, list[50]], [51, '… (10 more)']);
  assert.match(JSON.stringify(looped), /"\[deeper\]"/);
});

test('an error keeps its code, hint, stack and causes', () => {
  const error = new WeirError('a.b', 'broken', { hint: 'Mend it.', cause: new Error('inner') });
  const { error: plain } = plainFields({ error }) as { error: Record<string, unknown> };
  assert.deepEqual(
    [plain['type'], plain['code'], plain['message'], plain['hint']],
    ['WeirError', 'a.b', 'broken', 'Mend it.'],
  );
  assert.match(String(plain['stack']), /^WeirError: broken\n {4}at /);
  assert.equal((plain['cause'] as Error).message, 'inner');
});

test('what weir itself writes in each line cannot be written over', () => {
  const plain = plainFields({ level: 'x', time: 1, room: 'y', message: 'z', ['__proto__']: { a: 1 }, ok: 1 });
  assert.deepEqual(Object.keys(plain).sort(), ['__proto___', 'level_', 'message_', 'ok', 'room_', 'time_']);
});

test('fields that throw when they are looked at are told, not thrown', () => {
  const angry = Object.defineProperty({}, 'x', {
    enumerable: true,
    get: () => {
      throw new Error('no');
    },
  });
  assert.deepEqual({ ...plainFields({ angry }) }, { fields_unreadable: 'no' });
});

test('texts are cut with what is missing', () => {
  assert.equal(cutText('x'.repeat(5000)), `${'x'.repeat(4096)}… (904 more characters)`);
});

test('anything can be sent to another thread and written as JSON', () => {
  fc.assert(
    fc.property(
      fc.object({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withNullPrototype: true,
      }),
      (fields) => {
        const plain = plainFields(fields);
        structuredClone(plain);
        JSON.stringify(plain);
      },
    ),
  );
});
