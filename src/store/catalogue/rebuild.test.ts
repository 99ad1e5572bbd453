/** What the segments are where only files are known, and from where the journal is cut again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Catalogue } from './catalogue.ts';
import { Coverage } from './coverage.ts';
import { catalogueFile, cut, draft, emptyDisk, frameAt, journalUpTo, LOG, STORE, segment, world } from './kit.twin.ts';
import { resolve, resume } from './rebuild.ts';
import type { NewSegment } from './types.ts';

const at = (level: number, first: number, last: number, source = 'dc'): NewSegment =>
  segment(first, last, { level, source });
const ranges = (segments: readonly NewSegment[]): string[] =>
  segments.map(({ level, first, last, source }) => `${source} ${level}: ${first}-${last}`).sort();
const resolved = (...found: NewSegment[]): string[][] => {
  const { live, superseded, incomplete } = resolve(found);
  return [live, superseded, incomplete].map(ranges);
};

test('of a merge’s inputs and its output, all on disk, the output is what counts', () => {
  assert.deepEqual(resolved(at(0, 0, 9), at(0, 10, 19), at(1, 0, 19), at(0, 20, 29)), [
    ['dc 0: 20-29', 'dc 1: 0-19'],
    ['dc 0: 0-9', 'dc 0: 10-19'],
    [],
  ]);
});

test('levels go on: what was merged, then erased from, then merged again', () => {
  assert.deepEqual(resolved(at(0, 0, 9), at(1, 0, 19), at(2, 0, 19), at(3, 0, 40), at(2, 20, 40)), [
    ['dc 3: 0-40'],
    ['dc 0: 0-9', 'dc 1: 0-19', 'dc 2: 0-19', 'dc 2: 20-40'],
    [],
  ]);
});

test('positions of other tenants, sources and logs are no neighbours', () => {
  const other = segment(0, 9, { log: 'other/0' });
  const { live } = resolve([at(0, 0, 9), at(1, 0, 9, 'fw'), other, segment(0, 9, { tenant: 'beta' })]);
  assert.equal(live.length, 4);
});

test('outputs of which one was never written go, and what they were made from stays', () => {
  assert.deepEqual(resolved(at(0, 0, 9), at(0, 10, 19), at(1, 0, 14)), [
    ['dc 0: 0-9', 'dc 0: 10-19'],
    [],
    ['dc 1: 0-14'],
  ]);
  // Both were written; frames of other sources lie between them.
  assert.deepEqual(resolved(at(0, 0, 9), at(0, 10, 19), at(1, 0, 13), at(1, 16, 19)), [
    ['dc 1: 0-13', 'dc 1: 16-19'],
    ['dc 0: 0-9', 'dc 0: 10-19'],
    [],
  ]);
});

test('files that contradict each other are refused, both named', () => {
  const [one, two] = [at(0, 0, 9), at(0, 5, 14)];
  assert.throws(() => resolve([one, two]), { code: 'store.overlap', message: new RegExp(`${one.file}.*${two.file}`) });
  assert.throws(() => resolve([at(0, 0, 9), at(0, 0, 9)]), { code: 'store.overlap' });
  // Its inputs are not all there, so it may hold the only copy.
  assert.throws(() => resolve([at(0, 0, 9), at(1, 5, 20)]), { code: 'store.overlap' });
});

test('whatever was merged and wherever it stopped, what counts stands for every position once', () => {
  const history = fc.record({
    cuts: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 }),
    merges: fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 5 })), { maxLength: 8 }),
    lost: fc.nat(),
  });
  fc.assert(
    fc.property(history, ({ cuts, merges, lost }) => {
      let end = 0;
      let live = cuts.map((length) => {
        const made = at(0, end, end + length - 1);
        end += length;
        return made;
      });
      const disk = new Set(live);
      for (const [start, count] of merges) {
        const from = start % live.length;
        const inputs = live.slice(from, from + count);
        const level = Math.max(...inputs.map((input) => input.level)) + 1;
        const output = at(level, inputs[0].first, inputs[inputs.length - 1].last);
        disk.add(output);
        live = [...live.slice(0, from), output, ...live.slice(from + inputs.length)];
        // Some of the inputs are deleted by now.
        inputs.forEach((input, i) => {
          if ((lost >> (i % 8)) & 1) disk.delete(input);
        });
      }
      assert.deepEqual(ranges(resolve([...disk]).live), ranges(live));
    }),
  );
});

test('a segment is found by any position it stands for, and by no other', () => {
  const [one, two] = [at(0, 5, 9), at(0, 12, 12)];
  const coverage = new Coverage([two, one]);
  const found = Array.from({ length: 15 }, (_, position) => coverage.at(one, position));
  assert.deepEqual(
    found.map((it) => (it === one ? 1 : it === two ? 2 : 0)),
    [0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 2, 0, 0],
  );
  assert.equal(coverage.at({ ...one, source: 'fw' }, 7), null);
  assert.deepEqual([...coverage.within(one, 0, 20)], [one, two]);
  assert.deepEqual([...coverage.within(one, 9, 11)], [one]);
  assert.deepEqual([...coverage.within(one, 10, 11)], []);
});

/** Segments of the made-up journal, cut at these positions. */
function cuts(...positions: number[]): NewSegment[] {
  return positions
    .slice(1)
    .flatMap((to, i) =>
      cut(positions[i], to).map(({ parts: _, ...info }, n) => ({ ...info, file: `${to}/${n}`, bytes: 1 })),
    );
}

test('a log goes on at its first frame that is in no segment; what was cut beyond goes', () => {
  const whole = cuts(0, 10, 20);
  assert.deepEqual(resume(whole, journalUpTo(20)), { live: whole, position: 20, unfinished: [], holes: [] });
  const later = Array.from({ length: 40 }, (_, position) => position).filter((position) => position >= 20);
  const next = later.find((position) => frameAt(position) !== null);
  assert.equal(resume(whole, journalUpTo(40)).position, next);
  // The second of three files of the last cut was never written.
  const [first, ...rest] = cuts(20, 40);
  const half = resume([...whole, first, ...rest.slice(1)], journalUpTo(40, 15));
  assert.deepEqual([ranges(half.live), ranges(half.unfinished)], [whole, [first, ...rest.slice(1)]].map(ranges));
  assert.equal(half.position, next);
});

test('frames of a lost file are cut again where the journal has them, and named as holes where it has let go of their neighbours', () => {
  const all = cuts(0, 10, 20, 30);
  const lost = all.find(({ first, source }) => first >= 10 && source === 'fw');
  const left = all.filter((one) => one !== lost);
  const again = resume(left, journalUpTo(30));
  // With its neighbours, for these were cut in one go: from the first position of any that reaches beyond.
  const beyond = left.filter(({ last }) => last >= (lost?.first ?? 0));
  assert.deepEqual(ranges(again.unfinished), ranges(beyond));
  assert.equal(again.position, Math.min(...beyond.map(({ first }) => first)));
  assert.deepEqual(again.holes, []);
  // One segment of another source stands for positions before the journal begins up to its end.
  const long = { ...all[0], source: 'long', first: 2, last: 29 };
  const { holes, position, live } = resume([...left, long], journalUpTo(30, 11));
  const wanted = Array.from({ length: 19 }, (_, i) => i + 11).filter(
    (at) => at <= 19 && frameAt(at)?.key === 'acme fw',
  );
  assert.deepEqual(
    holes.map((hole) => [hole.source, hole.position]),
    wanted.map((at) => ['fw', at]),
  );
  assert.deepEqual([position, live.length], [30, left.length + 1]);
});

test('the catalogue is made anew from files; damaged ones and strangers stay where they are and are named', () => {
  const disk = emptyDisk();
  const first = world(disk.files, new Catalogue(catalogueFile()));
  for (let from = 0; from < 24; from += 8) {
    const written = cut(from, from + 8).map((one) => first.store.write(one));
    first.store.publish(written, { log: LOG, position: from + 8 });
  }
  const old = first.store.write({ ...draft({ tenant: 'acme', source: 'dc' }, { first: 4, last: 9, level: 0 }, ['x']) });
  const before = first.store.catalogue.segments();
  const damaged = `${old.file.slice(0, -16)}deadbeef.parquet`;
  disk.damage(`${STORE}/${damaged}`, Buffer.from('nothing'));
  disk.damage(`${STORE}/tenant=acme/mine`, Buffer.from('x'));
  disk.lose(`${STORE}/${old.file}`);
  const again = world(disk.files, new Catalogue(catalogueFile()));
  const rebuilt = again.store.rebuild(again.describe, journalUpTo(24, 24));
  assert.deepEqual(
    { ...rebuilt, unreadable: rebuilt.unreadable.map(({ file }) => file) },
    {
      segments: before.length,
      rows: before.reduce((sum, { rows }) => sum + rows, 0),
      superseded: 0,
      incomplete: 0,
      unfinished: 0,
      position: 24,
      holes: [],
      unreadable: [damaged],
      strangers: ['tenant=acme/mine'],
    },
  );
  const plain = (list: typeof before) =>
    list.map(({ columns, ...rest }) => ({ ...rest, columns })).sort((a, b) => (a.file < b.file ? -1 : 1));
  assert.deepEqual(plain(again.store.catalogue.segments()), plain(before));
  // Logs of which no journal is at hand go as far as their segments.
  again.store.rebuild(again.describe, { ...journalUpTo(0), log: 'new/0' });
  assert.equal(again.store.catalogue.progress(LOG), Math.max(...before.map(({ last }) => last)) + 1);
  assert.equal(again.store.catalogue.progress('new/0'), 0);
});
