/** A copy of a journal up to any position is a journal that ends there, also while it goes on. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { simulatedDisk } from '../base/index.ts';
import { journalUpTo, verifyJournal } from './index.ts';
import { contents, entry, FOLDER, openOn, plainNew } from './kit.twin.ts';

const OPTIONS = { segmentBytes: 700 };
const ENTRIES = 24;

test('up to each position the copy verifies, has all before it and nothing behind, and goes on from there', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  for (let n = 0; n < ENTRIES; n++) journal.appendGroup([[entry(`entry ${n}`)]]);
  const all = contents(journal);
  // HEAD is that of the start: what was written since is behind it, and acknowledged.
  for (let next = 0; next <= ENTRIES; next++) {
    const { files, head } = journalUpTo(FOLDER, next, disk.files);
    const other = simulatedDisk();
    other.files.makeDirectory(FOLDER);
    for (const { name, bytes } of files) {
      using out = other.files.open(path.join(FOLDER, name));
      out.write([disk.bytes(path.join(FOLDER, name)).subarray(0, bytes)], 0);
    }
    using out = other.files.open(path.join(FOLDER, 'HEAD'));
    out.write([head], 0);
    const found = verifyJournal(FOLDER, { files: other.files });
    assert.deepEqual(found.findings, []);
    assert.deepEqual(found.head, []);
    assert.equal(found.next, next);
    const copy = openOn(other, OPTIONS);
    assert.equal(copy.log, journal.log);
    assert.deepEqual(contents(copy), all.slice(0, next));
    assert.equal(copy.recovery.tail.entries, 0);
    copy.appendGroup([[entry('later')]]);
    assert.deepEqual(contents(copy), [...all.slice(0, next), plainNew(entry('later'))]);
    copy.close();
  }
});

test('a position that the journal has not come to is refused', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  journal.appendGroup([[entry('one')]]);
  assert.throws(() => journalUpTo(FOLDER, 2, disk.files), { code: 'journal.corrupt' });
});
