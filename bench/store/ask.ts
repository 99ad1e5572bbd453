/** weir's side of the rows that ask: a data folder opened, and a query over it. */
import path from 'node:path';
import { ask, FolderTables, History, HistoryViews } from '../../src/pipeline/index.ts';
import { DuckPool } from '../../src/query/index.ts';

export interface OpenStore {
  /** Rows of the answer. */
  ask(text: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Opens the store of a data folder. */
export async function openStore(folder: string): Promise<OpenStore> {
  const history = new History(folder);
  const source = new HistoryViews(history).upTo(history.position);
  const sources = {
    history: source,
    pool: new DuckPool(path.join(folder, 'query')),
    tables: new FolderTables(folder),
    rules: () => null,
  };
  return {
    async ask(text) {
      const reply = await ask(sources, { text, tenant: 'default', since: null, now: Date.now() });
      const rows: Record<string, unknown>[] = [];
      for await (const row of reply.rows) rows.push(JSON.parse(row) as Record<string, unknown>);
      return rows;
    },
    async close() {
      await sources.pool.close();
      history.close();
    },
  };
}
