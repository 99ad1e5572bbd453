import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulatedDisk, seededRandom, simulatedDisk } from './index.ts';

function diskWith(synced: string, folderSynced = true): SimulatedDisk {
  const disk = simulatedDisk();
  disk.files.makeDirectory('/d');
  const file = disk.files.open('/d/f');
  file.write([Buffer.from(synced)], 0);
  file.sync();
  if (folderSynced) disk.files.syncDirectory('/d');
  return disk;
}

/** What many power cuts leave of a file; absent ones as null. */
function left(disk: SimulatedDisk, name = '/d/f'): Set<string | null> {
  const found = new Set<string | null>();
  for (let seed = 0; seed < 400; seed++) {
    const after = disk.crash(seededRandom(seed));
    found.add(after.files.size(name) === null ? null : Buffer.from(after.bytes(name)).toString('latin1'));
  }
  return found;
}

test('what was synced survives every power cut', () => {
  assert.deepEqual(left(diskWith('kept')), new Set(['kept']));
});

test('an unsynced write is kept, lost, or kept in part', () => {
  const disk = diskWith('ab');
  const file = disk.files.open('/d/f');
  file.write([Buffer.from('cdef')], 2);
  assert.deepEqual(left(disk), new Set(['ab', 'abc', 'abcd', 'abcde', 'abcdef', 'ab\0\0\0\0']));
  file.sync();
  assert.deepEqual(left(disk), new Set(['abcdef']));
});

test('sectors of one write reach the disk in any order', () => {
  const disk = diskWith('');
  disk.files.open('/d/f').write([Buffer.from(`${'a'.repeat(512)}${'b'.repeat(512)}`)], 0);
  assert.ok(left(disk).has(`${'\0'.repeat(512)}${'b'.repeat(512)}`));
});

test('after a failed sync the writes are seen and never reach the disk, until they are written again', () => {
  const disk = diskWith('ab');
  const file = disk.files.open('/d/f');
  file.write([Buffer.from('XY')], 0);
  disk.failCall(1, 'EIO');
  assert.throws(() => file.sync(), { code: 'disk.sync' });
  file.sync();
  assert.equal(Buffer.from(disk.bytes('/d/f')).toString(), 'XY');
  assert.deepEqual(left(disk), new Set(['ab']));
  file.write([Buffer.from('XY')], 0);
  file.sync();
  assert.deepEqual(left(disk), new Set(['XY']));
});

test('a name, a rename and a removal are there after a power cut for certain only when their folder was synced', () => {
  assert.deepEqual(left(diskWith('new', false)), new Set([null, 'new']));
  const disk = diskWith('old');
  disk.files.rename('/d/f', '/d/g');
  assert.deepEqual(left(disk), new Set([null, 'old']));
  assert.deepEqual(left(disk, '/d/g'), new Set([null, 'old']));
  disk.files.syncDirectory('/d');
  assert.deepEqual(left(disk, '/d/g'), new Set(['old']));
  disk.files.remove('/d/g');
  assert.deepEqual(left(disk, '/d/g'), new Set([null, 'old']));
});

test('a full disk takes what fits and then refuses; a truncated file gives room again', () => {
  const disk = diskWith('12345');
  disk.capacity = 8;
  const file = disk.files.open('/d/f');
  assert.throws(() => file.write([Buffer.from('abcdef')], 5), { code: 'disk.full' });
  assert.equal(Buffer.from(disk.bytes('/d/f')).toString(), '12345abc');
  assert.equal(disk.files.freeBytes('/d'), 0);
  file.truncate(1);
  file.write([Buffer.from('7654321')], 1);
  assert.equal(disk.files.freeBytes('/d'), 0);
});

test('the n-th call fails, after half of what it was to write, and the others do not', () => {
  const disk = diskWith('');
  const file = disk.files.open('/d/f');
  disk.failCall(2, 'EIO');
  disk.failCall(3, 'ENOENT');
  file.write([Buffer.from('ab')], 0);
  assert.throws(() => file.write([Buffer.from('cdef')], 2), { code: 'disk.write' });
  assert.equal(Buffer.from(disk.bytes('/d/f')).toString(), 'abcd');
  disk.heal();
  assert.equal(file.size(), 4);
});

test('the same seed leaves the same disk', () => {
  const disk = diskWith('ab');
  disk.files.open('/d/f').write([Buffer.from('x'.repeat(3000))], 1);
  for (let seed = 0; seed < 20; seed++) {
    assert.deepEqual(disk.crash(seededRandom(seed)).bytes('/d/f'), disk.crash(seededRandom(seed)).bytes('/d/f'));
  }
});
