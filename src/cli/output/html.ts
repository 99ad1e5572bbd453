/** `--format html`: the report page. */
import { now } from '../../base/index.ts';
import { writePage } from '../report/page.ts';
import { newReportRows } from '../report/rows.ts';
import { splitLines } from './hitLine.ts';
import { addHit, newTally } from './tally.ts';
import type { HitWriter, OutputContext } from './writer.ts';

export function htmlWriter({ out, rules, ruleHeads, paths }: OutputContext): HitWriter {
  const tally = newTally();
  const rows = newReportRows();
  return {
    hits(lines) {
      for (const line of splitLines(lines)) addHit(tally, rows.add(line));
    },
    async finish(summary) {
      const heads = await ruleHeads();
      writePage({ tally, rows: rows.finish(), rules, heads, summary, paths, madeAt: now() }, out);
    },
  };
}
