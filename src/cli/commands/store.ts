/** `weir store`: what is kept of a folder's events and where, made smaller, and its catalogue made anew. */
import path from 'node:path';
import { folderOwner, lockFolder, now, realFiles, WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import {
  coldSegments,
  History,
  noteStrays,
  objectsOf,
  placeIn,
  type ReleaseWaits,
  releaseFolder,
  type ShownStats,
  shownStats,
  tier,
} from '../../pipeline/index.ts';
import { loadConfig, readSpan, SPAN, tierSettings } from '../../server/index.ts';
import type { Rebuilt } from '../../store/index.ts';
import { EXIT, oneOf, usageError } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { serverAnswer } from '../serverPages.ts';
import { bytes as bytesText, count as countText } from '../terminal/numbers.ts';

export interface StoreFlags {
  readonly data?: string;
  readonly format?: string;
}

const FORMATS = ['text', 'json'] as const;

/** Bytes by kind, of the server's folder or of one that nobody serves. */
export async function storeStatsCommand(flags: StoreFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const format = oneOf('--format', flags.format ?? (process.stdout.isTTY ? 'text' : 'json'), FORMATS);
  demandDataFolder(folder);
  const url = folderOwner(folder)?.url ?? null;
  const stats =
    url === null ? shownStats(inFolder(folder, (history) => history.stats())) : await statsOfServer(folder, url);
  process.stdout.write(format === 'json' ? `${JSON.stringify(stats)}\n` : statsText(stats));
  return EXIT.done;
}

/** Cuts what the journal has beyond the segments, and merges all that may be merged. */
export function storeCompactCommand(flags: StoreFlags): number {
  const folder = flags.data ?? 'weir-data';
  demandDataFolder(folder);
  demandNobody(folder, 'A running server compacts by itself.');
  const stats = inFolder(folder, (history) => {
    const merges = history.compact(new JournalReader(path.join(folder, 'journal')).head().next);
    process.stderr.write(`weir: ${merges} merges\n`);
    return history.stats();
  });
  process.stderr.write(statsText(shownStats(stats)));
  return EXIT.done;
}

/** The catalogue from the segments alone. */
export async function storeRebuildCommand(flags: StoreFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  demandDataFolder(folder);
  demandNobody(folder, 'Stop it first.');
  const place = placeIn(realFiles, path.join(folder, 'store'));
  const objects = objectsOf(realFiles, place, process.env);
  using _lock = lockFolder(folder);
  const cold = await coldSegments(realFiles, folder, objects);
  const history = new History(folder, { environment: process.env, cold: cold.segments });
  let rebuilt: Rebuilt;
  try {
    rebuilt = history.rebuild();
    if (place !== null) {
      await noteStrays(objects(), history);
      const deleted = await history.cold.collect();
      if (deleted > 0) process.stderr.write(`weir: ${deleted} objects that are no segment’s were deleted\n`);
    }
  } finally {
    history.close();
  }
  const { segments, rows, superseded, incomplete, unfinished, unreadable, holes, strangers } = rebuilt;
  const gone = [...unreadable, ...cold.unreadable];
  const lines = [`${countText(rows)} events in ${countText(segments)} segments are in the catalogue`];
  const left = superseded + incomplete + unfinished;
  if (left > 0) lines.push(`${left} files that others stand for, or that a crash left half done, are deleted`);
  for (const { file, why } of gone) lines.push(`${file} cannot be read, and its events are missing: ${why}`);
  for (const { tenant, source, position } of holes) {
    lines.push(`events of ${tenant}, ${source} at position ${position} are in no segment, and cannot be cut again`);
  }
  for (const file of strangers) lines.push(`${file} is none of weir's, and was left alone`);
  process.stderr.write(lines.map((line) => `weir: ${line}\n`).join(''));
  return gone.length + holes.length === 0 ? EXIT.done : EXIT.failed;
}

/** Does what policies of tiers say, to the end. */
export async function storeTierCommand(flags: StoreFlags & { readonly config?: string }): Promise<number> {
  const config = loadConfig({ file: flags.config, secrets: 'skip' });
  const settings = tierSettings(config);
  if (settings === null) throw usageError('no object store is named', 'Set store.tiers.cold.url (docs/store.md).');
  const folder = flags.data ?? config.data;
  demandDataFolder(folder);
  demandNobody(folder, 'A running server moves segments by itself.');
  using _lock = lockFolder(folder);
  const keyPath = config.journal.chain_key ?? null;
  const history = new History(folder, { keyPath, place: settings.place, environment: process.env });
  try {
    const { moved, bytes, deleted, failed } = await tier(history, settings, now());
    const lines = [
      `${moved} segments, ${bytesText(bytes)}, went to the object store`,
      ...(deleted > 0 ? [`${deleted} objects that were no segment’s are deleted`] : []),
      ...failed.map(({ file, why }) => `${file === '' ? '' : `${file} stayed: `}${why}`),
    ];
    process.stderr.write(lines.map((line) => `weir: ${line}\n`).join(''));
    process.stderr.write(statsText(shownStats(history.stats())));
    return failed.length === 0 ? EXIT.done : EXIT.failed;
  } finally {
    history.close();
  }
}

/** Releases what may go from the journal: each event is read back from its segment before. */
export function storeReleaseCommand(flags: StoreFlags & { readonly config?: string; readonly keep?: string }): number {
  const config = loadConfig({ file: flags.config, secrets: 'skip' });
  const folder = flags.data ?? config.data;
  const keep = flags.keep === undefined ? config.journal.keep : spanOf(flags.keep);
  demandDataFolder(folder);
  demandNobody(folder, 'A running server releases by itself (journal.keep).');
  using _lock = lockFolder(folder);
  const keyPath = config.journal.chain_key ?? null;
  const done = releaseFolder(folder, { keyPath, keepMs: keep === 'forever' ? null : keep, environment: process.env });
  const lines = [
    `${countText(done.files)} files with ${countText(done.events)} events are released: ${bytesText(done.bytesBefore)} of the journal became ${bytesText(done.bytesAfter)}`,
    WAITS[done.waits],
  ];
  process.stderr.write(lines.map((line) => `weir: ${line}\n`).join(''));
  return EXIT.done;
}

function spanOf(keep: string): number {
  if (SPAN.test(keep)) return readSpan(keep);
  throw usageError(`--keep ${keep} is no span of time`, 'Write it as 12h, 7d or 0s.');
}

const WAITS: Readonly<Record<ReleaseWaits, string>> = {
  open: 'what is left is the file that is written to',
  age: 'the next file is younger than journal.keep; --keep 0s says otherwise',
  store: 'the next file has events that are in no segment yet: `weir store compact` cuts them',
  detection: 'the next file has events that a start would evaluate',
};

function inFolder<T>(folder: string, work: (history: History) => T): T {
  using _lock = lockFolder(folder);
  const history = new History(folder, { environment: process.env });
  try {
    return work(history);
  } finally {
    history.close();
  }
}

function demandNobody(folder: string, hint: string): void {
  if (folderOwner(folder) !== null) throw new WeirError('folder.in_use', `a server runs on ${folder}`, { hint });
}

function statsOfServer(folder: string, url: string): Promise<ShownStats> {
  return serverAnswer<ShownStats>(folder, url, '/v1/store');
}

function statsText({ events, segments, bytes, levels, tiers }: ShownStats): string {
  const kept = Object.entries(bytes).filter(([kind]) => kind !== 'journal' && kind !== 'cache');
  const all = kept.reduce((sum, [, size]) => sum + size, 0);
  const each = events === 0 ? '' : `, ${(all / events).toFixed(1)} bytes an event`;
  const lines = [
    `${countText(events)} events in ${countText(segments)} segments${each}`,
    ...Object.entries(bytes).map(([kind, size]) => `  ${kind.padEnd(10)} ${bytesText(size).padStart(12)}`),
    ...(tiers.cold.segments === 0
      ? []
      : [`  in the object store: ${countText(tiers.cold.segments)} segments, ${countText(tiers.cold.events)} events`]),
    ...levels.map(
      (level) =>
        `  level ${level.level}: ${countText(level.segments)} segments, ${countText(level.events)} events, ${bytesText(level.bytes)}`,
    ),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
