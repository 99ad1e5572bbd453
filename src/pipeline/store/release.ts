/**
 * Files of the journal whose events are in segments give way to what is left of them: headers, receipts, dead letters, what the server wrote.
 * Before that every event of the file is read back from its segment and held against the journal; what has expired since is said by the
 * ledger. Oldest first.
 */
import * as path from 'node:path';
import { crc32 } from 'node:zlib';
import { type Files, now, realFiles, WeirError } from '../../base/index.ts';
import { headBytes, openBatch } from '../../batch/index.ts';
import { type ClosedFile, JournalReader, type ReleaseEntry, SegmentLines, writeReleased } from '../../journal/index.ts';
import { openSegment, Rebuilder, type SegmentReader } from '../../store/index.ts';
import { eventFrames } from './cut.ts';
import { expiredPlaces } from './expirations.ts';
import { openReader } from './merge.ts';
import { SEGMENT_LEDGER } from './segment-chain.ts';

export interface ReleaseWork {
  /** The data folder, and that of its ledgers. */
  readonly folder: string;
  readonly chain: string;
  readonly file: ClosedFile;
  /** Paths of all segments with events of its positions. */
  readonly segments: readonly string[];
}

/**
 * Holds a file's events against the segments, and writes what is to be left of it.
 * @returns what the ledger is to say of it, before `Journal.release`
 * @throws WeirError `store.differs` where segments lack an event, or have another; `journal.corrupt`, `journal.release`, `store.…`, `disk.…`
 */
export function writeRelease({ folder, chain, file, segments }: ReleaseWork, files: Files = realFiles): ReleaseEntry {
  const journal = path.join(folder, 'journal');
  const reader = new JournalReader(journal, files);
  const rows = new FileRows(reader, file);
  for (const segment of segments) compareSegment(segment, rows);
  const lacking = rows.lacking();
  if (lacking.size > 0) demandExpired(reader, new SegmentLines(chain, SEGMENT_LEDGER, files), file, lacking);
  const { from, to, sha256 } = writeReleased(files, journal, { ...file, producer: reader.producer }, headBytes);
  const { events, stored } = rows;
  return { kind: 'release', from, to, sha256, events, stored, at: now() };
}

/** What segments lack must have been let go of, and signed as such. */
function demandExpired(
  reader: JournalReader,
  lines: SegmentLines,
  { from, to }: ClosedFile,
  lacking: ReadonlyMap<number, number>,
): void {
  lines.advance();
  const isExpired = expiredPlaces(lines.state.expired);
  for (const frame of eventFrames(reader, from, to)) {
    const events = lacking.get(frame.position);
    if (events === undefined || isExpired(frame)) continue;
    const { position, tenant, source } = frame;
    throw differs(`${events} events of ${tenant}, ${source} at position ${position} are in no segment`);
  }
}

const differs = (what: string): WeirError =>
  new WeirError('store.differs', `the journal is not released: ${what}`, {
    hint: 'Nothing is lost, the journal has them. `weir verify` says more; `weir store rebuild` cuts again what segments lack.',
  });

/** CRC-32 of each event of a file of the journal, and which of them were found again. */
class FileRows {
  readonly #from: number;
  /** Of each position, where its rows begin. */
  readonly #starts: Uint32Array;
  readonly #checksums: Uint32Array;
  readonly #found: Uint8Array;
  #stored = 0;

  constructor(reader: JournalReader, { from, to }: ClosedFile) {
    this.#from = from;
    this.#starts = new Uint32Array(to - from + 1);
    let checksums = new Uint32Array(4096);
    let rows = 0;
    for (const { position, kind, payload } of reader.read(from, to)) {
      this.#starts[position - from] = rows;
      if (kind !== 'events') continue;
      const batch = openBatch(payload);
      if (rows + batch.rows > checksums.length) {
        const larger = new Uint32Array(2 * (rows + batch.rows));
        larger.set(checksums);
        checksums = larger;
      }
      batch.eachRowText((text) => {
        checksums[rows++] = crc32(text);
      });
    }
    this.#starts[to - from] = rows;
    this.#checksums = checksums.subarray(0, rows);
    this.#found = new Uint8Array(rows);
  }

  get events(): number {
    return this.#checksums.length;
  }

  get stored(): number {
    return this.#stored;
  }

  has(position: number): boolean {
    return position >= this.#from && position < this.#from + this.#starts.length - 1;
  }

  /** An event as a segment has it; what is wrong with that, null: nothing. */
  take(position: number, row: number, text: Uint8Array): string | null {
    const place = this.#starts[position - this.#from] + row;
    if (place >= this.#starts[position - this.#from + 1]) return 'is not in the journal';
    if (this.#found[place] === 1) return 'is there twice';
    if (this.#checksums[place] !== crc32(text)) return 'is not as the journal has it';
    this.#found[place] = 1;
    this.#stored++;
    return null;
  }

  /** Events that no segment has, by position. */
  lacking(): Map<number, number> {
    const found = new Map<number, number>();
    for (let at = 0; at < this.#starts.length - 1 && this.#stored < this.events; at++) {
      let events = 0;
      for (let row = this.#starts[at]; row < this.#starts[at + 1]; row++) events += 1 - this.#found[row];
      if (events > 0) found.set(this.#from + at, events);
    }
    return found;
  }
}

function compareSegment(name: string, rows: FileRows): void {
  using reader = openReader(name);
  const segment = openSegment(reader);
  for (let group = 0; group < segment.groups.length; group++) compareGroup(segment, group, name, rows);
}

function compareGroup(segment: SegmentReader, group: number, name: string, rows: FileRows): void {
  const positions = segment.columnOf(group, 'weir.position').values as BigInt64Array;
  const own: number[] = [];
  positions.forEach((position, row) => {
    if (rows.has(Number(position))) own.push(row);
  });
  if (own.length === 0) return;
  const numbers = segment.columnOf(group, 'weir.row').values as Int32Array;
  const events = new Rebuilder(segment, group, () => null, own);
  for (const row of own) {
    const [position, number] = [Number(positions[row]), numbers[row]];
    const wrong = rows.take(position, number, events.rowText(row));
    if (wrong !== null) throw differs(`event ${number} of position ${position} in ${name} ${wrong}`);
  }
}
