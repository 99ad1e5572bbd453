/** Ways from one stream to another. */
import type { Values } from '../../value.ts';
import type { Context } from './environment.ts';
import type { Row, Shape, Stream } from './row.ts';

/** Rows of a batch that is made here. */
export const BATCH_ROWS = 1024;

/** A stream of other columns, whose batches are made of batches one by one. */
export function mapBatches(
  input: Stream,
  shape: Partial<Shape>,
  context: Context,
  work: (rows: readonly Row[]) => readonly Row[] | Promise<readonly Row[]>,
): Stream {
  return {
    table: input.table,
    columns: shape.columns ?? input.columns,
    sparse: shape.sparse ?? input.sparse,
    // Rows of other columns know no other names.
    ...knownIn(shape.columns === undefined ? input : shape),
    batches: (async function* () {
      for await (const batch of input.batches) {
        context.check();
        const rows = await work(batch);
        if (rows.length > 0) yield rows;
      }
    })(),
  };
}

function knownIn({ knows }: Partial<Shape>): Pick<Shape, 'knows'> {
  return knows === undefined ? {} : { knows };
}

export function mapRows(input: Stream, shape: Partial<Shape>, context: Context, work: (row: Row) => Row): Stream {
  return mapBatches(input, shape, context, (rows) => rows.map(work));
}

/** Rows in batches. */
export async function* batched(rows: Iterable<Row>, context: Context): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    context.check();
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** A name that is not taken: the name itself, or with the first number behind it, as Kusto does. */
export function freeName(name: string, taken: { has(name: string): boolean }): string {
  if (!taken.has(name)) return name;
  let number = 1;
  while (taken.has(`${name}${number}`)) number++;
  return `${name}${number}`;
}

/** A row whose columns stand before those of another of the same name. */
export class ExtendedRow implements Row {
  readonly #base: Row;
  readonly #own: ReadonlyMap<string, Values>;

  constructor(base: Row, own: ReadonlyMap<string, Values>) {
    this.#base = base;
    this.#own = own;
  }

  get(column: string): Values | undefined {
    return this.#own.get(column) ?? this.#base.get(column);
  }

  *keys(): Iterable<string> {
    for (const name of this.#base.keys()) if (!this.#own.has(name)) yield name;
    yield* this.#own.keys();
  }
}
