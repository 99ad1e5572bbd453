/** Segments as the store writes them, with a catalogue that knows them, for tests of what is ruled out. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { kernelWithoutRules } from '../../batch/index.ts';
import { Bag, parseDateTime, parseJson } from '../../lang/index.ts';
import { Catalogue, describeSegment, RowGroup, readerOfBytes, SegmentWriter } from '../../store/index.ts';
import { frameOf, never } from '../../store/segment/kit.twin.ts';
import { DuckPool } from '../duck/pool.ts';
import { RECEIVED } from './kit.twin.ts';
import type { NarrowOptions } from './narrow.ts';
import type { Segment, StoreView } from './view.ts';

export interface WrittenSegment {
  /** Events of each row group, as JSON. */
  readonly groups: readonly (readonly string[])[];
  /** Whether they get filters. */
  readonly terms: boolean;
  /** Source type of the events. */
  readonly type?: string;
}

export class WrittenStore {
  readonly #root = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-written-'));
  readonly #catalogue = new Catalogue(path.join(this.#root, 'catalogue.db'));
  readonly #kernel = kernelWithoutRules(1 << 20);
  readonly #group = new RowGroup(this.#kernel, { bytes: 1 << 20, rows: 1 << 12 });
  readonly pool = new DuckPool(path.join(this.#root, 'pool'));
  #position = 0;

  /** There until the tests of the file are done. */
  constructor() {
    after(async () => {
      await this.pool.close();
      this.#catalogue.close();
      fs.rmSync(this.#root, { recursive: true, force: true });
    });
  }

  readonly narrow: NonNullable<NarrowOptions['narrow']> = (files, needs) => {
    const name = (file: string): string => path.relative(this.#root, file);
    const { files: found, pruned } = this.#catalogue.narrow(files.map(name), needs);
    return Promise.resolve({
      files: new Map([...found].map(([file, groups]) => [path.join(this.#root, file), groups])),
      pruned,
    });
  };

  view(segments: readonly WrittenSegment[]): StoreView {
    const written = segments.map((segment) => this.#write(segment));
    return { tenant: 'acme', folders: [path.join(this.#root, 'tenant=acme')], segments: written };
  }

  #write({ groups, terms, type }: WrittenSegment): Segment {
    const writer = new SegmentWriter({ level: 1, terms });
    const first = this.#position;
    for (const events of groups) {
      const times = events.map(timeOf);
      this.#kernel.openFrame(frameOf(this.#kernel, events));
      this.#group.add(
        this.#position++,
        Number(RECEIVED / 1000n),
        (row) => times[row],
        () => type ?? null,
        never,
      );
      writer.add(this.#group);
      this.#group.clear();
    }
    const last = this.#position - 1;
    const cut = writer.finish('log1/0', { tenant: 'acme', source: 'test', level: 0 });
    const digits = (position: number): string => String(position).padStart(12, '0');
    const file = `tenant=acme/source=test/${digits(first)}-${digits(last)}-0000000a.parquet`;
    fs.mkdirSync(path.dirname(path.join(this.#root, file)), { recursive: true });
    const bytes = Buffer.concat(cut.parts);
    fs.writeFileSync(path.join(this.#root, file), bytes);
    const described = describeSegment(file, readerOfBytes(file, bytes));
    this.#catalogue.publish([described], { log: described.log, position: last + 1 });
    const { rows, minTime, maxTime, columns, types } = described;
    return {
      ...{ file: path.join(this.#root, file), source: 'test', log: 'log1', rows, minTime, maxTime },
      columns: columns.map(({ name, path: of, kind }) => [name, of, kind] as const),
      ...(types === undefined ? {} : { types }),
    };
  }
}

function timeOf(event: string): number | null {
  const value = parseJson(event);
  const at = value instanceof Bag ? value.entries.get('@timestamp') : null;
  const time = typeof at === 'string' ? parseDateTime(at) : null;
  return time === null ? null : Number(time.ticks / 10_000n);
}
