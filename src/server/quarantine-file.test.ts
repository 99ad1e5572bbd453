import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { openLog } from '../base/index.ts';
import { newFolder } from './kit.twin.ts';
import { Quarantine } from './quarantine.ts';

test('what is in quarantine is so for the next process; a damaged file is told of and tries all rules again', async () => {
  const folder = newFolder();
  const told: string[] = [];
  const log = (await openLog({ format: 'json', level: 'info', write: (line) => told.push(line) })).room('rules');
  const first = new Quarantine(folder, log);
  first.add([
    { id: 'a', version: '1', reason: 'slow' },
    { id: 'b', version: '1', reason: 'slow' },
  ]);
  first.remove(['b', 'never']);
  const second = new Quarantine(folder, log);
  assert.deepEqual(
    second.rules.map(({ id, version, reason }) => [id, version, reason]),
    [['a', '1', 'slow']],
  );
  assert.ok((second.get('a')?.since ?? 0) > 0);
  assert.equal(second.get('b'), null);
  assert.deepEqual(told, []);
  fs.writeFileSync(path.join(folder, 'quarantine.json'), '{"rules":[{"id":1}]}');
  assert.deepEqual(new Quarantine(folder, log).rules, []);
  assert.equal(told.length, 1);
  assert.match(told[0], /cannot be read/);
  fs.rmSync(folder, { recursive: true });
  // No folder to write to: it holds all the same, and that it will not last is said.
  second.add([{ id: 'c', version: '1', reason: 'slow' }]);
  assert.equal(second.rules.length, 2);
  assert.match(told[1], /over a restart/);
});
