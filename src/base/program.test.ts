import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { forkProgram, programBeside } from './program.ts';

test('a module beside another has its ending, in whatever folder', () => {
  assert.equal(programBeside('file:///a/b/index.ts', 'worker').href, 'file:///a/b/worker.ts');
  assert.equal(programBeside('file:///a/b/index.js', '../c/worker').href, 'file:///a/c/worker.js');
});

test('a process gets the variables it is to have and no others, and is heard of to its last word', async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-program-'));
  const file = path.join(folder, 'program.mjs');
  fs.writeFileSync(
    file,
    `process.on('message', (message) => {
      process.send({ message, home: process.env.HOME, given: process.env.WEIR_TEST, zone: process.env.TZ }, () => {
        process.stderr.write('x'.repeat(5000) + ' the end\\n', () => process.exit(3));
      });
    });`,
  );
  process.env['WEIR_TEST'] = 'given';
  const { child, send, lastWords } = forkProgram(pathToFileURL(file), { heapMb: 64, variables: ['WEIR_TEST'] });
  send({ big: 1n });
  const [told] = await once(child, 'message');
  assert.deepEqual(told, { message: { big: 1n }, home: undefined, given: 'given', zone: 'UTC' });
  const [code] = await once(child, 'close');
  assert.equal(code, 3);
  assert.ok(lastWords().endsWith('x the end') && lastWords().length < 2048);
  send({ nobody: 'hears it' });
  fs.rmSync(folder, { recursive: true });
});
