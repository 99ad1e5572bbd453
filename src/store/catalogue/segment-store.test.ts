/** Leases, collecting, sweeping: what is deleted, and what never is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WeirError } from '../../base/index.ts';
import { Catalogue } from './catalogue.ts';
import { catalogueFile, cut, draft, emptyDisk, LOG, merge, STORE, type World, world } from './kit.twin.ts';

const JOURNAL = { log: LOG, start: 0 };
const LABELS = { tenant: 'acme', source: 'dc' };

/** A store with what a journal of 30 entries makes, in three cuts. */
function filled(): World & { readonly simulated: ReturnType<typeof emptyDisk> } {
  const simulated = emptyDisk();
  const one = world(simulated.files, new Catalogue(catalogueFile()));
  for (let from = 0; from < 30; from += 10) {
    const written = cut(from, from + 10).map((segment) => one.store.write(segment));
    one.store.publish(written, { log: LOG, position: from + 10 });
  }
  return { ...one, simulated };
}

const ownFiles = ({ store }: World): string[] =>
  store.open({ tenant: 'acme', sources: ['dc'] }).found.segments.map(({ file }) => file);

test('a replaced file stays as long as a query holds it, and is deleted when the last one lets go', () => {
  const { store, ...rest } = filled();
  const first = store.open({ tenant: 'acme', sources: ['dc'] });
  const second = store.lease(first.lease.files);
  const { segments } = first.found;
  assert.deepEqual(
    first.lease.files,
    segments.map(({ file }) => file),
  );
  assert.equal(store.leased, 3);
  merge({ store, ...rest }, segments);
  assert.deepEqual(store.collect(), { removed: 0, bytes: 0, leased: 3 });
  first.lease.release();
  first.lease.release();
  assert.equal(store.collect().leased, 3);
  assert.ok(segments.every(({ file }) => rest.events(file).length > 0));
  second.release();
  assert.equal(store.leased, 0);
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  assert.deepEqual(store.collect(), { removed: 3, bytes, leased: 0 });
  assert.deepEqual(store.collect(), { removed: 0, bytes: 0, leased: 0 });
  assert.ok(segments.every(({ file }) => store.files.size(file) === null));
  assert.throws(() => store.lease([segments[0].file]), { code: 'store.gone' });
});

test('a lease is released at the end of its block, and one of a segment that is gone holds nothing', () => {
  const { store, ...rest } = filled();
  const { segments } = store.open({ tenant: 'beta' }).found;
  {
    using lease = store.lease(segments.map(({ file }) => file));
    assert.ok(lease.files.length > 1);
  }
  merge({ store, ...rest }, store.catalogue.find({ tenant: 'acme', sources: ['fw'] }).segments);
  const [gone] = store.catalogue.garbage();
  const before = store.leased;
  assert.throws(() => store.lease([segments[0].file, gone.file]), { code: 'store.gone' });
  assert.equal(store.leased, before);
});

test('what was written and given up is deleted; segments cannot be given up', () => {
  const { store } = filled();
  const written = store.write(draft(LABELS, { first: 30, last: 31, level: 0 }, ['30/0']));
  store.discard([written]);
  assert.equal(store.files.size(written.file), null);
  const [segment] = store.catalogue.segments();
  assert.throws(() => store.discard([segment]), { code: 'store.input' });
  assert.notEqual(store.files.size(segment.file), null);
});

test('after a crash, files that nobody knows are deleted where their events are elsewhere', () => {
  const { store, describe, simulated } = filled();
  const before = store.files.list().segments;
  const own = store.catalogue.find({ tenant: 'acme', sources: ['dc'] }).segments;
  const range = { first: own[0].first, last: own[2].last, level: 1 };
  const orphans = [
    store.write(draft(LABELS, range, ['x'])),
    store.write(draft(LABELS, { first: 30, last: 33, level: 0 }, ['x'])),
    store.write(draft({ tenant: 'new', source: 'new' }, { first: 31, last: 31, level: 0 }, ['x'])),
  ];
  simulated.damage(`${STORE}/${own[0].file}.draft`, Buffer.from('half'));
  simulated.damage(`${STORE}/tenant=acme/notes.txt`, Buffer.from('mine'));
  const swept = store.sweep(describe, JOURNAL);
  assert.deepEqual(swept.removed.toSorted(), [`${own[0].file}.draft`, ...orphans.map(({ file }) => file)].sort());
  assert.equal(swept.removedBytes, 4 + orphans.reduce((sum, { bytes }) => sum + bytes, 0));
  assert.deepEqual([swept.kept, swept.missing, swept.strangers], [[], [], ['tenant=acme/notes.txt']]);
  assert.deepEqual(store.files.list().segments, before);
});

test('a file that nobody knows stays where it may be the only copy: released from the journal, of another log, not to be read', () => {
  const { store, describe, simulated } = filled();
  const released = store.write(draft(LABELS, { first: 35, last: 36, level: 0 }, ['x']));
  const past = store.write(draft({ tenant: 'new', source: 'new' }, { first: 3, last: 4, level: 0 }, ['x']));
  const [torn] = store.catalogue.segments();
  const name = torn.file.replace(/[0-9a-f]{8}\.parquet/, 'ffffffff.parquet');
  simulated.damage(`${STORE}/${name}`, Buffer.from('{"'));
  const { kept, removed } = store.sweep(describe, { log: LOG, start: 36 });
  assert.deepEqual(removed, []);
  assert.deepEqual(kept.map(({ file }) => file).sort(), [released.file, past.file, name].sort());
  assert.match(kept.find(({ file }) => file === name)?.why ?? '', /cannot be read/);
  assert.match(
    kept.find(({ file }) => file === past.file)?.why ?? '',
    /positions 3 to 4, and the journal has those from 36/,
  );
  assert.equal(store.sweep(describe, { log: 'other/0', start: 0 }).kept.length, 3);
  assert.deepEqual(store.sweep(describe, JOURNAL).removed, [released.file]);
});

test('a catalogue that was restored from an older copy does not delete what was merged since, its inputs being gone', () => {
  const { store, describe, ...rest } = filled();
  const inputs = store.catalogue.find({ tenant: 'acme', sources: ['dc'] }).segments;
  const output = store.write(
    draft(
      LABELS,
      { first: inputs[0].first, last: inputs[2].last, level: 1 },
      inputs.flatMap(({ file }) => rest.events(file)),
    ),
  );
  // As after the merge, but for the catalogue.
  store.files.remove(inputs.map(({ file }) => file));
  const swept = store.sweep(describe, JOURNAL);
  assert.deepEqual(
    swept.missing,
    inputs.map(({ file }) => file),
  );
  assert.deepEqual(
    swept.kept.map(({ file }) => file),
    [output.file],
  );
  assert.deepEqual(swept.removed, []);
});

test('a segment whose file has another length counts as missing', () => {
  const { store, describe, simulated } = filled();
  const [first] = store.catalogue.segments();
  simulated.damage(`${STORE}/${first.file}`, simulated.bytes(`${STORE}/${first.file}`).subarray(1));
  assert.deepEqual(store.sweep(describe, JOURNAL).missing, [first.file]);
});

test('files of one query are those of one moment', () => {
  const all = filled();
  assert.equal(ownFiles(all).length, 3);
  const { found, lease } = all.store.open({ tenant: 'acme', sources: ['dc'], needs: [{ paths: ['never'] }] });
  assert.deepEqual([found.segments, lease.files, found.pruned.columns.segments], [[], [], 3]);
});

test('a start looks up row groups of segments that an older program has named, once, and goes on where a file is damaged', () => {
  const one = filled();
  const [first, second] = ownFiles(one);
  const groups = [{ rows: 3, filter: { at: 4, bytes: 32, numbers: true } }];
  const asked: string[] = [];
  const describe: World['describe'] = (file) => {
    asked.push(file);
    if (file === second) throw new WeirError('store.damaged', 'torn');
    return { ...one.describe(file), groups };
  };
  assert.equal(one.store.catalogue.ungrouped().includes(first), true);
  one.store.sweep(describe, JOURNAL);
  assert.deepEqual(one.store.catalogue.ungrouped(), [second]);
  const { files } = one.store.catalogue.narrow([first, second], []);
  assert.deepEqual(files, new Map([[first, groups] as const, [second, null] as const]));
  asked.length = 0;
  one.store.sweep(describe, JOURNAL);
  assert.deepEqual(asked, [second]);
});
