import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FLAGS, givenSettings } from './flags.ts';
import { configSchema } from './schema.ts';
import { at } from './walk.ts';

test('every flag stands for settings that there are', () => {
  for (const { flag, settings } of Object.values(FLAGS)) {
    for (const { path } of settings('1')) assert.ok(at(configSchema, path) !== undefined, `${flag}: ${path.join('.')}`);
  }
});

test('flags come behind variables, so that they win; an empty variable is none', () => {
  assert.deepEqual(
    givenSettings({ data: 'f', rules: ['a', 'b'] }, { WEIR_DATA: 'e', WEIR_LOG_LEVEL: '', WEIR_OTHER: 'x' }),
    [
      { path: ['data'], value: 'e', from: 'WEIR_DATA' },
      { path: ['data'], value: 'f', from: '--data' },
      { path: ['rules', 'paths'], value: ['a', 'b'], from: '--rules' },
    ],
  );
});

test('numbers become numbers, so that a mistake is told as what it is', () => {
  assert.deepEqual(FLAGS.threads.settings('4'), [{ path: ['threads'], value: 4 }]);
  assert.deepEqual(FLAGS.threads.settings('four'), [{ path: ['threads'], value: 'four' }]);
  assert.deepEqual(FLAGS.insecureHttp.settings('true'), [{ path: ['listen', 'insecure_http'], value: true }]);
  assert.deepEqual(FLAGS.insecureHttp.settings('yes'), [{ path: ['listen', 'insecure_http'], value: 'yes' }]);
});
