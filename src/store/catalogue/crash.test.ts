/**
 * Every disk call fails once, every transaction fails once before and once after it was kept, and then the process starts again or
 * the power goes: no event is lost, none is there twice, one that was erased stays away, and no file is left that nobody knows of.
 * The database stands for one that keeps what it has committed, as SQLite's does; kill.test.ts has the real one.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulatedDisk, seededRandom } from '../../base/index.ts';
import { Catalogue } from './catalogue.ts';
import { cut, draft, emptyDisk, frameAt, journalUpTo, LOG, merge, type World, world } from './kit.twin.ts';
import type { NewSegment } from './types.ts';

const END = 32;
const STEP = 8;
const MEMORY = ':memory:';

/** One that fails may have been done. */
type Done = 'no' | 'maybe' | 'yes';

/** What was acknowledged. */
interface Told {
  position: number;
  /** An event was erased. */
  erased: Done;
  /** All of one source expired. */
  expired: Done;
}

/** Takes the process away at a transaction: `kept` says whether the database has it. */
class FailingCatalogue extends Catalogue {
  failAt = 0;
  kept = false;
  steps = 0;

  #step(work: () => void): void {
    const fails = ++this.steps === this.failAt;
    if (!fails || this.kept) work();
    if (fails) throw new Error('killed');
  }

  override publish(...of: Parameters<Catalogue['publish']>): void {
    this.#step(() => super.publish(...of));
  }

  override replace(...of: Parameters<Catalogue['replace']>): void {
    this.#step(() => super.replace(...of));
  }

  override forgetGarbage(...of: Parameters<Catalogue['forgetGarbage']>): void {
    this.#step(() => super.forgetGarbage(...of));
  }
}

const ERASED = firstOf('acme dc');
const EXPIRED = 'beta dc';

/** The first event of a source. */
function firstOf(key: string): string {
  for (let position = 0; ; position++) {
    const frame = frameAt(position);
    if (frame?.key === key) return frame.events[0];
  }
}

/** From where it stands to the end of the journal: cuts, merges, an erasure, an expiry, collecting. */
function live(one: World, told: Told): void {
  const { store, events } = one;
  for (let from = store.catalogue.progress(LOG); from < END; from += STEP) {
    const written = cut(from, from + STEP).map((segment) => store.write(segment));
    store.publish(written, { log: LOG, position: from + STEP });
    told.position = from + STEP;
    for (const source of ['dc', 'fw']) {
      const { segments } = store.catalogue.find({ tenant: 'acme', sources: [source] });
      if (segments.length > 1) merge(one, segments);
    }
    store.collect();
  }
  const [first] = store.catalogue.find({ tenant: 'acme', sources: ['dc'] }).segments;
  const all = events(first.file);
  if (all.includes(ERASED)) {
    told.erased = 'maybe';
    const { first: from, last, tenant, source } = first;
    const range = { first: from, last, level: first.level + 1 };
    const output = store.write(
      draft(
        { tenant, source },
        range,
        all.filter((event) => event !== ERASED),
      ),
    );
    store.replace([first.file], [output], 'erasure');
    told.erased = 'yes';
  }
  const { segments } = store.catalogue.find({ tenant: 'beta' });
  if (segments.length > 0) {
    told.expired = 'maybe';
    store.replace(
      segments.map(({ file }) => file),
      [],
      'retention',
    );
    told.expired = 'yes';
  }
  store.collect();
}

/** Runs until it ends or fails; a failure is what was ordered. */
function run(one: World, told: Told): boolean {
  try {
    live(one, told);
    return true;
  } catch (error) {
    if (!/killed|simulated|cannot/.test(String(error))) throw error;
    return false;
  }
}

/**
 * What is there is what was in the journal up to where the catalogue says, once, and nothing else is on the disk. What has expired
 * `mayReturn` where the catalogue was lost before its files were deleted.
 */
function judge({ store, events }: World, { position, erased, expired }: Told, mayReturn = false): void {
  const reached = store.catalogue.progress(LOG);
  assert.ok(reached >= position, `${reached} of ${position}`);
  const segments = store.catalogue.segments();
  const found = segments.flatMap(({ file }) => events(file));
  const isErased = erased === 'yes' || (erased === 'maybe' && !found.includes(ERASED));
  const isOpen = expired === 'maybe' || (expired === 'yes' && mayReturn);
  const wanted = Array.from({ length: reached }, (_, at) => frameAt(at)).flatMap((frame) => {
    if (frame === null || (frame.key === EXPIRED && expired === 'yes' && !isOpen)) return [];
    if (frame.key === EXPIRED && isOpen && !found.includes(frame.events[0])) return [];
    return frame.events.filter((event) => !isErased || event !== ERASED);
  });
  assert.deepEqual(found.toSorted(), wanted.sort());
  const there = store.files.list();
  assert.deepEqual(there, { segments: segments.map(({ file }) => file).sort(), drafts: [], strangers: [] });
  assert.deepEqual(store.catalogue.garbage(), []);
}

const over = (disk: SimulatedDisk, catalogue: Catalogue): World => world(disk.files, catalogue);

/** The next start with the catalogue there is, on the disk as it was left; then life goes on. */
function restart(disk: SimulatedDisk, catalogue: Catalogue, told: Told): void {
  const one = over(disk, catalogue);
  const { kept, missing } = one.store.sweep(one.describe, { log: LOG, start: told.position });
  assert.deepEqual([kept, missing], [[], []]);
  judge(one, told);
  assert.ok(run(one, told));
  judge(one, { position: END, erased: 'yes', expired: 'yes' });
}

/** The next start where the catalogue is lost too: from the files alone, and what of the journal is not released. */
function rebuild(disk: SimulatedDisk, told: Told): void {
  for (const start of [0, told.position]) {
    const one = over(disk, new Catalogue(MEMORY));
    const journal = journalUpTo(END, start);
    const isKnown = told.expired !== 'no';
    const { holes, unreadable } = one.store.rebuild(one.describe, {
      ...journal,
      *from(position) {
        for (const frame of journal.from(position)) if (!(isKnown && frame.tenant === 'beta')) yield frame;
      },
    });
    assert.deepEqual([holes, unreadable], [[], []]);
    one.store.collect();
    judge(one, told, true);
    one.store.catalogue.close();
  }
}

function copyOf(catalogue: Catalogue): Catalogue {
  const copy = new Catalogue(MEMORY);
  const segments = catalogue.segments().map(({ columns, ...rest }): NewSegment => ({ ...rest, columns }));
  copy.rebuild(segments, [{ log: LOG, position: catalogue.progress(LOG) }], catalogue.garbage());
  return copy;
}

/** Each way it may go on from here. */
function goOn(disk: SimulatedDisk, catalogue: Catalogue, told: Told, seed: number): void {
  disk.heal();
  const cutOff = disk.crash(seededRandom(seed));
  const lost = disk.crash(seededRandom(seed + 10_000));
  restart(cutOff, copyOf(catalogue), { ...told });
  rebuild(lost, { ...told });
  restart(disk, catalogue, { ...told });
}

for (const code of ['EIO', 'ENOSPC']) {
  test(`each call to the disk fails with ${code}, then the process starts again or the power goes`, () => {
    let failures = 0;
    for (let n = 1; ; n++) {
      const disk = emptyDisk();
      disk.failCall(n, code);
      const catalogue = new Catalogue(MEMORY);
      const told: Told = { position: 0, erased: 'no', expired: 'no' };
      const ended = run(over(disk, catalogue), told);
      if (!ended) failures++;
      const isBeyond = ended && disk.calls < n;
      goOn(disk, catalogue, told, n);
      catalogue.close();
      if (isBeyond) break;
    }
    assert.ok(failures > 200, `only ${failures} failures`);
  });
}

test('each transaction fails before or after it was kept, then the process starts again or the power goes', () => {
  for (const kept of [false, true]) {
    let failures = 0;
    for (let step = 1; ; step++) {
      const disk = emptyDisk();
      const catalogue = new FailingCatalogue(MEMORY);
      Object.assign(catalogue, { failAt: step, kept });
      const told: Told = { position: 0, erased: 'no', expired: 'no' };
      const ended = run(over(disk, catalogue), told);
      goOn(disk, catalogue, told, step);
      catalogue.close();
      if (ended) break;
      failures++;
    }
    assert.ok(failures > 10, `only ${failures} failures`);
  }
});
