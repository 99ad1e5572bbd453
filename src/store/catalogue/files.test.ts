/** Segment files: their names, what a failing disk leaves of them, what is found in the folder. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom, sha256 } from '../../base/index.ts';
import { placeOf, SegmentFiles } from './files.ts';
import { emptyDisk, STORE } from './kit.twin.ts';

const PLACE = { tenant: 'acme', source: 'dc/1', first: 7, last: 1234 };
const PARTS = [Buffer.from('one '), Buffer.alloc(0), Buffer.from('two')];
const NAME = 'tenant=acme/source=dc%2F1/000000000007-000000001234-00000001.parquet';

test('a file has its tenant, source and positions in its name, and all its parts in it', () => {
  const disk = emptyDisk();
  const files = new SegmentFiles(disk.files, STORE, () => '00000001');
  assert.deepEqual(files.write(PLACE, PARTS), { file: NAME, bytes: 7, sha256: sha256('one two') });
  assert.equal(files.path(NAME), `${STORE}/${NAME}`);
  assert.equal(Buffer.from(disk.bytes(`${STORE}/${NAME}`)).toString(), 'one two');
  assert.equal(files.size(NAME), 7);
  assert.deepEqual(placeOf(NAME), PLACE);
  assert.deepEqual(files.list(), { segments: [NAME], drafts: [], strangers: [] });
});

test('any label can be read back from a name, unless it was too long for one; then it is told apart by a hash', () => {
  const disk = emptyDisk();
  const files = new SegmentFiles(disk.files, STORE);
  // A grapheme may take fifty bytes, each three as it is written.
  const label = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((text) => encodeURIComponent(text).length <= 150);
  fc.assert(
    fc.property(label, label, (tenant, source) => {
      const { file } = files.write({ ...PLACE, tenant, source }, PARTS);
      assert.match(file, /^tenant=[\w.%-]+\/source=[\w.%-]+\/[\d-]{25}-[0-9a-f]{8}\.parquet$/);
      assert.deepEqual(placeOf(file), { ...PLACE, tenant, source });
    }),
  );
  const [one, two] = ['a', 'b'].map((end) => files.write({ ...PLACE, source: `${':'.repeat(300)}${end}` }, PARTS).file);
  assert.ok(one.split('/').every((part) => Buffer.byteLength(part) < 255));
  assert.notEqual(one.split('/')[1], two.split('/')[1]);
  assert.equal(placeOf(one), null);
  for (const name of ['x', 'tenant=a/source=b/c.parquet', `${NAME}.draft`, NAME.replace('%2F', '%zz'), `x/${NAME}`]) {
    assert.equal(placeOf(name), null, name);
  }
});

test('a name that is taken, by a file or a draft, is not given again', () => {
  const disk = emptyDisk();
  const tokens = ['0000000a', '0000000a', '0000000b', '0000000c'];
  const files = new SegmentFiles(disk.files, STORE, () => tokens.shift() ?? '0000000a');
  const first = files.write(PLACE, PARTS).file;
  disk.damage(`${STORE}/${first.replace('0a.', '0b.')}.draft`, new Uint8Array(0));
  assert.equal(files.write(PLACE, PARTS).file, first.replace('0a.', '0c.'));
  assert.throws(() => files.write(PLACE, PARTS), { code: 'store.input' });
});

test('what is in the folder is told apart: segments, drafts, and what is not weir’s', () => {
  const disk = emptyDisk();
  const files = new SegmentFiles(disk.files, STORE);
  assert.deepEqual(files.list(), { segments: [], drafts: [], strangers: [] });
  for (const name of [NAME, `${NAME}.draft`, 'README', 'tenant=acme/notes', `${NAME}.bak`]) {
    disk.files.makeDirectory(`${STORE}/tenant=acme/source=dc%2F1`);
    disk.damage(`${STORE}/${name}`, Buffer.from('x'));
  }
  assert.deepEqual(files.list(), {
    segments: [NAME],
    drafts: [`${NAME}.draft`],
    strangers: ['README', 'tenant=acme/notes', `${NAME}.bak`],
  });
});

test('files that are removed are gone after a power cut, and those that were gone already are no error', () => {
  const disk = emptyDisk();
  const files = new SegmentFiles(disk.files, STORE);
  const names = [files.write(PLACE, PARTS), files.write({ ...PLACE, tenant: 'beta' }, PARTS)].map(({ file }) => file);
  const other = files.write(PLACE, PARTS).file;
  files.remove([...names, 'tenant=never/source=was/000000000000-000000000000-00000000.parquet']);
  files.remove(names);
  for (let seed = 0; seed < 20; seed++) {
    const left = new SegmentFiles(disk.crash(seededRandom(seed)).files, STORE);
    assert.deepEqual(left.list().segments, [other]);
  }
});

for (const code of ['EIO', 'ENOSPC']) {
  test(`whichever call fails with ${code} while a file is written: it is whole and durable, or no segment is there`, () => {
    let failed = 0;
    for (let n = 1; n < 25; n++) {
      const disk = emptyDisk();
      const files = new SegmentFiles(disk.files, STORE, () => '00000001');
      disk.failCall(n, code);
      let written = false;
      try {
        written = files.write(PLACE, PARTS).file === NAME;
      } catch (error) {
        assert.match(String((error as { code?: unknown }).code), /^disk\./);
        failed++;
      }
      disk.heal();
      for (let seed = 0; seed < 10; seed++) {
        const left = disk.crash(seededRandom(seed));
        const there = new SegmentFiles(left.files, STORE).list().segments;
        if (written) assert.deepEqual(there, [NAME]);
        for (const file of there) assert.equal(Buffer.from(left.bytes(`${STORE}/${file}`)).toString(), 'one two');
      }
      // A draft takes room that may be what is short.
      if (!written) assert.deepEqual(files.list().drafts, []);
    }
    assert.ok(failed > 10, `only ${failed} calls failed`);
  });
}

test('a disk that fills up keeps neither file nor draft, and says that it is full', () => {
  const disk = emptyDisk();
  const files = new SegmentFiles(disk.files, STORE);
  disk.capacity = 1000;
  assert.throws(() => files.write(PLACE, [Buffer.alloc(900), Buffer.alloc(200)]), { code: 'disk.full' });
  assert.deepEqual(files.list(), { segments: [], drafts: [], strangers: [] });
});

test('a draft that can be neither written nor removed is said to be there still', () => {
  const disk = emptyDisk();
  const files = new SegmentFiles(disk.files, STORE);
  const { file } = files.write(PLACE, PARTS);
  files.remove([file]);
  // After the two looks at the name: opening, writing; then the look at the draft.
  disk.failCall(4, 'EIO');
  disk.failCall(5, 'EIO');
  assert.throws(() => files.write(PLACE, PARTS), {
    code: 'disk.write',
    message: /cannot write .*\.draft: .*; what was written of it is left until the next start/,
  });
  assert.equal(files.list().drafts.length, 1);
});
