import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
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
  const refused = (folder: string, message: RegExp): void =>
    assert.throws(() => demandDataFolder(folder), { code: 'cli.no_data', message });
  refused('/nowhere/at/all', /^\/nowhere\/at\/all is no data folder of weir: there is no such folder$/);
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-places-'));
  // As other logs have it.
  fs.mkdirSync(path.join(folder, 'journal', '0a1b'), { recursive: true });
  refused(folder, /it has no journal of weir$/);
  fs.writeFileSync(path.join(folder, 'credentials.json'), '{}');
  refused(folder, /nothing was ever taken there$/);
  fs.writeFileSync(path.join(folder, 'journal', 'HEAD'), '');
  demandDataFolder(folder);
});
