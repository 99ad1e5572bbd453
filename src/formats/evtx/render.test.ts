// What becomes of XML's shapes: definition, template, templates, literal and substitutions, through whole records.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildChunk,
  buildFile,
  type Element,
  element,
  type Fragment,
  none,
  optional,
  type Part,
  type SlotValue,
  slot,
  string,
  text,
  utf16,
  value,
} from '../../../test/fuzz/evtx-builder.ts';
import { readAll } from '../../../test/fuzz/evtx-read.ts';

let templateId = 0;
const template = (root: Element, ...values: SlotValue[]): Fragment => {
  templateId++;
  return { kind: 'template', id: templateId, root, values };
};

/** The value of `Event` for these children and values; both its template and a bare element with the same must agree where no value is. */
async function eventOf(children: readonly (Part | string)[], ...values: SlotValue[]): Promise<string> {
  const root = element('Event', {}, ...children);
  const file = buildFile(buildChunk([{ id: 1, fragment: template(root, ...values) }]));
  const { lines, unparsed } = await readAll(file);
  assert.deepEqual(unparsed, []);
  assert.equal(lines.length, 1);
  if (values.length === 0) {
    const bare = await readAll(buildFile(buildChunk([{ id: 1, fragment: { kind: 'bare', root } }])));
    assert.deepEqual(bare.lines, lines);
  }
  assert.ok(lines[0].startsWith('{"Event":') && lines[0].endsWith('}'));
  return lines[0].slice('{"Event":'.length, -1);
}

const strings = (...items: string[]): SlotValue => ({
  type: 0x81,
  bytes: utf16(items.map((item) => `${item}\0`).join('')),
});
const five = value(8, 5, 0, 0, 0);
const eventData = (...children: Part[]): Element => element('EventData', {}, ...children);
const data = (name: string, ...children: (Part | string)[]): Element =>
  element('Data', name === '' ? {} : { Name: name }, ...children);

test('an element is its text, null without any, and an object beside attributes or elements', async () => {
  assert.equal(await eventOf([element('A', {}, 'x')]), '{"A":"x"}');
  assert.equal(await eventOf([element('A'), element('B', {}, '')]), '{"A":null,"B":null}');
  assert.equal(await eventOf([element('A', { k: 'v' })]), '{"A":{"#attributes":{"k":"v"}}}');
  assert.equal(await eventOf([element('A', { k: '' })]), '{"A":null}');
  assert.equal(await eventOf([element('A', { k: 'v' }, 'x')]), '{"A":{"#attributes":{"k":"v"},"#text":"x"}}');
  assert.equal(await eventOf([element('A', {}, 'x', element('B', {}, 'y'), 'z')]), '{"A":{"#text":"xz","B":"y"}}');
  assert.equal(
    await eventOf([element('A', { k: 'v' }, element('B', {}, 'y'), 't')]),
    '{"A":{"#attributes":{"k":"v"},"#text":"t","B":"y"}}',
  );
  assert.equal(await eventOf(['x']), '"x"');
  assert.equal(await eventOf([]), 'null');
});

test('substitutions keep their type alone and become text together with others', async () => {
  assert.equal(await eventOf([element('A', {}, slot(0, 8))], five), '{"A":5}');
  assert.equal(
    await eventOf([element('A', { k: slot(0, 8) }, slot(0, 8))], five),
    '{"A":{"#attributes":{"k":5},"#text":5}}',
  );
  assert.equal(
    await eventOf([element('A', { k: 'v' }, slot(0, 8))], five),
    '{"A":{"#attributes":{"k":"v"},"#text":5}}',
  );
  assert.equal(await eventOf([element('A', {}, slot(0, 8), slot(0, 8))], five), '{"A":"55"}');
  assert.equal(
    await eventOf([element('A', { k: [text('a'), slot(0), text('b')] })], string('S')),
    '{"A":{"#attributes":{"k":"aSb"}}}',
  );
  assert.equal(await eventOf([element('A', {}, slot(0), slot(1))], none, string('b')), '{"A":"b"}');
  assert.equal(await eventOf([element('A', {}, slot(7)), element('B', {}, 'x')], five), '{"A":null,"B":"x"}');
});

test('null and empty substitutions leave out attributes, and text beside them', async () => {
  assert.equal(await eventOf([element('A', { k: optional(0) })], none), '{"A":null}');
  assert.equal(
    await eventOf([element('A', { j: optional(0), k: slot(1) })], none, string('x')),
    '{"A":{"#attributes":{"k":"x"}}}',
  );
  assert.equal(await eventOf([element('A', { k: 'v' }, optional(0))], none), '{"A":{"#attributes":{"k":"v"}}}');
  assert.equal(await eventOf([element('A', { k: optional(0, 6) }, slot(1, 8))], none, five), '{"A":5}');
  assert.equal(await eventOf([element('A', {}, slot(0), element('B', {}, 'q'))], string('')), '{"A":{"B":"q"}}');
});

test('an event id keeps its qualifiers beside it', async () => {
  const id = element('EventID', { Qualifiers: slot(0, 6) }, slot(1, 6));
  assert.equal(
    await eventOf([element('System', {}, id)], value(6, 0, 0x40), value(6, 1, 0)),
    '{"System":{"EventID":{"#attributes":{"Qualifiers":16384},"#text":1}}}',
  );
});

test('equal names get numbers', async () => {
  const same = [element('A', {}, '1'), element('B', {}, 'x'), element('A'), element('A', { k: 'v' }, '3')];
  assert.equal(await eventOf(same), '{"A":"1","B":"x","A_1":null,"A_2":{"#attributes":{"k":"v"},"#text":"3"}}');
});

test('references, CDATA and processing instructions', async () => {
  const entity = (name: string): Part => ({ kind: 'entity', name });
  const char = (code: number): Part => ({ kind: 'char', code });
  assert.equal(
    await eventOf([element('A', {}, 'a', entity('amp'), entity('lt'), entity('gt'), entity('quot'), entity('apos'))]),
    '{"A":"a&<>\\"\'"}',
  );
  assert.equal(
    await eventOf([element('A', { k: [text('a'), entity('nbsp'), text('b')] })]),
    '{"A":{"#attributes":{"k":"a&nbsp;b"}}}',
  );
  assert.equal(await eventOf([element('A', {}, 'a', char(0xd83d), char(0xde00), char(65))]), '{"A":"a😀A"}');
  assert.equal(await eventOf([element('A', {}, 'q', { kind: 'cdata', text: '<x>&' })]), '{"A":"q<x>&"}');
  assert.equal(await eventOf([element('A', {}, { kind: 'pi', name: 'target', text: 'data' }, 'x')]), '{"A":"x"}');
});

test('names are escaped, and not only ASCII', async () => {
  const odd = element('A"b\\é€', { 'k"': 'v' }, 'ü');
  assert.equal(
    await eventOf([odd, element('B\ud800', {}, slot(0))], string('x')),
    '{"A\\"b\\\\é€":{"#attributes":{"k\\"":"v"},"#text":"ü"},"B\ufffd":"x"}',
  );
});

test('Data of EventData is known by its name', async () => {
  assert.equal(
    await eventOf([eventData(data('X', '1'), data('Y', slot(0, 8)))], five),
    '{"EventData":{"X":"1","Y":5}}',
  );
  assert.equal(
    await eventOf([eventData(data('X', optional(0)), data('Y'), data('Z', slot(0)))], none),
    '{"EventData":{"X":"","Y":"","Z":""}}',
  );
  assert.equal(
    await eventOf([eventData(data('X', '1'), data('X', '2'), element('X', {}, '3'))]),
    '{"EventData":{"X":"1","X_1":"2","X_2":"3"}}',
  );
  assert.equal(await eventOf([eventData(element('Data', { Type: 't', Name: 'X' }, '1'))]), '{"EventData":{"X":"1"}}');
  assert.equal(await eventOf([eventData(data('X', element('Y', {}, '1')))]), '{"EventData":{"X":{"Y":"1"}}}');
  assert.equal(
    await eventOf([eventData(element('Data', { Name: slot(0) }, '1'))], string('dy"n')),
    '{"EventData":{"dy\\"n":"1"}}',
  );
  assert.equal(
    await eventOf([eventData(element('Data', { Name: slot(0) }, '1'))], none),
    '{"EventData":{"Data":{"#text":"1"}}}',
  );
  const outside = element('Other', {}, data('X', '1'), data('', '2'));
  assert.equal(await eventOf([outside]), '{"Other":{"Data":{"#attributes":{"Name":"X"},"#text":"1"},"Data_1":"2"}}');
});

test('Data without a name are one list, beside those with one', async () => {
  assert.equal(await eventOf([eventData(data('', '1'))]), '{"EventData":{"Data":{"#text":"1"}}}');
  assert.equal(
    await eventOf([eventData(data('', '1'), data('', optional(0)), data('', slot(1, 8)))], none, five),
    '{"EventData":{"Data":{"#text":["1","",5]}}}',
  );
  assert.equal(
    await eventOf([eventData(data('', '1'), element('Binary', {}, 'b'), data('', '2'))]),
    '{"EventData":{"Data":{"#text":["1","2"]},"Binary":"b"}}',
  );
  assert.equal(
    await eventOf([eventData(data('X', '1'), data('', '2'), data('', '3'))]),
    '{"EventData":{"X":"1","Data":{"#text":["2","3"]}}}',
  );
  assert.equal(await eventOf([eventData(data(''))]), '{"EventData":{"Data":{"#text":""}}}');
  assert.equal(
    await eventOf([eventData(data('', element('B', {}, 'q')), data('', 'r'))]),
    '{"EventData":{"Data":{"#text":[{"B":"q"},"r"]}}}',
  );
});

test('an array repeats its element, and is a list in Data', async () => {
  const ab = strings('a', 'bb');
  const numbers = value(0x88, 1, 0, 0, 0, 2, 0, 0, 0);
  const sids = value(0x93, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 5, 19, 0, 0, 0);
  assert.equal(await eventOf([element('A', {}, slot(0)), element('A', {}, 'q')], ab), '{"A":"a","A_1":"bb","A_2":"q"}');
  assert.equal(
    await eventOf([element('A', { k: 'v' }, slot(0))], ab),
    '{"A":{"#attributes":{"k":"v"},"#text":"a"},"A_1":{"#attributes":{"k":"v"},"#text":"bb"}}',
  );
  assert.equal(
    await eventOf([element('A', { k: slot(0) }, 't')], numbers),
    '{"A":{"#attributes":{"k":1},"#text":"t"},"A_1":{"#attributes":{"k":2},"#text":"t"}}',
  );
  assert.equal(await eventOf([element('A', {}, 'x', slot(0), 'y')], numbers), '{"A":"x1y","A_1":"x2y"}');
  assert.equal(await eventOf([element('A', {}, element('B', {}, slot(0)))], numbers), '{"A":{"B":1,"B_1":2}}');
  assert.equal(
    await eventOf([element('A', {}, slot(0), slot(1))], ab, strings('x', 'y', 'z')),
    '{"A":"ax","A_1":"bby","A_2":"z"}',
  );
  assert.equal(await eventOf([element('A', {}, slot(0))], sids), '{"A":"S-1-5-18","A_1":"S-1-5-19"}');
  assert.equal(await eventOf([element('A', {}, slot(0))], strings()), '{"A":null}');
  assert.equal(
    await eventOf([element('A', {}, slot(0))], { type: 0x81, bytes: utf16('a\0\0b') }),
    '{"A":"a","A_1":null,"A_2":"b"}',
  );
  assert.equal(await eventOf([element('A', {}, slot(0))], value(0x82, 65, 0, 66, 67)), '{"A":"A","A_1":"BC"}');
  assert.equal(
    await eventOf([element('A', {}, slot(0))], value(0x90, ...Array<number>(16).fill(1))),
    '{"A":"0x101010101010101","A_1":"0x101010101010101"}',
  );
  assert.equal(
    await eventOf([eventData(data('X', slot(0)), data('Y', slot(0)))], ab),
    '{"EventData":{"X":["a","bb"],"Y":["a","bb"]}}',
  );
  assert.equal(await eventOf([eventData(data('X', slot(0)))], strings('a')), '{"EventData":{"X":"a"}}');
  assert.equal(await eventOf([eventData(data('X', 'p', slot(0)))], ab), '{"EventData":{"X":"pa","X_1":"pbb"}}');
  assert.equal(
    await eventOf(
      [eventData(data('', slot(0)), data('', 'z'), element('Binary', {}, slot(1, 0x0e)))],
      ab,
      value(0x0e, 1, 2),
    ),
    '{"EventData":{"Data":{"#text":["a","bb","z"]},"Binary":"0102"}}',
  );
});

test('an array that does not divide into items is its bytes', async () => {
  assert.equal(await eventOf([element('A', {}, slot(0))], value(0x86, 1, 2, 3)), '{"A":"010203"}');
  assert.equal(await eventOf([element('A', {}, slot(0))], value(0x8e, 1, 2, 3)), '{"A":"010203"}');
  assert.equal(await eventOf([element('A', {}, slot(0))], value(0x93, 1, 9, 0)), '{"A":"010900"}');
});

test('nested fragments stand where their substitution does', async () => {
  const bare = (root: Element): SlotValue => ({ type: 0x21, fragment: { kind: 'bare', root } });
  const inner = template(
    element('Inner', { xmlns: 'u' }, element('B', {}, slot(0, 8)), element('C', {}, optional(1))),
    five,
    none,
  );
  const nested: SlotValue = { type: 0x21, fragment: inner };
  assert.equal(
    await eventOf([element('UserData', {}, slot(0, 0x21))], nested),
    '{"UserData":{"Inner":{"#attributes":{"xmlns":"u"},"B":5,"C":null}}}',
  );
  assert.equal(
    await eventOf([element('System', {}, slot(1)), slot(0, 0x21)], nested, string('outer')),
    '{"System":"outer","Inner":{"#attributes":{"xmlns":"u"},"B":5,"C":null}}',
  );
  assert.equal(await eventOf([element('System', {}, 'x'), optional(0, 0x21)], none), '{"System":"x"}');
  assert.equal(await eventOf([slot(0, 0x21)], value(0x21)), 'null');
  assert.equal(await eventOf([slot(0, 0x21)], value(0x21, 0x0f, 1, 1, 0, 0)), 'null');
  assert.equal(
    await eventOf([element('Inner', {}, 'a'), slot(0, 0x21)], bare(element('Inner', {}, 'y'))),
    '{"Inner":"a","Inner_1":"y"}',
  );
  assert.equal(
    await eventOf([element('U', { k: 'v' }, slot(0, 0x21))], bare(element('I', {}, 'y'))),
    '{"U":{"#attributes":{"k":"v"},"I":"y"}}',
  );
  assert.equal(await eventOf([element('B', {}, slot(0))], bare(element('Y', {}, 'y'))), '{"B":{"Y":"y"}}');
  assert.equal(await eventOf([element('B', {}, 'q'), slot(0, 0x21)], string('x')), '{"#text":"x","B":"q"}');
  assert.equal(await eventOf([eventData(slot(0, 0x21))], bare(data('X', 'y'))), '{"EventData":{"X":"y"}}');
  assert.equal(await eventOf([eventData(slot(0, 0x21))], bare(data('', 'y'))), '{"EventData":{"Data":{"#text":"y"}}}');
});

test('a template used again in the chunk, and in the next chunk, gives the same event', async () => {
  const root = element('Event', {}, eventData(data('X', slot(0)), data('Y', 'z')));
  const fragment = (text: string): Fragment => ({ kind: 'template', id: 7, root, values: [string(text)] });
  const chunk = (first: number) =>
    buildChunk([
      { id: first, fragment: fragment('a') },
      { id: first + 1, fragment: fragment('b') },
    ]);
  const { lines, ids, unparsed } = await readAll(buildFile(chunk(1), chunk(3)));
  const wanted = ['a', 'b', 'a', 'b'].map((x) => `{"Event":{"EventData":{"X":"${x}","Y":"z"}}}`);
  assert.deepEqual([lines, ids, unparsed], [wanted, [1, 2, 3, 4], []]);
});
