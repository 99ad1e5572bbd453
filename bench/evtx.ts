/**
 * How fast EVTX becomes JSON lines: `node bench/evtx.ts [PASSES]`. Two inputs from ../shared/data: its EVTX files as they
 * are (one reader a file; four fifths of their bytes are unused space), and one file made of their full chunks alone.
 * Rates are per second of CPU time, all threads of the process together.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { readEvtx } from '../src/formats/evtx/index.ts';
import { sharedData } from '../test/shared.ts';

const passes = Number(process.argv[2] ?? 5);
const CHUNK = 65536;
const HEADER = 4096;

function load(): Uint8Array[] {
  return ['evtx', 'sigma-regression'].flatMap((folder) => {
    const path = sharedData(folder);
    if (path === null) throw new Error(`needs ../shared/data/${folder}, which is not here`);
    const names = readdirSync(path).filter((name) => name.endsWith('.evtx'));
    return names.map((name): Uint8Array => readFileSync(`${path}/${name}`));
  });
}

/** One file of all chunks that are at least three quarters full, ten times over. */
function dense(files: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [files[0].subarray(0, HEADER)];
  for (const file of files) {
    for (let at = HEADER; at + CHUNK <= file.length; at += CHUNK) {
      const free = new DataView(file.buffer, file.byteOffset + at).getUint32(48, true);
      if (free > CHUNK * 0.75) parts.push(file.subarray(at, at + CHUNK));
    }
  }
  return Buffer.concat([parts[0], ...Array<Uint8Array[]>(10).fill(parts.slice(1)).flat()]);
}

/** The yardstick: JSON.parse of every line the files give, results thrown away. */
async function parseLoop(files: readonly Uint8Array[]): Promise<void> {
  const lines: string[] = [];
  for (const file of files) {
    for await (const chunk of readEvtx([file], { recover: false, report: () => {} })) {
      lines.push(...new TextDecoder().decode(chunk.bytes).split('\n').slice(0, -1));
    }
  }
  const json = lines.reduce((sum, text) => sum + text.length, 0);
  for (const name of ['', 'JSON.parse of the output']) {
    const before = process.cpuUsage();
    for (let i = 0; i < passes; i++) for (const text of lines) JSON.parse(text);
    const used = process.cpuUsage(before);
    const cpu = (used.user + used.system) / 1e6;
    if (name !== '') line(name, 0, { records: lines.length, json }, passes, cpu);
  }
}

/** Reads every file once; returns records and bytes of JSON. */
async function pass(files: readonly Uint8Array[]): Promise<{ records: number; json: number }> {
  let records = 0;
  let json = 0;
  for (const file of files) {
    const report = ({ position, reason }: { position: string; reason: string }) => {
      throw new Error(`${position}: ${reason}`);
    };
    for await (const chunk of readEvtx([file], { recover: false, report })) {
      records += chunk.records?.length ?? 0;
      json += chunk.bytes.length;
    }
  }
  return { records, json };
}

function line(
  name: string,
  bytes: number,
  result: { records: number; json: number },
  times: number,
  cpu: number,
): void {
  const per = (value: number) => (value * times) / cpu;
  console.log(
    `${name.padEnd(28)} ${(per(bytes) / 1e6).toFixed(0).padStart(6)} MB/s ${(per(result.json) / 1e6).toFixed(0).padStart(6)} MB/s JSON ` +
      `${per(result.records).toFixed(0).padStart(8)} records/s   ${(bytes / 1e6).toFixed(1)} MB, ${result.records} records, x${times}`,
  );
}

async function measure(name: string, files: readonly Uint8Array[]): Promise<void> {
  const bytes = files.reduce((sum, file) => sum + file.length, 0);
  const seconds = async (times: number) => {
    const before = process.cpuUsage();
    let result = { records: 0, json: 0 };
    for (let i = 0; i < times; i++) result = await pass(files);
    const used = process.cpuUsage(before);
    return { result, cpu: (used.user + used.system) / 1e6 };
  };
  const cold = await seconds(1);
  line(`${name}, first pass`, bytes, cold.result, 1, cold.cpu);
  const warm = await seconds(passes);
  line(`${name}, warm`, bytes, warm.result, passes, warm.cpu);
}

const files = load();
const full = [dense(files)];
await measure('full chunks', full);
await parseLoop(full);
await measure('files as they are', files);
