/** The n-th call to the disk fails, for every n: what was acknowledged is there after the next start, once, in order. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, simulatedDisk, WeirError } from '../base/index.ts';
import { verifyJournal } from './index.ts';
import type { Journal, Unit } from './journal.ts';
import { contents, entry, FOLDER, openOn, plainNew } from './kit.twin.ts';

const CALLS = 500;
const OPTIONS = { segmentBytes: 700 };

/** A life with groups, rotations, releases and a reopening; ends at the first failure that stops it. Units in order. */
function live(disk: ReturnType<typeof simulatedDisk>, acknowledged: Unit[], refused: Unit[][]): void {
  let number = 0;
  let journal: Journal | null = null;
  try {
    for (let life = 0; life < 3; life++) {
      journal = openOn(disk, OPTIONS);
      for (let group = 0; group < 40; group++) {
        const units = [[entry(`${number++}`)], [entry(`${number++} `.padEnd(group * 5)), entry(`${number++}`)]];
        try {
          journal.appendGroup(units);
          acknowledged.push(...units);
        } catch (error) {
          assert.ok(error instanceof WeirError);
          refused.push(units);
          if (journal.failure !== null) {
            assert.throws(() => journal?.appendGroup(units), { code: 'journal.stopped' });
            return;
          }
          assert.equal(error.code, 'disk.full');
        }
        if (group % 2 === 0) journal.writeHead();
      }
      journal.close();
    }
  } catch (error) {
    assert.ok(error instanceof WeirError, String(error));
  } finally {
    journal?.close();
  }
}

/** Acknowledged units, in order, and between them at most whole units of a group that failed. */
function judge(found: readonly string[], acknowledged: readonly Unit[], refused: readonly Unit[][]): void {
  const wanted = acknowledged.flat().map(plainNew);
  assert.deepEqual(found.slice(0, wanted.length), wanted);
  const rest = found.slice(wanted.length);
  const last = refused.at(-1)?.map((unit) => unit.map(plainNew)) ?? [];
  const possible = last.map((_, count) => last.slice(0, count + 1).flat());
  if (rest.length > 0)
    assert.ok(
      possible.some((units) => JSON.stringify(units) === JSON.stringify(rest)),
      `found besides: ${rest}`,
    );
}

for (const code of ['EIO', 'ENOSPC']) {
  test(`each of the first ${CALLS} calls fails with ${code}, the process is started again or the power goes: no false ack`, () => {
    let stopped = 0;
    for (let n = 1; n <= CALLS; n++) {
      const disk = simulatedDisk();
      disk.failCall(n, code);
      const acknowledged: Unit[] = [];
      const refused: Unit[][] = [];
      live(disk, acknowledged, refused);
      if (acknowledged.length < 240) stopped++;
      for (const left of [disk, disk.crash(seededRandom(n))]) {
        const journal = openOn(left, OPTIONS);
        judge(contents(journal), acknowledged, refused);
        journal.close();
        assert.deepEqual(verifyJournal(FOLDER, { files: left.files }).findings, []);
      }
    }
    assert.ok(stopped > CALLS / 3, `only ${stopped} of the failures were met`);
  });
}

test('the disk fills up at any byte, again and again: groups are refused, and taken again when there is room', () => {
  const disk = simulatedDisk();
  const journal = openOn(disk, OPTIONS);
  const acknowledged: Unit[] = [];
  let refusals = 0;
  for (let n = 0; n < 300; n++) {
    const unit = [entry(`${n} `.padEnd(n % 97))];
    disk.capacity = 8192 + 80 + journal.bytes + (n % 300);
    try {
      journal.appendGroup([unit]);
      acknowledged.push(unit);
    } catch (error) {
      assert.ok(error instanceof WeirError);
      assert.equal(error.code, 'disk.full');
      refusals++;
    }
  }
  assert.ok(refusals > 100 && acknowledged.length > 40, `${refusals} refused`);
  assert.deepEqual(contents(openOn(disk.crash(seededRandom(1)), OPTIONS)), acknowledged.flat().map(plainNew));
});
