import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { appendLines, limits } from './index.ts';

const file = (): string => path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'weir-append-')), 'hits.ndjson');

test('lines are added to what is there, and a line cut short by a crash is cut off first', () => {
  const name = file();
  assert.equal(appendLines(name, Buffer.from('a\nb\n')), 0);
  fs.appendFileSync(name, 'torn');
  assert.equal(appendLines(name, Buffer.from('c\n')), 4);
  assert.equal(fs.readFileSync(name, 'utf8'), 'a\nb\nc\n');
  assert.equal(fs.statSync(name).mode & 0o777, 0o600);
});

test('an unfinished line longer than one look back, and one that is all there is, are cut off too', () => {
  const name = file();
  fs.writeFileSync(name, `first\n${'x'.repeat(200_000)}`);
  assert.equal(appendLines(name, Buffer.from('n\n')), 200_000);
  assert.equal(fs.readFileSync(name, 'utf8'), 'first\nn\n');
  fs.writeFileSync(name, 'x'.repeat(100_000));
  assert.equal(appendLines(name, Buffer.from('n\n')), 100_000);
  assert.equal(fs.readFileSync(name, 'utf8'), 'n\n');
});

test('a file without lines is left as it is', () => {
  const name = file();
  fs.writeFileSync(name, '');
  fs.truncateSync(name, limits.hitBodyBytesMax + 100_000);
  assert.equal(appendLines(name, Buffer.from('n\n')), 0);
  assert.equal(fs.statSync(name).size, limits.hitBodyBytesMax + 100_002);
  fs.rmSync(name);
});

test('a file that cannot be written is named, with the reason', () => {
  const name = path.join(file(), 'below', 'x');
  assert.throws(() => appendLines(name, Buffer.from('n\n')), { code: 'disk.write', message: new RegExp(name) });
});
