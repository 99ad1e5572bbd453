/** What goes between the server and a process that runs DuckDB: structured clones, one query at a time. */
import type { ValueType } from '../../lang/index.ts';
import type { QueryErrorCode } from '../errors.ts';
import type { Find } from '../find/messages.ts';

/** What a query may read: everything below folders, and single files. Absolute paths. */
export interface Scope {
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** A name that a query may use for a SELECT. Both are weir's own words, never those of who asks. */
export interface View {
  readonly name: string;
  readonly sql: string;
}

export interface EngineSetup {
  /** Of DuckDB; the process ends itself where it takes much more. */
  readonly memoryBytes: number;
  readonly threads: number;
  /** Folder for what does not fit in memory; the process's own. */
  readonly temporary: string;
  readonly temporaryBytes: number;
  /** Texts of one message of rows, in characters; a message has one row at least. */
  readonly batchCharacters: number;
}

export interface DuckColumn {
  readonly name: string;
  readonly type: ValueType;
}

/** A value as it travels: dates and spans as ticks (the column's type says which), others that are no plain ones in `Wrapped`. */
export type Wire = string | bigint | number | boolean | null | Wrapped;
export type Wrapped =
  | { readonly is: 'datetime' | 'timespan'; readonly ticks: bigint }
  | { readonly is: 'list'; readonly items: readonly Wire[] }
  | { readonly is: 'bag'; readonly entries: readonly (readonly [string, Wire])[] };

export type ToDuck =
  | { readonly kind: 'start'; readonly setup: EngineSetup }
  | {
      readonly kind: 'run';
      readonly query: number;
      readonly sql: string;
      readonly scope: Scope;
      readonly views: readonly View[];
    }
  | { readonly kind: 'find'; readonly query: number; readonly find: Find; readonly scope: Scope }
  /** One more batch of rows may be sent. */
  | { readonly kind: 'more'; readonly query: number }
  | { readonly kind: 'cancel'; readonly query: number };

export type FromDuck =
  | { readonly kind: 'columns'; readonly query: number; readonly columns: readonly DuckColumn[] }
  /** Values column by column. */
  | {
      readonly kind: 'rows';
      readonly query: number;
      readonly rows: number;
      readonly values: readonly (readonly Wire[])[];
    }
  /** 0 to 1. */
  | { readonly kind: 'progress'; readonly query: number; readonly done: number }
  | { readonly kind: 'end'; readonly query: number }
  | { readonly kind: 'failed'; readonly query: number; readonly code: QueryErrorCode; readonly message: string };
