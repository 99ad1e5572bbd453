/** What lines of the ledger of segments come to (segment-state.ts), how they are read (chain-lines.ts) and distrusted (verify-segment-ledger.ts). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits, overrideLimits, simulatedDisk } from '../base/index.ts';
import { Ledger } from './chain.ts';
import type { LedgerEntry, SegmentRecord } from './chain-entries.ts';
import { readLines } from './chain-lines.ts';
import { pendingLines, SegmentState } from './segment-state.ts';
import { verifySegmentLedger } from './verify-segment-ledger.ts';

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const record = (number: number, count = 10, multiset = number): SegmentRecord => ({
  sha256: hex(number, 64),
  file: `segment ${number}`,
  from: number * 10,
  to: number * 10 + 10,
  count,
  multiset: hex(multiset, 32),
});

/** What is wrong with the lines, one after the other. */
function taken(state: SegmentState, ...entries: readonly LedgerEntry[]): (string | null)[] {
  return entries.map((entry) => state.take({ ...entry, n: state.lines, previous: '', signature: '' }));
}

const published = (...segments: readonly SegmentRecord[]): LedgerEntry => ({ kind: 'segment', segments });
const merged = (inputs: readonly SegmentRecord[], output: SegmentRecord): LedgerEntry => ({
  kind: 'compact',
  inputs: inputs.map(({ sha256 }) => sha256),
  output,
});
const expired = (of: SegmentRecord, output: SegmentRecord | null, count: number, subtracted: number): LedgerEntry => ({
  ...{ kind: 'expire', segment: of.sha256, output, count, subtracted: hex(subtracted, 32) },
  ...{ policy: 'p', because: 'age', at: 0, minutes: [] },
});
const files = (state: SegmentState): string[] => [...state.live.values()].map(({ file }) => file);

describe('segments by their lines', () => {
  test('are published, merged and let go of, and sums come out', () => {
    const state = new SegmentState();
    const [a, b, c] = [record(1), record(2), record(3)];
    const ab = record(4, 20, 3);
    const rest = record(5, 12, 2);
    assert.deepEqual(taken(state, published(a, b), published(c), merged([a, b], ab)), [null, null, null]);
    assert.deepEqual(files(state), ['segment 3', 'segment 4']);
    assert.deepEqual(taken(state, expired(ab, rest, 8, 1), expired(c, null, 10, 3)), [null, null]);
    assert.deepEqual(files(state), ['segment 5']);
    assert.deepEqual([state.ofFile('segment 5'), state.ofFile('segment 4')], [rest, null]);
    assert.deepEqual(
      state.expired.map(({ record: { file }, entry: { count } }) => [file, count]),
      [
        ['segment 4', 8],
        ['segment 3', 10],
      ],
    );
  });

  test('that do not add up are named', () => {
    const [a, b] = [record(1), record(2)];
    const wrong = (...entries: readonly LedgerEntry[]): string | null =>
      taken(new SegmentState(), published(a, b), ...entries).at(-1) ?? null;
    assert.match(wrong(published(a)) ?? '', /segment 1 is there already/);
    assert.match(wrong(merged([a, record(9)], record(4))) ?? '', /segment 4 is made of what is no segment/);
    assert.match(wrong(merged([a, b], record(4, 19, 3))) ?? '', /has 19 events, what it was made of had 20/);
    assert.match(wrong(merged([a, b], record(4, 20, 4))) ?? '', /does not have the events of what it was made of/);
    assert.match(wrong(expired(record(9), null, 10, 9)) ?? '', /was no segment/);
    assert.match(wrong(expired(a, null, 9, 1)) ?? '', /of the 10 events of segment 1 9 expired, and 0 are left/);
    assert.match(wrong(expired(a, null, 10, 2)) ?? '', /what is left of segment 1 is not what did not expire/);
    assert.match(wrong({ kind: 'void', lines: [7] }) ?? '', /line 7 .* cannot be undone any more/);
  });

  test('lines at the end that the catalogue knows nothing of are pending, and are undone', () => {
    const state = new SegmentState();
    const [a, b, c] = [record(1), record(2), record(3)];
    taken(state, published(a, b), published(c));
    const of = (...known: readonly string[]): number[] => pendingLines(state, (file) => known.includes(file));
    assert.deepEqual(of('segment 1', 'segment 2', 'segment 3'), []);
    assert.deepEqual(of('segment 1', 'segment 2'), [1]);
    taken(state, { kind: 'void', lines: [1] });
    assert.deepEqual([files(state), of('segment 1', 'segment 2')], [['segment 1', 'segment 2'], []]);
    taken(state, merged([a, b], record(4, 20, 3)));
    assert.deepEqual([of('segment 1', 'segment 2'), of('segment 4')], [[3], []]);
    taken(state, { kind: 'void', lines: [3] }, expired(a, null, 10, 1));
    assert.deepEqual([of('segment 1', 'segment 2'), of('segment 2')], [[5], []]);
    taken(state, { kind: 'void', lines: [5] });
    assert.deepEqual([files(state).sort(), state.expired], [['segment 1', 'segment 2'], []]);
    taken(state, { kind: 'rebuild', dropped: [a.sha256], added: [c] });
    assert.deepEqual([files(state).sort(), of('segment 3')], [['segment 2', 'segment 3'], []]);
  });
});

describe('a ledger', () => {
  const CHAIN = '/data/chain';
  const name = 'segments.ndjson';

  test('is read in parts, lines longer than one among them, and what is torn or too long is told', () => {
    const before = limits.chainLineBytesMax;
    const disk = simulatedDisk();
    disk.files.makeDirectory('/data');
    try {
      overrideLimits({ chainLineBytesMax: 16 });
      const read = (text: string): unknown[] => {
        using file = disk.files.open('/data/lines');
        file.truncate(0);
        file.write([Buffer.from(text)], 0);
        file.sync();
        return [...readLines(disk.files, '/data/lines')].map(({ byte, text, whole, last }) => [
          byte,
          text,
          whole,
          last,
        ]);
      };
      assert.deepEqual(read(''), []);
      assert.deepEqual(read('one\ntwo\n'), [
        [0, 'one', true, false],
        [4, 'two', true, true],
      ]);
      assert.deepEqual(read('0123456789\n0123456789\nx'), [
        [0, '0123456789', true, false],
        [11, '0123456789', true, false],
        [22, 'x', false, true],
      ]);
      assert.deepEqual(read('0123456789012345678\nx\n').slice(0, 2), [
        [0, '0123456789012345', false, false],
        [16, '678', true, false],
      ]);
    } finally {
      overrideLimits({ chainLineBytesMax: before });
    }
  });

  test('that is opened with its lines wanted is held against hashes and its last signature', () => {
    const disk = simulatedDisk();
    disk.files.makeDirectory('/data');
    const open = (): string[] => {
      const kinds: string[] = [];
      const ledger = Ledger.open(CHAIN, 'a log', { files: disk.files, name, onEntry: ({ kind }) => kinds.push(kind) });
      if (kinds.length === 0) ledger.append(published(record(1)));
      ledger.close();
      return kinds;
    };
    open();
    assert.deepEqual(open(), ['begin', 'segment']);
    const file = `${CHAIN}/${name}`;
    const text = Buffer.from(disk.bytes(file)).toString();
    const check = (more: object = {}): string[] =>
      verifySegmentLedger(CHAIN, 'a log', { files: disk.files, name, seen: [], ...more }).findings.map(
        ({ what }) => what,
      );
    assert.deepEqual(check(), []);
    const { head } = verifySegmentLedger(CHAIN, null, { files: disk.files, name, seen: [] });
    assert.deepEqual(check({ seen: [{ lines: 2, head: head ?? '', where: 'x' }] }), []);
    assert.match(check({ seen: [{ lines: 1, head: head ?? '', where: 'x' }] }).join(), /lines are gone/);
    assert.match(check({ key: 'AAAA' }).join(), /names no ed25519 key/);
    disk.damage(file, Buffer.from(text.replace('"count":10', '"count":11')));
    assert.throws(open, { code: 'journal.corrupt', message: /signature does not match/ });
    assert.deepEqual(check(), ['its signature does not match']);
    disk.damage(file, Buffer.from(text.replace('"kind":"begin"', '"kind":"begIn"')));
    assert.throws(open, { code: 'journal.corrupt' });
    assert.match(check().join(), /the hash it holds of the line before does not match; nothing from here on is proven/);
  });
});
