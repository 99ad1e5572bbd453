import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from './index.ts';

test('a WeirError keeps code, hint and cause', () => {
  const cause = new Error('below');
  const error = new WeirError('room.what', 'message', { hint: 'Do this.', cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.hint, error.cause],
    ['WeirError', 'room.what', 'message', 'Do this.', cause],
  );
  assert.equal(new WeirError('room.what', 'message').hint, undefined);
});
