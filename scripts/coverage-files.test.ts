import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { CoverageFiles } from './coverage-files.ts';

test('coverage of a killed process is removed and counted, once it is no longer in writing', (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-coverage-files-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  fs.writeFileSync(path.join(folder, 'whole.json'), '{"result":[]}');
  fs.writeFileSync(path.join(folder, 'cut.json'), '{"result":[{"scr');
  const files = new CoverageFiles(folder);

  files.sweep();
  assert.deepEqual([files.removed, fs.readdirSync(folder).sort()], [0, ['cut.json', 'whole.json']]);
  files.sweep(Date.now() + 5000);
  assert.deepEqual([files.removed, fs.readdirSync(folder)], [1, ['whole.json']]);
});
