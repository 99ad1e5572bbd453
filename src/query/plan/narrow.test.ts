/** What is ruled out, and what is found without DuckDB and laid out as events (layout.ts), never changes an answer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SeededRandom, seededRandom } from '../../base/index.ts';
import { Bag, formatJson, parseJson } from '../../lang/index.ts';
import { TOOLS } from '../../lang/kit.twin.ts';
import { answer, NOW } from '../../lang/query/run/kit.twin.ts';
import { ask, fold } from './kit.twin.ts';
import type { Ruled } from './narrow.ts';
import { RandomQuery, randomEvent } from './random.twin.ts';
import { WrittenStore } from './segments.twin.ts';

const store = new WrittenStore();
const tools = { ...TOOLS, fold };
const QUERIES = Number(process.env['QUERIES'] ?? 200);
const SEED = Number(process.env['SEED'] ?? 1);

/** Values of which few events have one each, in the spellings that filters and searches could take for different ones. */
const RARE = [
  'rare-needle',
  'RARE needle2',
  'x64C59DE1-AA46',
  'C:\\Temp\\evil.exe',
  'été-rare',
  'ſpecial',
  '\u212aernel',
  'kernel',
  '77777',
  '7e4',
  '70000',
  '-31337',
  '31337.25',
  'tru',
  '2031',
  '12345678901234567',
  'a"b\\c/d',
  'line\nbreak',
];
const JSONS = ['77777', '7e4', '-31337', '31337.25', '12345678901234567', '1.5e-7', 'true', 'null'];

function rareEvent(random: SeededRandom, number: number): string {
  const event = randomEvent(random, number);
  if (random.integer(3) > 0) return event;
  const value = random.integer(3) === 0 ? random.pick(JSONS) : JSON.stringify(random.pick(RARE));
  const name = random.pick(['rare', 'user.name', 's2', 'deep.er']);
  const [outer, inner] = name.split('.');
  const listed = random.pick([value, `[${value}]`, `["x",${value},3]`]);
  // Escaped by its number a letter is another token, and the same value.
  const isText = value.startsWith('"') && random.integer(8) === 0;
  const own = isText
    ? listed.replace(/(?<![\\a-z"])[a-z](?![^"]*\\)/, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
    : listed;
  const extra = inner === undefined ? `"${outer}":${own}` : `"${outer}X":{"${inner}":${own}}`;
  return `${event.slice(0, -1)},${extra}}`;
}

function needleQuery(random: SeededRandom): string {
  const text = (): string => {
    const rare = random.pick(RARE);
    const from = random.integer(2) === 0 ? random.integer(rare.length) : 0;
    const part = random.integer(2) === 0 ? rare.slice(from, from + 1 + random.integer(rare.length)) : rare;
    const shown = random.integer(4) === 0 ? part.toUpperCase() : part;
    return JSON.stringify(shown.toWellFormed());
  };
  const field = (): string =>
    random.pick(['*', '*', 'rare', 'userX.name', 's2', 'deepX.er', 'user.name', 's', 'never', 'userX.*']);
  const one = (): string =>
    random.pick([
      () =>
        `${field()} ${random.pick(['has', 'has_cs', 'contains', 'startswith', 'endswith', 'hasprefix', 'hassuffix', '==', '=~'])} ${text()}`,
      () => `${field()} has ${text()}`,
      () => `${field()} ${random.pick(['in', 'in~', 'has_any', 'has_all'])} (${text()}, ${text()})`,
      () =>
        `${random.pick(['rare', 's2', 'i'])} ${random.pick(['==', '<', '>=', '!='])} ${random.pick(['77777', '70000', '-31337', '31337.25', '5'])}`,
      () =>
        `${random.pick(['rare', 's2', 'i'])} between (${random.pick(['-40000', '"a"'])} .. ${random.pick(['0', '80000', '"z"'])})`,
      () => `not(${field()} has ${text()})`,
    ])();
  const condition = random.pick([
    one,
    one,
    () => `${one()} and ${one()}`,
    () => `(${one()} or ${one()})`,
    () => `(${one()} or ${one()}) and ${one()}`,
  ]);
  const first = random.pick([
    () => `events | where ${condition()}`,
    () => `events | where ${condition()} | where ${one()}`,
    () => `events | sort by id asc | where ${condition()}`,
    () => `events | extend s2 = "rare-needle" | where ${condition()}`,
    () => `events | search ${text()}`,
    () => `events | search ${random.pick(['rare', 's2', 'userX'])}:${text()}`,
    () => `events | search ${text()} ${random.pick(['OR ', '', '-'])}${text()}`,
    () => `events | search ${random.pick(['rare*', '*needle', '*eedl*', 'evil*exe', '31337', '-alpha'])}`,
  ])();
  return `${first} | ${random.pick(['count', 'project id, rare', 'summarize n = count() by s', 'sort by id asc | take 3 | project id', 'project-away s', 'where id > 3 | distinct rare'])}`;
}

/** The order of an event's columns hangs on the file it is in; sums of reals on their order in the last digits. */
function settled(row: string): string {
  const value = parseJson(
    row.replace(/(?<=[[:,])-?\d+\.\d+(?:e[-+]?\d+)?/g, (number) => Number(number).toPrecision(12)),
  );
  if (!(value instanceof Bag)) return row;
  return formatJson(new Bag(new Map([...value.entries].sort(([one], [other]) => (one < other ? -1 : 1)))));
}

async function outcome(work: () => Promise<string[]>): Promise<string[]> {
  try {
    return (await work()).map(settled).sort();
  } catch (error) {
    return [`error ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** Events, each of which a condition holds for that filters and bounds could miss it by. */
const HELD: readonly (readonly [event: string, condition: string])[] = [
  ['{"a":"xneedle y"}', '* contains "needle y"'],
  ['{"a":"x needles"}', '* contains "needle"'],
  ['{"a":"xneedle end"}', 'a endswith "needle end"'],
  ['{"a":"xneedle suffix"}', '* hassuffix "needle suffix"'],
  ['{"a":"start needles"}', 'a startswith "start needle"'],
  ['{"a":"a prefix needles"}', '* hasprefix "prefix needle"'],
  ['{"a":7e4}', '* has "70000"'],
  ['{"a":[8e4]}', 'a has "80000"'],
  ['{"a":[12345678901234567890]}', '* has "12345678901234567000"'],
  ['{"a":0.25}', '* has "25"'],
  ['{"a":true}', '* has "TRUE"'],
  ['{"a":false}', 'a == "False"'],
  ['{"@timestamp":"2031-01-02T03:04:05.678Z"}', '* has "2031"'],
  ['{"@timestamp":"2031-01-02T03:04:05.679Z"}', '* has "679Z"'],
  ['{"@timestamp":"2031-01-02T17:04:05Z"}', '* contains "02t17"'],
  ['{"a":"4624.0"}', 'a == 4624'],
  ['{"a":"46.25e2"}', 'a == 4625'],
  ['{"a":4626}', 'a == "4626"'],
  ['{"a":4627}', 'a == "4627.0"'],
  ['{"a":"4628.0"}', 'a in (4628)'],
  ['{"a":"\u212aelvin"}', '* has "kelvin"'],
  ['{"a":"\u017fixth"}', 'a =~ "SIXTH"'],
  ['{"a":["\\u006fther"]}', '* has "other"'],
  ['{"a":["one\\nnext"]}', 'a has "next"'],
  ['{"a":["quo\\"te/d"]}', '* has "te/d"'],
  ['{"a":"\u00fcnder"}', '* has "\u00fcnder"'],
  ['{"a":"\u{1f600}"}', 'a > "\u{1f600}" or a == "\u{1f600}"'],
  ['{"a":{"b":"inner"}}', 'a.b has "inner"'],
  ['{"a":{"b":"deeper"}}', 'a.* has "deeper"'],
  ['{"b":1}', 'a has "" and b == 1'],
  ['{"b":2}', 'not(a has "x") and b == 2'],
  ['{"b":3}', 'a in ("", "x") or b == 3'],
  ['{"b":4}', 'a has_any ("", "x") and b == 4'],
];

test('a name whose values are read from others is not looked for as it stands, unless it stands there', async () => {
  const image = 'C:\\\\Temp\\\\evil.exe';
  const event = `{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Hostname":"H","SourceName":"Microsoft-Windows-Sysmon","ProcessId":"0x1f4","Image":"${image}","User":"DOM\\\\ann"}`;
  const view = store.view([
    { groups: [[event]], terms: true, type: 'windows.nxlog' },
    { groups: [['{"EventID":1,"ProcessId":"0x2","Image":"x","User":"y"}']], terms: true, type: 'windows.nxlog' },
  ]);
  const count = async (condition: string): Promise<string> => {
    let terms = 0;
    const ruled = (one: Ruled): void => {
      terms = one.terms.segments;
    };
    const asked = { pool: store.pool, view, tools, now: NOW, narrow: store.narrow, ruled };
    return `${(await ask(`events | where ${condition} | count`, asked)).join()} ${terms}`;
  };
  assert.equal(await count('process.pid == "500"'), '{"Count":1} 0');
  assert.equal(await count('process.pid has "500"'), '{"Count":1} 0');
  assert.equal(await count('process.name == "evil.exe"'), '{"Count":1} 1');
  assert.equal(await count('user.name has "ann"'), '{"Count":1} 1');
});

test('what filters and bounds could miss is found', async () => {
  const events = HELD.map(([event]) => event);
  const view = store.view(events.map((event) => ({ groups: [[event]], terms: true })));
  let ruled = 0;
  for (const [event, condition] of HELD) {
    const query = `events | where ${condition} | count`;
    const seen = ({ terms, columns, values }: Ruled): void => {
      ruled += terms.segments + columns.segments + values.segments;
    };
    const asked = { pool: store.pool, view, tools, now: NOW, shown: ['@timestamp'] as const, narrow: store.narrow };
    const wanted = await answer(query, { events }, { tools });
    assert.notDeepEqual(wanted, ['{"Count":0}'], `${event} ${condition}`);
    assert.deepEqual(await ask(query, { ...asked, ruled: seen }), wanted, `${event} ${condition}`);
  }
  assert.ok(ruled > HELD.length * 10, `${ruled}`);
});

test(`${QUERIES} random queries say the same whatever was ruled out and found without DuckDB`, {
  timeout: 300_000,
}, async () => {
  const random = seededRandom(SEED);
  const others = new RandomQuery(random);
  let left = '';
  const counts = { found: 0, groups: 0, terms: 0, columns: 0, values: 0 };
  for (let round = 0; left.length < 20_000 && round * 50 < QUERIES; round++) {
    const events = Array.from({ length: 60 }, (_, i) => rareEvent(random, i));
    const view = store.view([
      { groups: [events.slice(0, 10), events.slice(10, 25)], terms: true },
      { groups: [events.slice(25, 30)], terms: true },
      { groups: [events.slice(30, 35), events.slice(35, 36)], terms: false },
      { groups: [events.slice(36)], terms: true, type: 'sysmon' },
    ]);
    for (let i = 0; i < 50; i++) {
      const query = random.integer(4) === 0 ? others.query() : needleQuery(random);
      const base = { pool: store.pool, view, tools, now: NOW, shown: ['@timestamp'] as const };
      const seen: Ruled[] = [];
      const got = await outcome(() => ask(query, { ...base, narrow: store.narrow, ruled: (one) => seen.push(one) }));
      const wanted = await outcome(() => answer(query, { events }, { tools }));
      for (const { found, groups, terms, columns, values } of seen) {
        if (found !== null) counts.found++;
        counts.groups += groups.ruled;
        counts.terms += terms.segments;
        counts.columns += columns.segments;
        counts.values += values.segments;
      }
      if (JSON.stringify(got) === JSON.stringify(wanted)) continue;
      const plain = await outcome(() => ask(query, base));
      const who =
        JSON.stringify(plain) === JSON.stringify(wanted)
          ? 'NARROWED'
          : JSON.stringify(plain) === JSON.stringify(got)
            ? 'both'
            : 'three';
      const missing = wanted.filter((row) => !got.includes(row)).slice(0, 3);
      const more = got.filter((row) => !wanted.includes(row)).slice(0, 3);
      left += `${who}: ${query}\n  missing ${missing.join('\n          ')}\n  too many ${more.join('\n          ')}\n`;
    }
  }
  process.stderr.write(`${JSON.stringify(counts)}\n`);
  assert.equal(left, '');
});
