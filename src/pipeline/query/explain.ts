/** `explain`: what would be done for a query, table by table, without a row being read. */
import {
  type OpenedTable,
  type Operator,
  printOperator,
  type Row,
  type Stream,
  type TableName,
} from '../../lang/index.ts';
import type { DuckQuery, FindQuery, QueryRunner } from '../../query/index.ts';

/** A table as it was opened to be explained. */
export interface Planned {
  readonly table: TableName;
  /** What is read of it, in words. */
  readonly reads: string;
  readonly operators: readonly Operator[];
  /** How many of the operators are done in SQL, from the first. */
  readonly applied: number;
  readonly statements: readonly string[];
}

/** Takes statements, and answers each with nothing. */
export class StatementRecorder implements QueryRunner {
  readonly statements: string[] = [];

  async query(query: DuckQuery | FindQuery): Promise<AsyncIterable<never>> {
    if ('sql' in query) this.statements.push(query.sql);
    return NOTHING;
  }
}

const NOTHING: AsyncIterable<never> = {
  [Symbol.asyncIterator]: async function* () {},
};

/** Asks for the rows of a table whose statements are recorded: there are none, and then all statements are known. */
export async function withoutRows(opened: OpenedTable): Promise<OpenedTable> {
  for await (const batch of opened.batches) {
    if (batch.length > 0) throw new Error('a query that is explained has read rows');
  }
  return { ...opened, batches: NOTHING };
}

const COLUMNS = ['step', 'runs', 'what'] as const;

/** A row for each step: `store` reads, `duckdb` runs with the statement, `weir` is the evaluator behind it. */
export function explained(plans: readonly Planned[]): Stream {
  const rows: Row[] = [];
  const add = (runs: string, what: string): void => {
    rows.push(
      new Map([
        ['step', [BigInt(rows.length + 1)]],
        ['runs', [runs]],
        ['what', [what]],
      ]),
    );
  };
  for (const { reads, operators, applied, statements } of plans) {
    add('store', reads);
    for (const operator of operators.slice(0, applied)) add('duckdb', printOperator(operator));
    for (const statement of statements) add('statement', statement);
    for (const operator of operators.slice(applied)) add('weir', printOperator(operator));
  }
  return {
    table: 'explain',
    columns: COLUMNS,
    sparse: false,
    batches: (async function* () {
      yield rows;
    })(),
  };
}
