import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulatedDisk, seededRandom, simulatedDisk } from '../base/index.ts';
import { decodeLost, repairJournal, verifyJournal } from './index.ts';
import { contents, entry, FOLDER, openOn, refusal } from './kit.twin.ts';

const OPTIONS = { segmentBytes: 450 };
const fileAt = (first: number): string => `${FOLDER}/${String(first).padStart(16, '0')}.wj`;

/** Twelve entries of 104 bytes, four a file, the second and third of each file one request. */
function twelve(): SimulatedDisk {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  for (let n = 0; n < 12; n += 4) {
    journal.appendGroup([[entry(`${n}`)], [entry(`${n + 1}`), entry(`${n + 2}`)], [entry(`${n + 3}`)]]);
  }
  journal.close();
  return disk;
}

const WHOLE = Array.from({ length: 12 }, (_, n) => `events - ${n}`);

/** Repairs, and checks what holds of every repair; the entries by position, lost ones as null. */
function repaired(disk: SimulatedDisk): { lost: unknown; left: (string | null)[] } {
  const { lost } = repairJournal(FOLDER, { files: disk.files });
  const journal = openOn(disk, OPTIONS);
  assert.deepEqual(verifyJournal(FOLDER, { files: disk.files }).findings, []);
  const left = contents(journal).map((one) => (one.startsWith('lost ') ? null : one));
  const next = journal.next;
  assert.deepEqual(journal.appendGroup([[entry('after')]]), [next]);
  journal.close();
  assert.equal(openOn(disk, OPTIONS).next, next + 1);
  return { lost, left };
}

test('a whole journal is left as it is', () => {
  const disk = twelve();
  const before = disk.bytes(fileAt(4));
  assert.deepEqual(repairJournal(FOLDER, { files: disk.files }), { lost: [], known: [], kept: [], entries: 12 });
  assert.deepEqual(disk.bytes(fileAt(4)), before);
  assert.equal(openOn(disk, OPTIONS).next, 12);
});

test('one damaged entry is lost, every other keeps its position, and the damaged file is kept', () => {
  for (const position of [0, 5, 7, 11]) {
    const disk = twelve();
    const file = fileAt(position - (position % 4));
    const damaged = disk.bytes(file);
    damaged[(position % 4) * 104 + 97] ^= 1;
    disk.damage(file, damaged);
    assert.equal(refusal(() => openOn(disk, OPTIONS))?.code, 'journal.corrupt');
    assert.deepEqual(repaired(disk), {
      lost: [{ from: position, to: position + 1 }],
      left: WHOLE.map((one, n) => (n === position ? null : one)),
    });
    assert.deepEqual(disk.bytes(`${FOLDER}/damaged/${file.slice(FOLDER.length + 1)}.0`), damaged);
  }
});

test('of an entry whose header is whole, what that says is kept; a dry run says the same and changes nothing', () => {
  const disk = twelve();
  const journal = openOn(disk, OPTIONS);
  journal.appendGroup([[entry('first'), entry('second', { receipt: '{"n":1}' })], [entry('third')]]);
  journal.close();
  const file = fileAt(12);
  const bytes = disk.bytes(file);
  bytes[104 + 96 + 8] ^= 1; // the second's payload
  bytes[104 * 2 + 30] ^= 1; // the third's header
  disk.damage(file, bytes);
  const dry = repairJournal(FOLDER, { files: disk.files, dryRun: true });
  assert.deepEqual(disk.bytes(file), bytes);
  assert.equal(refusal(() => openOn(disk, OPTIONS))?.code, 'journal.corrupt');
  const repair = repairJournal(FOLDER, { files: disk.files });
  assert.deepEqual(repair, dry);
  const { receivedAt } = repair.known[0];
  assert.deepEqual(repair, {
    lost: [{ from: 13, to: 15 }],
    known: [{ position: 13, kind: 'events', receivedAt, more: false, receipt: '{"n":1}' }],
    kept: [`${FOLDER}/damaged/${file.slice(FOLDER.length + 1)}.0`],
    entries: 13,
  });
  const lost = [...openOn(disk, OPTIONS).read(13)];
  assert.deepEqual(
    lost.map(({ kind, receipt, payload }) => [kind, receipt, decodeLost(payload)?.receipt ?? null]),
    [
      ['lost', null, '{"n":1}'],
      ['lost', null, null],
    ],
  );
});

test('a file cut off, lost, or begun with rubbish costs what was there', () => {
  const cut = twelve();
  cut.damage(fileAt(4), cut.bytes(fileAt(4)).subarray(0, 110));
  assert.deepEqual(repaired(cut), {
    lost: [{ from: 5, to: 8 }],
    left: WHOLE.map((one, n) => (n > 4 && n < 8 ? null : one)),
  });

  const last = twelve();
  last.damage(fileAt(8), last.bytes(fileAt(8)).subarray(0, 210));
  assert.deepEqual(repaired(last).lost, [{ from: 10, to: 12 }]);

  for (const first of [0, 4, 8]) {
    const lost = twelve();
    lost.lose(fileAt(first));
    assert.deepEqual(
      repaired(lost).left,
      WHOLE.map((one, n) => (n >= first && n < first + 4 ? null : one)),
      `file ${first}`,
    );
  }

  const rubbish = twelve();
  rubbish.damage(fileAt(0), Buffer.concat([Buffer.alloc(37, 9), rubbish.bytes(fileAt(0))]));
  assert.deepEqual(repaired(rubbish), { lost: [], left: WHOLE });
});

test('a lost HEAD is made anew from what is there', () => {
  const disk = twelve();
  disk.lose(`${FOLDER}/HEAD`);
  assert.deepEqual(repaired(disk), { lost: [], left: WHOLE });
});

test('behind HEAD, a request that is not whole goes as it would at a start; below it, it is ended by a lost entry', () => {
  const disk = twelve();
  const journal = openOn(disk, OPTIONS);
  journal.appendGroup([[entry('12')], [entry('13'), entry('14')]]);
  const file = fileAt(12);
  disk.damage(file, disk.bytes(file).subarray(0, 208));
  assert.deepEqual(repaired(disk.crash(seededRandom(0))), { lost: [], left: [...WHOLE, 'events - 12'] });
  journal.close();
  disk.damage(file, disk.bytes(file).subarray(0, 208));
  assert.deepEqual(repaired(disk).left, [...WHOLE, 'events - 12', 'events - 13', null]);
});

test('a HEAD that is damaged is kept beside what is made in its place', () => {
  const disk = twelve();
  disk.damage(`${FOLDER}/HEAD`, new Uint8Array(100));
  const { kept, lost } = repairJournal(FOLDER, { files: disk.files });
  assert.deepEqual([kept, lost], [[`${FOLDER}/damaged/HEAD.0`], []]);
  assert.equal(openOn(disk, OPTIONS).next, 12);
});

test('numbers that cannot be true are not believed, and nothing is repaired without an ID', () => {
  const disk = twelve();
  disk.damage(`${FOLDER}/9000000000000000.wj`, new Uint8Array(8));
  assert.throws(() => repairJournal(FOLDER, { files: disk.files }), {
    code: 'journal.corrupt',
    message: /hardly true/,
  });
  const none = twelve();
  none.lose(`${FOLDER}/ID`);
  assert.throws(() => repairJournal(FOLDER, { files: none.files }), {
    code: 'journal.corrupt',
    message: /ID of the journal is missing/,
  });
});

test('any number of flipped bits: repair ends with a journal that verifies, and loses no entry that was whole', () => {
  for (let seed = 0; seed < 150; seed++) {
    const random = seededRandom(seed);
    const disk = twelve();
    const struck = new Set<number>();
    for (let n = 1 + random.integer(4); n > 0; n--) {
      const position = random.integer(12);
      const file = fileAt(position - (position % 4));
      const bytes = disk.bytes(file);
      bytes[(position % 4) * 104 + random.integer(104)] ^= 1 << random.integer(8);
      disk.damage(file, bytes);
      struck.add(position);
    }
    const { left } = repaired(disk);
    assert.deepEqual(left.length, 12, `seed ${seed}`);
    for (let n = 0; n < 12; n++) if (!struck.has(n)) assert.equal(left[n], WHOLE[n], `seed ${seed}`);
  }
});
