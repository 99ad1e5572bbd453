import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileInfo } from '../base/index.ts';
import { cacheFolder, demandDataFolder, demoStory, shippedRules, threadsDefault, version } from './places.ts';

test('what comes with weir is where it is looked for', () => {
  assert.equal(fileInfo(shippedRules())?.kind, 'directory');
  assert.equal(fileInfo(demoStory())?.kind, 'directory');
  assert.match(version(), /^\d+\.\d+\.\d+/);
});

test('the cache is the user’s own, unless told otherwise', () => {
  assert.equal(cacheFolder({ WEIR_CACHE: '/c', XDG_CACHE_HOME: '/x' }), '/c');
  assert.equal(cacheFolder({ XDG_CACHE_HOME: '/x' }), '/x/weir');
  assert.match(cacheFolder({}), /\.cache\/weir$/);
});

test('there is at least one thread', () => {
  assert.equal(threadsDefault() >= 1 && threadsDefault() <= 16, true);
});

test('a folder without a journal is no data folder, and is not said to be a damaged one', () => {
  assert.throws(() => demandDataFolder('/nowhere/at/all'), { code: 'cli.no_data' });
});
