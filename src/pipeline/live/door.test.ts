import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, gzipSync, zstdCompressSync } from 'node:zlib';
import { limits } from '../../base/index.ts';
import { loadKernelModule, openBatch } from '../../batch/index.ts';
import { loadRules } from '../../detect/index.ts';
import { packRules } from '../rules.ts';
import { readDeadLetters } from './dead-letters.ts';
import { Door } from './door.ts';
import { event, FIRST, rule } from './kit.twin.ts';
import type { Delivery } from './types.ts';

const module = loadKernelModule();
const rules = packRules(loadRules([{ path: 'a.yml', text: rule(FIRST, 'User', 'mallory') }]));

const BASE = {
  unit: 1,
  tenant: 'default',
  source: 'test',
  door: 'http',
  credential: 'key:test',
  request: 'request',
  receivedAt: 1000,
  format: 'ndjson',
  encoding: 'identity',
  key: null,
  policy: null,
} as const;

function take(body: string | Uint8Array, part: Partial<Delivery> = {}) {
  const door = new Door(module, rules);
  door.setRules(1, rules, true);
  return door.take({
    ...BASE,
    body: Uint8Array.from(typeof body === 'string' ? Buffer.from(body) : body),
    evaluate: true,
    ...part,
  });
}

const events = (taken: ReturnType<typeof take>): string[] =>
  taken.draft.entries
    .filter(({ kind }) => kind === 'events')
    .flatMap(({ payload }) => {
      const batch = openBatch(payload);
      return Array.from({ length: batch.rows }, (_, row) => Buffer.from(batch.rowText(row)).toString());
    });

const letters = (taken: ReturnType<typeof take>) =>
  taken.draft.entries.filter(({ kind }) => kind === 'dead').flatMap(({ payload }) => readDeadLetters(payload));

const crcOf = (...lines: string[]): number => crc32(lines.map((line) => `${line}\n`).join(''));

test('however a body spells its lines, the frames and the receipt are of the same events', () => {
  const lines = ['{"a":1,"b":"x y"}', '{"a":2,"c":["p","q"]}'];
  const bodies = [
    lines.join('\n'),
    `${lines.join('\n')}\n`,
    `${lines.join('\r\n')}\r\n`,
    `\n\n${lines.join('\n  \n')}\n\n`,
    `\ufeff${lines.join('\n')}`,
    ' {"a" : 1, "b": "x y"}\t\n{ "a":2,"c":["p","q"] }\n',
  ];
  for (const body of bodies) {
    const taken = take(body);
    assert.deepEqual(events(taken), lines, JSON.stringify(body));
    assert.equal(taken.draft.receipt?.received, 2);
    assert.equal(taken.draft.receipt?.crc, crcOf(...lines), JSON.stringify(body));
  }
});

test('encodings are undone; a body that is cut off or too large is refused whole', () => {
  const body = Buffer.from('{"a":1}\n{"a":2}\n');
  assert.equal(take(gzipSync(body), { encoding: 'gzip' }).accepted, 2);
  assert.equal(take(zstdCompressSync(body), { encoding: 'zstd' }).accepted, 2);
  assert.throws(() => take(gzipSync(body).subarray(0, 20), { encoding: 'gzip' }), { code: 'body.cut' });
  assert.throws(() => take(body, { encoding: 'zstd' }), { code: 'body.damaged' });
  assert.throws(() => take(new Uint8Array(limits.bodyBytesMax + 1)), { code: 'body.too_large' });
});

test('what is no event is set aside with its bytes, its place and the reason', () => {
  const taken = take('{"a":1}\n{"a":}\nnonsense\n{"a":2}\n');
  assert.deepEqual([taken.accepted, taken.dead, taken.draft.receipt?.dead], [2, 2, 2]);
  assert.deepEqual(
    letters(taken).map(({ record, code, raw }) => [record, code, Buffer.from(raw, 'base64').toString()]),
    [
      [1, 'event.not_json', '{"a":}'],
      [2, 'event.not_json', 'nonsense'],
    ],
  );
  assert.equal(taken.draft.receipt?.crc, crcOf('{"a":1}', '{"a":}', 'nonsense', '{"a":2}'));
});

test('a line longer than an event may be is a dead letter, cut, its length kept; what stands around it is taken', () => {
  const long = `{"a":"${'x'.repeat(limits.lineBytesMax)}"}`;
  const taken = take(`{"a":1}\n${long}\n{"a":2}\n`);
  assert.deepEqual(events(taken), ['{"a":1}', '{"a":2}']);
  const [letter] = letters(taken);
  assert.deepEqual([letter.record, letter.code, letter.length], [1, 'event.too_long', long.length]);
  assert.equal(Buffer.from(letter.raw, 'base64').length, limits.deadLetterBytesMax);
  assert.equal(taken.draft.receipt?.received, 3);
});

test('an array is its elements, an envelope what is in it, and what is broken is refused whole', () => {
  const json = { format: 'json' } as const;
  assert.deepEqual(events(take('[{"a":1}, {"a":2}]', json)), ['{"a":1}', '{"a":2}']);
  assert.equal(take('[{"a":1}, {"a":2}]', json).draft.receipt?.received, 2);
  const records = take('{"Records":[{"eventVersion":"1","a":1},{"eventVersion":"1","a":2}]}', json);
  assert.equal(records.draft.receipt?.received, records.accepted + records.dead);
  assert.throws(() => take('[{"a":1}, {"a":', json), { code: 'body.damaged' });
});

test('hits of a body and of the frames it became are the same', () => {
  const body = Array.from({ length: 3000 }, (_, i) =>
    event({ User: i % 7 === 0 ? 'mallory' : 'alice', i, text: 'x'.repeat(i % 300) }),
  ).join('\n');
  const taken = take(body);
  const door = new Door(module, rules);
  door.setRules(2, rules, false);
  const frames = taken.draft.entries.flatMap(({ payload }) => door.evaluate(2, payload) ?? []);
  const rowsOf = (batches: readonly { rows: number; hitRows: Uint32Array; lines: Uint8Array }[]) => {
    let passed = 0;
    return batches.flatMap(({ rows, hitRows }) => {
      const found = Array.from(hitRows, (row) => passed + row);
      passed += rows;
      return found;
    });
  };
  assert.equal(taken.evaluated.batches.length > 1, true);
  assert.deepEqual(rowsOf(taken.evaluated.batches), rowsOf(frames));
  assert.equal(rowsOf(frames).length, Math.ceil(3000 / 7));
  const linesOf = (batches: readonly { lines: Uint8Array }[]) => Buffer.concat(batches.map(({ lines }) => lines));
  assert.deepEqual(linesOf(taken.evaluated.batches), linesOf(frames));
  assert.equal(door.evaluate(9, taken.draft.entries[0].payload), null);
});

test('many lines of which not one is an event are refused whole, and named; with one event among them they are dead letters', () => {
  const bad = 'nonsense\n'.repeat(limits.requestBadLinesMax);
  assert.equal(take(bad).dead, limits.requestBadLinesMax);
  assert.throws(() => take(`${bad}more\n`), {
    code: 'body.no_events',
    message: /^not one of its first 1001 lines is an event: event 0: .+; event 1: .+; event 2: [^;]+$/,
  });
  const mixed = take(`${bad}{"a":1}\nmore\n`);
  assert.deepEqual([mixed.accepted, mixed.dead, mixed.draft.receipt?.received], [1, 1001, 1002]);
  // Who asked what became of each is told of each.
  assert.equal(take(`${bad}more\n`, { itemized: true }).outcome?.dead.length, 1001);
});

test('more dead letters than a request may have are refused whole, whatever else is in it', () => {
  const most = limits.requestDeadLettersMax;
  const bad = 'x\n'.repeat(most);
  assert.equal(take(`{}\n${bad}`).dead, most);
  assert.throws(() => take(`{}\n${bad}x\n`), { code: 'body.dead_letters' });
  assert.throws(() => take(`${bad}x\n`), { code: 'body.no_events' });
});

test('what a refused request told of its columns is told again by the next', () => {
  const door = new Door(module, rules);
  door.setRules(1, rules, true);
  const of = (text: string) =>
    door.take({ ...BASE, evaluate: true, body: Uint8Array.from(Buffer.from(text)) }).evaluated.batches[0].lanes[0];
  const told = event({ User: 'alice' });
  assert.throws(() => of(`${told}\n${'x\n'.repeat(limits.requestDeadLettersMax + 1)}`), { code: 'body.dead_letters' });
  assert.ok(of(told).columns?.includes('User'));
  assert.equal(of(told).columns, undefined);
});

test('the first dead letters of a request are told with their places and reasons', () => {
  const { letters: told, outcome } = take('{"a":1}\nno\n[1]\n"x"\n5\nnull\n{"a":\n');
  assert.equal(outcome, null);
  assert.deepEqual(
    told.map(({ record, code }) => [record, code]),
    [1, 2, 3, 4, 5].map((record) => [record, 'event.not_json']),
  );
  assert.ok(told.every(({ reason }) => reason.length > 0));
  assert.deepEqual(take('{"a":1}\n').letters, []);
});

/** masking.ts, as a door uses it. */
test('of a source with a mask events are kept, matched and proven as they are masked, whatever form they come in', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const line = event({ User: 'mallory', Message: 'Mallory came', pin: 12345 });
  const kept = event({ User: '***', Message: '*** came', pin: '***' });
  const door = new Door(module, rules);
  door.setRules(1, rules, true);
  door.setMask({ id: 'm1', fields: { User: 'hide', pin: 'hide' }, key });
  const plain = take(line);
  const asFrames = Buffer.concat(plain.draft.entries.map(({ payload }) => Buffer.from(payload)));
  assert.deepEqual(
    plain.evaluated.batches.map(({ hitRows }) => [...hitRows]),
    [[0]],
  );
  for (const [body, part] of [
    [line, {}],
    [`[${line}]`, { format: 'json' }],
    [gzipSync(line), { encoding: 'gzip' }],
    [asFrames, { format: 'frames' }],
  ] as const) {
    const bytes = Uint8Array.from(typeof body === 'string' ? Buffer.from(body) : body);
    const taken = door.take({ ...BASE, body: bytes, evaluate: true, mask: 'm1', ...part });
    assert.deepEqual(events(taken), [kept]);
    assert.equal(taken.draft.receipt?.crc, crcOf(kept));
    assert.equal(taken.draft.receipt?.received, 1);
    assert.deepEqual(taken.draft.receipt?.masked, { policy: 'm1', values: 3, withheld: 0 });
    // The rule looks for who is not there any more.
    assert.deepEqual(
      taken.evaluated.batches.map(({ hitRows }) => [...hitRows]),
      [[]],
    );
  }
});

test('a line of a masked source that is no JSON is a dead letter without its text', () => {
  const door = new Door(module, rules);
  door.setMask({ id: 'm1', fields: { User: 'hide' }, key: new Uint8Array(32) });
  const body = Buffer.from('mallory was here\n{"a":1}\n');
  const taken = door.take({ ...BASE, body: Uint8Array.from(body), evaluate: true, mask: 'm1' });
  assert.deepEqual([taken.accepted, taken.dead, taken.draft.receipt?.masked?.withheld], [1, 1, 1]);
  const [letter] = letters(taken);
  assert.equal(letter.code, 'event.not_json');
  assert.equal(
    Buffer.from(letter.raw, 'base64').toString(),
    'withheld: 16 bytes from a source whose values are masked, in which no fields can be told',
  );
});
