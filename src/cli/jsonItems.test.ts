import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonItems } from './jsonItems.ts';

test('elements come as they stand, whatever is in their texts', () => {
  const items = [
    '{"a":12345678901234567890,"b":"\\u0041]},[{\\"\\\\"}',
    '{"a":[1,{"b":[]}],"a":2}',
    '"],\\\\\\""',
    '7',
    '{}',
  ];
  assert.deepEqual(jsonItems(`{"items":[${items.join(',')}],"next":"x"}`, 'items'), items);
  assert.deepEqual(jsonItems('{"items":[],"next":null}', 'items'), []);
  assert.deepEqual(jsonItems('{"other":[1]}', 'items'), []);
});
