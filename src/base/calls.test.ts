import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Calls } from './calls.ts';

test('each call gets its own answer or refusal, in whatever order they come; a number that nobody waits for is none', async () => {
  const calls = new Calls<string>();
  const posted: number[] = [];
  const made = ['a', 'b', 'c'].map(() => calls.make((call) => posted.push(call)));
  assert.equal(new Set(posted).size, 3);
  calls.answer(posted[2], 'third');
  calls.refuse(posted[0], new Error('no'));
  calls.answer(posted[0], 'too late');
  calls.answer(99, 'of nobody');
  calls.answer(posted[1], 'second');
  assert.deepEqual(await Promise.all(made.slice(1)), ['second', 'third']);
  await assert.rejects(made[0], /^Error: no$/);
});

test('once the thread has ended who waits is told why, and nothing more is sent', async () => {
  const calls = new Calls<string>();
  const failed = (): Error | null => calls.failed;
  const waiting = calls.make(() => {});
  assert.equal(failed(), null);
  calls.fail(new Error('it ended'));
  await assert.rejects(waiting, /it ended/);
  await assert.rejects(
    calls.make(() => assert.fail('sent')),
    /it ended/,
  );
  calls.fail(new Error('it was closed'));
  assert.equal(failed()?.message, 'it was closed');
});
