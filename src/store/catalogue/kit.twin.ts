/** What the tests of the catalogue share: made-up segments, a journal whose events are known, and a store over any disk. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Files, type SimulatedDisk, simulatedDisk } from '../../base/index.ts';
import type { Catalogue } from './catalogue.ts';
import { SegmentFiles } from './files.ts';
import type { JournalFrames } from './rebuild.ts';
import { type Describe, type DraftSegment, SegmentStore } from './segment-store.ts';
import type { MeasuredColumn, NewSegment, SegmentInfo } from './types.ts';

export const LOG = 'abc/0';
export const STORE = '/data/store';
export const NAMES = ['acme dc', 'acme fw', 'beta dc'];
const START_MICROS = 1_700_000_000_000_000n;
const STEP_MICROS = 60_000_000n;

/** A file name in a folder of its own. */
export function catalogueFile(): string {
  return path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'weir-catalogue-')), 'catalogue.db');
}

export const string = (name: string, least?: string, greatest?: string): MeasuredColumn => ({
  name,
  path: name,
  kind: 'string',
  ...(least === undefined || greatest === undefined ? {} : { bounds: { least, greatest } }),
});

let files = 0;

/** A segment that stands for these positions; a file name of its own. */
export function segment(first: number, last: number, change: Partial<NewSegment> = {}): NewSegment {
  const place = { tenant: 'acme', source: 'dc', ...change };
  const hex = (++files).toString(16).padStart(8, '0');
  const received = START_MICROS + BigInt(first) * STEP_MICROS;
  return {
    file: `tenant=${place.tenant}/source=${place.source}/${String(first).padStart(12, '0')}-${String(last).padStart(12, '0')}-${hex}.parquet`,
    log: LOG,
    level: 0,
    first,
    last,
    rows: (last - first + 1) * 10,
    bytes: (last - first + 1) * 1000,
    minTime: received,
    maxTime: START_MICROS + BigInt(last) * STEP_MICROS,
    minReceived: received,
    maxReceived: START_MICROS + BigInt(last) * STEP_MICROS,
    columns: [string('host'), { name: 'EventID', path: 'EventID', kind: 'integer', nulls: 2 }],
    ...place,
  };
}

/** Whose frame stands at a position of the made-up journal, and its events; every seventh is nobody's. */
export function frameAt(position: number): { readonly key: string; readonly events: readonly string[] } | null {
  const mixed = Math.imul(position + 1, 0x9e3779b1) >>> 0;
  if (mixed % 7 === 0) return null;
  const key = NAMES[(mixed >>> 8) % NAMES.length];
  const count = 1 + ((mixed >>> 16) % 3);
  return { key, events: Array.from({ length: count }, (_, row) => `${position}/${row}`) };
}

/** The made-up journal up to a position. */
export function journalUpTo(end: number, start = 0, log = LOG): JournalFrames {
  return {
    log,
    start,
    end,
    *from(position) {
      for (let at = position; at < end; at++) {
        const frame = frameAt(at);
        if (frame !== null) yield { ...labelsOf(frame.key), position: at };
      }
    },
  };
}

export function labelsOf(key: string): { readonly tenant: string; readonly source: string } {
  const [tenant, source] = key.split(' ');
  return { tenant, source };
}

/** A file of a test is its description and its events, as JSON. */
export function draft(
  labels: { readonly tenant: string; readonly source: string },
  range: { readonly first: number; readonly last: number; readonly level: number },
  events: readonly string[],
): DraftSegment {
  const info = { ...labels, log: LOG, ...range, rows: events.length };
  return {
    ...info,
    minTime: 0n,
    maxTime: 1n,
    minReceived: 0n,
    maxReceived: 1n,
    columns: [string('host')],
    parts: [Buffer.from(JSON.stringify(info)), Buffer.from(`\n${JSON.stringify(events)}\n`.padEnd(600))],
  };
}

/** What the journal from `from` up to `to` makes: a segment for each source. */
export function cut(from: number, to: number): DraftSegment[] {
  const frames = Array.from({ length: to - from }, (_, i) => from + i).flatMap((position) => {
    const frame = frameAt(position);
    return frame === null ? [] : [{ position, ...frame }];
  });
  return [...Map.groupBy(frames, ({ key }) => key)].map(([key, own]) =>
    draft(
      labelsOf(key),
      { first: own[0].position, last: own[own.length - 1].position, level: 0 },
      own.flatMap(({ events }) => events),
    ),
  );
}

export interface World {
  readonly store: SegmentStore;
  readonly describe: Describe;
  /** Events of a segment's file. */
  events(file: string): string[];
}

/** A store over a disk; of tests that take the disk through power cuts, the catalogue stands for one that keeps what it committed. */
export function world(disk: Files, catalogue: Catalogue, folder = STORE): World {
  let token = 0;
  const read = (file: string): string[] => {
    using reader = disk.openRead(path.join(folder, file));
    const bytes = Buffer.alloc(reader.size);
    reader.readAt(bytes, 0);
    return bytes.toString().split('\n');
  };
  return {
    store: new SegmentStore(catalogue, new SegmentFiles(disk, folder, () => (token++).toString(16).padStart(8, '0'))),
    describe: (file) => {
      const lines = read(file);
      const info = JSON.parse(lines[0]) as SegmentInfo;
      JSON.parse(lines[1]);
      const times = { minTime: 0n, maxTime: 1n, minReceived: 0n, maxReceived: 1n };
      return { ...info, ...times, file, bytes: disk.size(path.join(folder, file)) ?? 0, columns: [string('host')] };
    },
    events: (file) => JSON.parse(read(file)[1]) as string[],
  };
}

/** A disk with the data folder on it. */
export function emptyDisk(): SimulatedDisk {
  const disk = simulatedDisk();
  disk.files.makeDirectory('/data');
  return disk;
}

/** Merges segments as a compaction does; gives the file written. */
export function merge(
  { store, events }: World,
  inputs: readonly (SegmentInfo & { readonly file: string })[],
): NewSegment {
  const { tenant, source } = inputs[0];
  const range = {
    first: inputs[0].first,
    last: inputs[inputs.length - 1].last,
    level: store.levelAbove(inputs),
  };
  const all = inputs.flatMap(({ file }) => events(file));
  const output = store.write(draft({ tenant, source }, range, all));
  store.replace(
    inputs.map(({ file }) => file),
    [output],
    'merge',
  );
  return output;
}
