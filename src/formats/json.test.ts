/** The whole JSON reader: json.ts with json-grammar.ts, json-event.ts, json-envelope.ts and json-recovery.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Outcome, split } from '../../test/fuzz/formats-kit.ts';
import { JsonSplitter } from './json.ts';

/** Splits as a whole and byte by byte, which must be the same. */
function json(input: string, options = {}): Outcome {
  const whole = split((report) => new JsonSplitter(report, options), input);
  assert.deepEqual(
    split((report) => new JsonSplitter(report, options), input, 1),
    whole,
  );
  return whole;
}

const lines = (input: string): string[] => {
  const { lines, reports } = json(input);
  assert.deepEqual(reports, []);
  return lines;
};

test('one document, arrays, concatenated values and lines give one event a line', () => {
  assert.deepEqual(lines('{"a":1}'), ['{"a":1}']);
  assert.deepEqual(lines('[{"a":1},{"a":2}]'), ['{"a":1}', '{"a":2}']);
  assert.deepEqual(lines('{\n  "a": 1\n}\n{\n  "a": 2\n}\n'), ['{"a":1}', '{"a":2}']);
  assert.deepEqual(lines('{"a":1}{"a":2}'), ['{"a":1}', '{"a":2}']);
  assert.deepEqual(lines('[{"a":1}]\r\n[{"a":2},{"a":3}]\r\n'), ['{"a":1}', '{"a":2}', '{"a":3}']);
  assert.deepEqual(lines('{"a":1},\n{"a":2},\n'), ['{"a":1}', '{"a":2}']);
  assert.deepEqual(lines('\x1e{"a":1}\n\x1e{"a":2}\n'), ['{"a":1}', '{"a":2}']);
  assert.deepEqual(lines('\ufeff[]'), []);
});

test('compaction takes away insignificant white space and keeps every token byte for byte', () => {
  assert.deepEqual(lines('{ "a" :\t1.50e+3 ,\r\n"b c":"x  \\" { \\\\", "d":[ 1 , -0 , true,null ], "":{ } }'), [
    '{"a":1.50e+3,"b c":"x  \\" { \\\\","d":[1,-0,true,null],"":{}}',
  ]);
  assert.deepEqual(lines('{"a":12345678901234567890, "\\u0041":"\\ud800", "a":"ü \u2028"}'), [
    '{"a":12345678901234567890,"\\u0041":"\\ud800","a":"ü \u2028"}',
  ]);
});

test('lists in envelopes are taken out of them', () => {
  assert.deepEqual(lines('{"Records":[{"a":1},{"b":2}]}'), ['{"a":1}', '{"b":2}']);
  assert.deepEqual(lines('{"@odata.context":"x","value":[{"a":1}],"@odata.nextLink":"y"}'), ['{"a":1}']);
  assert.deepEqual(lines('{"events": [ {"a":1} ], "nextToken": null}'), ['{"a":1}']);
  assert.deepEqual(lines('{"kind":"EventList","metadata":{"x":[1]},"items":[{"a":1}]}'), ['{"a":1}']);
  assert.deepEqual(lines('{"Records":[]}\n{"Records":[{"a":1}]}'), ['{"a":1}']);
  assert.deepEqual(
    lines(
      '{"took":1,"_shards":{},"hits":{"total":{"value":2},"max_score":1,"hits":[{"_index":"i","_source":{"a":1},"sort":[1]},{"_id":"2","_source":{"a":2}}]}}',
    ),
    ['{"a":1}', '{"a":2}'],
  );
  assert.deepEqual(lines('{"_index":"i","_source":{"a":1}}\n{"_index":"i","_source":{"a":2}}'), ['{"a":1}', '{"a":2}']);
  assert.deepEqual(lines('{"preview":false,"offset":0,"result":{"a":1}}'), ['{"a":1}']);
});

test('an event that has members named like those of envelopes stays an event', () => {
  for (const event of [
    '{"kind":"x","id":{"a":1},"events":[{"n":1}]}',
    '{"value":5}',
    '{"value":[1]}',
    '{"value":[[{"a":1}]]}',
    '{"hits":{"other":1}}',
    '{"hits":[{"a":1}]}',
    '{"took":1}',
    '{"_index":"i","_source":"x"}',
    '{"Records":{"a":1}}',
  ]) {
    assert.deepEqual(lines(event), [event]);
  }
  assert.deepEqual(lines('[{"events":[{"n":1}]}]'), ['{"events":[{"n":1}]}']);
});

test('what stands behind the list of an envelope is named', () => {
  assert.deepEqual(json('{"Records":[{"a":1}],"other":{"b":[2]}}'), {
    lines: ['{"a":1}'],
    records: [1],
    reports: ["byte 20: the member 'other' stands behind the events in 'Records' and was not read as an event"],
  });
});

test('chunks are about as large as asked for and say where their first line started', () => {
  const splitter = new JsonSplitter({ add: assert.fail, finish: () => {} }, { chunkBytes: 20 });
  splitter.push(Buffer.from('[ {"a": 1},{"a":2}, {"a":3},{"a":4},\n{"a":5}]'));
  splitter.end();
  const chunks = splitter.take().map(({ bytes, ...rest }) => ({ ...rest, text: Buffer.from(bytes).toString() }));
  assert.deepEqual(chunks, [
    { firstRecord: 1, position: 2, text: '{"a":1}\n{"a":2}\n{"a":3}\n' },
    { firstRecord: 4, position: 28, text: '{"a":4}\n{"a":5}\n' },
  ]);
});

test('a broken event is named by record and byte, and all others are read', () => {
  const cases: [string, string[], number[], string[]][] = [
    // Bad token inside an array of compact events with different keys.
    [
      '[{"a":1},{"a":,"b":{"c":1}},{"b":3},{"a":4}]',
      ['{"a":1}', '{"b":3}', '{"a":4}'],
      [1, 3, 4],
      ["record 2, byte 9: the event is broken at byte 14: expected a value, came ','"],
    ],
    // A closing brace is missing.
    [
      '[{"a":{"b":1},{"z":3},{"a":4}]',
      ['{"z":3}', '{"a":4}'],
      [2, 3],
      ["record 1, byte 1: the event is broken at byte 14: expected a key, came '{'"],
    ],
    // Pretty events, the first cut off where a value is expected: the second looks like its value.
    [
      '{\n "a": 1,\n "b":\n{\n "a": 2\n}\n{\n "a": 3\n}\n',
      ['{"a":2}', '{"a":3}'],
      [2, 3],
      ["record 1, byte 0: the event is broken at byte 29: expected ',' or the end, came '{'"],
    ],
    // A quote is lost, which turns strings inside out.
    [
      '[{"a":1},{"a":"x,{"a":3},{"a":4}]',
      ['{"a":1}', '{"a":3}', '{"a":4}'],
      [1, 3, 4],
      ["record 2, byte 9: the event is broken at byte 19: expected ',' or the end, came 'a'"],
    ],
    [
      '{"a":"one\ntwo"}\n{"a":2}\n',
      ['{"a":2}'],
      [2],
      ['record 1, byte 0: the event is broken at byte 9: a line ends inside a string'],
    ],
    [
      '{"a":1}}\n{"b":2}',
      ['{"a":1}', '{"b":2}'],
      [1, 3],
      ["record 2, byte 7: expected an event, a JSON object, came '}'"],
    ],
    [
      '[1,{"b":2}]\n[{"c":3}]',
      ['{"b":2}', '{"c":3}'],
      [2, 3],
      ["record 1, byte 1: expected an event, a JSON object, came '1'"],
    ],
    [
      'some text\n{"a":1}\nmore {text}\n{"b":2}\n',
      ['{"a":1}', '{"b":2}'],
      [2, 4],
      [
        "record 1, byte 0: expected an event, a JSON object, came 's'",
        "record 3, byte 18: expected an event, a JSON object, came 'm'",
      ],
    ],
    [
      '{"_index":"i","_source":{"a":}}\n{"_index":"i","_source":{"a":2}}',
      ['{"a":2}'],
      [2],
      ["record 1, byte 24: the event is broken at byte 29: expected a value, came '}'"],
    ],
  ];
  for (const [input, expected, records, reports] of cases) {
    assert.deepEqual(json(input), { lines: expected, records, reports }, input);
  }
});

test('each token that stands where it cannot is what the message says', () => {
  const cases: [string, string][] = [
    ['{"a",1}', "expected ':', came ','"],
    ['{"a" 1}', "expected ':', came '1'"],
    ['{"a":1 2}', "expected ',' or the end, came '2'"],
    ['{"a":1,}', "expected a key, came '}'"],
    ['{a:1}', "expected a key or '}', came 'a'"],
    ['{"a":}', "expected a value, came '}'"],
    ['{"a":[1,]}', "expected a value, came ']'"],
    ['{"a":[1}', "expected ',' or the end, came '}'"],
    ['{"a":{"b":1]}', "expected ',' or the end, came ']'"],
    ['{"a":[}', "expected a value or ']', came '}'"],
    ['{"a":\x01}', 'expected a value, came byte 0x01'],
    ['{"a":"x\\\ny"}', 'a line ends inside a string'],
  ];
  for (const [broken, reason] of cases) {
    const { lines, reports } = json(`{"z":1}\n${broken}\n{"z":2}\n`);
    assert.deepEqual(lines, ['{"z":1}', '{"z":2}'], broken);
    assert.equal(reports[0]?.replace(/^record 2, byte 8: the event is broken at byte [0-9]+: /, ''), reason, broken);
  }
});

test('an input that is cut off gives all complete events and says so', () => {
  assert.deepEqual(json('[{"a":1},{"a":[1,2'), {
    lines: ['{"a":1}'],
    records: [1],
    reports: ["record 2, byte 9: the event is cut off by the end of the input at byte 18: expected ',' or the end"],
  });
  assert.deepEqual(json('{"Records":[{"a":1},').reports, [
    'byte 20: the input ends inside a list that is not closed: it may be cut off',
  ]);
  // The brackets of the second event never close; the events after it are found again by their first key.
  assert.deepEqual(json('[{"a":1},{"a":[2,{"a":3},{"a":4}]').lines, ['{"a":1}', '{"a":3}', '{"a":4}']);
});

test('an event over the limit is left out by name and size, one that only swallowed others is taken apart', () => {
  const long = `{"a":"${'x'.repeat(100)}"}`;
  assert.deepEqual(json(`[{"a":1},${long},{"a":3}]`, { lineBytesMax: 50 }), {
    lines: ['{"a":1}', '{"a":3}'],
    records: [1, 3],
    reports: ['record 2, byte 9: the event has 108 bytes, more than the 50 an event may have: left out'],
  });
  const events = Array.from({ length: 9000 }, (_, i) => `{"a":${i},"b":"some text"}`);
  const swallowing = `[{"a":0},{"a":[${events.join(',')}]`;
  const { lines, reports } = split((report) => new JsonSplitter(report, { lineBytesMax: 65536 }), swallowing);
  assert.deepEqual(lines, ['{"a":0}', ...events]);
  assert.deepEqual(reports, ['record 2, byte 9: the event grows past 65536 bytes and seems to have swallowed others']);
});

test('depth is no danger: a megabyte of brackets is one broken event', () => {
  const { lines, reports } = split((report) => new JsonSplitter(report), `{"a":${'['.repeat(1 << 20)}\n{"a":1}\n`);
  assert.deepEqual(lines, ['{"a":1}']);
  assert.equal(reports.length, 1);
});

/** Keys that no envelope has. */
const event = fc.dictionary(
  fc.string({ unit: 'grapheme' }).map((key) => `k${key}`),
  fc.jsonValue({ maxDepth: 4, stringUnit: 'grapheme' }),
  { maxKeys: 6 },
);

test('any spelling of the same events gives the same lines, whatever the pieces', () => {
  const spellings: ((events: readonly unknown[]) => string)[] = [
    (events) => events.map((one) => JSON.stringify(one)).join('\n'),
    (events) => events.map((one) => JSON.stringify(one)).join(''),
    (events) => events.map((one) => JSON.stringify(one, null, 2)).join('\r\n'),
    (events) => JSON.stringify(events),
    (events) => JSON.stringify(events, null, '\t'),
    (events) => JSON.stringify({ Records: events }, null, 1),
    (events) => JSON.stringify({ took: 3, hits: { total: 1, hits: events.map((_source) => ({ _id: 'x', _source })) } }),
    (events) => events.map((one) => `[${JSON.stringify(one)} ]`).join('\n'),
  ];
  fc.assert(
    fc.property(
      fc.array(event, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(...spellings),
      fc.integer({ min: 1, max: 40 }),
      (events, spell, pieceBytes) => {
        const outcome = split((report) => new JsonSplitter(report, { chunkBytes: 64 }), spell(events), pieceBytes);
        assert.deepEqual(outcome, {
          lines: events.map((one) => JSON.stringify(one)),
          records: events.map((_, i) => i + 1),
          reports: [],
        });
      },
    ),
    { numRuns: 2000 },
  );
});

test('one damaged byte costs no event but its own in pretty JSON', () => {
  const value = { id: 7, list: [{ id: 1 }, 'x'], text: 'some "quoted" text', nested: { a: null } };
  const pretty = `${JSON.stringify(value, null, 2)}\n`;
  fc.assert(
    fc.property(fc.nat(pretty.length - 2), fc.constantFrom(...'{}[]",:\\ \n\0x1'), (at, byte) => {
      const broken = pretty.slice(0, at) + byte + pretty.slice(at + 1);
      const { lines } = split((report) => new JsonSplitter(report), pretty + pretty + broken + pretty + pretty);
      const good = lines.filter((line) => line === JSON.stringify(value));
      assert.ok(good.length >= 4, `${good.length} of 4 events were read: ${JSON.stringify(broken)}`);
    }),
    { numRuns: 3000 },
  );
});
