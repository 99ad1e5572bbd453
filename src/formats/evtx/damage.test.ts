// What a broken or hostile record costs: damage, budget and bounds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type BuiltRecord,
  buildChunk,
  buildFile,
  type Element,
  element,
  optional,
  type Part,
  type SlotValue,
  sealChunk,
  slot,
  string,
  value,
} from '../../../test/fuzz/evtx-builder.ts';
import { readAll } from '../../../test/fuzz/evtx-read.ts';

const HEADER = 4096;
const ROOT = element('Event', {}, slot(0));
const record = (id: number): BuiltRecord => ({
  id,
  fragment: { kind: 'template', id: 77, root: ROOT, values: [string(`event ${id}`)] },
});
const line = (id: number): string => `{"Event":"event ${id}"}`;

/** Reads one record beside a good one; returns what is said of it. */
async function faultOf(root: Element, values: readonly SlotValue[] = [], bare = false): Promise<string> {
  const fragment = bare ? ({ kind: 'bare', root } as const) : ({ kind: 'template', id: 5, root, values } as const);
  const { lines, unparsed } = await readAll(buildFile(buildChunk([{ id: 1, fragment }, record(2)])));
  assert.deepEqual(lines, [line(2)]);
  assert.equal(unparsed.length, 1);
  assert.match(unparsed[0], /^chunk 1, record 1, byte \d+: /);
  return unparsed[0].replace(/^.*?: /, '');
}

const many = (count: number, part: Part): Part[] => Array.from({ length: count }, () => part);
const raw = (...bytes: number[]) => ({ kind: 'raw' as const, bytes });

test('each way in which tokens break the grammar is named', async () => {
  assert.equal(await faultOf(element('E', {}, raw(0x3f))), '0x3f is no token of an element');
  assert.equal(await faultOf(element('E', {}, raw(0x0c))), '0x0c is no token of an element');
  assert.equal(await faultOf(element('E', {}, raw(0x02))), 'an element has two bodies');
  assert.equal(await faultOf(element('E', {}, raw(0x03))), 'an empty element has a body');
  assert.equal(await faultOf(element('E', {}, raw(0x05, 8, 1, 0))), 'a text has value type 8, not 1');
  assert.equal(await faultOf(element('E', {}, raw(0x05, 1, 0xff, 0xff))), 'a text of 65535 units does not fit');
  assert.equal(await faultOf(element('E', {}, raw(0x06, 0, 0, 0, 0))), 'an attribute stands outside a start tag');
  assert.equal(await faultOf(element('E', { a: raw(0x04) })), 'an element ends among attributes');
  assert.equal(
    await faultOf(element('E', { a: raw(0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) })),
    'an element begins among attributes',
  );
  assert.equal(
    await faultOf(element('E', {}, raw(0x09, 0xff, 0xff, 0, 0))),
    'a name stands at byte 65535, outside the chunk',
  );
  assert.equal(
    await faultOf(element('E', {}, raw(0x0b, 0xff, 0xff))),
    'an element does not end where its fragment does',
  );
  assert.match(await faultOf(element('N'.repeat(5000))), /^a name of 5000 units; at most 4096 are read$/);
  assert.equal(await faultOf(element('E', {}, slot(0, 0x21)), [value(0x21, 0x55)]), '0x55 begins no fragment');
  assert.equal(
    await faultOf(element('E', {}, slot(0, 0x21)), [value(0x21, 0x0c, 1)]),
    'a template instance does not fit',
  );
});

test('elements and fragments nested too deep are named', async () => {
  let deep = element('E');
  for (let i = 0; i < 60; i++) deep = element('E', {}, deep);
  assert.equal(await faultOf(deep), 'elements stand more than 56 deep');
  assert.equal(await faultOf(deep, [], true), 'elements stand more than 56 deep');
  const root = element('E', {}, slot(0, 0x21));
  let nested: SlotValue = string('x');
  for (let i = 0; i < 60; i++) nested = { type: 0x21, fragment: { kind: 'template', id: 6, root, values: [nested] } };
  assert.equal(await faultOf(root, [nested]), 'elements stand more than 56 deep');
});

test('a small record that would grow without end is named and cut', async () => {
  const long = string('x'.repeat(10_000));
  assert.equal(await faultOf(element('E', {}, ...many(500, slot(0))), [long]), 'its JSON passes 1048576 bytes');
  // A template that holds itself a hundred times, ten times over.
  const root = element('E', {}, ...many(100, slot(0, 0x21)));
  let nested: SlotValue = value(0x21);
  for (let i = 0; i < 10; i++) nested = { type: 0x21, fragment: { kind: 'template', id: 6, root, values: [nested] } };
  assert.equal(await faultOf(root, [nested]), 'it takes more work than any real event');
});

test('records that together grow or work too much are named and cut, each by itself within bounds', async () => {
  const together = async (root: Element, values: readonly SlotValue[], reason: RegExp): Promise<number> => {
    const records = Array.from(
      { length: 20 },
      (_, i): BuiltRecord => ({
        id: i + 1,
        fragment: { kind: 'template', id: 5, root, values },
      }),
    );
    const { lines, unparsed } = await readAll(buildFile(buildChunk(records)));
    assert.equal(lines.length + unparsed.length, 20);
    assert.ok(lines.length > 0);
    for (const text of unparsed) assert.match(text, reason);
    return unparsed.length;
  };
  const wide = element('E', {}, ...many(1000, slot(0)));
  assert.equal(await together(wide, [string('x'.repeat(500))], /the chunk's JSON passes 8388608 bytes$/), 4);
  const busy = element('E', {}, ...many(150, slot(0, 0x21)));
  const nested: SlotValue = {
    type: 0x21,
    fragment: { kind: 'template', id: 5, root: busy, values: [value(0x21)] },
  };
  assert.equal(await together(busy, [nested], /its chunk has taken more work than any real one$/), 3);
});

test('names and texts reaching past their record or chunk cost that record', async () => {
  const file = buildFile(
    buildChunk([
      { id: 1, fragment: { kind: 'bare', root: element('Event', {}, element('Abc', { k: optional(0) })) } },
      record(2),
    ]),
  );
  const view = new DataView(file.buffer);
  const start = HEADER + 512 + 24 + 4;
  // The name's length: token, dependency id, size, position; then next, hash, length.
  const length = start + 1 + 2 + 4 + 4 + 4 + 2;
  assert.equal(view.getUint16(length, true), 'Event'.length);
  view.setUint16(length, 4000, true);
  sealChunk(file, HEADER);
  const { ids, unparsed } = await readAll(file);
  assert.deepEqual(ids, [2]);
  assert.deepEqual(unparsed, [`chunk 1, record 1, byte ${start + 7}: a name does not fit`]);
});
