import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type DiskCalls, type Files, filesOn, realFiles, removePath, simulatedDisk, writeDurably } from './index.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-files-'));
after(() => removePath(folder));

const both: readonly (readonly [name: string, files: Files])[] = [
  ['the real disk', realFiles],
  ['the simulated disk', simulatedDisk().files],
];

for (const [name, files] of both) {
  test(`${name}: writes at positions, truncates, lists, renames and removes`, () => {
    const below = path.join(folder, 'below', name.replaceAll(' ', '-'));
    const one = path.join(below, 'one');
    files.makeDirectory(below);
    files.makeDirectory(below);
    {
      using file = files.open(one);
      file.write([Buffer.from('abc'), new Uint8Array(0), Buffer.from('def')], 2);
      file.write([Buffer.from('XY')], 0);
      assert.equal(file.size(), 8);
      file.truncate(6);
      file.sync();
    }
    // Opening once more empties nothing.
    files.open(one).close();
    files.syncDirectory(below);
    using reader = files.openRead(one);
    const into = new Uint8Array(10);
    assert.deepEqual(
      [reader.size, reader.readAt(into, 1), Buffer.from(into.subarray(0, 5)).toString()],
      [6, 5, 'Yabcd'],
    );
    assert.equal(reader.readAt(into, 6), 0);
    assert.deepEqual([files.size(one), files.size(path.join(below, 'none'))], [6, null]);
    files.rename(one, path.join(below, 'two'));
    writeDurably(files, path.join(below, 'three'), Buffer.from('old'));
    writeDurably(files, path.join(below, 'three'), Buffer.from('new one'), { private: true });
    assert.deepEqual(files.list(below), ['three', 'two']);
    assert.equal(files.size(path.join(below, 'three')), 7);
    files.remove(path.join(below, 'two'));
    assert.deepEqual(files.list(below), ['three']);
    assert.deepEqual(files.list(path.join(below, 'nowhere')), []);
    assert.ok(files.freeBytes(below) > 0);
  });

  test(`${name}: what cannot be done is said with path and reason`, () => {
    const none = path.join(folder, 'none', 'file');
    assert.throws(() => files.openRead(none), {
      code: 'disk.read',
      message: `cannot read ${none}: no such file or directory`,
    });
    assert.throws(() => files.remove(none), {
      code: 'disk.write',
      message: `cannot write ${none}: no such file or directory`,
    });
    assert.throws(() => files.syncDirectory(path.join(folder, 'none')), { code: 'disk.read' });
  });
}

test('a private file is its owner’s alone', () => {
  const name = path.join(folder, 'secret');
  writeDurably(realFiles, name, Buffer.from('x'), { private: true });
  assert.equal(fs.statSync(name).mode & 0o777, 0o600);
});

test('short writes are gone on with, and no call takes more buffers than the system allows', () => {
  const written: [number, string][] = [];
  let most = 0;
  const calls: Partial<DiskCalls> = {
    open: () => 3,
    write: (_, buffers, position) => {
      most = Math.max(most, buffers.length);
      const all = Buffer.concat(buffers);
      const part = all.subarray(0, Math.min(all.length, 7));
      written.push([position, part.toString()]);
      return part.length;
    },
  };
  const file = filesOn(calls as DiskCalls).open('x');
  file.write(
    ['abc', 'defgh', '', 'ijklmn', 'op'].map((text) => Buffer.from(text)),
    100,
  );
  assert.deepEqual(written, [
    [100, 'abcdefg'],
    [107, 'hijklmn'],
    [114, 'op'],
  ]);
  written.length = 0;
  file.write(
    Array.from({ length: 3000 }, (_, n) => Buffer.from(String(n % 10))),
    0,
  );
  assert.equal(written.map(([, text]) => text).join(''), '0123456789'.repeat(300));
  assert.equal(most, 1024);
});

test('no space and no quota are a full disk where something is written, and a failed sync where it is synced', () => {
  const failing = (code: string): Files => {
    const fail = (): never => {
      throw Object.assign(new Error(code), { code });
    };
    return filesOn({ ...({} as DiskCalls), open: () => 3, close: () => {}, write: fail, sync: fail, size: fail });
  };
  for (const code of ['ENOSPC', 'EDQUOT']) {
    assert.throws(
      () =>
        failing(code)
          .open('x')
          .write([Buffer.from('a')], 0),
      { code: 'disk.full', hint: /Free space/ },
    );
    assert.throws(() => failing(code).open('x').sync(), { code: 'disk.sync', hint: /did not keep/ });
  }
  assert.throws(
    () =>
      failing('EIO')
        .open('x')
        .write([Buffer.from('a')], 0),
    { code: 'disk.write' },
  );
  assert.throws(() => failing('EIO').openRead('x'), { code: 'disk.read' });
});
