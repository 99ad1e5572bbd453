/** Mutated inputs: `FUZZ_N` for each reader (100,000 unless told; a tenth of it for compressed streams), always the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { seededRandom, WeirError } from '../../src/base/index.ts';
import { Expansion } from '../../src/formats/expansion.ts';
import { Feed } from '../../src/formats/feed.ts';
import { gunzip } from '../../src/formats/gzip.ts';
import { eventXmlToJson, JsonSplitter, sniff } from '../../src/formats/index.ts';
import { XmlSplitter } from '../../src/formats/xml-file.ts';
import { readZip } from '../../src/formats/zip.ts';
import { unzstd } from '../../src/formats/zstd.ts';
import { threadMs } from '../shared.ts';
import { buildZip, mutate, recorder, split } from './formats-kit.ts';

const COUNT = Number(process.env['FUZZ_N'] ?? 100_000);
const MILLISECONDS_MAX = 50;
const GROWTH_BYTES_MAX = 128 * 1024 * 1024;
const EXPANSION = { expansionFreeBytes: 1 << 20, expandedBytesMax: 1 << 22 };

/** Runs `read` over mutations; each must end within the time, by the third try at the latest: the compiler and the collector may have their turn. */
async function fuzz(seeds: readonly Uint8Array[], count: number, read: (input: Uint8Array) => unknown): Promise<void> {
  const random = seededRandom(20261122);
  let before = 0;
  for (let i = 0; i < count; i++) {
    const input = mutate(random.pick(seeds), random, 1 + random.integer(4));
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 3 && best > MILLISECONDS_MAX; attempt++) {
      const start = threadMs();
      try {
        const done = read(input);
        if (done instanceof Promise) await done;
      } catch (cause) {
        throw new Error(`mutation ${i}: ${Buffer.from(input).toString('base64')}`, { cause });
      }
      best = Math.min(best, threadMs() - start);
    }
    assert.ok(best <= MILLISECONDS_MAX, `mutation ${i} took ${best} ms: ${Buffer.from(input).toString('base64')}`);
    if (i === Math.floor(count / 4)) before = process.memoryUsage.rss();
  }
  const growth = process.memoryUsage.rss() - before;
  assert.ok(growth < GROWTH_BYTES_MAX, `memory grew by ${growth} bytes`);
}

const JSON_SEEDS = [
  '{"a":1,"b":"x \\" y","c":[1,{"d":null}],"e":{}}\n{"a":2,"b":"\\u00fc","c":[],"e":{"f":true}}\n',
  '[\n  {\n    "a": 1,\n    "b": "text"\n  },\n  {\n    "a": 2,\n    "b": [\n      -1.5e3\n    ]\n  }\n]\n',
  '{"Records":[{"a":1},{"a":2}],"x":[1,2]}{"took":1,"hits":{"total":1,"hits":[{"_id":"1","_source":{"a":3},"sort":[1]}]}}',
  '{"@odata.context":"c","value":[{"a":{"a":{"a":1}}},{"a":"\u{1f600}"}]}',
].map((text) => Buffer.from(text));

test('JSON: no damage throws, hangs or leaks, and pieces of any size give the same', async () => {
  const sizes = seededRandom(1);
  let number = 0;
  await fuzz(JSON_SEEDS, COUNT, (input) => {
    sniff(input);
    const whole = split((report) => new JsonSplitter(report), input);
    for (const line of whole.lines) assert.ok(line.startsWith('{') && line.endsWith('}'), line);
    if (number++ % 4 === 0)
      assert.deepEqual(
        split((report) => new JsonSplitter(report), input, 1 + sizes.integer(9)),
        whole,
      );
  });
});

const XML_SEEDS = [
  '<Events><Event xmlns="u"><System><Provider Name=\'P\' Guid="{1}"/><EventID Qualifiers="0">1</EventID></System><EventData><Data Name="a">x &amp; &#65; <![CDATA[<y>]]></Data><Data>1</Data><Data/></EventData></Event></Events>',
  '<?xml version="1.0"?><Event><UserData><A xmlns="v"><B>1</B><B>2</B></A></UserData></Event>\n<Event/>',
].map((text) => Buffer.from(text));

test('XML: no damage throws, hangs or leaks; lines are JSON', async () => {
  await fuzz(XML_SEEDS, COUNT, (input) => {
    const { lines } = split((report) => new XmlSplitter(report), input);
    for (const line of lines) JSON.parse(line);
    try {
      eventXmlToJson(Buffer.from(input).toString('utf8'));
    } catch (error) {
      assert.ok(error instanceof WeirError);
    }
  });
});

async function drain(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let length = 0;
  for await (const piece of bytes) length += piece.length;
  return length;
}

const EVENTS = Buffer.from('{"a":1}\n{"b":[1,2,3]}\n'.repeat(8));

test('zip: no damage throws, hangs or leaks', async () => {
  const seeds = [
    buildZip([
      { name: 'a.json', data: EVENTS },
      { name: 'b', data: EVENTS, method: 'stored', zip64: true },
    ]),
    buildZip(
      [
        { name: 'dir/', data: Buffer.alloc(0), method: 'stored' },
        { name: 'c', data: EVENTS, method: 'stored' },
      ],
      { zip64End: true },
    ),
    buildZip([{ name: 'd', data: EVENTS, descriptor: true }], { comment: 'PK\x05\x06 comment' }),
    buildZip([{ name: 'e', data: EVENTS, method: 'zstd' }]),
  ];
  await fuzz(seeds, COUNT, async (input) => {
    const bytes = Buffer.from(input);
    const readAt = (into: Uint8Array, at: number): number =>
      at < bytes.length ? bytes.copy(into, 0, at, at + into.length) : 0;
    const expansion = new Expansion(EXPANSION);
    for await (const member of readZip({ size: bytes.length, readAt }, expansion, recorder(), recorder))
      await drain(member.bytes);
    assert.ok(expansion.expanded <= (1 << 22) + (1 << 21));
  });
});

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

for (const [name, compress, open] of [
  ['gzip', gzipSync, gunzip],
  ['zstd', zstdCompressSync, unzstd],
] as const) {
  test(`${name}: no damage throws, hangs or leaks`, async () => {
    const small = compress(EVENTS);
    const seeds = [small, Buffer.concat([small, compress('{"a":1}')]), compress(Buffer.alloc(100_000))];
    await fuzz(seeds, Math.ceil(COUNT / 10), async (input) => {
      await drain(open(new Feed(once(input)), new Expansion(EXPANSION), recorder()));
    });
  });
}

test('input made to be slow takes time in proportion to its length', () => {
  const repeat = (unit: string, bytes: number): Buffer => Buffer.from(unit.repeat(Math.ceil(bytes / unit.length)));
  const time = (work: () => void): number => {
    const start = threadMs();
    work();
    return threadMs() - start;
  };
  const inJson = (input: Buffer): unknown => split((report) => new JsonSplitter(report), input, 1 << 20);
  const inXml = (input: Buffer): unknown =>
    split((report) => new XmlSplitter(report, { lineBytesMax: 1 << 20 }), input, 1 << 18);
  const cases: [(input: Buffer) => unknown, string[]][] = [
    [
      inJson,
      [
        '{"a":',
        '{"a":[',
        '}{',
        '}{"',
        '{"',
        '[',
        '[{',
        '{"a":1}{"a":',
        '{"a":1},{"a":[1,',
        '\n{',
        '"',
        '\\',
        '{\n"a":{\n',
      ],
    ],
    [
      inXml,
      [
        '<Event>',
        '<Event ',
        '<Event>\n<a>',
        '</Event>',
        '<Event><a/>',
        '<Event a="',
        '<EventData>',
        '<Event><![CDATA[',
        '<Event><!--',
        '<Event/>',
        '<Event>&#',
      ],
    ],
  ];
  for (const [work, units] of cases) {
    for (const unit of units) {
      const ms = time(() => work(repeat(unit, 1 << 20)));
      assert.ok(ms < 4000, `1 MiB of ${JSON.stringify(unit)} took ${ms} ms`);
      if (process.env['FUZZ_SHOW'] !== undefined) console.log(JSON.stringify(unit), Math.round(ms));
    }
  }
});
