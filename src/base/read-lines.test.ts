import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readLines } from './read-lines.ts';

test('lines come whole wherever a read ends, and a line without its end is left out', () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'weir-lines-')), 'lines');
  const long = 'é'.repeat(700_000);
  for (const lines of [[], [''], ['a', '', long, 'b'], [long, long]]) {
    fs.writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    assert.deepEqual([...readLines(file)], lines);
    fs.appendFileSync(file, 'cut short');
    assert.deepEqual([...readLines(file)], lines);
  }
  fs.rmSync(path.dirname(file), { recursive: true });
});
