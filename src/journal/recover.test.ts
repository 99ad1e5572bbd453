/** Every byte of a small journal flipped, every length, every zeroed end: cut and counted above HEAD, refused below it, never skipped. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulatedDisk, seededRandom, simulatedDisk } from '../base/index.ts';
import { CorruptJournal, JournalReader, verifyJournal } from './index.ts';
import { contents, entry, FOLDER, openOn, refusal } from './kit.twin.ts';

const OPTIONS = { segmentBytes: 500 };

interface Made {
  readonly disk: SimulatedDisk;
  /** Where each unit begins: file, byte, position. */
  readonly units: { file: string; byte: number; position: number }[];
  readonly wanted: string[];
  readonly headNext: number;
  readonly files: string[];
}

let first: Made | null = null;

/** Three groups below HEAD in two files, one of three units behind it; on a disk of its own. */
function made(): Made {
  first ??= make();
  // All of it is durable, so a power cut copies it.
  return { ...first, disk: first.disk.crash(seededRandom(0)) };
}

function make(): Made {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  journal.appendGroup([[entry('one', { receipt: '{"n":1}' })], [entry('two a'), entry('two b')]]);
  journal.appendGroup([[entry('x'.repeat(200))]]);
  journal.appendGroup([[entry('control', { kind: 'control' })]]);
  journal.writeHead();
  journal.appendGroup([[entry('tail 1', { receipt: '{}' })], [entry('tail 2a'), entry('tail 2b')], [entry('tail 3')]]);
  const headNext = journal.head.next;
  const entries = Array.from(journal.read(0));
  const units = entries.filter((_, index) => index === 0 || entries[index - 1].more === false);
  const files = [...new Set(entries.map(({ file }) => file))];
  assert.deepEqual([headNext, journal.next, files.length, units.length], [5, 9, 3, 7]);
  return { disk, units, wanted: contents(journal), headNext, files };
}

/** What must hold when something about `byte` of `file` is no longer what it was. */
function judge({ disk, units, wanted, headNext }: Made, file: string, byte: number, what: string): void {
  const struck = units.findLast((unit) => unit.file === file && unit.byte <= byte);
  assert.ok(struck !== undefined);
  const size = disk.bytes(file).length;
  const before = disk.bytes(file);
  const verified = verifyJournal(FOLDER, { files: disk.files });
  const found = refusal(() => {
    const journal = openOn(disk, OPTIONS);
    assert.ok(struck.position >= headNext, `${what}: damage below HEAD was let pass`);
    assert.deepEqual(contents(journal), wanted.slice(0, struck.position), what);
    assert.equal(journal.next, struck.position, what);
    const { cut } = journal.recovery;
    if (size > struck.byte)
      assert.deepEqual(
        [cut?.file, cut?.byte, cut?.position, cut?.bytes],
        [file, struck.byte, struck.position, size - struck.byte],
        what,
      );
    assert.deepEqual(verified.findings, [], what);
    assert.deepEqual(verifyJournal(FOLDER, { files: disk.files }).findings, [], what);
    journal.appendGroup([[entry('after')]]);
    journal.close();
    assert.equal(openOn(disk, OPTIONS).recovery.cut, null, what);
  });
  if (found === null) return;
  assert.equal(found.code, 'journal.corrupt', `${what}: ${found.message}`);
  assert.ok(struck.position < headNext, `${what}: a torn end was refused: ${found.message}`);
  assert.deepEqual(disk.bytes(file), before, `${what}: a refused journal was changed`);
  const [finding] = verified.findings;
  assert.equal(finding?.file, file, what);
  assert.ok(found.message.includes(`${file} at byte`), found.message);
}

test('a flipped bit anywhere', () => {
  const { files } = made();
  for (const file of files) {
    const length = made().disk.bytes(file).length;
    for (let byte = 0; byte < length; byte++) {
      const fresh = made();
      const bytes = fresh.disk.bytes(file);
      bytes[byte] ^= 1 << (byte % 8);
      fresh.disk.damage(file, bytes);
      judge(fresh, file, byte, `bit flipped in byte ${byte} of ${file}`);
    }
  }
});

test('a file cut off anywhere, and a file whose end is zeros from anywhere on', () => {
  const { files } = made();
  for (const file of files) {
    const length = made().disk.bytes(file).length;
    for (let byte = 0; byte < length; byte++) {
      for (const zeros of [false, true]) {
        const fresh = made();
        const bytes = fresh.disk.bytes(file);
        // What was zero already is no damage.
        if (zeros && bytes.subarray(byte).every((value) => value === 0)) continue;
        const struck = zeros ? bytes.findIndex((value, index) => index >= byte && value !== 0) : byte;
        if (zeros) bytes.fill(0, byte);
        fresh.disk.damage(file, zeros ? bytes : bytes.subarray(0, byte));
        judge(fresh, file, struck, `${file} ${zeros ? 'zeros' : 'cut off'} from byte ${byte}`);
      }
    }
  }
});

test('a whole file that is lost is missed, unless nobody was told of what was in it', () => {
  const { files, wanted } = made();
  for (const file of files.slice(0, 2)) {
    const fresh = made();
    fresh.disk.lose(file);
    assert.equal(refusal(() => openOn(fresh.disk, OPTIONS))?.code, 'journal.corrupt');
    assert.equal(verifyJournal(FOLDER, { files: fresh.disk.files }).findings.length, 1);
  }
  const fresh = made();
  fresh.disk.lose(files[2]);
  assert.deepEqual(contents(openOn(fresh.disk, OPTIONS)), wanted.slice(0, 5));
});

test('damage behind HEAD is corruption where a later group is whole: in the same file, in the next, or as a file that was begun', () => {
  for (const segmentBytes of [10_000, 200]) {
    const disk = simulatedDisk();
    const journal = openOn(disk, { segmentBytes });
    journal.appendGroup([[entry('below')]]);
    journal.writeHead();
    const old = disk.bytes(`${FOLDER}/HEAD`);
    journal.appendGroup([[entry('first behind HEAD')], [entry('same group')]]);
    journal.writeHead();
    journal.appendGroup([[entry('later group')]]);
    const [, struck] = Array.from(journal.read(0));
    // HEAD as if its newer slot had been lost.
    disk.damage(`${FOLDER}/HEAD`, old);
    const bytes = disk.bytes(struck.file);
    bytes[struck.byte + 100] ^= 4;
    disk.damage(struck.file, bytes);
    assert.throws(
      () => openOn(disk, { segmentBytes }),
      (error) => {
        assert.ok(error instanceof CorruptJournal);
        assert.deepEqual(
          [error.finding.file, error.finding.byte, error.finding.position],
          [struck.file, struck.byte, 1],
        );
        assert.match(
          error.message,
          segmentBytes === 200
            ? /a later segment file was begun/
            : /position 3 at byte \d+ was written later and is whole/,
        );
        return true;
      },
    );
    assert.equal(verifyJournal(FOLDER, { files: disk.files }).findings.length, 1);
  }
});

test('of the entries of a torn group those before the damage are kept, whole requests only, and the rest is counted', () => {
  const { disk, units, wanted } = made();
  const file = units[6].file;
  const bytes = disk.bytes(file);
  // The last entry of the second unit behind HEAD: its first is whole, and so is the unit behind it.
  const second = units[5];
  bytes[second.byte + 104 + 20] ^= 1;
  disk.damage(file, bytes);
  const journal = openOn(disk, OPTIONS);
  assert.deepEqual(contents(journal), wanted.slice(0, 6));
  assert.deepEqual(journal.recovery.cut, {
    file,
    byte: second.byte,
    position: 6,
    bytes: bytes.length - second.byte,
    entries: 1,
    reason: 'the checksum of its header does not match',
  });
  assert.deepEqual(journal.recovery.tail, { entries: 1, bytes: second.byte - units[4].byte });
});

test('a request whose last entry is missing at a clean end is cut', () => {
  const { disk, units } = made();
  const second = units[5];
  disk.damage(second.file, disk.bytes(second.file).subarray(0, second.byte + 104));
  const { cut } = openOn(disk, OPTIONS).recovery;
  assert.deepEqual(
    [cut?.byte, cut?.entries, cut?.bytes, cut?.reason],
    [second.byte, 1, 104, 'the last entry of a request is missing'],
  );
});

test('any one byte of HEAD may be wrong; with both slots wrong, no HEAD, or no ID, a start is refused', () => {
  const head = `${FOLDER}/HEAD`;
  for (let byte = 0; byte < 4096 + 120; byte += byte === 120 ? 3976 : 1) {
    const { disk, wanted } = made();
    const bytes = disk.bytes(head);
    bytes[byte] ^= 1;
    disk.damage(head, bytes);
    const journal = openOn(disk, OPTIONS);
    assert.deepEqual(contents(journal), wanted);
    journal.close();
    assert.equal(openOn(disk, OPTIONS).recovery.cut, null);
  }
  const both = made();
  const bytes = both.disk.bytes(head);
  bytes[20] ^= 1;
  bytes[4096 + 20] ^= 1;
  both.disk.damage(head, bytes);
  assert.throws(() => openOn(both.disk, OPTIONS), {
    code: 'journal.corrupt',
    message: /HEAD at byte 0: neither of its two slots is valid/,
  });
  assert.match(verifyJournal(FOLDER, { files: both.disk.files }).findings[0].what, /neither of its two slots/);
  for (const [name, what] of [
    ['HEAD', /HEAD at byte 0: it is missing/],
    ['ID', /the file ID of the journal is missing/],
  ] as const) {
    const { disk } = made();
    disk.lose(`${FOLDER}/${name}`);
    assert.throws(() => openOn(disk, OPTIONS), { code: 'journal.corrupt', message: what });
    assert.equal(verifyJournal(FOLDER, { files: disk.files }).findings.length, 1);
  }
  const id = made();
  const idBytes = id.disk.bytes(`${FOLDER}/ID`);
  for (let byte = 0; byte < idBytes.length; byte++) {
    const flipped = idBytes.slice();
    flipped[byte] ^= 1;
    id.disk.damage(`${FOLDER}/ID`, flipped);
    assert.equal(refusal(() => openOn(id.disk, OPTIONS))?.code, 'journal.corrupt');
  }
});

test('what is older than the bytes to be verified is left to verify, and said so', () => {
  const { disk, files } = made();
  const bytes = disk.bytes(files[0]);
  bytes[150] ^= 1;
  disk.damage(files[0], bytes);
  const journal = openOn(disk, { ...OPTIONS, verifyBytes: 0 });
  assert.deepEqual(
    [journal.recovery.verifiedBytes, journal.recovery.unverifiedBytes],
    [disk.bytes(files[1]).length, bytes.length],
  );
  assert.throws(() => contents(journal), { code: 'journal.corrupt' });
  assert.throws(() => [...new JournalReader(FOLDER, disk.files).headers(0)], { code: 'journal.corrupt' });
});
