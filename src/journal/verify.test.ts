import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits, seededRandom, simulatedDisk } from '../base/index.ts';
import { JournalReader, verifyJournal } from './index.ts';
import { contents, entry, FOLDER, openOn, plainNew, randomUnit, refusal } from './kit.twin.ts';

const SEGMENT = `${FOLDER}/0000000000000000.wj`;

/** Ten entries of 104 bytes in one file. */
function ten(): ReturnType<typeof simulatedDisk> {
  const disk = simulatedDisk();
  const journal = openOn(disk);
  for (let n = 0; n < 10; n++) journal.appendGroup([[entry(`${n}`)]]);
  journal.close();
  return disk;
}

const findings = (disk: ReturnType<typeof simulatedDisk>): unknown[] =>
  verifyJournal(FOLDER, { files: disk.files }).findings.map(({ file, byte, position, what }) => [
    file,
    byte,
    position,
    what,
  ]);

test('the second reader finds in a whole journal what was written, and says how much', () => {
  const disk = simulatedDisk();
  const random = seededRandom(3);
  const journal = openOn(disk, { segmentBytes: 20_000 });
  const units = Array.from({ length: 60 }, () => randomUnit(random));
  for (const unit of units) journal.appendGroup([unit]);
  const seen: string[] = [];
  const verified = verifyJournal(FOLDER, {
    files: disk.files,
    each: ({ kind, receipt, payload, position, hash }) => {
      assert.equal(position, seen.length);
      assert.equal(hash.length, 64);
      seen.push(`${kind} ${receipt === '' ? '-' : receipt} ${Buffer.from(payload).toString('latin1')}`);
    },
  });
  assert.deepEqual(seen, units.flat().map(plainNew));
  const entries = units.flat();
  const ofKind = (kind: string): number => entries.filter((one) => one.kind === kind).length;
  assert.deepEqual(
    { ...verified, segments: 0 },
    {
      released: [],
      log: journal.log,
      findings: [],
      moreFindings: 0,
      first: 0,
      next: entries.length,
      entries: entries.length,
      bytes: journal.bytes,
      segments: 0,
      kinds: { events: ofKind('events'), dead: ofKind('dead'), control: ofKind('control'), lost: 0 },
      tail: { entries: units[59].length, tornBytes: 0 },
      head: [],
    },
  );
});

test('verification goes on behind each damaged place and names all of them', () => {
  const disk = ten();
  const bytes = disk.bytes(SEGMENT);
  bytes[2 * 104 + 98] ^= 1; // a payload
  bytes[5 * 104 + 50] ^= 1; // a header
  bytes[6 * 104 + 3] ^= 1;
  disk.damage(SEGMENT, bytes);
  assert.deepEqual(findings(disk), [
    [SEGMENT, 208, 2, 'the checksum of its payload does not match'],
    [SEGMENT, 520, 5, 'the checksum of its header does not match; 208 bytes cannot be read'],
  ]);
});

test('entries that were taken out, doubled or exchanged are found, by whomever it was done', () => {
  const bytes = ten().bytes(SEGMENT);
  const entryAt = (n: number): Uint8Array => bytes.subarray(n * 104, n * 104 + 104);
  const inOrder = (order: number[]): unknown[] => {
    const disk = ten();
    disk.damage(SEGMENT, Buffer.concat(order.map(entryAt)));
    assert.equal(refusal(() => openOn(disk))?.code, 'journal.corrupt');
    return findings(disk);
  };
  assert.deepEqual(inOrder([0, 1, 3, 4, 5, 6, 7, 8, 9]), [[SEGMENT, 208, 2, 'entry 3 stands where 2 belongs']]);
  assert.deepEqual(inOrder([0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9]), [[SEGMENT, 312, 3, 'entry 2 stands where 3 belongs']]);
  assert.equal(inOrder([0, 2, 1, 3, 4, 5, 6, 7, 8, 9]).length, 2);
  assert.deepEqual(inOrder([0, 1, 2, 3, 4, 5, 6, 7, 8]), [
    [SEGMENT, null, 9, '1 entries that HEAD tells of are missing'],
  ]);
});

test('an entry whose checksums are right and whose content is not is found by the hash the next one holds', () => {
  const disk = ten();
  // Another journal with the same ids and another third entry: what someone who can compute checksums would write.
  const other = simulatedDisk();
  const journal = openOn(other);
  for (let n = 0; n < 10; n++) journal.appendGroup([[entry(n === 3 ? 'X' : `${n}`)]]);
  const bytes = disk.bytes(SEGMENT);
  bytes.set(other.bytes(SEGMENT).subarray(3 * 104, 4 * 104), 3 * 104);
  disk.damage(SEGMENT, bytes);
  assert.deepEqual(findings(disk), [[SEGMENT, 416, 4, 'the hash it holds of the entry before it does not match']]);
  assert.throws(() => contents(openOn(disk)), { code: 'journal.corrupt', message: /position 4: the hash it holds/ });
  disk.damage(SEGMENT, other.bytes(SEGMENT));
  assert.deepEqual(findings(disk), [[SEGMENT, 936, 9, 'its hash is not the one that HEAD holds']]);
});

test('a file of another journal is not taken for one of this', () => {
  const disk = ten();
  const other = simulatedDisk();
  const journal = openOn(other, { random: (length) => new Uint8Array(length).fill(9) });
  for (let n = 0; n < 10; n++) journal.appendGroup([[entry(`${n}`)]]);
  disk.damage(SEGMENT, other.bytes(SEGMENT));
  assert.match(String(findings(disk)), /it is the entry of another producer/);
  assert.throws(() => openOn(disk), { code: 'journal.corrupt', message: /an entry of another producer/ });
});

test('while the journal is written to, a group under way is no damage', () => {
  const disk = ten();
  const bytes = disk.bytes(SEGMENT);
  disk.damage(SEGMENT, Buffer.concat([bytes, bytes.subarray(0, 50)]));
  const verified = verifyJournal(FOLDER, { files: disk.files });
  assert.deepEqual([verified.findings, verified.tail], [[], { entries: 0, tornBytes: 50 }]);
});

test('hostile bytes in every file: every reader ends soon, in words', () => {
  const random = seededRandom(7);
  const start = process.cpuUsage().user;
  const magic = Buffer.from('WEVJ');
  for (let round = 0; round < 300; round++) {
    const disk = ten();
    const name = random.pick([SEGMENT, SEGMENT, `${FOLDER}/HEAD`, `${FOLDER}/ID`]);
    let bytes = disk.bytes(name);
    const kind = random.integer(4);
    if (kind === 0) for (let n = 0; n < 8; n++) bytes[random.integer(bytes.length)] = random.integer(256);
    else if (kind === 1) bytes = Uint8Array.from({ length: random.integer(5000) }, () => random.integer(256));
    else if (kind === 2) bytes = Buffer.concat(Array.from({ length: 2000 }, () => magic));
    else bytes = Buffer.concat(Array.from({ length: 50 }, () => bytes.subarray(random.integer(bytes.length))));
    disk.damage(name, bytes);
    const codes = [
      refusal(() => contents(openOn(disk))),
      refusal(() => [...new JournalReader(FOLDER, disk.files).headers(0, 10)]),
    ];
    for (const code of codes) assert.ok(code === null || code.code === 'journal.corrupt', JSON.stringify(code));
    assert.ok(verifyJournal(FOLDER, { files: disk.files }).findings.length <= limits.journalFindings);
  }
  assert.ok(process.cpuUsage().user - start < 20e6);
});

test('a file full of headers that promise much costs one look at each', () => {
  const disk = ten();
  const first = disk.bytes(SEGMENT).subarray(0, 96);
  disk.damage(SEGMENT, Buffer.concat(Array.from({ length: 40_000 }, () => first)));
  const start = process.cpuUsage().user;
  const verified = verifyJournal(FOLDER, { files: disk.files });
  assert.ok(verified.findings.length > 0);
  assert.equal(refusal(() => openOn(disk))?.code, 'journal.corrupt');
  assert.ok(process.cpuUsage().user - start < 5e6);
});
