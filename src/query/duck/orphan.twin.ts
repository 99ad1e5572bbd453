/** A program that asks a long query and says when it runs: `node orphan.twin.ts FOLDER`. */
import { DuckPool } from './pool.ts';

const pool = new DuckPool(process.argv[2]);
const answer = await pool.query({
  scope: { folders: [], files: [] },
  sql: 'SELECT sum(hash(a.i + b.i)) AS n FROM range(1_000_000) a(i), range(1_000_000) b(i)',
});
process.stdout.write(`running ${(await answer.columns()).length}\n`);
for await (const _ of answer);
