import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, simulatedDisk } from '../base/index.ts';
import { EMPTY_HEAD, HeadFile, headPath, readHead } from './head.ts';

const FOLDER = '/j';
const at = (next: number): typeof EMPTY_HEAD => ({ ...EMPTY_HEAD, next });

function created(): ReturnType<typeof simulatedDisk> {
  const disk = simulatedDisk();
  disk.files.makeDirectory(FOLDER);
  HeadFile.create(disk.files, FOLDER, EMPTY_HEAD);
  return disk;
}

test('what was written last is read, from either slot', () => {
  const { files } = created();
  const file = HeadFile.open(files, FOLDER, readHead(files, FOLDER));
  for (let next = 1; next < 5; next++) {
    const head = {
      first: 0,
      next,
      segment: 0,
      byte: 2 ** 40 + next,
      hash: new Uint8Array(32).fill(next),
      anchor: new Uint8Array(32).fill(9),
      released: next > 2,
    };
    file.write(head);
    const { generation, ...found } = readHead(files, FOLDER);
    assert.deepEqual(found, head);
    assert.equal(generation, next + 1);
  }
});

test('whatever write of HEAD the power goes in, also after a start that read what was not yet durable, one slot is whole', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed);
    const disk = created();
    const file = HeadFile.open(disk.files, FOLDER, readHead(disk.files, FOLDER));
    file.write(at(1));
    // Written, its sync failed, and the process was started again: the slot is seen, and not on the disk.
    disk.failCall(2, 'EIO');
    assert.throws(() => file.write(at(2)), { code: 'disk.sync' });
    const seen = readHead(disk.files, FOLDER);
    assert.equal(seen.next, 2);
    disk.failCall(2 + random.integer(4), 'EIO');
    try {
      HeadFile.open(disk.files, FOLDER, seen).write(at(3));
    } catch {
      // The power goes here.
    }
    const { next } = readHead(disk.crash(random).files, FOLDER);
    assert.ok(next >= 1 && next <= 3, `seed ${seed}`);
  }
});

test('slots whose numbers contradict each other, and those of another version, are none', () => {
  const disk = created();
  HeadFile.create(disk.files, FOLDER, { ...EMPTY_HEAD, first: 5, next: 4 });
  assert.throws(() => readHead(disk.files, FOLDER), { code: 'journal.corrupt', message: /contradict/ });
  HeadFile.create(disk.files, FOLDER, { ...EMPTY_HEAD, segment: 1 });
  assert.throws(() => readHead(disk.files, FOLDER), { code: 'journal.corrupt', message: /contradict/ });
  disk.damage(headPath(FOLDER), new Uint8Array(50));
  assert.throws(() => readHead(disk.files, FOLDER), { code: 'journal.corrupt', message: /neither/ });
});
