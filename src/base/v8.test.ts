import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { setUpV8 } from './v8.ts';

// The constructor takes `l` only under the flags; as a literal no tool would parse it.
const linear = ['l'].join('');

test('V8 leaves its backtracking matcher for the linear one, here and in threads that were there before', async () => {
  assert.throws(() => new RegExp('a', linear), SyntaxError);
  const worker = new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.once('message', () => {
       new RegExp('a', 'l');
       parentPort.postMessage(/^(a+)+$/.test('a'.repeat(40) + 'b'));
     });
     parentPort.postMessage('loaded');`,
    { eval: true },
  );
  const answer = (): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve));
  assert.equal(await answer(), 'loaded');
  setUpV8();
  // 2^40 steps without the flags.
  assert.equal(/^(a+)+$/.test(`${'a'.repeat(40)}b`), false);
  assert.equal(new RegExp('^(a+)+$', linear).test(`${'a'.repeat(50)}b`), false);
  const matched = answer();
  worker.postMessage('match');
  assert.equal(await matched, false);
});
