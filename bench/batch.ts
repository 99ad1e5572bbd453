/**
 * What EventBatch costs: `node bench/batch.ts [PASSES [BATCH_KIB]]`. 20,000 Mordor events from ../shared/data in pieces of 2 MB: bytes
 * an event before and after zstd level 3, beside the lines themselves, and speed of scanning, encoding, opening and rebuilding,
 * the median of all passes by the
 * thread's CPU time, beside JSON.parse in the same run.
 */
import { readFileSync } from 'node:fs';
import { constants, gunzipSync, zstdCompressSync } from 'node:zlib';
import { encodePlainly } from '../src/batch/encode.twin.ts';
import { eachFrame, encodeBatch, kernelWithoutRules, openBatch } from '../src/batch/index.ts';
import { sharedData } from '../test/shared.ts';

const passes = Number(process.argv[2] ?? 5);
const batchBytes = Number(process.argv[3] ?? 512) * 1024;
const PIECE = 2 << 20;
const META = { tenant: 'default', source: 'mordor', mapping: 'windows.nxlog' };

const path = sharedData('windows-mordor-20k.ndjson.gz');
if (path === null) throw new Error('needs ../shared/data/windows-mordor-20k.ndjson.gz, which is not here');
const input = gunzipSync(readFileSync(path));
const pieces: Uint8Array[] = [];
for (let from = 0; from < input.length; ) {
  const to = from + PIECE >= input.length ? input.length : input.lastIndexOf(0x0a, from + PIECE) + 1;
  pieces.push(input.subarray(from, to));
  from = to;
}

const kernel = kernelWithoutRules(PIECE);
kernel.batchBytes = batchBytes;

interface Timed {
  readonly events: number;
  readonly ms: number;
}

function clock(work: () => number): Timed {
  const before = process.threadCpuUsage();
  const events = work();
  const { user, system } = process.threadCpuUsage(before);
  return { events, ms: (user + system) / 1000 };
}

/** Scans everything; `use` is called for each batch, and only it counts. */
function scanned(use: () => void): Timed {
  let events = 0;
  let ms = 0;
  for (const piece of pieces) {
    kernel.load(piece);
    while (kernel.scan()) {
      ms += clock(() => {
        use();
        return 0;
      }).ms;
      events += kernel.get('rowCount');
    }
  }
  return { events, ms };
}

const zstd = (bytes: Uint8Array): number =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }).length;

const frames: ArrayBuffer[] = [];
const { events } = scanned(() => void frames.push(...encodeBatch(kernel, META)));
const each = (bytes: number): string => (bytes / events).toFixed(1).padStart(8);
const sum = (list: readonly Uint8Array[], size: (bytes: Uint8Array) => number): number =>
  list.reduce((total, bytes) => total + size(bytes), 0);
const views = frames.map((frame) => new Uint8Array(frame));

console.log(
  `${events} events, ${frames.length} frames, largest ${Math.max(...views.map((view) => view.length))} bytes`,
);
console.log('bytes an event          plain   zstd 3');
console.log(`lines, 2 MB pieces   ${each(sum(pieces, (bytes) => bytes.length))} ${each(sum(pieces, zstd))}`);
console.log(`frames               ${each(sum(views, (bytes) => bytes.length))} ${each(sum(views, zstd))}`);
const lines = pieces.map((piece) => new TextDecoder().decode(piece).split('\n').slice(0, -1));
const cases: Record<string, () => Timed> = {
  'JSON.parse of the lines': () =>
    clock(() => {
      for (const line of lines.flat()) JSON.parse(line);
      return events;
    }),
  scan: () => clock(() => scanned(() => {}).events),
  'encode, frames as views': () => scanned(() => eachFrame(kernel, META, () => {})),
  'encode, frames as copies': () => scanned(() => void encodeBatch(kernel, META)),
  'encode, plain (TypeScript)': () => scanned(() => void encodePlainly(kernel, META)),
  'open in the kernel': () => clock(() => views.reduce((rows, view) => rows + kernel.openFrame(view).rows, 0)),
  'open, plain (TypeScript)': () => clock(() => frames.reduce((rows, frame) => rows + openBatch(frame).rows, 0)),
  'open, plain, and rebuild every event': () =>
    clock(() => {
      for (const frame of frames) {
        const batch = openBatch(frame);
        for (let row = 0; row < batch.rows; row++) batch.rowText(row);
      }
      return events;
    }),
};

// Passes of all cases by turns, so that a busy moment of the machine meets all of them.
const rates = new Map<string, number[]>();
for (let pass = 0; pass < passes; pass++) {
  for (const [name, run] of Object.entries(cases)) {
    const { events, ms } = run();
    rates.set(name, [...(rates.get(name) ?? []), events / ms / 1000]);
  }
}
const median = (name: string): number => (rates.get(name) ?? []).sort((a, b) => a - b)[passes >> 1];
for (const name of rates.keys()) {
  const beside = median(name) / median('JSON.parse of the lines');
  console.log(
    `${name.padEnd(38)} ${median(name).toFixed(3).padStart(6)} M events/s  ${beside.toFixed(2).padStart(6)} ×`,
  );
}
