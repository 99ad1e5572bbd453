/**
 * Speed of the journal on this disk, every group synced: `node bin/node24.js bench/journal.ts [folder]`. `checks` is what CRC-32
 * and SHA-256 of the same bytes cost alone; `disk` a bare write and fdatasync of them.
 */
import { hash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { Journal, JournalReader, verifyJournal } from '../src/journal/index.ts';

const folder = fs.mkdtempSync(path.join(process.argv[2] ?? os.tmpdir(), 'weir-bench-journal-'));
const MB = 1e6;

const cpu = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function measured(work: () => void): { wall: number; cpu: number } {
  const cpuStart = cpu();
  const start = performance.now();
  work();
  return { wall: (performance.now() - start) / 1000, cpu: cpu() - cpuStart };
}

const rows: Record<string, Record<string, number | string>> = {};

function write(name: string, groups: number, entries: number, payloadBytes: number): void {
  const payload = Uint8Array.from({ length: payloadBytes }, (_, n) => (n * 131) % 251);
  const unit = [{ kind: 'events' as const, receivedAt: Date.now(), receipt: '{"door":"bench"}', payload }];
  const group = Array.from({ length: entries }, () => unit);
  const at = path.join(folder, name);
  const journal = Journal.open(at);
  const whole = measured(() => {
    for (let n = 0; n < groups; n++) {
      journal.appendGroup(group);
      journal.writeHead();
    }
  });
  journal.close();
  const bytes = groups * entries * payloadBytes;
  const checks = measured(() => {
    for (let n = 0; n < groups * entries; n++) {
      crc32(payload);
      hash('sha256', payload, 'buffer');
    }
  });
  const raw = Buffer.alloc(entries * payloadBytes, 7);
  const file = fs.openSync(path.join(folder, 'raw'), 'w');
  const disk = measured(() => {
    for (let n = 0; n < groups; n++) {
      fs.writevSync(file, [raw]);
      fs.fdatasyncSync(file);
    }
  });
  fs.closeSync(file);
  fs.rmSync(path.join(folder, 'raw'));
  const reading = measured(() => {
    for (const entry of new JournalReader(at).read(0))
      if (entry.payload.byteLength !== payloadBytes) throw new Error('short');
  });
  const headers = measured(() => {
    for (const entry of new JournalReader(at).headers(0))
      if (entry.payloadBytes !== payloadBytes) throw new Error('short');
  });
  const opening = measured(() => Journal.open(at).close());
  const verifying = measured(() => {
    if (verifyJournal(at).findings.length > 0) throw new Error('damaged');
  });
  const speed = (seconds: number): number => Math.round(bytes / MB / seconds);
  rows[name] = {
    'groups/s': Math.round(groups / whole.wall),
    'disk alone': Math.round(groups / disk.wall),
    'MB/s': speed(whole.wall),
    'MB/s of CPU': speed(whole.cpu),
    'checks, % of CPU': Math.round((checks.cpu / whole.cpu) * 100),
    'read MB/s': speed(reading.wall),
    'headers/s': Math.round((groups * entries) / headers.wall),
    'open MB/s': speed(opening.wall),
    'verify MB/s': speed(verifying.wall),
  };
  fs.rmSync(at, { recursive: true });
}

try {
  write('one small', 1000, 1, 400);
  write('8 x 512 KB', 60, 8, 512 << 10);
  write('1000 x 400 B', 100, 1000, 400);
  console.table(rows);
} finally {
  fs.rmSync(folder, { recursive: true });
}
