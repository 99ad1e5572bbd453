/**
 * From the journal to segments: what lies between two positions, by tenant and source, as Parquet files cut by rows, bytes and the hour
 * of receipt. Positions go into a segment in order, so that each covers a range of them.
 */
import { labelsAtStart } from '../../batch/index.ts';
import { type Engine, RowTimes } from '../../detect/index.ts';
import type { EntryStart, JournalReader } from '../../journal/index.ts';
import { type CutSegment, type GroupSize, RowGroup, SegmentWriter } from '../../store/index.ts';
import { noRules } from '../live/rule-set.ts';
import { Scanner } from '../scanner.ts';

export interface CutOptions {
  /** Level of zstd. */
  readonly level: number;
  /** Whether row groups get a filter of their terms. */
  readonly terms: boolean;
  /** Rows after which a segment ends. */
  readonly rowsMax: number;
  /** Bytes of a file after which it ends. */
  readonly bytesMax: number;
}

/** Segments of one tenant and source. */
export interface SourceSegment extends CutSegment {
  readonly tenant: string;
  readonly source: string;
}

/** Positions of frames of one source, `to` not included. */
interface Run {
  readonly from: number;
  to: number;
}

/** A part of the journal: where it ends, and whose frames are in it where. */
export interface Piece {
  /** Position behind its last entry. */
  readonly end: number;
  readonly sources: readonly (Labels & { readonly runs: readonly Run[] })[];
}

interface Labels {
  readonly tenant: string;
  readonly source: string;
}

const HOUR_MS = 3_600_000;
/** Enough for labels of their usual lengths; of longer ones the frame is read. */
const LABEL_BYTES = 256;
/** As long as labels may be. */
const LONG_LABEL_BYTES = 4096;

/** One per thread: it has a kernel and room for a row group of its own. */
export class SegmentCutter {
  readonly #engine: Engine;
  readonly #times: RowTimes;
  readonly #group: RowGroup;

  constructor(module: WebAssembly.Module, size: GroupSize) {
    this.#engine = new Scanner(noRules(), 1 << 20, module).engine;
    this.#times = new RowTimes(this.#engine);
    this.#group = new RowGroup(this.#engine.kernel, size);
  }

  /** All events of a piece of the journal. */
  *cut(reader: JournalReader, { sources }: Piece, options: CutOptions): Generator<SourceSegment> {
    for (const { tenant, source, runs } of sources) {
      for (const segment of this.#segments(reader, runs, options, { tenant, source }))
        yield { tenant, source, ...segment };
    }
  }

  *#segments(reader: JournalReader, runs: readonly Run[], options: CutOptions, labels: Labels): Generator<CutSegment> {
    const group = this.#group;
    // What a cut that failed has left.
    group.clear();
    let writer: SegmentWriter | null = null;
    let hour = -1;
    const finish = (): CutSegment | null => {
      writer?.take(group);
      const done = writer?.finish(`${reader.log}/0`, { ...labels, level: 0 }) ?? null;
      writer = null;
      return done;
    };
    const typeOf = (node: number): string | null => this.#engine.sourceOf(node)?.id ?? null;
    const write = (): void => writer?.take(group);
    for (const run of runs) {
      for (const { position, receivedAt, payload } of reader.payloads(run.from, run.to)) {
        const own = Math.floor(receivedAt / HOUR_MS);
        if (writer !== null && own !== hour) {
          const done = finish();
          if (done !== null) yield done;
        }
        hour = own;
        writer ??= new SegmentWriter(options);
        // The journal's checksum was over the frame as well.
        this.#engine.kernel.openFrame(payload, true);
        this.#engine.evaluate(() => {});
        group.add(position, receivedAt, (row) => this.#times.timeOf(row), typeOf, write);
        if (!group.isFull && writer.rows + group.rows < options.rowsMax) continue;
        write();
        if (writer.rows < options.rowsMax && writer.length < options.bytesMax) continue;
        const done = finish();
        if (done !== null) yield done;
      }
    }
    const done = finish();
    if (done !== null) yield done;
  }
}

/** Frames of events between two positions, and whose they are. */
export function* eventFrames(
  reader: JournalReader,
  from: number,
  to: number,
): Generator<{ readonly position: number } & Labels> {
  for (const entry of reader.headers(from, to, LABEL_BYTES)) {
    if (entry.kind === 'events') yield { position: entry.position, ...labelsOf(reader, entry) };
  }
}

/** The journal from position `from` on, up to `to` or to where it has `bytesMax`; at least one entry. */
export function pieceOf(reader: JournalReader, from: number, to: number, bytesMax: number): Piece {
  const tenants = new Map<string, Map<string, Run[]>>();
  let bytes = 0;
  let end = to;
  for (const entry of reader.headers(from, to, LABEL_BYTES)) {
    const { position } = entry;
    if (entry.kind === 'events') addTo(tenants, labelsOf(reader, entry), position);
    bytes += entry.payloadBytes;
    if (bytes < bytesMax) continue;
    end = position + 1;
    break;
  }
  const sources = [...tenants].flatMap(([tenant, own]) => [...own].map(([source, runs]) => ({ tenant, source, runs })));
  return { end, sources };
}

function addTo(tenants: Map<string, Map<string, Run[]>>, { tenant, source }: Labels, position: number): void {
  const own = tenants.get(tenant) ?? new Map<string, Run[]>();
  tenants.set(tenant, own);
  const runs = own.get(source) ?? [];
  own.set(source, runs);
  const last = runs.at(-1);
  if (last?.to === position) last.to++;
  else runs.push({ from: position, to: position + 1 });
}

/** Whose events a frame has. */
export function labelsOf(reader: JournalReader, { position, start }: EntryStart): Labels {
  const labels = labelsAtStart(start);
  if (labels !== null) return labels;
  for (const { start: more } of reader.headers(position, position + 1, LONG_LABEL_BYTES)) {
    const long = labelsAtStart(more);
    if (long !== null) return long;
  }
  throw new Error(`the frame at ${position} has no labels`);
}
