/**
 * How fast hits are kept: `node bin/node24.js bench/hits.ts [FILE]`. A rule that fires `noisy` times a commit, beside 50 others that
 * fire once, over bodies of real events (FILE: NDJSON; made-up ones of the same size without). Figures: bench/notes-hits.md.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Detections, type Hit } from '../src/store/index.ts';

const [, , file] = process.argv;
const OTHERS = 50;

function bodies(): Buffer[] {
  if (file === undefined) {
    const event = (i: number): string =>
      JSON.stringify({ EventID: 10, n: i, CallTrace: 'C:\\Windows\\System32\\x.dll+1a'.repeat(70) });
    return Array.from({ length: 5000 }, (_, i) => Buffer.from(`"rule":{"id":"r"},"event":${event(i * 7919)}`));
  }
  const read = Buffer.alloc(60_000_000);
  const descriptor = fs.openSync(file, 'r');
  const lines = read.subarray(0, fs.readSync(descriptor, read)).toString('utf8').split('\n').slice(0, -1);
  fs.closeSync(descriptor);
  return lines.map((line) => Buffer.from(`"rule":{"id":"r"},"time":"2020","host":"h","matches":[],"event":${line}`));
}

const all = bodies();
const noisyBodies = file === undefined ? all : all.filter((body) => /"EventID":(10|7),/.test(body.toString('latin1')));

function measure(noisy: number, commits: number, everyMs: number): void {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-bench-hits-'));
  const store = new Detections(path.join(folder, 'detect.db'));
  const times: number[] = [];
  let [sequence, bytes] = [0, 0];
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let position = 0; position < commits; position++) {
    const received = Date.now();
    const make = (id: string, row: number, from: readonly Buffer[]): Hit => {
      sequence += 1;
      const body = from[sequence % from.length];
      bytes += body.length;
      const rule = { id, version: `${id}-version`, level: 'high' };
      return { tenant: 'acme', rule, source: 'dc1', position, row, time: received, received, live: true, body };
    };
    const hits = Array.from({ length: noisy }, (_, row) => make('noisy', row, noisyBodies));
    for (let i = 0; i < OTHERS; i++) hits.push(make(`rule-${i}`, 0, all));
    const before = performance.now();
    store.commit({ log: 'bench/0', checkpoint: { position, received, ruleSet: 's' }, hits });
    times.push(performance.now() - before);
    // At a rate instead of flat out, what a commit takes is what it makes others wait.
    const rest = start + position * everyMs - performance.now();
    if (rest > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rest);
  }
  const seconds = (performance.now() - start) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  times.sort((a, b) => a - b);
  const size = fs.statSync(path.join(folder, 'detect.db')).size;
  const at = (share: number): string => times[Math.floor((times.length - 1) * share)].toFixed(1);
  const rate = everyMs === 0 ? 'flat out' : `every ${everyMs} ms`;
  console.log(
    `${noisy} + ${OTHERS} a commit, ${rate}: ${Math.round(sequence / seconds).toLocaleString('en')} hits/s (${Math.round(sequence / cpuSeconds).toLocaleString('en')} a CPU second), commit ` +
      `p50 ${at(0.5)} p90 ${at(0.9)} p99 ${at(0.99)} max ${at(1)} ms, ${Math.round(bytes / sequence)} B a body, ${Math.round(size / sequence)} B on disk`,
  );
  store.close();
  fs.rmSync(folder, { recursive: true });
}

for (const [noisy, commits, everyMs] of [
  [1000, 300, 0],
  [2000, 200, 0],
  [1000, 600, 10],
  [100, 600, 0],
  [0, 600, 0],
]) {
  measure(noisy, commits, everyMs);
}
