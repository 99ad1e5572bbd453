/** Files whose events are released: written (released.ts), read again by both readers (plain-released.ts), signed, and repaired. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type SimulatedDisk, seededRandom, simulatedDisk, WeirError } from '../base/index.ts';
import { type Journal, JournalReader, Ledger, repairJournal, verifyChain } from './index.ts';
import { entry, FOLDER, openOn, plain, refusal, releaseOldest } from './kit.twin.ts';

const CHAIN = '/data/chain';
const OPTIONS = { segmentBytes: 1500 };
const RELEASED = `${FOLDER}/0000000000000000.wjr`;

interface Signed {
  readonly disk: SimulatedDisk;
  readonly journal: Journal;
  readonly ledger: Ledger;
}

/** Requests of events with a dead letter and a control entry, three a file. */
function signed(): Signed {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  const ledger = Ledger.open(CHAIN, journal.log, { files: disk.files });
  for (let n = 0; n < 12; n++) {
    const letter = entry(`letter ${n}`, { kind: 'dead', receipt: `{"n":${n}}` });
    journal.appendGroup([
      [entry(`event ${n} `.padEnd(100, 'secret')), letter],
      [entry(`tick ${n}`, { kind: 'control' })],
    ]);
    journal.writeHead();
    ledger.seal(journal, journal.closedUpTo);
  }
  return { disk, journal, ledger };
}

const check = (disk: SimulatedDisk) => verifyChain(FOLDER, CHAIN, { files: disk.files });

/** All that is read of a journal without the payloads of events. */
function headers(disk: SimulatedDisk): unknown[] {
  const reader = new JournalReader(FOLDER, disk.files);
  return Array.from(reader.headers(0), ({ file: _, byte: __, start, ...header }) => {
    const kept = header.kind === 'events' ? start.subarray(0, 4) : start;
    return { ...header, start: Buffer.from(kept).toString() };
  });
}

test('of a released file everything is read as before but the events, which are gone from the disk', () => {
  const { disk, journal, ledger } = signed();
  const before = headers(disk);
  const bytes = journal.bytes;
  assert.ok(Buffer.from(disk.bytes(RELEASED.slice(0, -1))).includes('secret'));
  assert.ok(releaseOldest(disk, journal, ledger));
  assert.ok(releaseOldest(disk, journal, ledger));
  const upTo = journal.releasedUpTo;
  assert.ok(upTo > 4 && journal.bytes < bytes, `${upTo}`);
  assert.deepEqual(headers(disk), before);
  assert.ok(!zstdDecompressSync(disk.bytes(RELEASED)).includes('secret'));

  const reader = new JournalReader(FOLDER, disk.files);
  assert.equal(reader.releasedUpTo(), upTo);
  assert.deepEqual(Array.from(reader.read(1, 3), plain), ['dead {"n":0} letter 0', 'control - tick 0']);
  assert.throws(() => [...reader.read(0, 1)], { code: 'journal.released', message: /position 0/ });
  assert.throws(() => [...reader.payloads(3, 4)], { code: 'journal.released' });
  assert.deepEqual(Array.from(reader.read(upTo, upTo + 1), plain), [
    `events - ${`event ${upTo / 3} `.padEnd(100, 'secret')}`,
  ]);
  const { journal: found, chain } = check(disk);
  assert.deepEqual([found.findings, chain.findings, chain.released, found.entries], [[], [], upTo, 36]);
  assert.deepEqual([chain.covered, chain.upTo], [journal.closedUpTo, journal.closedUpTo]);
});

test('a journal with released files is opened, goes on, and is none for a weir that does not know them', () => {
  const { disk, journal, ledger } = signed();
  assert.equal(disk.bytes(`${FOLDER}/HEAD`)[8], 1);
  releaseOldest(disk, journal, ledger);
  journal.close();
  ledger.close();
  assert.equal(Math.max(disk.bytes(`${FOLDER}/HEAD`)[8], disk.bytes(`${FOLDER}/HEAD`)[4096 + 8]), 2);
  const before = headers(disk);
  const again = openOn(disk, OPTIONS);
  assert.deepEqual([again.next, again.recovery.leftovers, again.recovery.cut], [36, 0, null]);
  again.appendGroup([[entry('more')]]);
  again.writeHead();
  assert.deepEqual(headers(disk).slice(0, -1), before);
  const next = Ledger.open(CHAIN, again.log, { files: disk.files });
  while (releaseOldest(disk, again, next)) {}
  next.seal(again);
  assert.deepEqual([check(disk).journal.findings, check(disk).chain.findings], [[], []]);
  assert.throws(() => again.release(again.closedUpTo, () => {}), { code: 'journal.release' });
});

test('a file that HEAD still names is released all the same, and the next start finds what it needs', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  const ledger = Ledger.open(CHAIN, journal.log, { files: disk.files });
  const events = (): void => void journal.appendGroup([[entry('event'.padEnd(700, '.'))]]);
  for (let n = 0; n < 4; n++) events();
  journal.writeHead();
  while (releaseOldest(disk, journal, ledger)) {}
  const named = journal.closedUpTo;
  events();
  // A full disk may have kept HEAD as it was.
  assert.ok(journal.closedUpTo > named && journal.head.segment === named);
  assert.ok(releaseOldest(disk, journal, ledger));
  for (let seed = 0; seed < 20; seed++) assert.equal(openOn(disk.crash(seededRandom(seed)), OPTIONS).next, 5);
});

test('whoever reads while a file is released reads on', () => {
  const { disk, journal, ledger } = signed();
  const reader = new JournalReader(FOLDER, disk.files);
  const reading = reader.headers(0);
  assert.equal(reading.next().value?.position, 0);
  while (releaseOldest(disk, journal, ledger)) {}
  assert.deepEqual(
    Array.from(reading, ({ position }) => position),
    Array.from({ length: 35 }, (_, n) => n + 1),
  );
});

test('a released file that is changed, another, or not signed is found, at its place', () => {
  const { disk, journal, ledger } = signed();
  releaseOldest(disk, journal, ledger);
  const whole = disk.bytes(RELEASED);
  const found = (bytes: Uint8Array): string[] => {
    disk.damage(RELEASED, bytes);
    const { journal: own, chain } = check(disk);
    return [...own.findings, ...chain.findings].map(({ what }) => what);
  };
  assert.deepEqual(found(whole), []);
  const flipped = Buffer.from(whole);
  flipped[flipped.length >> 1] ^= 1;
  assert.match(found(flipped)[0] ?? '', /^it cannot be unpacked|checksum/);
  // What is kept of a payload is under no hash but that of the file.
  const image = zstdDecompressSync(whole);
  const letter = image.indexOf('letter 0');
  assert.deepEqual(found(zstdCompressSync(image)), ['it is not what was signed']);
  image[letter] ^= 1;
  assert.match(found(zstdCompressSync(image))[0] ?? '', /checksum of what is kept/);
  assert.match(found(zstdCompressSync(image.subarray(0, image.length - 8)))[0] ?? '', /cut off|ends here|checksum/);
  assert.deepEqual(refusal(() => openOn(disk, OPTIONS))?.code, 'journal.corrupt');
  disk.damage(RELEASED, whole);
  disk.lose(RELEASED);
  assert.match(check(disk).journal.findings[0]?.what ?? '', /entries are missing before/);
});

test('any bytes are read by both readers without a crash', () => {
  const { disk, journal, ledger } = signed();
  releaseOldest(disk, journal, ledger);
  const image = zstdDecompressSync(disk.bytes(RELEASED));
  const random = seededRandom(7);
  for (let n = 0; n < 500; n++) {
    const bytes = Buffer.from(image).subarray(0, random.integer(4) === 0 ? random.integer(image.length) : image.length);
    for (let change = random.integer(4); change >= 0 && bytes.length > 0; change--) {
      bytes[random.integer(bytes.length)] = random.integer(256);
    }
    disk.damage(RELEASED, zstdCompressSync(bytes));
    const { journal: found, chain } = check(disk);
    assert.ok(found.findings.length + chain.findings.length > 0 || bytes.equals(image));
    const refused = refusal(() => headers(disk));
    assert.ok(refused === null || refused.code === 'journal.corrupt', refused?.message);
  }
});

test('whichever call to the disk a release is cut short at, by a failure or a power cut, nothing of the journal is lost', () => {
  for (const code of ['EIO', 'ENOSPC', 'power']) {
    for (let call = 1; ; call++) {
      const { disk, journal, ledger } = signed();
      const before = headers(disk);
      let ended = true;
      disk.failCall(call, code === 'power' ? 'EIO' : code);
      try {
        ended = releaseOldest(disk, journal, ledger);
      } catch (error) {
        assert.ok(error instanceof WeirError, String(error));
        ended = false;
      }
      disk.heal();
      const left = code === 'power' ? disk.crash(seededRandom(call)) : disk;
      const again = openOn(left, OPTIONS);
      assert.deepEqual(headers(left), before, `${code} at call ${call}`);
      const found = check(left);
      assert.deepEqual([found.journal.findings, found.chain.findings], [[], []], `${code} at call ${call}`);
      const next = Ledger.open(CHAIN, again.log, { files: left.files });
      const wasReleased = again.releasedUpTo > 0;
      assert.ok(releaseOldest(left, again, next) || wasReleased);
      assert.deepEqual(headers(left), before);
      assert.deepEqual(check(left).chain.findings, []);
      if (ended) {
        assert.ok(call > 8, `${call}`);
        break;
      }
    }
  }
});

test('repair leaves a released file that is whole, and counts the entries of one that is not as lost', () => {
  const { disk, journal, ledger } = signed();
  releaseOldest(disk, journal, ledger);
  releaseOldest(disk, journal, ledger);
  const upTo = new JournalReader(FOLDER, disk.files).closed()[0]?.from ?? 0;
  const [, second] = disk.files.list(FOLDER).filter((name) => name.endsWith('.wjr'));
  const from = Number(second?.slice(0, 16));
  journal.close();
  ledger.close();
  assert.deepEqual(repairJournal(FOLDER, { files: disk.files }).lost, []);
  disk.damage(`${FOLDER}/${second}`, Buffer.from('rubbish'));
  assert.deepEqual(repairJournal(FOLDER, { files: disk.files, dryRun: true }).lost, [{ from, to: upTo }]);
  const repaired = repairJournal(FOLDER, { files: disk.files });
  assert.deepEqual([repaired.lost, repaired.kept], [[{ from, to: upTo }], [`${FOLDER}/damaged/${second}.0`]]);
  assert.deepEqual(check(disk).journal.findings, []);
  const again = openOn(disk, OPTIONS);
  assert.deepEqual([again.next, again.releasedUpTo], [36, from]);
  assert.equal(
    Array.from(again.headers(from, upTo), ({ kind }) => kind).every((kind) => kind === 'lost'),
    true,
  );
});
