import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { LineMasker } from './lines.ts';
import { type MaskMethod, Masks } from './values.ts';

const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);
const masks = new Masks(KEY);

const maskers = new Map<string, LineMasker>();

function mask(fields: Readonly<Record<string, MaskMethod>>, text: string) {
  const name = JSON.stringify(fields);
  const masker = maskers.get(name) ?? new LineMasker({ fields, key: KEY });
  maskers.set(name, masker);
  const { lines, ...counts } = masker.mask(Buffer.from(text));
  return { text: Buffer.from(lines).toString(), ...counts };
}

test('tokens of masked fields change, and nothing else of a line', () => {
  const { text, values, withheld } = mask(
    { user: 'pseudonym', ip: 'network', pin: 'hide', note: 'remove', 'a.b': 'hide' },
    '{ "user" : "Eve",\t"ip":"10.1.2.3","pin":1234, "note":"x", "a":{"b":[1,"two",{"c":null,"d":true}],"e":1.50} }\r\n{"user":null,"n":1e3}\n\n',
  );
  assert.equal(
    text,
    `{ "user" : "${masks.pseudonym('Eve')}",\t"ip":"10.1.2.0","pin":"***", "note":null, "a":{"b":["***","***",{"c":null,"d":"***"}],"e":1.50} }\r\n{"user":null,"n":1e3}\n\n`,
  );
  assert.deepEqual({ values, withheld }, { values: 7, withheld: 0 });
});

test('a value that is masked is masked wherever else in its event it stands, in any case, and however it is spelt', () => {
  const psn = masks.pseudonym('mallory');
  const { text, values } = mask(
    { user: 'pseudonym', addr: 'network' },
    '{"msg":"login of MALLORY from 10.9.8.7\\n(Mallory)","cmd":"net user mall\\u006fry","user":"mallory","addr":"10.9.8.7","mal":"mal"}\n{"msg":"of mallory"}',
  );
  assert.equal(
    text,
    `{"msg":"login of ${psn} from 10.9.8.0\\n(${psn})","cmd":"net user ${psn}","user":"${psn}","addr":"10.9.8.0","mal":"mal"}\n{"msg":"of mallory"}`,
  );
  assert.equal(values, 4);
});

test('a line in which no fields can be told is withheld whole', () => {
  for (const line of [
    'mallory logged in',
    '{"user":"mallory"',
    '{"user":"mallory"} x',
    '{"user":"mal\\qlory"}',
    '["mallory"]',
    '"mallory"',
    '{user:"mallory"}',
    `{"user":${'['.repeat(70)}"mallory"${']'.repeat(70)}}`,
    `{"user":[${Array.from({ length: 300 }, (_, i) => `"mallory${i}"`).join()}]}`,
  ]) {
    const { text, withheld } = mask({ user: 'pseudonym' }, `{"a":1}\n${line}\n{"user":"x"}`);
    assert.equal(
      text,
      `{"a":1}\nwithheld: ${Buffer.byteLength(line)} bytes from a source whose values are masked, in which no fields can be told\n{"user":"${masks.pseudonym('x')}"}`,
    );
    assert.equal(withheld, 1);
  }
});

test('of a key that comes twice both values are masked', () => {
  assert.equal(mask({ u: 'hide' }, '{"u":"a","u":"b"}').text, '{"u":"***","u":"***"}');
});

/** What is masked, worked out over values. */
function plainly(
  value: unknown,
  path: string,
  fields: Readonly<Record<string, MaskMethod>>,
  inherited: MaskMethod | null = null,
): unknown {
  const method = inherited ?? fields[path] ?? null;
  if (Array.isArray(value)) return value.map((one) => plainly(one, path, fields, method));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [
        key,
        plainly(one, path === '' ? key : `${path}.${key}`, fields, method),
      ]),
    );
  }
  if (method === null || value === null) return value;
  return masks.of(typeof value === 'string' ? value : JSON.stringify(value), method);
}

test('any event is masked as its values are one by one', () => {
  const key = fc.constantFrom('a', 'b', 'c', 'user', 'é"\\');
  // Short ones: what is short is masked in its field alone.
  const scalar = fc.oneof(fc.string({ maxLength: 4 }), fc.integer(), fc.boolean(), fc.constant(null));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
    ),
  }));
  const fields = { user: 'hide', 'a.b': 'pseudonym', b: 'remove', 'c.user.a': 'network' } as const;
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(key, value, { maxKeys: 5, noNullPrototype: true }), { maxLength: 4 }),
      (events) => {
        const long = events.flatMap((event) => JSON.stringify(event).match(/-?\d{5,}/g) ?? []);
        fc.pre(long.length === 0);
        const { text } = mask(fields, events.map((event) => JSON.stringify(event)).join('\n'));
        const found = text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as unknown);
        assert.deepEqual(
          found,
          events.map((event) => plainly(event, '', fields)),
        );
      },
    ),
    { numRuns: 500 },
  );
});

test('any bytes take time that grows with their length, and what is masked is in no line that comes out', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'secretvalue', '"user"', '\n', ' ', '1', 'n'), {
        maxLength: 40,
      }),
      (pieces) => {
        const before = pieces.join('');
        const { text } = mask({ user: 'hide' }, before);
        assert.equal(text.split('\n').length, before.split('\n').length);
        for (const line of text.split('\n')) {
          if (!line.includes('secretvalue')) continue;
          // It stood in another field.
          assert.notEqual((JSON.parse(line) as { user?: unknown }).user, 'secretvalue');
        }
      },
    ),
    { numRuns: 2000 },
  );
  for (const unit of ['{"user":', '[', '{"a":"', '\\', '"user":"xxxxxx",', '{"user":"abcdef","x":"abcdef"}'])
    mask({ user: 'hide' }, unit.repeat(50_000));
});
