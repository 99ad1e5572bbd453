/** The ledger (chain.ts) and what holds the journal against it (verify-chain.ts). */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { removePath, type SimulatedDisk, seededRandom, simulatedDisk } from '../base/index.ts';
import { type Journal, Ledger, repairJournal, verifyChain } from './index.ts';
import { entry, FOLDER, openOn } from './kit.twin.ts';

const CHAIN = '/data/chain';
const LEDGER = `${CHAIN}/ledger.ndjson`;
const OPTIONS = { segmentBytes: 400 };
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-chain-'));
after(() => removePath(temporary));

/** Twelve entries in files of two, signed at each rotation and at the end. */
function signed(): { disk: SimulatedDisk; journal: Journal; ledger: Ledger } {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  const ledger = Ledger.open(CHAIN, journal.log, { files: disk.files });
  for (let n = 0; n < 12; n++) {
    journal.appendGroup([[entry(`${n % 10}`.repeat(80))]]);
    journal.writeHead();
    ledger.seal(journal, journal.closedUpTo);
  }
  ledger.seal(journal);
  return { disk, journal, ledger };
}

const check = (disk: SimulatedDisk, options = {}): ReturnType<typeof verifyChain> =>
  verifyChain(FOLDER, CHAIN, { files: disk.files, ...options });

test('what is signed is known from writing, of the last closed file and what follows it, and is what reading gives', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  const read = (from: number, to: number): string => {
    const root = createHash('sha256');
    for (const { hash } of journal.read(from, to)) root.update(hash);
    return root.digest('hex');
  };
  let known = 0;
  for (let n = 0; n < 12; n++) {
    journal.appendGroup(n % 3 === 0 ? [[entry('a'), entry('b')], [entry('c')]] : [[entry(`${n % 10}`.repeat(80))]]);
    for (let from = 0; from < journal.next; from++) {
      for (let to = from + 1; to <= journal.next; to++) {
        const root = journal.rootOf(from, to);
        if (root === null) continue;
        known++;
        assert.equal(root, read(from, to), `${from} to ${to}`);
      }
    }
    assert.notEqual(journal.rootOf(journal.closedUpTo, journal.next), null);
  }
  assert.ok(known > 20, `${known}`);
  const again = openOn(disk, OPTIONS);
  assert.equal(again.rootOf(again.closedUpTo, again.next), null, 'what an earlier process wrote is read');
});

test('ranges are signed at rotation and on request, each once, and the journal is what was signed', () => {
  const { disk, journal, ledger } = signed();
  assert.equal(ledger.seal(journal), null);
  assert.deepEqual([ledger.upTo, ledger.length], [12, 7]);
  const lines = Buffer.from(disk.bytes(LEDGER))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ kind, n, from, to, count }) => [kind, n, from, to, count]),
    [
      ['begin', 0, undefined, undefined, undefined],
      ['frame', 1, 0, 2, 2],
      ['frame', 2, 2, 4, 2],
      ['frame', 3, 4, 6, 2],
      ['frame', 4, 6, 8, 2],
      ['frame', 5, 8, 10, 2],
      ['frame', 6, 10, 12, 2],
    ],
  );
  const root = createHash('sha256');
  for (const { hash } of journal.read(4, 6)) root.update(hash);
  assert.equal(lines[3].root, root.digest('hex'));
  const { chain, journal: verified } = check(disk, { key: ledger.key, head: ledger.head });
  assert.deepEqual(verified.findings, []);
  assert.deepEqual(chain, {
    findings: [],
    moreFindings: 0,
    lines: 7,
    head: ledger.head,
    key: ledger.key,
    covered: 12,
    released: 0,
    upTo: 12,
  });
});

test('it goes on where it was after a start', () => {
  const { disk, journal, ledger } = signed();
  ledger.close();
  journal.close();
  const again = openOn(disk, OPTIONS);
  const next = Ledger.open(CHAIN, again.log, { files: disk.files });
  assert.deepEqual([next.upTo, next.head, next.cutBytes], [12, ledger.head, 0]);
  again.appendGroup([[entry('more')]]);
  again.writeHead();
  assert.deepEqual([next.seal(again)?.from, next.upTo], [12, 13]);
  const { chain } = check(disk);
  assert.deepEqual([chain.findings, chain.covered, chain.released], [[], 13, 0]);
});

test('whoever rewrites the journal with right checksums, hashes and HEAD is found by the signature', () => {
  const { disk } = signed();
  const forged = simulatedDisk();
  const other = openOn(forged, OPTIONS);
  for (let n = 0; n < 12; n++) other.appendGroup([[entry((n === 5 ? 'X' : `${n % 10}`).repeat(80))]]);
  other.close();
  for (const name of forged.files.list(FOLDER)) disk.damage(`${FOLDER}/${name}`, forged.bytes(`${FOLDER}/${name}`));
  const { journal, chain } = check(disk);
  assert.deepEqual(journal.findings, []);
  assert.deepEqual(
    chain.findings.map(({ file, position, what }) => [file, position, what]),
    [
      [LEDGER, 4, 'positions 4 to 5 are not what was signed'],
      [LEDGER, 6, 'positions 6 to 7 are not what was signed'],
      [LEDGER, 8, 'positions 8 to 9 are not what was signed'],
      [LEDGER, 10, 'positions 10 to 11 are not what was signed'],
    ],
  );
});

test('any changed byte of the ledger is found, and stops a start unless it is in the last line, which is signed anew', () => {
  const { disk, journal } = signed();
  const bytes = disk.bytes(LEDGER);
  const text = Buffer.from(bytes).toString('latin1');
  const lastLine = text.lastIndexOf('\n', text.length - 2) + 1;
  for (let byte = 0; byte < bytes.length; byte += 7) {
    const copy = disk.crash(seededRandom(0));
    const flipped = bytes.slice();
    flipped[byte] ^= 1;
    copy.damage(LEDGER, flipped);
    const { chain } = check(copy);
    assert.ok(chain.findings.length > 0, `byte ${byte}`);
    const open = (): Ledger => Ledger.open(CHAIN, journal.log, { files: copy.files });
    if (byte < lastLine - 1) assert.throws(open, { code: 'journal.corrupt' }, `byte ${byte}`);
    else {
      const ledger = open();
      assert.equal(ledger.cutBytes, bytes.length - lastLine);
      ledger.seal(openOn(copy, OPTIONS));
      assert.deepEqual(check(copy).chain.findings, []);
    }
  }
});

test('a last line that a power cut left in part is no finding: up to there the journal is signed', () => {
  const { disk } = signed();
  const bytes = disk.bytes(LEDGER);
  const { upTo } = check(disk).chain;
  const lastLine = Buffer.from(bytes).lastIndexOf('\n', bytes.length - 2) + 1;
  for (const torn of [bytes.subarray(0, -1), bytes.subarray(0, lastLine + 1), bytes.slice().fill(0, lastLine, -9)]) {
    disk.damage(LEDGER, torn);
    const { chain } = check(disk);
    assert.deepEqual(chain.findings, []);
    assert.ok(chain.upTo < upTo);
  }
});

test('a line that an earlier process wrote and could not sync is on disk before another stands behind it', () => {
  const { disk, journal, ledger } = signed();
  const [seventh, eighth] = [12, 13].map((from) => ({
    kind: 'frame' as const,
    from,
    to: from + 1,
    count: 1,
    root: '',
  }));
  disk.failCall(2, 'EIO');
  assert.throws(() => ledger.append(seventh), { code: 'disk.sync' });
  const again = Ledger.open(CHAIN, journal.log, { files: disk.files });
  assert.equal(again.length, 8);
  again.append(eighth);
  for (let seed = 0; seed < 20; seed++) {
    const { files } = disk.crash(seededRandom(seed));
    assert.equal(Ledger.open(CHAIN, journal.log, { files }).length, 9);
  }
});

test('lines cut off its end show against a head that was kept elsewhere', () => {
  const { disk, ledger } = signed();
  const text = Buffer.from(disk.bytes(LEDGER)).toString();
  disk.damage(LEDGER, Buffer.from(text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)));
  assert.deepEqual(check(disk).chain.findings, []);
  assert.match(
    check(disk, { head: ledger.head }).chain.findings[0].what,
    /^no line of it has the hash [0-9a-f]{64}: lines are gone$/,
  );
});

test('a ledger signed with another key, of another journal, or none at all is named', () => {
  const { disk, ledger } = signed();
  const stranger = signed();
  disk.damage(LEDGER, stranger.disk.bytes(LEDGER));
  assert.match(
    check(disk, { key: ledger.key }).chain.findings[0].what,
    /its signature does not match; nothing from here on is proven/,
  );
  assert.throws(() => Ledger.open(CHAIN, ledger.head, { files: disk.files }), { code: 'journal.corrupt' });
  const other = signed();
  assert.throws(() => Ledger.open(CHAIN, 'f'.repeat(16), { files: other.disk.files }), {
    code: 'journal.corrupt',
    message: /it is the ledger of the journal/,
  });
  disk.lose(LEDGER);
  assert.equal(check(disk).chain.findings[0].what, 'there is no ledger');
  const unbegun = simulatedDisk();
  openOn(unbegun, OPTIONS);
  assert.deepEqual(check(unbegun).chain.findings, []);
  disk.damage(LEDGER, Buffer.from('{}\n'));
  assert.equal(check(disk).chain.findings[0].what, 'its first line names no ed25519 key');
});

test('the key may lie outside the data folder, is the owner’s alone, and its loss is said', () => {
  const keyPath = path.join(temporary, 'keys', 'weir.pem');
  const folder = path.join(temporary, 'chain');
  const ledger = Ledger.open(folder, '0'.repeat(16), { keyPath });
  ledger.close();
  assert.equal(fs.statSync(keyPath).mode & 0o777, 0o600);
  assert.deepEqual(fs.readdirSync(folder), ['ledger.ndjson']);
  assert.equal(Ledger.open(folder, '0'.repeat(16), { keyPath }).key, ledger.key);
  fs.rmSync(keyPath);
  assert.throws(() => Ledger.open(folder, '0'.repeat(16), { keyPath }), {
    code: 'journal.key',
    message: /is missing$/,
  });
  fs.writeFileSync(keyPath, 'no key');
  assert.throws(() => Ledger.open(folder, '0'.repeat(16), { keyPath }), {
    code: 'journal.key',
    message: /no ed25519 private key/,
  });
});

test('a failed sync stops the ledger too', () => {
  const { disk, journal, ledger } = signed();
  journal.appendGroup([[entry('more')]]);
  disk.failCall(2, 'EIO');
  assert.throws(() => ledger.seal(journal), { name: 'WeirError' });
  const entryOf = { kind: 'void' as const, lines: [] };
  disk.heal();
  disk.failCall(2, 'EIO');
  assert.throws(() => ledger.append(entryOf), { code: /disk.sync|journal.stopped/ });
  assert.throws(() => ledger.append(entryOf), { code: 'journal.stopped' });
});

test('entries that a repair gave up remain missing to the ledger, what stands beside them does not', () => {
  const { disk, journal } = signed();
  journal.close();
  const file = `${FOLDER}/0000000000000004.wj`;
  const bytes = disk.bytes(file);
  bytes[120] ^= 1;
  disk.damage(file, bytes);
  repairJournal(FOLDER, { files: disk.files });
  const { journal: verified, chain } = check(disk);
  assert.deepEqual([verified.findings, verified.kinds.lost], [[], 1]);
  assert.deepEqual(
    chain.findings.map(({ file, position, what }) => [file, position, what]),
    [[file, 4, 'the entry that was signed here was lost, and repaired away']],
  );
});
