/**
 * Finds rows in segments and reads them without DuckDB: for what few rows have, wherever it stands. Runs in a process of a query; what it
 * may read is what that query may (messages.ts).
 */
import path from 'node:path';
import { openRandom, type RandomReader, turn } from '../../base/index.ts';
import { compileKernelModule, type Kernel, kernelWithoutRules } from '../../batch/index.ts';
import { openSegment, readerOfFile, type SegmentKind, type SegmentReader } from '../../store/index.ts';
import type { DuckColumn, Scope, Wire } from '../duck/messages.ts';
import { queryError } from '../errors.ts';
import type { Find } from './messages.ts';
import { mayHave } from './probe.ts';
import { GroupRows } from './rows.ts';
import { sweep } from './sweep.ts';

/** Where an answer goes; it throws when the query was cancelled. */
export interface FindSink {
  columns(columns: readonly DuckColumn[]): void;
  rows(rows: number, values: readonly (readonly Wire[])[]): Promise<void>;
  readonly cancelled: boolean;
}

/** Files that are kept open, with what their footers say: they never change. */
const OPEN_MAX = 8;
const BATCH_ROWS = 2048;
const INPUT_BYTES = 1 << 16;

const TYPES: Readonly<Record<SegmentKind, DuckColumn['type']>> = {
  string: 'string',
  integer: 'long',
  float: 'real',
  boolean: 'bool',
  list: 'string',
  raw: 'string',
};

interface OpenFile {
  readonly random: RandomReader;
  segment: SegmentReader | null;
}

export class Finder {
  readonly #batchCharacters: number;
  readonly #open = new Map<string, OpenFile>();
  /** Compiled on other threads while filters are asked: it takes a third of a second. */
  #compiled: Promise<WebAssembly.Module> | null = null;
  #kernel: Kernel | null = null;

  constructor(batchCharacters: number) {
    this.#batchCharacters = batchCharacters;
  }

  async #kernelOf(): Promise<Kernel> {
    this.#compiled ??= compileKernelModule();
    const module = await this.#compiled;
    this.#kernel ??= kernelWithoutRules(INPUT_BYTES, module);
    return this.#kernel;
  }

  /** @throws WeirError `query.refused`, `query.cancelled`, `query.many`, `store.damaged`, `disk.read` */
  async run(find: Find, scope: Scope, sink: FindSink): Promise<void> {
    const breathe = async (): Promise<void> => {
      await turn();
      if (sink.cancelled) throw queryError('query.cancelled', 'the query was cancelled');
    };
    if (find.kind === 'probe') await this.#probe(find, scope, sink, breathe);
    else if (find.kind === 'find') await this.#find(find, scope, sink, breathe);
    else await this.#read(find, scope, sink, breathe);
  }

  async #probe(
    { parts }: Extract<Find, { kind: 'probe' }>,
    scope: Scope,
    sink: FindSink,
    breathe: () => Promise<void>,
  ): Promise<void> {
    this.#compiled ??= compileKernelModule();
    const out = new Batches(sink, longs('part', 'file', 'group', 'rows', 'filtered'), this.#batchCharacters);
    for (const [part, { necessary, files }] of parts.entries()) {
      for (const [file, { file: name, groups }] of files.entries()) {
        await breathe();
        const reader = readerOfFile(this.#file(name, scope).random);
        for (const [group, terms] of (groups ?? this.#segment(name, scope).terms()).entries()) {
          if (necessary !== null && !mayHave(reader, terms, necessary)) continue;
          const filtered = terms.filter === null ? 0 : 1;
          await out.add([part, file, group, terms.rows, filtered].map(BigInt));
        }
      }
    }
    await out.end();
  }

  async #find(
    { necessary, type, files, rowsMax }: Extract<Find, { kind: 'find' }>,
    scope: Scope,
    sink: FindSink,
    breathe: () => Promise<void>,
  ): Promise<void> {
    const kernel = await this.#kernelOf();
    const found: bigint[][] = [];
    for (const [file, { file: name, groups, filtered }] of files.entries()) {
      const segment = this.#segment(name, scope);
      for (const [i, group] of groups.entries()) {
        const rows = await sweep(segment, group, necessary, { kernel, folds: !filtered[i], breathe });
        const own = type === null || rows.length === 0 ? null : new GroupRows(segment, group, []);
        for (const row of rows) {
          if (own !== null && (own.typeOf(row) ?? '') !== type) continue;
          found.push([file, group, row].map(BigInt));
        }
        if (found.length > rowsMax) throw queryError('query.many', `more than ${rowsMax} rows may be of the answer`);
      }
    }
    const out = new Batches(sink, longs('file', 'group', 'row'), this.#batchCharacters);
    for (const place of found) await out.add(place);
    await out.end();
  }

  async #read(
    { columns, rows }: Extract<Find, { kind: 'read' }>,
    scope: Scope,
    sink: FindSink,
    breathe: () => Promise<void>,
  ): Promise<void> {
    const own = longs('position', 'row', 'time', 'received');
    const types = columns.map(({ name, kind }) => ({ name, type: TYPES[kind] }));
    const out = new Batches(sink, [...own, ...types], this.#batchCharacters);
    for (const { file, group, rows: wanted } of rows) {
      const values = new GroupRows(this.#segment(file, scope), group, columns);
      for (const row of wanted) {
        await breathe();
        await out.add(values.values(row));
      }
    }
    await out.end();
  }

  #file(name: string, { folders, files }: Scope): OpenFile {
    const known = this.#open.get(name);
    this.#open.delete(name);
    const isShown = files.includes(name) || folders.some((folder) => name.startsWith(`${folder}/`));
    if (!isShown || path.resolve(name) !== name) throw queryError('query.refused', `${name} is not to be read`);
    const file = known ?? { random: openRandom(name), segment: null };
    this.#open.set(name, file);
    if (this.#open.size > OPEN_MAX) {
      const [[oldest, { random }]] = this.#open;
      this.#open.delete(oldest);
      random.close();
    }
    return file;
  }

  #segment(name: string, scope: Scope): SegmentReader {
    const file = this.#file(name, scope);
    file.segment ??= openSegment(readerOfFile(file.random));
    return file.segment;
  }
}

const longs = (...names: readonly string[]): DuckColumn[] => names.map((name) => ({ name, type: 'long' }));

/** Rows as columns, in messages that are not too long. */
class Batches {
  readonly #sink: FindSink;
  readonly #columns: number;
  readonly #characters: number;
  #values: Wire[][] = [];
  #length = 0;

  constructor(sink: FindSink, columns: readonly DuckColumn[], characters: number) {
    this.#sink = sink;
    this.#columns = columns.length;
    this.#characters = characters;
    sink.columns(columns);
    this.#begin();
  }

  async add(row: readonly Wire[]): Promise<void> {
    for (const [column, value] of row.entries()) {
      this.#values[column].push(value);
      if (typeof value === 'string') this.#length += value.length;
    }
    if (this.#values[0].length >= BATCH_ROWS || this.#length >= this.#characters) await this.end();
  }

  async end(): Promise<void> {
    if (this.#values[0].length > 0) await this.#sink.rows(this.#values[0].length, this.#values);
    this.#begin();
  }

  #begin(): void {
    this.#values = Array.from({ length: this.#columns }, () => []);
    this.#length = 0;
  }
}
