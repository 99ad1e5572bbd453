/** Columns of segments as numbers, and lists of them that segments share. */
import { type Database, sha256 } from '../../base/index.ts';
import { storeError } from '../errors.ts';
import type { SegmentColumn, SegmentKind } from '../segment/kinds.ts';
import type { MeasuredColumn } from './types.ts';
import { ByteReader, ByteWriter } from './varint.ts';

type Statement = ReturnType<Database['prepare']>;

/** Columns kept in memory, in each direction; emptied when full. Windows events have some 1,500, thousands of sources more. */
const CACHED_MAX = 65_536;

/** Columns of one segment, as its list orders them. */
export interface ColumnList {
  /** Its number in the catalogue. */
  readonly number: number;
  readonly columns: readonly MeasuredColumn[];
}

export class ColumnNumbers {
  readonly #database: Database;
  readonly #numbers = new Map<string, number>();
  readonly #columns = new Map<number, SegmentColumn>();
  readonly #add: Statement;
  readonly #get: Statement;
  readonly #ofPath: Statement;
  readonly #addList: Statement;
  readonly #dropList: Statement;

  constructor(database: Database) {
    this.#database = database;
    // DO UPDATE instead of DO NOTHING, so that RETURNING gives the number in both cases.
    this.#add = database.prepare(
      `INSERT INTO columns (path, kind, name) VALUES (?, ?, ?)
       ON CONFLICT (path, kind, name) DO UPDATE SET kind = kind RETURNING n`,
    );
    this.#get = database.prepare('SELECT path, kind, name FROM columns WHERE n = ?');
    this.#ofPath = database.prepare('SELECT n, kind FROM columns WHERE path = ?');
    this.#addList = database.prepare(
      'INSERT INTO column_lists (hash, columns, packed) VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET hash = hash RETURNING n',
    );
    this.#dropList = database.prepare(
      'DELETE FROM column_lists WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM segments WHERE list = ?1)',
    );
  }

  /** The list of these columns, added where it is new; in a transaction. */
  list(columns: readonly MeasuredColumn[]): ColumnList {
    const numbered = columns.map((column) => ({ column, number: this.#number(column) }));
    numbered.sort((a, b) => a.number - b.number);
    const out = new ByteWriter();
    let before = 0;
    for (const { number } of numbered) {
      out.varint(number - before);
      before = number;
    }
    const packed = out.bytes();
    const row = this.#addList.get(sha256(packed).slice(0, 32), columns.length, packed);
    return { number: Number(row?.['n']), columns: numbered.map(({ column }) => column) };
  }

  /** Lets go of a list that no segment has any more. */
  drop(list: number): void {
    this.#dropList.run(list);
  }

  /** Columns with their numbers, by path; for asking many lists for few paths. */
  withPath(path: string): { readonly number: number; readonly kind: SegmentKind }[] {
    return this.#ofPath.all(path).map((row) => ({ number: Number(row['n']), kind: row['kind'] as SegmentKind }));
  }

  columnsOf(packed: Uint8Array): SegmentColumn[] {
    return numbersOf(packed).map((number) => this.#column(number));
  }

  /** Lets go of columns that no list has any more: names that attackers chose would stay for ever. Gives how many. */
  tidy(): number {
    const used = new Set<number>();
    for (const row of this.#database.prepare('SELECT packed FROM column_lists').iterate()) {
      for (const number of numbersOf(row['packed'] as Uint8Array)) used.add(number);
    }
    const all = this.#database.prepare('SELECT n FROM columns').all();
    const unused = all.map((row) => Number(row['n'])).filter((number) => !used.has(number));
    const remove = this.#database.prepare('DELETE FROM columns WHERE n = ?');
    for (const number of unused) remove.run(number);
    if (unused.length > 0) this.forget();
    return unused.length;
  }

  /** After a rollback, numbers given out in it mean nothing. */
  forget(): void {
    this.#numbers.clear();
    this.#columns.clear();
  }

  #number({ path, kind, name }: SegmentColumn): number {
    const key = `${kind} ${name.length} ${name}${path}`;
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#numbers.size >= CACHED_MAX) this.#numbers.clear();
    const number = Number(this.#add.get(path, kind, name)?.['n']);
    this.#numbers.set(key, number);
    return number;
  }

  #column(number: number): SegmentColumn {
    const known = this.#columns.get(number);
    if (known !== undefined) return known;
    const row = this.#get.get(number);
    if (row === undefined) throw storeError('store.damaged', `the catalogue has no column ${number}, but a list of it`);
    const column = { name: String(row['name']), path: String(row['path']), kind: row['kind'] as SegmentKind };
    if (this.#columns.size >= CACHED_MAX) this.#columns.clear();
    this.#columns.set(number, column);
    return column;
  }
}

/** Numbers of a list's columns, ascending. @throws WeirError `store.damaged` */
export function numbersOf(packed: Uint8Array): number[] {
  const reader = new ByteReader(packed);
  const numbers: number[] = [];
  try {
    for (let number = 0; !reader.isAtEnd; numbers.push(number)) number += reader.small();
  } catch (cause) {
    throw storeError('store.damaged', 'a list of columns in the catalogue is damaged', cause);
  }
  return numbers;
}
