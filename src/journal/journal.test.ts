import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { limits, removePath, simulatedDisk } from '../base/index.ts';
import { Journal, JournalReader } from './index.ts';
import { contents, entry, FOLDER, openOn, plain, text } from './kit.twin.ts';

const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-journal-'));
after(() => removePath(temporary));

const SEGMENT = (first: number): string => `${FOLDER}/${String(first).padStart(16, '0')}.wj`;

test('entries come back as they were given, with position, receipt, time, hashes and place; on a real disk too', () => {
  const folder = path.join(temporary, 'below', 'journal');
  const journal = Journal.open(folder);
  assert.deepEqual(journal.recovery, {
    created: true,
    tail: { entries: 0, bytes: 0 },
    cut: null,
    verifiedBytes: 0,
    unverifiedBytes: 0,
    leftovers: 0,
  });
  assert.match(journal.log, /^[0-9a-f]{16}$/);
  const large = new Uint8Array(3 << 20).fill(7);
  const positions = journal.appendGroup([
    [
      { kind: 'events', receivedAt: 5, payload: text('eins') },
      { kind: 'dead', receivedAt: 5, receipt: '{"a":"ä"}', payload: text('') },
    ],
    [{ kind: 'control', receivedAt: 2 ** 41, receipt: text('{}'), payload: large }],
  ]);
  assert.deepEqual(positions, [0, 2]);
  assert.deepEqual([journal.next, journal.head.next], [3, 0]);
  journal.writeHead();
  assert.equal(journal.head.next, 3);
  const entries = Array.from(new JournalReader(folder).read(0));
  const file = path.join(folder, '0000000000000000.wj');
  assert.deepEqual(
    entries.map(({ position, kind, receivedAt, more, receipt, payloadBytes, file, byte }) => [
      position,
      kind,
      receivedAt,
      more,
      receipt,
      payloadBytes,
      file,
      byte,
    ]),
    [
      [0, 'events', 5, true, null, 4, file, 0],
      [1, 'dead', 5, false, '{"a":"ä"}', 0, file, 104],
      [2, 'control', 2 ** 41, false, '{}', large.length, file, 216],
    ],
  );
  assert.equal(Buffer.from(entries[0].payload).toString(), 'eins');
  assert.equal(Buffer.compare(Buffer.from(entries[2].payload), large), 0);
  assert.deepEqual(entries[2].hash, new Uint8Array(journal.hash));
  assert.deepEqual(entries[1].previous, entries[0].hash);
  assert.deepEqual(Array.from(journal.read(1, 2), plain), ['dead {"a":"ä"} ']);
  journal.close();
  const again = Journal.open(folder);
  assert.deepEqual([again.log, again.next, again.recovery.verifiedBytes], [journal.log, 3, again.bytes]);
  assert.deepEqual(again.appendGroup([[entry('more')]]), [3]);
  again.close();
});

test('headers alone give receipts and the first 64 bytes, whatever the size of payloads', () => {
  const journal = openOn(simulatedDisk(), { segmentBytes: 100_000 });
  for (let n = 0; n < 60; n++) journal.appendGroup([[entry(`${n} `.padEnd(n * 500, 'x'), { receipt: `{"n":${n}}` })]]);
  const found = Array.from(journal.headers(7), ({ position, receipt, payloadBytes, start }) => [
    position,
    receipt,
    payloadBytes,
    Buffer.from(start).toString(),
  ]);
  assert.equal(found.length, 53);
  assert.deepEqual(found[0], [7, '{"n":7}', 3500, '7 '.padEnd(64, 'x')]);
  assert.deepEqual(found[52], [59, '{"n":59}', 29500, '59 '.padEnd(64, 'x')]);
});

test('a group that would make its file too large goes to a new one, named by its position', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, { segmentBytes: 1000 });
  for (let n = 0; n < 4; n++) journal.appendGroup([[entry('x'.repeat(300))], [entry('y'.repeat(5))]]);
  const names = ['0000000000000000.wj', '0000000000000002.wj', '0000000000000004.wj', '0000000000000006.wj'];
  assert.deepEqual(disk.files.list(FOLDER), [...names, 'HEAD', 'ID']);
  assert.equal(journal.closedUpTo, 6);
  assert.deepEqual(
    Array.from(journal.read(1, 7), ({ position }) => position),
    [1, 2, 3, 4, 5, 6],
  );
});

test('one write and one sync a group, two at rotation; one write and one sync for HEAD', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, { segmentBytes: 1000 });
  const callsOf = (work: () => void): number => {
    const before = disk.calls;
    work();
    return disk.calls - before;
  };
  const group = [[entry('a')], [entry('b'), entry('c')]];
  journal.appendGroup(group);
  journal.writeHead();
  assert.equal(
    callsOf(() => journal.appendGroup(group)),
    2,
  );
  assert.equal(
    callsOf(() => journal.writeHead()),
    2,
  );
  assert.equal(
    callsOf(() => journal.writeHead()),
    0,
  );
  // Open and sync the folder (open, sync) before.
  assert.equal(
    callsOf(() => journal.appendGroup([[entry('x'.repeat(900))]])),
    5,
  );
});

test('HEAD never lags more than one group, whether or not it is asked to be written', () => {
  const journal = openOn(simulatedDisk());
  for (let n = 0; n < 5; n++) {
    journal.appendGroup([[entry('a')]]);
    assert.equal(journal.head.next, n);
  }
});

test('a failed sync stops the journal for good, and says why on every later call', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk);
  journal.appendGroup([[entry('kept')]]);
  journal.writeHead();
  disk.failCall(2, 'EIO');
  assert.throws(() => journal.appendGroup([[entry('lost')]]), { code: 'disk.sync' });
  const calls = disk.calls;
  const stopped = {
    code: 'journal.stopped',
    message: /has stopped: cannot sync .*: the disk reports an input\/output error$/,
  };
  assert.throws(() => journal.appendGroup([[entry('a')]]), stopped);
  assert.throws(() => journal.writeHead(), stopped);
  assert.throws(() => journal.read(0), stopped);
  assert.throws(() => journal.headers(0), stopped);
  assert.throws(() => journal.release(0, () => {}), stopped);
  assert.equal(journal.failure?.code, 'disk.sync');
  journal.close();
  journal.close();
  assert.equal(disk.calls, calls);
  assert.throws(() => journal.writeHead(), { code: 'journal.closed' });
});

test('a full disk costs the group and nothing else: what was written of it is gone, and it goes on when there is room', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk);
  journal.appendGroup([[entry('before')]]);
  const { bytes } = journal;
  disk.capacity = 8192 + bytes + 200;
  const group = [[entry('x'.repeat(100))], [entry('y'.repeat(100))]];
  for (let n = 0; n < 3; n++) {
    assert.throws(() => journal.appendGroup(group), { code: 'disk.full', message: /no space left on the disk$/ });
    assert.equal(disk.bytes(SEGMENT(0)).length, bytes);
  }
  assert.deepEqual(journal.appendGroup([[entry('fits')]]), [1]);
  disk.capacity = Number.POSITIVE_INFINITY;
  assert.deepEqual(journal.appendGroup(group), [2, 3]);
  assert.deepEqual(contents(openOn(disk)), contents(journal));
  assert.equal(journal.next, 4);
});

test('a file that cannot be begun on a full disk is begun later', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, { segmentBytes: 300 });
  journal.appendGroup([[entry('before'.repeat(30))]]);
  journal.writeHead();
  disk.failCall(1, 'ENOSPC');
  assert.throws(() => journal.appendGroup([[entry('after'.repeat(30))]]), { code: 'disk.full' });
  disk.failCall(4, 'ENOSPC');
  assert.throws(() => journal.appendGroup([[entry('after'.repeat(30))]]), { code: 'disk.full' });
  assert.deepEqual(journal.appendGroup([[entry('after'.repeat(30))]]), [1]);
  assert.equal(openOn(disk).next, 2);
});

test('HEAD on a full disk: what was acknowledged stays, and no more is taken until HEAD is written', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk);
  journal.appendGroup([[entry('a')]]);
  disk.failCall(1, 'ENOSPC');
  assert.throws(() => journal.writeHead(), { code: 'disk.full' });
  disk.failCall(1, 'ENOSPC');
  assert.throws(() => journal.appendGroup([[entry('b')]]), { code: 'disk.full' });
  assert.equal(journal.next, 1);
  assert.deepEqual(openOn(disk).next, 1);
  assert.deepEqual(journal.appendGroup([[entry('b')]]), [1]);
});

test('above its own limit of bytes it refuses, and says both figures', () => {
  const journal = openOn(simulatedDisk(), { maxBytes: 500 });
  journal.appendGroup([[entry('x'.repeat(300))]]);
  assert.throws(() => journal.appendGroup([[entry('x'.repeat(10))]]), {
    code: 'journal.full',
    message: `the journal ${FOLDER} is full: 400 of 500 bytes`,
  });
  assert.deepEqual(journal.appendGroup([[entry('')]]), [1]);
});

test('entries and groups over their limits are refused whole', () => {
  const journal = openOn(simulatedDisk());
  const tooLong = { ...entry('a'), receipt: 'x'.repeat(limits.journalReceiptBytesMax + 1) };
  assert.throws(() => journal.appendGroup([[entry('a')], [tooLong]]), {
    code: 'journal.entry',
    message: 'a receipt of 8193 bytes, more than the 8192 allowed',
  });
  const huge = { ...entry('a'), payload: new Uint8Array(limits.journalEntryBytesMax + 1) };
  assert.throws(() => journal.appendGroup([[huge]]), { code: 'journal.entry', message: /^a payload of/ });
  const large = { ...entry('a'), payload: new Uint8Array(limits.journalEntryBytesMax) };
  assert.throws(() => journal.appendGroup([[large, large, large, large]]), {
    code: 'journal.entry',
    message: /^a group of/,
  });
  assert.throws(() => journal.appendGroup([[]]), /a unit without entries/);
  assert.deepEqual(journal.appendGroup([]), []);
  assert.equal(journal.next, 0);
});

test('a reader elsewhere follows the writer up to HEAD or up to a position it was told', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, { segmentBytes: 2000 });
  const reader = new JournalReader(FOLDER, disk.files);
  let read = 0;
  for (let n = 0; n < 50; n++) {
    journal.appendGroup([[entry(`${n}`.padEnd(100))], [entry('second')]]);
    assert.equal(Array.from(reader.read(read, journal.next), plain)[0], `events - ${String(n).padEnd(100)}`);
    assert.equal(Array.from(reader.read(read)).length, 0);
    journal.writeHead();
    assert.equal(Array.from(reader.read(read)).length, 2);
    read = reader.head().next;
  }
  assert.equal(read, 100);
  // An iteration begun before a rotation goes on into the new file.
  const slow = journal.read(98, 100);
  assert.equal(slow.next().value?.position, 98);
  journal.appendGroup([[entry('z'.repeat(3000))]]);
  assert.equal(slow.next().value?.position, 99);
  assert.equal(slow.next().done, true);
  assert.throws(() => [...reader.read(99, 200)], {
    code: 'journal.corrupt',
    message: /it ends here, before position 200/,
  });
  assert.throws(() => new JournalReader('/nowhere', disk.files), {
    code: 'journal.corrupt',
    message: /there is no journal/,
  });
});

test('single entries are found fast once their neighbourhood has been read', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk);
  for (let n = 0; n < 64; n++) journal.appendGroup([[entry(`${n}`.padEnd(100_000))]]);
  const reader = new JournalReader(FOLDER, disk.files);
  const callsOf = (position: number): number => {
    const before = disk.calls;
    const [found] = reader.headers(position, position + 1);
    assert.equal(Buffer.from(found.start).toString().trim(), `${position}`);
    return disk.calls - before;
  };
  assert.ok(callsOf(63) > 60);
  for (const position of [63, 40, 1]) assert.ok(callsOf(position) < 16, `${position}`);
});

test('a new journal has a new log id; the same one keeps it', () => {
  const disk = simulatedDisk();
  const journal = Journal.open(FOLDER, { files: disk.files });
  journal.close();
  assert.equal(Journal.open(FOLDER, { files: disk.files }).log, journal.log);
  assert.notEqual(Journal.open(FOLDER, { files: simulatedDisk().files }).log, journal.log);
});

const GOLDEN = path.join(import.meta.dirname, 'golden');
const golden = (name: string): Buffer =>
  Buffer.from(fs.readFileSync(path.join(GOLDEN, `${name}.hex`), 'utf8').replace(/\s/g, ''), 'hex');

test('format 1 is what it was: the same units give the same bytes, and old bytes are read', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk);
  const dead = entry('eins', { kind: 'dead' });
  journal.appendGroup([[dead, entry('zwei', { receipt: '{"door":"http"}' })], [entry('', { kind: 'control' })]]);
  journal.close();
  const head = disk.bytes(`${FOLDER}/HEAD`);
  const slots = Buffer.concat([head.subarray(0, 120), head.subarray(4096, 4216)]);
  assert.deepEqual(slots.toString('hex'), golden('HEAD').toString('hex'));
  assert.equal(Buffer.from(disk.bytes(`${FOLDER}/ID`)).toString(), golden('ID').toString());
  assert.deepEqual(Buffer.from(disk.bytes(SEGMENT(0))).toString('hex'), golden('segment').toString('hex'));

  const folder = path.join(temporary, 'golden');
  fs.mkdirSync(folder);
  const restored = new Uint8Array(8192);
  restored.set(golden('HEAD').subarray(0, 120), 0);
  restored.set(golden('HEAD').subarray(120), 4096);
  fs.writeFileSync(path.join(folder, 'HEAD'), restored);
  fs.writeFileSync(path.join(folder, 'ID'), golden('ID'));
  fs.writeFileSync(path.join(folder, '0000000000000000.wj'), golden('segment'));
  const old = Journal.open(folder);
  assert.deepEqual(Array.from(old.read(0), plain), ['dead - eins', 'events {"door":"http"} zwei', 'control - ']);
  assert.equal(old.recovery.cut, null);
  old.close();
});
