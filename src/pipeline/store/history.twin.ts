/** Data folders with a journal and nothing else, for tests of histories. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { encodeFrames, kernelWithoutRules } from '../../batch/index.ts';
import { Journal, type JournalOptions } from '../../journal/index.ts';

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-history-'));
after(() => fs.rmSync(root, { recursive: true }));

const kernel = kernelWithoutRules(1 << 20);
export interface Sent {
  readonly tenant: string;
  readonly source: string;
  readonly at: number;
  readonly events: readonly unknown[];
}

/** A data folder whose journal has these frames, with a control entry between any two. */
export function folderWith(name: string, frames: readonly Sent[], options: JournalOptions = {}): string {
  const folder = path.join(root, name);
  fs.mkdirSync(folder);
  const journal = Journal.open(path.join(folder, 'journal'), options);
  for (const { tenant, source, at, events } of frames) {
    kernel.load(Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join('')));
    while (kernel.scan()) {
      for (const { frame } of encodeFrames(kernel, { tenant, source, mapping: '', timeOf: () => null })) {
        const entry = { kind: 'events' as const, receivedAt: at, receipt: '{}', payload: new Uint8Array(frame) };
        const control = { kind: 'control' as const, receivedAt: at, receipt: null, payload: Buffer.from('{}') };
        journal.appendGroup([[entry], [control]]);
      }
    }
  }
  journal.writeHead();
  journal.close();
  return folder;
}

export const numbered = (from: number, count: number): unknown[] =>
  Array.from({ length: count }, (_, i) => ({
    n: from + i,
    text: `event ${from + i}`,
    list: [i, `${i}`],
    more: { deep: i % 3 },
  }));
