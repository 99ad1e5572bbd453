/** The tables of docs/proof.md: what is tried, and what finds it. */
import { BY_HAND } from './by-hand.ts';
import { MUTANTS } from './seams.ts';

const MARKS = ['<!-- mutants -->', '<!-- by hand -->'] as const;
const END = '<!-- end -->';

function mutants(): string {
  const rows = MUTANTS.map(({ seam, what, how, by }) => `| ${seam} | ${what} | ${how} | ${by} |`);
  return ['| seam | what | of what | found by |', '|---|---|---|---|', ...rows].join('\n');
}

function byHand(): string {
  const rows = BY_HAND.map(({ how, by }) => `| ${how} | ${by} |`);
  return ['| changed by hand | found by |', '|---|---|', ...rows].join('\n');
}

/** The document with its tables as they are now. */
export function withTables(document: string): string {
  let text = document;
  for (const [mark, table] of [
    [MARKS[0], mutants()],
    [MARKS[1], byHand()],
  ] as const) {
    const from = text.indexOf(mark);
    const to = text.indexOf(END, from);
    if (from < 0 || to < 0) throw new Error(`docs/proof.md has no place for the table of ${mark}`);
    text = `${text.slice(0, from)}${mark}\n\n${table}\n\n${text.slice(to)}`;
  }
  return text;
}
