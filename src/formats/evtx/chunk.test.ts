// Damage: what a broken file loses is named, and nothing else is lost. Covers chunk; records that are broken inside are in damage.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import {
  type BuiltRecord,
  buildChunk,
  buildFile,
  element,
  headerSum,
  sealChunk,
  slot,
  string,
} from '../../../test/fuzz/evtx-builder.ts';
import { readAll } from '../../../test/fuzz/evtx-read.ts';

const HEADER = 4096;
const CHUNK = 65536;
const ROOT = element('Event', { xmlns: 'u' }, element('EventData', {}, element('Data', { Name: 'X' }, slot(0))));

const record = (id: number, text = `event ${id}`): BuiltRecord => ({
  id,
  fragment: { kind: 'template', id: 77, root: ROOT, values: [string(text)] },
});
const line = (id: number): string => `{"Event":{"#attributes":{"xmlns":"u"},"EventData":{"X":"event ${id}"}}}`;

/** A file of two chunks with three records each, ids 1 to 6. */
const sample = (): Uint8Array =>
  buildFile(buildChunk([record(1), record(2), record(3)]), buildChunk([record(4), record(5), record(6)]));

const viewOf = (file: Uint8Array): DataView => new DataView(file.buffer, file.byteOffset);

/** Positions in the file of the records of its first chunk. */
function recordsOf(file: Uint8Array): number[] {
  const view = viewOf(file);
  const places: number[] = [];
  for (let at = HEADER + 512; at < HEADER + view.getUint32(HEADER + 48, true); at += view.getUint32(at + 4, true)) {
    places.push(at);
  }
  return places;
}

/** Reads the sample after a change; every one of `ids` must come, once and right. */
async function damaged(
  change: (view: DataView, file: Uint8Array) => void,
  ids: readonly number[],
  unparsed: readonly string[],
): Promise<void> {
  const file = sample();
  change(viewOf(file), file);
  const read = await readAll(file);
  assert.deepEqual(read.unparsed, unparsed);
  assert.deepEqual(read.ids, ids);
  assert.deepEqual(read.lines, ids.map(line));
  assert.equal(read.report.unparsed, unparsed.length);
}

const ALL = [1, 2, 3, 4, 5, 6];

/** Puts a wrong checksum of the records into the header of a chunk, under a right checksum of the header. */
/** Makes the file header count `chunks`. */
function setCount(file: Uint8Array, chunks: number): void {
  viewOf(file).setUint16(42, chunks, true);
  viewOf(file).setUint32(124, crc32(file.subarray(0, 120)), true);
}

function spoilSum(file: Uint8Array, at: number, sum = 1): void {
  viewOf(file).setUint32(at + 52, sum, true);
  viewOf(file).setUint32(at + 124, headerSum(file.subarray(at)), true);
}

test('what the file header says of its chunks does not matter', async () => {
  const said = ['byte 0: the checksum of the file header is wrong; its chunks are read all the same'];
  await damaged((view) => view.setUint16(42, 1, true), ALL, said);
  await damaged((view) => view.setBigUint64(16, 99n, true), ALL, said);
  const file = sample();
  viewOf(file).setUint32(120, 1, true);
  const { lines, unparsed, report } = await readAll(file);
  assert.deepEqual([lines.length, unparsed, report.dirty], [6, [], true]);
});

test('a file header that is none is named, and its chunks are read', () =>
  damaged((view) => view.setUint8(0, 0x20), ALL, [
    'byte 0: the file header has no signature (ElfFile); its chunks are read all the same',
  ]));

test('a file of less than a header is named', async () => {
  const { unparsed, lines } = await readAll(sample().subarray(0, 100));
  assert.deepEqual(
    [unparsed, lines],
    [['byte 0: an EVTX file begins with 4096 bytes of header; this one has 100'], []],
  );
  assert.equal((await readAll(new Uint8Array(0))).unparsed.length, 1);
});

test('empty places for chunks at the end and in the middle are no damage', async () => {
  const empty = new Uint8Array(CHUNK);
  const file = buildFile(buildChunk([record(1)]), empty, buildChunk([record(2)]), empty);
  setCount(file, 2);
  const { lines, unparsed, report } = await readAll(file);
  assert.deepEqual([lines, unparsed, report.chunks], [[line(1), line(2)], [], 2]);
});

test('chunks that the file header counts and the file lacks are named, at a border of chunks too', async () => {
  const missing = async (file: Uint8Array): Promise<readonly string[]> => (await readAll(file)).unparsed;
  const file = sample();
  const reason = (counted: number, there: number): string =>
    `the file header counts ${counted} chunks, the file holds ${there}: the others are missing`;
  assert.deepEqual(await missing(file.subarray(0, HEADER + CHUNK)), [`byte 69632: ${reason(2, 1)}`]);
  assert.deepEqual(await missing(file.subarray(0, HEADER)), [`byte 4096: ${reason(2, 0)}`]);
  const zeros = file.slice();
  zeros.fill(0, HEADER, HEADER + CHUNK);
  assert.deepEqual(await missing(zeros), [`byte 135168: ${reason(2, 1)}`]);
  setCount(file, 3);
  assert.deepEqual(await missing(file.subarray(0, HEADER + CHUNK + 100)), [
    'chunk 2, byte 69632: 100 bytes without the signature of a chunk (ElfChnk)',
    `byte 69732: ${reason(3, 2)}`,
  ]);
  // While a log is in use its header is behind, and one with a wrong checksum says nothing.
  viewOf(file).setUint32(120, 1, true);
  assert.deepEqual(await missing(file), []);
});

test('wrong checksums are named, and the records are read', async () => {
  await damaged((view) => view.setUint32(HEADER + 124, 0, true), ALL, [
    'chunk 1, byte 4096: the checksum of the chunk header is wrong',
  ]);
  await damaged((_, file) => spoilSum(file, HEADER + CHUNK), ALL, [
    'chunk 2, byte 69632: the checksum of the records is wrong',
  ]);
});

test('a chunk that was written without checksums is not measured by them', () =>
  damaged(
    (view) => {
      view.setUint32(HEADER + 120, 4, true);
      view.setUint32(HEADER + 52, 1, true);
      view.setUint32(HEADER + 124, 1, true);
    },
    ALL,
    [],
  ));

test('a chunk without its signature is named, and read only by recover', async () => {
  const file = sample();
  file[HEADER] = 0;
  const plain = await readAll(file);
  assert.deepEqual(plain.unparsed, ['chunk 1, byte 4096: 65536 bytes without the signature of a chunk (ElfChnk)']);
  assert.deepEqual(plain.ids, [4, 5, 6]);
  const recovered = await readAll(file, { recover: true });
  assert.deepEqual(
    [recovered.ids, recovered.carvedIds],
    [
      [4, 5, 6],
      [1, 2, 3],
    ],
  );
  assert.deepEqual(recovered.carved, [1, 2, 3].map(line));
  assert.deepEqual([recovered.report.records, recovered.report.carved], [3, 3]);
});

test('a free-space offset that lies is put right by the last record, if the checksum says so', async () => {
  for (const free of [0, 512, 600, 60_000, 70_000]) {
    const file = sample();
    const view = viewOf(file);
    const end = view.getUint32(HEADER + 48, true);
    const sum = view.getUint32(HEADER + 52, true);
    view.setUint32(HEADER + 48, free, true);
    spoilSum(file, HEADER, sum);
    const read = await readAll(file);
    assert.deepEqual(read.ids, ALL);
    assert.deepEqual(read.unparsed, [
      `chunk 1, byte 4096: the chunk header puts the free space at byte ${free}, but its records end at byte ${end}`,
    ]);
  }
});

test('without a usable last record the free-space offset decides, and without either nothing is live', async () => {
  const file = sample();
  const view = viewOf(file);
  view.setUint32(HEADER + 44, 3, true);
  sealChunk(file, HEADER);
  assert.deepEqual([(await readAll(file)).ids, (await readAll(file)).unparsed], [ALL, []]);
  view.setUint32(HEADER + 48, 3, true);
  sealChunk(file, HEADER);
  const neither = await readAll(file);
  assert.deepEqual(neither.ids, [4, 5, 6]);
  assert.deepEqual(neither.unparsed, [
    'chunk 1, byte 4096: the chunk header tells neither where the free space begins (byte 3) nor the last record (byte 3)',
  ]);
  assert.deepEqual((await readAll(file, { recover: true })).carvedIds, [1, 2, 3]);
});

test('where nothing agrees with the checksum, the free-space offset comes first, then the last record', async () => {
  const outside = sample();
  viewOf(outside).setUint32(HEADER + 48, 70_000, true);
  spoilSum(outside, HEADER);
  const read = await readAll(outside);
  assert.deepEqual(read.ids, ALL);
  assert.deepEqual(read.unparsed, [
    'chunk 1, byte 4096: the checksum of the records is wrong',
    'chunk 1, byte 4096: the chunk header puts the free space at byte 70000, outside the chunk',
  ]);
});

test('records beyond the live area are not events; recover carves them, marked and counted apart', async () => {
  const file = sample();
  const places = recordsOf(file);
  const view = viewOf(file);
  view.setUint32(HEADER + 48, places[1] - HEADER, true);
  view.setUint32(HEADER + 44, places[0] - HEADER, true);
  sealChunk(file, HEADER);
  const plain = await readAll(file);
  assert.deepEqual([plain.ids, plain.unparsed], [[1, 4, 5, 6], []]);
  const recovered = await readAll(file, { recover: true });
  assert.deepEqual([recovered.ids, recovered.carvedIds, recovered.unparsed], [[1, 4, 5, 6], [2, 3], []]);
  assert.deepEqual(recovered.carved, [2, 3].map(line));
});

test('a carved record whose template was overwritten takes the same template from elsewhere in the file, or is named', async () => {
  const carvedFrom = async (chunks: Uint8Array[]): Promise<readonly [string[], string[]]> => {
    const { carved, unparsed } = await readAll(buildFile(...chunks), { recover: true });
    return [carved, unparsed];
  };
  // The chunk's beginning was written over; its second and third records remain.
  const rest = buildChunk([record(1), record(2), record(3)]);
  const second = 512 + viewOf(rest).getUint32(516, true);
  const fresh = buildChunk([{ id: 9, fragment: { kind: 'bare', root: element('Event') } }]);
  const end = viewOf(fresh).getUint32(48, true);
  const mixed = fresh.slice();
  mixed.set(rest.subarray(second), second);
  assert.ok(end < second);
  const wanted = [2, 3].map(line);
  assert.deepEqual(await carvedFrom([buildChunk([record(5)]), mixed]), [wanted, []]);
  const [carved, unparsed] = await carvedFrom([mixed]);
  assert.deepEqual(carved, []);
  assert.deepEqual(
    unparsed,
    [2, 3].map(
      (id) =>
        `chunk 1, record ${id}, byte ${4096 + second + (id - 2) * viewOf(rest).getUint32(second + 4, true) + 28}: its template was overwritten`,
    ),
  );
});

test('a file cut off gives what is there, and says so', async () => {
  const file = sample();
  const places = recordsOf(file).map((place) => place + CHUNK);
  const cut = await readAll(file.subarray(0, places[1] + 10));
  assert.deepEqual(cut.ids, [1, 2, 3, 4]);
  const [where, lost] = cut.unparsed;
  const have = places[1] + 10 - HEADER - CHUNK;
  assert.equal(
    where,
    `chunk 2, byte 69632: the file ends ${have} bytes into the chunk, whose records take ${viewOf(file).getUint32(HEADER + CHUNK + 48, true)}`,
  );
  assert.equal(lost, `chunk 2, byte ${places[1]}: 10 bytes of the live area are no record`);
  const inHeader = await readAll(file.subarray(0, HEADER + CHUNK + 100));
  assert.deepEqual(inHeader.ids, [1, 2, 3]);
  assert.deepEqual(inHeader.unparsed, ['chunk 2, byte 69632: 100 bytes without the signature of a chunk (ElfChnk)']);
});

test('bytes missing or added between chunks do not cost the chunks after them', async () => {
  const file = sample();
  const third = buildFile(buildChunk([record(7)])).subarray(HEADER);
  const added = Buffer.concat([
    file.subarray(0, HEADER + CHUNK),
    Buffer.alloc(1000, 7),
    file.subarray(HEADER + CHUNK),
    third,
  ]);
  const more = await readAll(added);
  assert.deepEqual(more.ids, [1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(more.unparsed, ['chunk 2, byte 69632: 1000 bytes without the signature of a chunk (ElfChnk)']);
  const missing = Buffer.concat([
    file.subarray(0, HEADER + CHUNK - 1000),
    file.subarray(HEADER + CHUNK),
    third,
    Buffer.alloc(5),
  ]);
  const fewer = await readAll(missing);
  assert.deepEqual(fewer.ids.slice(0, 3), [1, 2, 3]);
  assert.ok(fewer.ids.includes(7));
});

test('a broken record signature costs that record alone', async () => {
  const file = sample();
  const [first, second, third] = recordsOf(file);
  await damaged(
    (view) => {
      view.setUint8(second, 0x2b);
      sealChunk(new Uint8Array(view.buffer), HEADER);
    },
    [1, 3, 4, 5, 6],
    [`chunk 1, byte ${second}: ${third - second} bytes of the live area are no record`],
  );
  assert.ok(first < second);
});

test('a wrong size, at either end of a record, is named and the event is read', async () => {
  const [, second, third] = recordsOf(sample());
  await damaged(
    (view) => {
      view.setUint32(third - 4, 5, true);
      sealChunk(new Uint8Array(view.buffer), HEADER);
    },
    ALL,
    [
      `chunk 1, record 2, byte ${second}: its size is ${third - second}, but 5 at its end; the event is read all the same`,
    ],
  );
  for (const size of [0, 20, 40, 60_000, 0xffffffff]) {
    await damaged(
      (view) => {
        view.setUint32(second + 4, size, true);
        sealChunk(new Uint8Array(view.buffer), HEADER);
      },
      ALL,
      [
        `chunk 1, record 2, byte ${second}: its size is said to be ${size}, which is not where a record ends; the event is read all the same`,
      ],
    );
  }
});

test('a template position outside the chunk, or of no template, costs that record', async () => {
  const [, second] = recordsOf(sample());
  const at = second + 24 + 4;
  for (const [place, reason] of [
    [0xffffffff, 'its template stands at byte 4294967295, outside the chunk'],
    [0xfff8, 'its template stands at byte 65528, outside the chunk'],
    [600, 'its template of'],
    [50_000, 'its template begins with no element'],
  ] as const) {
    const file = sample();
    viewOf(file).setUint32(at + 6, place, true);
    sealChunk(file, HEADER);
    const { ids, unparsed } = await readAll(file);
    assert.deepEqual(ids, [1, 3, 4, 5, 6]);
    assert.equal(unparsed.length, 1);
    assert.ok(unparsed[0].startsWith('chunk 1, record 2, byte ') && unparsed[0].includes(reason), unparsed[0]);
  }
});

test('absurd counts and sizes of values cost that record', async () => {
  const [, second] = recordsOf(sample());
  for (const [offset, width] of [
    [38, 4],
    [42, 2],
  ] as const) {
    const file = sample();
    if (width === 4) viewOf(file).setUint32(second + offset, 0xfffffff0, true);
    else viewOf(file).setUint16(second + offset, 0xffff, true);
    sealChunk(file, HEADER);
    const { ids, unparsed } = await readAll(file);
    assert.deepEqual(ids, [1, 3, 4, 5, 6]);
    assert.match(unparsed.join('\n'), /^chunk 1, record 2, byte \d+: \d+ substitution values do not fit$/);
  }
});
