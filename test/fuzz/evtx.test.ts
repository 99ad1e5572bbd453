/** Mutated EVTX files: `FUZZ_N` of them (100,000 unless told), always the same ones. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '../../src/base/index.ts';
import { readEvtx } from '../../src/formats/evtx/index.ts';
import { sharedData, threadMs } from '../shared.ts';
import {
  type BuiltRecord,
  buildChunk,
  buildFile,
  element,
  none,
  optional,
  type Part,
  sealChunk,
  slot,
  string,
  utf16,
  value,
} from './evtx-builder.ts';

const COUNT = Number(process.env['FUZZ_N'] ?? 100_000);
const HEADER = 4096;
const MILLISECONDS_MAX = 50;

/** A few records that between them have every token and most types of value. */
function seeds(): Uint8Array[] {
  const data = (name: string, part: Part | string) => element('Data', name === '' ? {} : { Name: name }, part);
  const system = element(
    'System',
    {},
    element('Provider', { Name: 'P', Guid: slot(1, 0x0f) }),
    element('EventID', { Qualifiers: optional(2, 6) }, slot(3, 6)),
    element('TimeCreated', { SystemTime: slot(4, 0x11) }),
    element('Security', { UserID: optional(5, 0x13) }),
  );
  const outer = element('Event', { xmlns: 'u' }, system, slot(0, 0x21));
  const head = [
    value(0x0f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16),
    none,
    value(6, 1, 0),
    value(0x11, 1, 2, 3, 4, 5, 6, 0xd8, 1),
    value(0x13, 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0),
  ];
  const bodies = [
    element(
      'EventData',
      {},
      data('A', slot(0)),
      data('B', slot(1, 8)),
      data('C', optional(2)),
      data('D', slot(3, 0x81)),
    ),
    element('EventData', {}, data('', slot(0)), data('', slot(3, 0x81)), element('Binary', {}, slot(4, 0x0e))),
    element(
      'UserData',
      {},
      element('W', { k: slot(1, 8) }, element('X', {}, slot(3, 0x81)), element('X', {}, slot(1, 0x88))),
    ),
  ];
  const records = bodies.flatMap((root, i): BuiltRecord[] =>
    [1, 2].map((n) => ({
      id: i * 2 + n,
      fragment: {
        kind: 'template',
        id: 1,
        root: outer,
        values: [
          {
            type: 0x21,
            fragment: {
              kind: 'template',
              id: 10 + i,
              root,
              values: [
                string(`text ${i} é "`),
                value(8, 5, 0, 0, 0),
                none,
                { type: 0x81, bytes: utf16('a\0b\0') },
                value(0x0e, 1, 2),
              ],
            },
          },
          ...head,
        ],
      },
    })),
  );
  const tokens = element(
    'Event',
    { k: [{ kind: 'entity', name: 'amp' }] },
    'x',
    { kind: 'char', code: 65 },
    {
      kind: 'cdata',
      text: '<',
    },
    { kind: 'pi', name: 't', text: 'd' },
  );
  return [
    buildFile(buildChunk(records)),
    buildFile(buildChunk([...records.slice(0, 2), { id: 9, fragment: { kind: 'bare', root: tokens } }])),
  ];
}

/** Small real logs, where there are any: one to three records each. */
function realSeeds(): Uint8Array[] {
  const names = [
    'sysmon_1_smss_child_proc_bootexecute_setupexecute',
    '4765_sidhistory_add_t1178',
    'privexchange_dirkjan',
  ];
  return names
    .map((name) => sharedData(`evtx/${name}.evtx`))
    .filter((path) => path !== null)
    .map((path) => new Uint8Array(readFileSync(path)));
}

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Bytes in use once everything unreachable is gone. */
function memory(): number {
  assert.ok(typeof collect === 'function');
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const INTERESTING = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0xfff8, 0xffff, 0x10000, 0x7fffffff, 0xfffffff0, 0xffffffff,
];

test(`${COUNT} mutated files: nothing is thrown, none takes over ${MILLISECONDS_MAX} ms, memory stays level`, async () => {
  const random = seededRandom(20_260_801);
  const below = (bound: number): number => random.integer(bound);
  const originals = [...seeds(), ...realSeeds()];
  const files = originals.map((file) => file.slice());
  let lines = 0;
  let named = 0;
  let early = 0;

  const read = async (file: Uint8Array, recover: boolean, check: boolean): Promise<number> => {
    const start = threadMs();
    const report = () => {
      named++;
    };
    for await (const chunk of readEvtx([file], { recover, report })) {
      lines += chunk.records?.length ?? 0;
      if (!check) continue;
      const text = new TextDecoder('utf-8', { fatal: true }).decode(chunk.bytes);
      for (const line of text.split('\n').slice(0, -1)) JSON.parse(line);
    }
    return threadMs() - start;
  };

  for (let n = 0; n < COUNT; n++) {
    const which = n % files.length;
    const file = files[which];
    const original = originals[which];
    const view = new DataView(file.buffer);
    const free = HEADER + new DataView(original.buffer).getUint32(HEADER + 48, true);
    const touched: [number, number][] = [];
    for (let i = 1 + below(4); i > 0; i--) {
      // The headers one time in eight, the records otherwise.
      const at = below(8) === 0 ? below(HEADER + 512 - 4) : HEADER + 512 + below(free - HEADER - 512 - 4);
      const length = 1 + below(4);
      touched.push([at, at + 64]);
      switch (below(5)) {
        case 0:
          file[at] ^= 1 << below(8);
          break;
        case 1:
          view.setUint32(at, INTERESTING[below(INTERESTING.length)], true);
          break;
        case 2:
          view.setUint16(at, INTERESTING[below(INTERESTING.length)] & 0xffff, true);
          break;
        case 3:
          // A token, or part of a number.
          for (let k = 0; k < length; k++) file[at + k] = below(16) | (below(2) << 6);
          break;
        default:
          file.copyWithin(
            at,
            HEADER + 512 + below(free - HEADER - 576),
            HEADER + 512 + below(free - HEADER - 576) + 64,
          );
          touched.push([at, Math.min(file.length, at + free - HEADER)]);
      }
    }
    if (below(2) === 0) {
      sealChunk(file, HEADER);
      touched.push([HEADER, HEADER + 128]);
    }
    // Mostly without the unused end of the chunk, which costs time and finds nothing.
    const seen = below(8) === 0 ? file : file.subarray(0, Math.min(file.length, free + below(64)));
    const recover = below(4) === 0;
    let took = await read(seen, recover, n % 8 === 0);
    // Once more, and again: the collector may have had its turn, a slow input stays slow.
    for (let again = 0; again < 4 && took > MILLISECONDS_MAX; again++) took = await read(seen, recover, false);
    assert.ok(took <= MILLISECONDS_MAX, `mutation ${n} took ${took} ms`);
    for (const [from, to] of touched) file.set(original.subarray(from, to), from);
    if (n === Math.floor(COUNT / 10)) early = memory();
  }
  for (const [i, file] of files.entries()) assert.deepEqual(file, originals[i], 'a mutation was not taken back');
  assert.ok(lines > COUNT && named > COUNT / 2, `${lines} lines, ${named} named`);
  const grown = memory() - early;
  // The templates kept across chunks fill some 40 MB before they are dropped: a saw, level over any longer run.
  assert.ok(grown < 64 << 20, `memory grew by ${grown} bytes`);
});
