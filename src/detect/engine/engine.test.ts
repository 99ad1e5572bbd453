/** The engine whole: image.ts, engine.ts and hits.ts on events of a real source type. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { seededRandom } from '../../base/index.ts';
import { loadKernelModule } from '../../batch/index.ts';
import { ANY, type DetectionRule, type Test } from '../sigma/model.ts';
import { Engine, type EngineHit } from './engine.ts';
import { HitLines, viewFor } from './hits.ts';
import { compileImage, type Image, openImage, ruleOf as ruleOfImage } from './image.ts';
import { ruleOf, textTest } from './lane.twin.ts';

const module = loadKernelModule();
const PROCESS = {
  category: 'process_creation',
  product: 'windows',
  raw: { category: 'process_creation', product: 'windows' },
};

function rule(
  id: string,
  field: string | null,
  one: Test,
  logsource: DetectionRule['logsource'] = PROCESS,
): DetectionRule {
  return { ...ruleOf(id, [{ field, test: one }], { op: 'item', item: 0 }), logsource, tags: ['attack.execution'] };
}

const RULES = [
  rule('image', 'Image', textTest([ANY, '\\whoami.exe'])),
  rule('keyword', null, textTest([ANY, 'Mimi', ANY])),
  rule('cased', 'CommandLine', { kind: 'text', patterns: [[ANY, 'Mimi', ANY]], cased: true }),
  rule('network', 'Image', textTest([ANY]), { category: 'network_connection', raw: {} }),
  rule('user exists', 'User', { kind: 'exists', value: true }),
];

function event(fields: Record<string, unknown>, eventId: unknown = 1): string {
  const system = {
    Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
    EventID: eventId,
    TimeCreated: { '#attributes': { SystemTime: '2024-02-29T12:00:00.123456Z' } },
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Computer: 'dc01',
  };
  return JSON.stringify({ Event: { System: system, EventData: fields } });
}

function engineFor(image: Image): Engine {
  return new Engine(module, image, { inputBytes: 1 << 16 });
}

function scan(engine: Engine, lines: readonly string[]): string[][] {
  engine.kernel.load(new TextEncoder().encode(lines.join('\n')));
  const found: string[][] = [];
  while (engine.kernel.scan()) {
    const from = found.length;
    for (let row = 0; row < engine.kernel.get('rowCount'); row++) found.push([]);
    engine.evaluate((hits) => {
      for (const hit of hits) found[from + hit.row].push(engine.rule(hit.rule).id);
    });
  }
  return found.map((ids) => ids.sort());
}

const LINES = [
  event({ Image: 'C:\\Windows\\WHOAMI.exe', CommandLine: 'whoami /all' }),
  event({ Image: 'C:\\x.exe', CommandLine: 'run Mimikatz' }),
  event({ Image: 'C:\\x.exe', CommandLine: 'run mimikatz', User: { Name: 'x' } }),
  event({ Image: 'C:\\Windows\\whoami.exe' }, 3),
  event({ Image: 'C:\\Windows\\whoami.exe' }, 99),
  '{"nobody":"knows this"}',
];
const HITS = [['image'], ['cased', 'keyword'], ['keyword', 'user exists'], ['network'], [], []];

suite('the engine', () => {
  test('reports what it finds under the logsource it found it by, however the event spells that', () => {
    const audit = rule('audit', 'Image', textTest([ANY, '\\whoami.exe']));
    const engine = engineFor(compileImage([audit]));
    const spellings = ['Security', 'ſECURITY', ['x', null, 'security']];
    const lines = spellings.map((channel) =>
      JSON.stringify({ Channel: channel, EventID: 4688, NewProcessName: 'C:\\whoami.exe' }),
    );
    assert.deepEqual(scan(engine, lines), [['audit'], ['audit'], ['audit']]);
    const rewrites = lines.map((_, row) => engine.factOf(audit, engine.factsOfRow(row))?.rewrite?.['Image']);
    assert.deepEqual(rewrites, ['NewProcessName', 'NewProcessName', 'NewProcessName']);
  });

  test('keeps apart the keywords of lanes that it has to compile itself', () => {
    const creation = rule('creation', null, textTest([ANY, 'whoami', ANY]));
    const network = rule('network', null, textTest([ANY, 'C:\\', ANY]), { category: 'network_connection', raw: {} });
    const engine = engineFor(compileImage([creation, network], []));
    const lines = [1, 3, 1].map((id) => event({ Image: 'C:\\Windows\\whoami.exe' }, id));
    lines.push(event({ Image: 'C:\\x.exe' }, 1), event({ Image: 'C:\\x.exe' }, 3));
    assert.deepEqual(scan(engine, lines), [['creation'], ['network'], ['creation'], [], ['network']]);
  });

  test('finds the lane of each event and what its rules say of it', () => {
    const engine = engineFor(compileImage(RULES));
    assert.deepEqual(scan(engine, LINES), HITS);
    assert.deepEqual(scan(engine, LINES), HITS);
    const lanes = engine.laneRows();
    assert.equal(
      [...lanes.values()].reduce((a, b) => a + b),
      LINES.length * 2,
    );
    assert.deepEqual([...lanes.values()].sort(), [2, 2, 2, 6]);
    // Events of no known source may be XML in some column: the scanner looks.
    assert.equal(lanes.get('xml'), 2);
  });

  test('finds the same from an image that was kept, and compiles lanes the image lacks', () => {
    const image = compileImage(RULES);
    const reopened = openImage(image.buffer);
    assert.ok(reopened);
    assert.deepEqual(reopened.header, image.header);
    assert.deepEqual(ruleOfImage(reopened, 2), RULES[2]);
    assert.deepEqual(scan(engineFor(reopened), LINES), HITS);
    assert.deepEqual(scan(engineFor({ ...image, header: { ...image.header, lanes: [] } }), LINES), HITS);
  });

  test('refuses an image of another version, or cut short', () => {
    const { buffer } = compileImage(RULES);
    assert.equal(openImage(new SharedArrayBuffer(8)), null);
    const other = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(other).set(new Uint8Array(buffer));
    new Uint32Array(other)[1]++;
    assert.equal(openImage(other), null);
    const short = new SharedArrayBuffer(64);
    new Uint8Array(short).set(new Uint8Array(buffer, 0, 64));
    assert.equal(openImage(short), null);
  });

  test('asks before it counts a hit that only the host can decide', () => {
    const reference: Test = { kind: 'fieldref', fields: ['ParentImage'], mode: 'equals', cased: false };
    const engine = engineFor(compileImage([rule('same', 'Image', reference)]));
    const asked: EngineHit[] = [];
    engine.verifies = (hit) => {
      asked.push(hit);
      return hit.row === 1;
    };
    assert.deepEqual(scan(engine, [event({ Image: 'a' }), event({ Image: 'b', ParentImage: 'b' })]), [[], ['same']]);
    assert.deepEqual(
      asked.map(({ row, rule }) => [row, rule]),
      [
        [0, 0],
        [1, 0],
      ],
    );
    assert.ok(asked.every(({ facts }) => facts.some((fact) => fact.category === 'process_creation')));
  });

  test('forgets shapes without forgetting what it counted, and its memory does not grow', () => {
    const engine = engineFor(compileImage(RULES));
    const random = seededRandom(1);
    // Ever new orders of forty keys: some 1,700 of them fill the trie.
    const shuffled = (): string => {
      const keys = Array.from({ length: 40 }, (_, i) => ({ key: `f${i}`, at: random.uint32() })).sort(
        (a, b) => a.at - b.at,
      );
      return event({ Image: 'C:\\whoami.exe', ...Object.fromEntries(keys.map(({ key }) => [key, 1])) });
    };
    const sizes: number[] = [];
    for (let round = 0; round < 6; round++) {
      assert.ok(scan(engine, Array.from({ length: 2000 }, shuffled)).every((ids) => ids.join() === 'image'));
      sizes.push(engine.kernel.bytes.length);
    }
    assert.equal(
      [...engine.laneRows().values()].reduce((a, b) => a + b),
      12_000,
    );
    assert.equal(sizes[5], sizes[2], String(sizes));
  });
});

suite('a hit line', () => {
  function hitLines(
    lines: readonly Uint8Array[],
    record: number | null,
    rules = RULES,
  ): { texts: string[]; marks: number[] } {
    const engine = engineFor(compileImage(rules));
    const out = new HitLines(engine);
    engine.kernel.load(Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
    engine.kernel.scan();
    out.nextBatch();
    engine.evaluate((hits) => {
      for (const { row, rule: index } of hits) {
        const view = viewFor(engine, row, engine.rule(index), engine.factsOfRow(row));
        out.add(index, view, { path: 'log "1".json', record }, row, engine.kernel.line(row));
      }
    });
    const { bytes, marks } = out.take();
    assert.equal(out.length, 0);
    return { texts: new TextDecoder().decode(bytes).split('\n').slice(0, -1), marks };
  }

  test('says rule, time, source, host, why, and the event as it came', () => {
    const line = LINES[0].replace('{"Event"', ' { "Event"');
    const { texts } = hitLines([Buffer.from(`${line}\r`)], 7);
    assert.equal(texts.length, 1);
    assert.ok(texts[0].endsWith(`,"event":${line.trim()}}`));
    const { event: own, matches, ...rest } = JSON.parse(texts[0]);
    assert.deepEqual(own, JSON.parse(line));
    assert.equal(matches[0].value, 'C:\\Windows\\WHOAMI.exe');
    assert.deepEqual(rest, {
      rule: { id: 'image', title: 'image', level: 'low', tags: ['attack.execution'], logsource: PROCESS.raw },
      time: '2024-02-29T12:00:00.123456Z',
      source: { path: 'log "1".json', record: 7 },
      host: 'dc01',
    });
  });

  test('leaves the record number to the reader, with its place, and is JSON in UTF-8 whatever the event holds', () => {
    const bad = Buffer.from(LINES[0].replace('/all', '/\u00ff'), 'latin1');
    const { texts, marks } = hitLines([bad, Buffer.from(LINES[0])], null);
    assert.equal(texts.length, 2);
    assert.deepEqual(
      marks.filter((_, i) => i % 2 === 1),
      [0, 1],
    );
    const whole = Buffer.from(`${texts.join('\n')}\n`);
    for (const at of marks.filter((_, i) => i % 2 === 0)) {
      assert.equal(whole.subarray(at - 9, at + 1).toString(), '"record":}');
    }
    const filled = JSON.parse(texts[0].replace('"record":}', '"record":1}'));
    assert.equal(filled.event.Event.EventData.CommandLine, 'whoami /\ufffd');
  });

  test('of a field that is there with no time or host has null', () => {
    const line = JSON.stringify({
      Event: {
        System: {
          EventID: 1,
          Channel: 'Microsoft-Windows-Sysmon/Operational',
          Provider: { '#attributes': { Name: 'Microsoft-Windows-Sysmon' } },
        },
        EventData: { Image: 'a\\whoami.exe' },
      },
    });
    const { texts } = hitLines([Buffer.from(line)], 1);
    const { time, host } = JSON.parse(texts[0]);
    assert.deepEqual([time, host], [null, null]);
  });

  test('says which values were compared, also where the same value was compared with another before', () => {
    const contains: Test = { kind: 'fieldref', fields: ['ParentImage'], mode: 'contains', cased: false };
    const lines = ['a', 'b'].map((ParentImage) => Buffer.from(event({ Image: 'ab', ParentImage })));
    const { texts } = hitLines(lines, 1, [rule('part of', 'Image', contains)]);
    assert.deepEqual(
      texts.map((text) => JSON.parse(text).matches[0].pattern),
      [
        { field: 'ParentImage', value: 'a' },
        { field: 'ParentImage', value: 'b' },
      ],
    );
  });
});
