/**
 * The segments of a data folder against the ledger that signs them, against the catalogue by which queries find them, and against the
 * frames of the journal they were cut from, as long as these are there. Nothing is believed: files are hashed, their multiset hashes worked
 * out anew from their columns, and every event is rebuilt and compared with that of its frame.
 */
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type Files, hashFile, multisetText, WeirError } from '../../base/index.ts';
import { kernelWithoutRules, openBatch } from '../../batch/index.ts';
import {
  type Finding,
  type JournalReader,
  pendingLines,
  type SegmentRecord,
  type SegmentState,
  verifySegmentLedger,
} from '../../journal/index.ts';
import {
  type CatalogueFile,
  type CatalogueFiles,
  catalogueFiles,
  multisetOf,
  openSegment,
  placeOf,
  Rebuilder,
  SegmentFiles,
  type SegmentReader,
} from '../../store/index.ts';
import { frameHead } from '../live/types.ts';
import { labelsOf } from './cut.ts';
import { expiredEvents } from './expirations.ts';
import { openReader } from './merge.ts';
import { SEGMENT_LEDGER, type SegmentHead } from './segment-chain.ts';

export interface VerifySegmentsOptions {
  readonly folder: string;
  readonly chain: string;
  readonly files: Files;
  readonly log: string | null;
  /** Of the journal, whole; null where it is damaged. Frames from `first` on are there. */
  readonly reader: JournalReader | null;
  readonly first: number;
  readonly next: number;
  readonly key?: string;
  /** A head that somebody kept. */
  readonly head?: string;
  /** Heads that the journal names. */
  readonly anchors: readonly SegmentHead[];
  /** No process has ended since without letting the folder go. */
  readonly released: boolean;
  /** Where on disk a segment of the object store was put for this; null: it was not. */
  readonly fetched?: (file: string) => string | null;
  find(where: string, position: number | null, what: string): void;
}

export interface SegmentsReport {
  readonly segments: number;
  /** In segments that are as they were signed, and of these in how many they were held against their frames. */
  readonly events: number;
  readonly compared: number;
  /** Segments in the object store that were not read, nor held against anything but their signature. */
  readonly away: { readonly segments: number; readonly events: number };
  readonly lines: number;
  readonly head: string | null;
}

/** Rows of a frame are below 2^16. */
const ROWS = 65_536;
export function verifySegments(options: VerifySegmentsOptions): SegmentsReport {
  return new Segments(options).run();
}

class Segments {
  readonly #options: VerifySegmentsOptions;
  readonly #store: SegmentFiles;
  readonly #kernel = kernelWithoutRules(1 << 16);
  /** The events of everything below this position are released. */
  readonly #released: number;
  #events = 0;
  #compared = 0;
  /** Events of frames that segments lack by right: tenant, source and minute of receipt. */
  readonly #lacking = new Map<string, number>();

  constructor(options: VerifySegmentsOptions) {
    this.#options = options;
    this.#released = options.reader?.releasedUpTo() ?? 0;
    this.#store = new SegmentFiles(options.files, path.join(options.folder, 'store'));
  }

  run(): SegmentsReport {
    const { chain, log, files, key, head, anchors } = this.#options;
    const seen = [
      ...anchors.map((anchor) => ({ ...anchor, where: 'the journal' })),
      ...(head === undefined ? [] : [{ lines: null, head, where: 'who verifies' }]),
    ];
    const more = key === undefined ? {} : { key };
    const ledger = verifySegmentLedger(chain, log, { files, name: SEGMENT_LEDGER, seen, ...more });
    ledger.findings.forEach(({ file, byte, what }: Finding) => {
      this.#options.find(file, null, byte === null ? what : `byte ${byte}: ${what}`);
    });
    const there = this.#store.list();
    const catalogue = this.#catalogue();
    if (ledger.state === null) {
      if (there.segments.length > 0 && ledger.findings.length === 0) {
        this.#options.find('chain', null, `there are ${there.segments.length} segments and no ledger of them`);
      }
      return { segments: 0, events: 0, compared: 0, away: { segments: 0, events: 0 }, lines: 0, head: null };
    }
    const state = settled(ledger.state, catalogue);
    this.#files(state, there.segments, catalogue);
    this.#named(state, catalogue);
    const cold = catalogue === null ? state.cold : new Set(catalogue.segments.flatMap(({ object }) => object ?? []));
    const isAway = ({ sha256, file }: SegmentRecord): boolean => cold.has(sha256) && this.#at(file) === null;
    const live = [...state.live.values()];
    const away = live.filter(isAway);
    const sound = live.filter((record) => !isAway(record) && this.#record(record, state));
    this.#frames(state, sound);
    return {
      segments: state.live.size,
      events: this.#events,
      compared: this.#compared,
      away: { segments: away.length, events: away.reduce((sum, { count }) => sum + count, 0) },
      lines: ledger.lines,
      head: ledger.head,
    };
  }

  #find(file: string, what: string, position: number | null = null): void {
    this.#options.find(`store/${file}`, position, what);
  }

  /** Null: there is none, or none that can be read. */
  #catalogue(): CatalogueFiles | null {
    const name = this.#store.path('catalogue.db');
    if (this.#options.files.size(name) === null) return null;
    try {
      return catalogueFiles(name);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#find('catalogue.db', error.message);
      return null;
    }
  }

  /** Files that no line stands for: of a crash they are what the next start removes. */
  #files(state: SegmentState, there: readonly string[], catalogue: CatalogueFiles | null): void {
    for (const file of there) {
      if (state.ofFile(file) !== null || catalogue?.garbage.has(file) === true || !this.#options.released) continue;
      const known = state.live.get(hashFile(this.#options.files, this.#store.path(file)));
      const what = known === undefined ? 'no line of the ledger stands for this file' : `it is ${known.file} once more`;
      this.#find(file, what);
    }
  }

  /** What queries are told there is must be what is signed. */
  #named(state: SegmentState, catalogue: CatalogueFiles | null): void {
    if (catalogue === null) return;
    const named = new Map<string, CatalogueFile>(catalogue.segments.map((segment) => [segment.file, segment]));
    for (const { file, from, to, count } of state.live.values()) {
      const own = named.get(file);
      if (own === undefined)
        this.#find(file, 'it is signed, and the catalogue does not name it: queries lack its events');
      else if (own.first !== from || own.last + 1 !== to || own.rows !== count) {
        this.#find(
          file,
          `the catalogue says ${own.rows} events of ${own.first} to ${own.last}, ${count} of ${from} to ${to - 1} are signed`,
        );
      }
      named.delete(file);
    }
    for (const file of named.keys())
      this.#find(file, 'the catalogue names it, and no line of the ledger stands for it');
  }

  /** Where its file is on disk: in the store, or where what was fetched for this is; null: nowhere. */
  #at(file: string): string | null {
    const there = [this.#options.fetched?.(file) ?? null, this.#store.path(file)];
    return there.find((name) => name !== null && this.#options.files.size(name) !== null) ?? null;
  }

  #placeOf({ file }: SegmentRecord): string {
    return this.#at(file) ?? this.#store.path(file);
  }

  /** Whether a segment is as it was signed. */
  #record({ file, sha256, from, to, count, multiset }: SegmentRecord, state: SegmentState): boolean {
    const name = this.#at(file);
    if (name === null) {
      this.#find(file, `the file of ${count} events is missing`, from);
      return false;
    }
    const found = hashFile(this.#options.files, name);
    if (found !== sha256) {
      const other = state.live.get(found);
      this.#find(
        file,
        other === undefined ? 'its bytes are not those that were signed' : `the file is that of ${other.file}`,
        from,
      );
      return false;
    }
    try {
      using reader = openReader(name);
      const segment = openSegment(reader);
      const own = segment.self();
      const place = placeOf(file);
      const wrong: string[] = [];
      if (segment.rows !== count) wrong.push(`it has ${segment.rows} events, ${count} are signed`);
      if (own.first < from || own.last >= to)
        wrong.push(`it has positions ${own.first} to ${own.last}, ${from} to ${to - 1} are signed`);
      if (place !== null && (place.tenant !== own.tenant || place.source !== own.source)) {
        wrong.push(`it is of ${own.tenant}, ${own.source}`);
      }
      if (multisetText(multisetOf(segment, this.#kernel)) !== multiset)
        wrong.push('its events are not those that were signed');
      for (const what of wrong) this.#find(file, what, from);
      if (wrong.length === 0) this.#events += count;
      return wrong.length === 0;
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.#find(file, error.message, from);
      return false;
    }
  }

  /** Frames that are in the journal still: each in one segment, event by event, or let go of. */
  #frames(state: SegmentState, sound: readonly SegmentRecord[]): void {
    const { reader, first, next } = this.#options;
    if (reader === null) return;
    const own: Place[] = [];
    for (const record of sound) {
      using file = openReader(this.#placeOf(record));
      const segment = openSegment(file);
      const { tenant, source } = segment.self();
      if (segment.log !== `${reader.log}/0`) continue;
      own.push({ tenant, source, from: record.from, to: record.to, record, gone: false });
    }
    // Those in the object store stand for their frames too; what is in them was not looked at.
    const broken = [...state.live.values()].filter((record) => !sound.includes(record));
    const wholly = state.expired.filter(({ entry }) => entry.output === null).map(({ record }) => record);
    const placed = (records: readonly SegmentRecord[], gone: boolean): Place[] =>
      records.flatMap(({ file, from, to }) => {
        const place = placeOf(file);
        return place === null ? [] : [{ tenant: place.tenant, source: place.source, from, to, record: null, gone }];
      });
    const known = [...placed(broken, false), ...placed(wholly, true)];
    const places = Map.groupBy<string, Place>([...own, ...known], ({ tenant, source }) =>
      JSON.stringify([tenant, source]),
    );
    const cut = Math.max(0, ...[...own, ...known].map(({ to }) => to));
    const framesOf = new Map<SegmentRecord, number[]>();
    for (const entry of reader.headers(first, Math.min(cut, next), 256)) {
      if (entry.kind !== 'events') continue;
      const { tenant, source } = labelsOf(reader, entry);
      const at = entry.position;
      const those = (places.get(JSON.stringify([tenant, source])) ?? []).filter(
        ({ from, to }) => from <= at && at < to,
      );
      if (those.length === 0)
        this.#options.find('store', at, `the events of ${tenant}, ${source} here are in no segment`);
      const live = those.flatMap(({ record }) => record ?? []);
      if (live.length === 0 && those.some(({ gone }) => gone)) {
        this.#lack(tenant, source, entry.receivedAt, frameHead(entry.start.buffer, entry.start.byteOffset).rows);
      }
      if (live.length > 1) this.#find(live[1].file, `${live[0].file} stands for the same events`, at);
      for (const record of live.slice(0, 1)) {
        const frames = framesOf.get(record);
        if (frames === undefined) framesOf.set(record, [at]);
        else frames.push(at);
      }
    }
    const partly = new Set(state.expired.flatMap(({ entry }) => entry.output?.sha256 ?? []));
    for (const record of sound) {
      const frames = framesOf.get(record) ?? [];
      if (record.from >= first || frames.length > 0)
        this.#compare(reader, record, frames, isPart(record, partly, state));
    }
    this.#expired(state, broken.length);
  }

  #lack(tenant: string, source: string, receivedAt: number, events: number): void {
    const key = JSON.stringify([tenant, source, Math.floor(receivedAt / 60_000)]);
    this.#lacking.set(key, (this.#lacking.get(key) ?? 0) + events);
  }

  /** What segments lack must be what the ledger says expired. Not where frames of then were released, or segments are damaged. */
  #expired(state: SegmentState, broken: number): void {
    if (this.#options.first > 0 || broken > 0) return;
    const said = new Map<string, number>();
    for (const { tenant, source, minute, events } of expiredEvents(state.expired)) {
      const key = JSON.stringify([tenant, source, minute]);
      said.set(key, (said.get(key) ?? 0) + events);
    }
    for (const key of new Set([...said.keys(), ...this.#lacking.keys()])) {
      const [gone, lacking] = [said.get(key) ?? 0, this.#lacking.get(key) ?? 0];
      if (gone === lacking) continue;
      const [tenant, source, minute] = JSON.parse(key) as [string, string, number];
      const at = new Date(minute * 60_000).toISOString().slice(0, 16);
      this.#options.find(
        'store',
        null,
        `${tenant}/${source} at ${at}: ${gone} events expired, segments lack ${lacking}`,
      );
    }
  }

  /** Events that are released were held against their segment then: now only how many they are. */
  #compareReleased(
    reader: JournalReader,
    position: number,
    stored: Map<number, number>,
    record: SegmentRecord,
    part: boolean,
  ): void {
    for (const entry of reader.headers(position, position + 1)) {
      const { rows } = frameHead(entry.start.buffer, entry.start.byteOffset);
      let lacking = 0;
      for (let row = 0; row < rows; row++) if (!stored.delete(position * ROWS + row)) lacking++;
      const { tenant, source } = labelsOf(reader, entry);
      if (part) this.#lack(tenant, source, entry.receivedAt, lacking);
      else if (lacking > 0) this.#find(record.file, `${lacking} of the ${rows} events here are missing`, position);
    }
  }

  /** @param part some of its events have expired */
  #compare(reader: JournalReader, record: SegmentRecord, frames: readonly number[], part: boolean): void {
    using file = openReader(this.#placeOf(record));
    const stored = storedEvents(openSegment(file));
    let events = 0;
    for (const position of frames) {
      if (position < this.#released) {
        this.#compareReleased(reader, position, stored, record, part);
        continue;
      }
      for (const { payload, receivedAt } of reader.read(position, position + 1)) {
        const batch = openBatch(payload);
        let [row, wrong, lacking] = [0, 0, 0];
        batch.eachRowText((text) => {
          const key = position * ROWS + row++;
          const own = stored.get(key);
          stored.delete(key);
          if (own === undefined) lacking++;
          if (own === undefined ? !part : own !== crc32(text)) wrong++;
          if (own !== undefined) events++;
        });
        if (part) this.#lack(batch.header.tenant, batch.header.source, receivedAt, lacking);
        if (wrong > 0)
          this.#find(record.file, `${wrong} of the ${batch.rows} events here are not those of the journal`, position);
      }
    }
    const strangers = [...stored.keys()].filter((key) => Math.floor(key / ROWS) >= this.#options.first);
    if (strangers.length > 0) {
      this.#find(
        record.file,
        `${strangers.length} of its events are not in the journal`,
        Math.floor(strangers[0] / ROWS),
      );
    }
    this.#compared += events;
  }
}

interface Place {
  readonly tenant: string;
  readonly source: string;
  readonly from: number;
  readonly to: number;
  readonly record: SegmentRecord | null;
  /** It expired. */
  readonly gone: boolean;
}

/** The state without the lines that came to nothing, for a folder whose process ended in between. */
function settled(state: SegmentState, catalogue: CatalogueFiles | null): SegmentState {
  if (catalogue === null) return state;
  const files = new Set(catalogue.segments.map(({ file }) => file));
  const pending = pendingLines(state, (file) => files.has(file));
  if (pending.length > 0) {
    state.take({ kind: 'void', lines: pending, n: state.lines, previous: '', signature: '' });
  }
  return state;
}

/** What was made of a segment that lost events to a policy lacks them too; merges do not say which. */
function isPart(record: SegmentRecord, partly: ReadonlySet<string>, { expired }: SegmentState): boolean {
  if (partly.has(record.sha256)) return true;
  return expired.some(({ record: { file, from, to } }) => {
    return path.dirname(file) === path.dirname(record.file) && from < record.to && record.from < to;
  });
}

/** CRC-32 of each event's text by its place. */
function storedEvents(segment: SegmentReader): Map<number, number> {
  const found = new Map<number, number>();
  for (let group = 0; group < segment.groups.length; group++) {
    const positions = segment.columnOf(group, 'weir.position').values as BigInt64Array;
    const rows = segment.columnOf(group, 'weir.row').values as Int32Array;
    new Rebuilder(segment, group).eachRowText((text, row) => {
      found.set(Number(positions[row]) * ROWS + rows[row], crc32(text));
    });
  }
  return found;
}
