/** What queries read of a history, as plain values that go from thread to thread, and held until they say that they are done. */
import type { ColumnNeed, Lease, Narrowed, SegmentQuery, StoredSegment } from '../../store/index.ts';
import type { Fetched } from './cold-store.ts';
import { outsideRetention } from './expirations.ts';
import { FieldCounter } from './field-counts.ts';
import type { History } from './history.ts';
import type {
  AwayFiles,
  BackupView,
  CopyAnswer,
  HistorySource,
  HuntThreadView,
  ThreadView,
} from './history-messages.ts';

export class HistoryViews {
  readonly #history: History;
  readonly #leases = new Map<number, Lease>();
  readonly #fetched = new Map<number, Fetched[]>();
  #count = 0;

  constructor(history: History) {
    this.#history = history;
  }

  /** Complete up to position `to`, not included. */
  view(query: SegmentQuery, to: number): ThreadView {
    const { store } = this.#history;
    const { found, lease, position } = this.#history.view(query, to);
    this.#leases.set(++this.#count, lease);
    // One list for all segments that share theirs.
    const lists = new Map<StoredSegment['columns'], ThreadView['segments'][number]['columns']>();
    const segments = found.segments.map((segment) => {
      const { source, log, rows, first, last, minTime, maxTime } = segment;
      const known = lists.get(segment.columns);
      const columns = known ?? segment.columns.map(({ name, path, kind }) => [name, path, kind] as const);
      if (known === undefined) lists.set(segment.columns, columns);
      const types = segment.types === undefined ? {} : { types: segment.types };
      return {
        ...types,
        file: store.files.path(segment.file),
        source,
        log: log.split('/')[0],
        rows,
        positions: [first, last] as const,
        minTime,
        maxTime,
        columns,
      };
    });
    const outside = outsideRetention(this.#history.retention.expired, query);
    const inObjects = found.segments.filter(({ object }) => object !== null);
    const cold = new Set(inObjects.map(({ file }) => store.files.path(file)));
    return { lease: this.#count, position, segments, cold, all: found.all, pruned: found.pruned, outside };
  }

  /** The same for a hunt. */
  huntView(query: SegmentQuery, to: number): HuntThreadView {
    const { found, lease, ...view } = this.#history.view(query, to);
    this.#leases.set(++this.#count, lease);
    const segments = found.segments.map(({ file, object, log, source, rows, bytes, minTime, maxTime }) => {
      return { file, object, log, source, rows, bytes, minTime, maxTime };
    });
    return { ...view, lease: this.#count, found: { all: found.all, pruned: found.pruned, segments } };
  }

  /** All segments, for whoever copies them; and the catalogue that names them, as a file. */
  copyTo(file: string): BackupView {
    const { lease, segmentLedgerBytes } = this.#history.copyTo(file);
    this.#leases.set(++this.#count, lease);
    return { lease: this.#count, segmentLedgerBytes };
  }

  /** Of segments of a view, by their absolute paths. */
  narrow(files: readonly string[], needs: readonly ColumnNeed[]): Narrowed {
    const { catalogue, files: places } = this.#history.store;
    const byName = new Map(files.map((file) => [places.nameOf(file), file]));
    const { files: found, pruned } = catalogue.narrow([...byName.keys()], needs);
    return { files: new Map([...found].map(([name, groups]) => [byName.get(name) ?? name, groups])), pruned };
  }

  /** See {@link HistorySource.fetch}. */
  async fetch(lease: number, files: readonly string[]): Promise<AwayFiles> {
    const { files: places } = this.#history.store;
    const fetched = await this.#history.cold.fetch(files.map((file) => places.nameOf(file)));
    // Whoever asked may have gone meanwhile.
    if (this.#leases.has(lease)) this.#fetched.set(lease, [...(this.#fetched.get(lease) ?? []), fetched]);
    else fetched.release();
    return new Map([...fetched.away].map(([file, why]) => [places.path(file), why]));
  }

  /** One segment of the object store on disk, to be released like a view. */
  async copyOf(file: string): Promise<CopyAnswer> {
    const { store, cold } = this.#history;
    const lease = store.lease([file]);
    const fetched = await cold.fetch([file]);
    this.#leases.set(++this.#count, lease);
    this.#fetched.set(this.#count, [fetched]);
    return { lease: this.#count, away: fetched.away.get(file) ?? null };
  }

  /** The same for whoever asks several times, and always up to there. */
  upTo(position: number): HistorySource {
    return {
      view: (query) => Promise.resolve(this.view(query, position)),
      narrow: (files, needs) => Promise.resolve(this.narrow(files, needs)),
      fetch: ({ lease }, files) => this.fetch(lease, files),
      release: ({ lease }) => this.release(lease),
      fields: (tenant) => Promise.resolve(new FieldCounter(this.#history.store).of(tenant)),
    };
  }

  release(lease: number): void {
    for (const fetched of this.#fetched.get(lease) ?? []) fetched.release();
    this.#fetched.delete(lease);
    this.#leases.get(lease)?.release();
    this.#leases.delete(lease);
  }
}
