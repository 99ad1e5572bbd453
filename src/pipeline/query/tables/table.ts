/** What a table beside `events` is: records, read page by page, whose columns are worked out when they are asked for. */

import {
  Bag,
  DateTime,
  type FieldCatalogue,
  List,
  pathsAbove,
  type Row,
  type StaticType,
  TICKS_PER_MS,
  type Value,
  type Values,
} from '../../../lang/index.ts';
import type { DetectionsReader, MetricsStore } from '../../../store/index.ts';
import type { Account } from '../../live/books.ts';
import type { LedgerLine } from '../../live/rule-ledger.ts';
import type { Narrowed } from './narrow.ts';

/** Where tables get their records from: a running server's threads, or a folder that no server runs on. */
export interface TableSources {
  /** What evaluation has brought about. Opened when a query asks for it. */
  detections(): DetectionsReader;
  /** Position of the journal up to which events were evaluated; null: none were. */
  evaluated(): number | null;
  accounts(
    tenant: string,
    skip: number,
    limit: number,
  ): Promise<{ readonly accounts: readonly Account[]; readonly more: boolean }>;
  ledger(tenant: string): Promise<readonly LedgerLine[]>;
  /** Null where none are kept. */
  metrics(): Pick<MetricsStore, 'read'> | null;
  /** Folder of weir's own log, with all lines of before in it; null where it is not kept. */
  logs(): string | null;
}

export interface Column<Item> {
  readonly type: StaticType;
  /** One value, several of a field that has several, or none. */
  readonly of: (item: Item) => Values;
  /** Another name of a column: it can be asked for and is not shown. */
  readonly hidden?: true;
}

export interface Table<Item> {
  readonly columns: Readonly<Record<string, Column<Item>>>;
  /** Column of when weir came to have a record, which `asof` goes by; null: it has no history. */
  readonly received: string | null;
  /** Records of a tenant up to a sequence; null: as they are when this is called, without what comes later. */
  pages(sources: TableSources, tenant: string, upTo: number | null, wanted: Narrowed): AsyncIterable<readonly Item[]>;
  /** Position up to which the journal is in the table; null: all of it. */
  until(sources: TableSources): number | null;
}

/** A table whatever its records are. */
export interface KeptTable extends Pick<Table<never>, 'received' | 'until'> {
  readonly columns: Readonly<Record<string, { readonly type: StaticType; readonly hidden?: true }>>;
  rows(sources: TableSources, tenant: string, upTo: number | null, wanted: Narrowed): AsyncIterable<readonly Row[]>;
}

export function tableOf<Item>({ columns, received, pages, until }: Table<Item>): KeptTable {
  return {
    columns,
    received,
    until,
    async *rows(sources, tenant, upTo, wanted) {
      for await (const page of pages(sources, tenant, upTo, wanted))
        yield page.map((item) => new RecordRow(columns, item));
    },
  };
}

class RecordRow<Item> implements Row {
  readonly #columns: Table<Item>['columns'];
  readonly #item: Item;

  constructor(columns: Table<Item>['columns'], item: Item) {
    this.#columns = columns;
    this.#item = item;
  }

  get(name: string): Values | undefined {
    return Object.hasOwn(this.#columns, name) ? this.#columns[name].of(this.#item) : undefined;
  }

  *keys(): Iterable<string> {
    for (const [name, { hidden, of }] of Object.entries(this.#columns)) {
      if (hidden === undefined && of(this.#item).length > 0) yield name;
    }
  }
}

export function shownColumns({ columns }: Pick<KeptTable, 'columns'>): string[] {
  return Object.keys(columns).filter((name) => columns[name].hidden === undefined);
}

/** The columns for whoever checks or completes a query; what is below a bag is anybody's guess. */
export function fieldsOf({ columns }: Pick<KeptTable, 'columns'>): FieldCatalogue {
  return {
    typeOf(path) {
      if (Object.hasOwn(columns, path)) return columns[path].type;
      for (const above of pathsAbove(path)) {
        if (Object.hasOwn(columns, above)) return columns[above].type === 'dynamic' ? 'dynamic' : null;
      }
      return null;
    },
    names: Object.keys(columns),
  };
}

/** One value, or none where it is null. */
export const one = (value: Value): Values => (value === null ? [] : [value]);

/** Unix milliseconds, fractions allowed. */
export function at(ms: number | null): Values {
  return ms === null ? [] : [new DateTime((BigInt(Math.round(ms * 1000)) * TICKS_PER_MS) / 1000n)];
}

export const count = (of: number): Values => [BigInt(of)];

/** Numbers by name. */
export function counts(of: Iterable<readonly [string, number]>): Values {
  return one(new Bag(new Map([...of].map(([name, n]) => [name, BigInt(n)] as const))));
}

/** Items of a list of JSON as the values of a field; anything else as it is. */
export function listed(value: Value | undefined): Values {
  if (value instanceof List) return value.items.filter((item) => item !== null);
  return one(value ?? null);
}
