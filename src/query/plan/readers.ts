/** Readers of unified tables in SQL, where they say exactly the same. */
import type { ReaderName } from '../../schema/index.ts';

interface SqlReader {
  /** Of a text; null where there is nothing. */
  readonly sql: (text: string) => string;
  /** Numbers stay what they are: their texts are read as themselves. */
  readonly keepsNumbers: boolean;
}

const behind = (mark: string) => (text: string) =>
  `CASE WHEN contains(${text}, ${mark}) THEN substr(${text}, instr(${text}, ${mark}) + 1) ELSE ${text} END`;
const some = (text: string): string => `nullif(${text}, '')`;

export const SQL_READERS: Readonly<Partial<Record<ReaderName, SqlReader>>> = {
  integer: {
    sql: (text) =>
      `CASE WHEN regexp_full_match(${text}, '0[xX][0-9a-fA-F]{1,16}') THEN CAST(CAST(${text} AS UBIGINT) AS VARCHAR) ELSE ${text} END`,
    keepsNumbers: true,
  },
  basename: { sql: (text) => some(`regexp_extract(${text}, '[^\\\\/]*$')`), keepsNumbers: true },
  account: { sql: (text) => some(behind(`'\\'`)(text)), keepsNumbers: true },
  port: { sql: (text) => `nullif(${text}, '-1')`, keepsNumbers: false },
};
