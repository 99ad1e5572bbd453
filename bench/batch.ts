/**
 * What EventBatch costs: `node bench/batch.ts [PASSES]`. 20,000 Mordor events from ../shared/data in pieces of 2 MB: bytes an
 * event before and after zstd level 3, beside the lines themselves, and speed of scanning, encoding, opening and rebuilding.
 * Rates are events per second of CPU time.
 */
import { readFileSync } from 'node:fs';
import { constants, gunzipSync, zstdCompressSync } from 'node:zlib';
import { encodeBatch, Kernel, loadKernelModule, openBatch } from '../src/batch/index.ts';
import { sharedData } from '../test/shared.ts';

const passes = Number(process.argv[2] ?? 5);
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

const never = (): never => {
  throw new Error('nothing is evaluated here');
};
const kernel = new Kernel(loadKernelModule(), { fold: never, residual: never, shape: never, plan: never }, PIECE);

function timed(name: string, work: () => number): void {
  work();
  const rates: number[] = [];
  for (let pass = 0; pass < passes; pass++) {
    const before = process.cpuUsage();
    const events = work();
    const { user, system } = process.cpuUsage(before);
    rates.push(events / ((user + system) / 1e6));
  }
  const median = rates.sort((a, b) => a - b)[passes >> 1];
  console.log(`${name.padEnd(34)} ${(median / 1e6).toFixed(2)} M events/s`);
}

function scanned(use: () => void): number {
  let events = 0;
  for (const piece of pieces) {
    kernel.load(piece);
    while (kernel.scan()) {
      use();
      events += kernel.get('rowCount');
    }
  }
  return events;
}

const zstd = (bytes: Uint8Array): number =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }).length;

const frames: ArrayBuffer[] = [];
const events = scanned(() => void frames.push(...encodeBatch(kernel, META)));
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
timed('scan', () => scanned(() => {}));
timed('scan and encode', () => scanned(() => void encodeBatch(kernel, META)));
timed('open (checks everything)', () => frames.reduce((total, frame) => total + openBatch(frame).rows, 0));
timed('open and rebuild every event', () =>
  frames.reduce((total, frame) => {
    const batch = openBatch(frame);
    for (let row = 0; row < batch.rows; row++) batch.rowText(row);
    return total + batch.rows;
  }, 0),
);
timed('JSON.parse of the lines', () => {
  let count = 0;
  for (const piece of pieces) {
    for (const line of new TextDecoder().decode(piece).split('\n')) {
      if (line === '') continue;
      JSON.parse(line);
      count++;
    }
  }
  return count;
});
