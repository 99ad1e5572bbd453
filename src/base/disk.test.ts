import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import {
  expandGlob,
  fileInfo,
  listDirectory,
  makeDirectory,
  openRandom,
  openWriter,
  readBytes,
  readChunks,
  readText,
  removePath,
  replaceFile,
  WeirError,
  walkFiles,
} from './index.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-disk-'));
after(() => removePath(folder));
const at = (...parts: string[]): string => path.join(folder, ...parts);

/** What a child process that imports this room prints. */
function runWithStdin(script: string, stdin: string): string {
  const source = `import * as base from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};\n${script}`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    input: stdin,
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(result.status, 0, result.stderr);
  return result.stdout;
}

test('fileInfo tells files, directories and others apart, and null from nothing', () => {
  fs.writeFileSync(at('five'), '12345');
  assert.deepEqual({ ...fileInfo(at('five')), modifiedMs: 0 }, { kind: 'file', size: 5, modifiedMs: 0 });
  assert.deepEqual({ ...fileInfo(folder), modifiedMs: 0 }, { kind: 'directory', size: 0, modifiedMs: 0 });
  assert.equal(fileInfo('/dev/null')?.kind, 'other');
  assert.equal(fileInfo(at('missing')), null);
  assert.equal(fileInfo(at('five', 'below-a-file')), null);
  assert.throws(() => fileInfo(at('x'.repeat(5000))), { code: 'disk.read', message: /the name is too long$/ });
});

test('readBytes refuses a file above its limit and names both sizes', () => {
  fs.writeFileSync(at('ten'), '0123456789');
  assert.equal(readBytes(at('ten'), 10).toString(), '0123456789');
  assert.throws(() => readBytes(at('ten'), 9), {
    code: 'disk.read',
    message: `cannot read ${at('ten')}: 10 bytes, more than the 9 allowed here`,
  });
});

test('an error says what could not be done with which path and why, and keeps its cause', () => {
  assert.throws(
    () => readText(at('missing')),
    (error) =>
      error instanceof WeirError &&
      error.message === `cannot read ${at('missing')}: no such file or directory` &&
      error.cause instanceof Error,
  );
  assert.throws(() => readBytes(folder), { code: 'disk.read', message: /it is a directory$/ });
  assert.throws(() => listDirectory(at('missing')), { code: 'disk.list' });
  assert.throws(() => openRandom(at('missing')), { code: 'disk.read' });
  assert.throws(() => openWriter(at('missing', 'file')), { code: 'disk.write' });
  assert.throws(() => replaceFile(at('missing', 'file'), 'x'), { code: 'disk.write' });
  fs.writeFileSync(at('plain'), '');
  assert.throws(() => makeDirectory(at('plain', 'below')), {
    code: 'disk.write',
    message: /a part of the path is not a directory$/,
  });
});

test('readText drops a byte order mark and nothing else', () => {
  fs.writeFileSync(at('bom'), '\ufeffa\ufeffb');
  assert.equal(readText(at('bom')), 'a\ufeffb');
});

test('a random reader fills from a position and comes short only at the end', () => {
  fs.writeFileSync(at('alphabet'), 'abcdefghij');
  using reader = openRandom(at('alphabet'));
  assert.equal(reader.size, 10);
  const into = Buffer.alloc(4);
  assert.equal(reader.readAt(into, 3), 4);
  assert.equal(into.toString(), 'defg');
  assert.equal(reader.readAt(into, 8), 2);
  assert.equal(into.subarray(0, 2).toString(), 'ij');
  assert.equal(reader.readAt(into, 10), 0);
  reader.close();
  reader.close();
  assert.throws(() => reader.readAt(into, 0), { code: 'disk.read' });
});

test('readChunks gives a file in order, in buffers of the size asked for, that stay as they are', async () => {
  const content = Buffer.from(Array.from({ length: 1000 }, (_, index) => index % 251));
  fs.writeFileSync(at('chunks'), content);
  const chunks: Buffer[] = [];
  for await (const chunk of readChunks(at('chunks'), 300)) chunks.push(chunk);
  assert.deepEqual(
    chunks.map((chunk) => chunk.length),
    [300, 300, 300, 100],
  );
  assert.deepEqual(Buffer.concat(chunks), content);
});

test('readChunks fails with a named error on a missing file and on a directory', async () => {
  await assert.rejects(readChunks(at('missing')).next(), { code: 'disk.read' });
  await assert.rejects(readChunks(folder).next(), { code: 'disk.read', message: /it is a directory$/ });
});

test('readChunks reads a pipe', () => {
  // `spawn` gives sockets, which cannot be opened by name: let a shell make the pipe.
  const reader = new URL('./index.ts', import.meta.url).href;
  fs.writeFileSync(
    at('reader.mjs'),
    `import { readChunks } from '${reader}';
     for await (const chunk of readChunks('/dev/stdin')) process.stdout.write(chunk);`,
  );
  const result = spawnSync('sh', ['-c', 'printf "through a pipe" | "$0" "$1"', process.execPath, at('reader.mjs')]);
  assert.equal(result.stdout.toString(), 'through a pipe', result.stderr.toString());
});

test('a pipe is read to its end however slowly it is written, and to no end once streams are ended', {
  skip: process.platform === 'win32' ? 'Windows has no pipes with names' : false,
}, () => {
  assert.equal(spawnSync('mkfifo', [at('slow'), at('silent')]).status, 0);
  const script = `import { spawn } from 'node:child_process';
    spawn('sh', ['-c', 'sleep 0.3; exec > "$0"; printf one; sleep 0.3; printf two', ${JSON.stringify(at('slow'))}]);
    let text = '';
    for await (const chunk of base.readChunks(${JSON.stringify(at('slow'))})) text += chunk;
    const silent = base.readChunks(${JSON.stringify(at('silent'))}).next();
    setTimeout(base.endStreams, 100);
    const { done } = await silent;
    // What is opened after that does not wait either.
    const later = await base.readChunks(${JSON.stringify(at('silent'))}).next();
    console.log(text, done, later.done);
    process.exit();`;
  assert.equal(runWithStdin(script, ''), 'onetwo true true\n');
});

test('standard input is read to its end, and standard output written', () => {
  const script = `const out = base.openWriter('-');
    for await (const chunk of base.readStandardInput()) { out.write(chunk); out.write('|'); }
    out.close();`;
  assert.equal(runWithStdin(script, 'in').replaceAll('|', ''), 'in');
});

test('listDirectory sorts by code unit and names kinds', () => {
  makeDirectory(at('list', 'b', 'deep'));
  fs.writeFileSync(at('list', 'a'), '');
  fs.writeFileSync(at('list', 'Z'), '');
  fs.symlinkSync('a', at('list', 'link'));
  assert.deepEqual(listDirectory(at('list')), [
    { name: 'Z', kind: 'file' },
    { name: 'a', kind: 'file' },
    { name: 'b', kind: 'directory' },
    { name: 'link', kind: 'link' },
  ]);
});

test('walkFiles follows links, walks no directory twice, and reports what it cannot read', () => {
  makeDirectory(at('walk', 'sub'));
  fs.writeFileSync(at('walk', 'sub', 'one'), '');
  fs.writeFileSync(at('walk', 'two'), '');
  fs.symlinkSync('two', at('walk', 'to-file'));
  fs.symlinkSync('.', at('walk', 'to-itself'));
  makeDirectory(at('elsewhere'));
  fs.writeFileSync(at('elsewhere', 'three'), '');
  fs.symlinkSync('../../walk', at('walk', 'sub', 'up'));
  fs.symlinkSync('../elsewhere', at('walk', 'out'));
  fs.symlinkSync('../elsewhere', at('walk', 'out-again'));
  fs.symlinkSync('nowhere', at('walk', 'broken'));
  fs.symlinkSync('loop', at('walk', 'loop'));
  const errors: string[] = [];
  const found = [...walkFiles(at('walk'), (error) => errors.push(error.message))];
  assert.deepEqual(found, [
    at('walk', 'out', 'three'),
    at('walk', 'sub', 'one'),
    at('walk', 'to-file'),
    at('walk', 'two'),
  ]);
  assert.deepEqual(errors, [
    `cannot read ${at('walk', 'broken')}: the link leads nowhere`,
    `cannot read ${at('walk', 'loop')}: too many symbolic links`,
  ]);
  const missing: string[] = [];
  assert.deepEqual([...walkFiles(at('nothing'), (_, name) => missing.push(name))], []);
  assert.deepEqual(missing, [at('nothing')]);
});

test('expandGlob gives sorted matches', () => {
  makeDirectory(at('glob', 'deep'));
  for (const name of ['b.json', 'a.json', 'c.txt', 'deep/d.json']) fs.writeFileSync(at('glob', name), '');
  assert.deepEqual(expandGlob(at('glob', '**', '*.json')), [
    at('glob', 'a.json'),
    at('glob', 'b.json'),
    at('glob', 'deep', 'd.json'),
  ]);
  assert.deepEqual(expandGlob(at('glob', '*.none')), []);
});

test('a writer gathers, keeps order and does not hold on to the caller’s buffer', () => {
  const writer = openWriter(at('out'));
  const reused = Buffer.from('x');
  for (const letter of 'abc') {
    reused.write(letter);
    writer.write(reused);
  }
  assert.equal(fs.readFileSync(at('out'), 'utf8'), '');
  writer.write('d'.repeat(70_000));
  assert.equal(fs.readFileSync(at('out'), 'utf8').length, 70_003);
  writer.write('e');
  writer.close();
  writer.close();
  const content = fs.readFileSync(at('out'), 'utf8');
  assert.equal(content, `abc${'d'.repeat(70_000)}e`);
});

test('replaceFile leaves the new content and no draft', () => {
  makeDirectory(at('replace'));
  replaceFile(at('replace', 'file'), 'old');
  replaceFile(at('replace', 'file'), 'new');
  assert.equal(readText(at('replace', 'file')), 'new');
  assert.deepEqual(fs.readdirSync(at('replace')), ['file']);
});

test('removePath removes trees and does not mind their absence', () => {
  makeDirectory(at('remove', 'deep'));
  removePath(at('remove'));
  removePath(at('remove'));
  assert.equal(fileInfo(at('remove')), null);
});
