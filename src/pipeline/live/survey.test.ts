import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { limits, type SeededRandom, seededRandom, simulatedDisk } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import { Journal, JournalReader } from '../../journal/index.ts';
import { Door } from './door.ts';
import { noRules } from './rule-set.ts';
import { digestEvent, surveyJson, surveyLines } from './survey.ts';
import type { Receipt } from './types.ts';
import { verifyRequests } from './verify-requests.ts';

const AS_IT_CAME = { form: 'lines', cut: new Map<number, number>() } as const;
const crcOf = (...events: string[]): number => crc32(events.map((event) => `${event}\n`).join(''));

test('events are lines that are not blank, whatever stands around them', () => {
  const body = Buffer.from('\ufeff\n {"a": 1} \r\n\t\r\n{"b":2}');
  const of = (form: 'lines' | 'tokens' | 'compact') => surveyLines(body, { form, cut: new Map() });
  assert.deepEqual(of('tokens'), { events: 2, crc: crcOf('{"a": 1}', '{"b":2}') });
  assert.deepEqual(of('compact'), { events: 2, crc: crcOf('{"a":1}', '{"b":2}') });
  const plain = Buffer.from('{"a":1}\n{"b":2}');
  assert.deepEqual(surveyLines(plain, AS_IT_CAME), { events: 2, crc: crcOf('{"a":1}', '{"b":2}') });
  assert.deepEqual(surveyLines(new Uint8Array(0), AS_IT_CAME), { events: 0, crc: 0 });
});

test('lines of any length, however many of them, come to the same as one by one', () => {
  for (const lengths of [
    [65_534, 1, 65_535],
    [65_536, 7],
    [200_000],
    [30_000, 35_530, 2, 3],
    Array<number>(5000).fill(41),
  ]) {
    const events = lengths.map((length, i) => `${i % 10}`.repeat(length));
    const body = Buffer.from(events.map((event) => `${event}\r\n`).join(''));
    const survey = surveyLines(body, { form: 'tokens', cut: new Map() });
    assert.deepEqual(survey, { events: events.length, crc: crcOf(...events) });
  }
});

test('events of JSON are objects that stand in nothing but lists', () => {
  const body = Buffer.from('\ufeff[ [{"a" : "}\\"{", "b":{"c":[{}, 1]}}], {} ,\n{"d":[1, 2]}] {"e":1},{"f":2}');
  const events = ['{"a":"}\\"{","b":{"c":[{},1]}}', '{}', '{"d":[1,2]}', '{"e":1}', '{"f":2}'];
  assert.deepEqual(surveyJson(body, AS_IT_CAME), { events: 5, crc: crcOf(...events) });
});

test('of an event that was cut, what is kept of it counts', () => {
  const cut = new Map([[1, 3]]);
  const lines = Buffer.from('{"a":1}\nnonsense\n{"b":2}\n');
  assert.equal(surveyLines(lines, { form: 'tokens', cut }).crc, crcOf('{"a":1}', 'non', '{"b":2}'));
  const json = Buffer.from('[{"a":1},{"b":bad},{"c":2}]');
  assert.equal(surveyJson(json, { form: 'compact', cut }).crc, crcOf('{"a":1}', '{"b', '{"c":2}'));
});

test('the digest goes on from event to event, in order', () => {
  const [a, b] = [Buffer.from(' {"a":1}\r'), Buffer.from('{"b" : 2}')];
  assert.equal(digestEvent(digestEvent(0, a, false), b, true), crcOf('{"a":1}', '{"b":2}'));
  assert.notEqual(digestEvent(digestEvent(0, b, false), a, false), digestEvent(digestEvent(0, a, false), b, false));
});

const SCRAPS = [' ', '\t', '\r', '\n', '\n', ',', '[', ']', '{', '}', '"', '\\', 'nul', '5', ':', '\u000b', 'é', '\0'];
const EVENTS = [
  '{"a":1}',
  '{"b":"x\\"y"}',
  '{ "c" : [1, 2 ] }',
  '{"d":{"e":[{"f":null}]}}',
  '{"g":"\ud83d\ude00"}',
  '{}',
];

/** Bodies as senders and their bugs make them. */
function bodyOf(random: SeededRandom, json: boolean): string {
  const parts = Array.from({ length: random.integer(12) }, () =>
    random.integer(4) === 0 ? random.pick(SCRAPS) : random.pick(EVENTS),
  );
  const glue = json ? random.pick([',', ', ', ' ', '\n,']) : random.pick(['\n', '\r\n', '\n\n', ' \n', '\n \t\n']);
  const text = `${random.integer(8) === 0 ? '\ufeff' : ''}${parts.join(glue)}${random.pick(['', glue])}`;
  return json && random.integer(4) > 0 ? `[${text}]` : text;
}

test('of whatever a door takes, the journal has what admission saw', () => {
  const door = new Door(loadKernelModule(), noRules());
  let taken = 0;
  let dead = 0;
  for (let seed = 1; seed <= 1500; seed++) {
    const random = seededRandom(seed);
    const json = random.integer(3) === 0;
    const body = Buffer.from(bodyOf(random, json));
    const findings = verified(door, body, json ? 'json' : 'ndjson', (receipt) => {
      taken += receipt.received;
      dead += receipt.dead;
    });
    assert.deepEqual(findings, [], `seed ${seed}: ${JSON.stringify(body.toString())}`);
  }
  assert.ok(taken > 3000 && dead > 300, `${taken} events, ${dead} of them bad`);
});

test('a line too long for an event, and a bad one too long to be kept, are told from what is kept of them', () => {
  const door = new Door(loadKernelModule(), noRules());
  const bad = ` {"a":"${'x'.repeat(limits.deadLetterBytesMax)}`;
  const long = `{"b":"${'x'.repeat(limits.lineBytesMax)}"}`;
  for (const [body, format] of [
    [`{"c":1}\n${bad}\n${long}\n{"d":1}\n`, 'ndjson'],
    [`[{"c":1},{"a":bad,"t":"${'x'.repeat(limits.deadLetterBytesMax)}"}, {"d":1}]`, 'json'],
  ] as const) {
    const seen: number[] = [];
    const findings = verified(door, Buffer.from(body), format, ({ dead }) => seen.push(dead));
    assert.deepEqual([findings, seen], [[], [format === 'json' ? 1 : 2]]);
  }
});

/** What verify finds in a journal that holds what the door made of a body; nothing where it was refused. */
function verified(door: Door, body: Buffer, format: 'ndjson' | 'json', see: (receipt: Receipt) => void): string[] {
  const sent = { bytes: body.length, crc: crc32(body) };
  const sender = { tenant: 't', source: 's', door: 'http', credential: 'c', request: 'r', receivedAt: 1000, key: null };
  const delivery = { ...sender, unit: 1, format, encoding: 'identity', sent, evaluate: true, policy: null } as const;
  let draft: ReturnType<Door['take']>['draft'];
  try {
    ({ draft } = door.take({ ...delivery, body: Uint8Array.from(body) }));
  } catch (error) {
    assert.match(String((error as { code?: string }).code), /^body\./);
    return [];
  }
  if (draft.entries.length === 0 || draft.receipt === null) return [];
  const { receipt } = draft;
  see(receipt);
  const { files } = simulatedDisk();
  files.makeDirectory('/data');
  const journal = Journal.open('/data/journal', { files });
  const last = draft.entries.length - 1;
  journal.appendGroup([
    draft.entries.map(({ kind, payload }, i) => ({
      kind,
      receivedAt: 1000,
      receipt: i === last ? JSON.stringify(receipt) : null,
      payload: new Uint8Array(payload),
    })),
  ]);
  const findings: string[] = [];
  const find = (_: string, __: number | null, what: string): void => void findings.push(what);
  verifyRequests(new JournalReader('/data/journal', files), { from: 0, to: journal.next, find });
  journal.close();
  return findings;
}
