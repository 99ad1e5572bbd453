/** The journal against a plain list, over a simulated disk whose power fails. Any seed repeats exactly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, simulatedDisk } from '../base/index.ts';
import type { Journal, Unit } from './journal.ts';
import { contents, openOn, plainNew, randomUnit } from './kit.twin.ts';

const SEEDS = Number(process.env['JOURNAL_SEEDS'] ?? 600);

/** Every acknowledged unit, then whole units of the group that was under way, in order. */
function judge(found: readonly string[], acknowledged: readonly Unit[], underWay: readonly Unit[]): number {
  const wanted = acknowledged.flat().map(plainNew);
  assert.deepEqual(found.slice(0, wanted.length), wanted, 'an acknowledged entry is missing or another');
  let rest = found.slice(wanted.length);
  let kept = 0;
  while (rest.length > 0) {
    const unit = underWay[kept]?.map(plainNew) ?? [];
    assert.deepEqual(rest.slice(0, unit.length), unit, 'a unit is there in part, twice, or out of order');
    assert.ok(unit.length > 0, 'more than was ever written');
    rest = rest.slice(unit.length);
    kept++;
  }
  return kept;
}

test(`${SEEDS} seeds of groups, rotations, power cuts and reopenings: what was acknowledged is there, once, in order`, () => {
  let cuts = 0;
  for (let seed = 0; seed < SEEDS; seed++) {
    const random = seededRandom(seed);
    let disk = simulatedDisk();
    const acknowledged: Unit[] = [];
    try {
      const options = { segmentBytes: random.pick([1000, 5000, 100_000]) };
      for (let life = 0; life < 4; life++) {
        const journal: Journal = openOn(disk, options);
        cuts += journal.recovery.cut === null ? 0 : 1;
        const groups = random.integer(8);
        for (let group = 0; group < groups; group++) {
          const units = Array.from({ length: 1 + random.integer(5) }, () => randomUnit(random));
          journal.appendGroup(units);
          acknowledged.push(...units);
          if (random.integer(3) > 0) journal.writeHead();
        }
        const underWay = Array.from({ length: 1 + random.integer(3) }, () => randomUnit(random));
        let complete: readonly Unit[] = [];
        const end = random.integer(4);
        if (end === 0) {
          journal.close();
        } else if (end > 1) {
          // The power fails in the middle of a group: at one of its calls, not reported to anyone.
          disk.failCall(1 + random.integer(7), 'EIO');
          try {
            journal.appendGroup(underWay);
            acknowledged.push(...underWay);
          } catch {
            complete = underWay;
          }
        }
        disk.heal();
        // Killed only: what the operating system has in memory stays. Else the power went.
        if (random.integer(3) > 0) disk = disk.crash(random);
        const reopened = openOn(disk, options);
        cuts += reopened.recovery.cut === null ? 0 : 1;
        const kept = judge(contents(reopened), acknowledged, complete);
        acknowledged.push(...complete.slice(0, kept));
        if (random.integer(2) === 0) reopened.close();
        if (random.integer(2) === 0) disk = disk.crash(random);
      }
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
  assert.ok(cuts > SEEDS / 20, `only ${cuts} torn ends were met`);
});
