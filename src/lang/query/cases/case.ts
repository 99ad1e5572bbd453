/**
 * Queries with the answers they must have, stated by hand. Every way of running queries is held to the same ones, and the examples in
 * docs/query-language.md are the first of each subject.
 */
import type { TableName } from '../tree.ts';

/** Rows of tables, each a JSON object. */
export type Tables = Readonly<Partial<Record<TableName, readonly string[]>>>;

export interface Case {
  /** The operator, function or aggregate it is about. */
  readonly subject: string;
  /** What it shows. */
  readonly name: string;
  readonly tables: Tables;
  readonly query: string;
  /** The answer: a JSON object each, its columns in order. */
  readonly rows: readonly string[];
  /** Whether the order of rows is part of the answer. */
  readonly ordered: boolean;
  /** Whether the answer depends on the order in which a table gives its rows. */
  readonly byArrival: boolean;
}

/** The time of `now()` in all cases. */
export const CASE_NOW = '2026-03-01T12:00:00Z';

/** What takes the first of several rows, or keeps their order. */
const FIRST = /\b(?:take|limit|make_list|make_list_if|make_set|make_set_if|make_bag|arg_max|arg_min|take_any|join \()/;

/** Cases over the same rows; a query is written without its table where that is `events`. */
export function cases(
  subject: string,
  rows: Tables | readonly string[],
  list: readonly (readonly [name: string, query: string, rows: readonly string[]])[],
): Case[] {
  const tables = Array.isArray(rows) ? { events: rows } : (rows as Tables);
  return list.map(([name, query, answer]) => ({
    subject,
    name,
    tables,
    query,
    rows: answer,
    ordered: /\b(?:sort by|order by|top [0-9]+ by)\b/.test(query),
    byArrival: FIRST.test(query),
  }));
}

/** One event with something of each kind; `none` is absent from it. */
export const EVENT =
  '{"@timestamp":"2026-03-01T10:15:30.5Z","i":5,"j":-3,"z":0,"big":9007199254740993,"r":2.5,"w":2.0,"s":"Hello World","e":"",' +
  '"n":"42","p":"042","t":true,"f":false,"tt":"TRUE","d":"2026-03-01T10:15:30Z","ip":"10.1.2.3","m":[1,2,3],"l":["red","green"],' +
  '"mix":[5,"5","x"],"user":{"name":"bob","id":7},"nul":null,"json":"{\\"a\\":[1,2.5,\\"x\\"],\\"b\\":{\\"c\\":null}}"}';

/** Expressions over {@link EVENT}, and the JSON of what they are worth. */
export function values(
  subject: string,
  list: readonly (readonly [name: string, expression: string, json: string])[],
): Case[] {
  return cases(
    subject,
    [EVENT],
    list.map(([name, expression, json]) => [name, `events | project x = ${expression}`, [`{"x":${json}}`]]),
  );
}

const sorted = (rows: readonly string[]): string => JSON.stringify([...rows].sort());

/** How an answer differs from that of a case, in words; null where it does not. */
export function mistakeOf({ subject, name, query, rows, ordered }: Case, answer: readonly string[]): string | null {
  const same = ordered ? JSON.stringify(answer) === JSON.stringify(rows) : sorted(answer) === sorted(rows);
  if (same) return null;
  const lines = (list: readonly string[]): string => list.join('\n         ');
  return `${subject}: ${name}\n  ${query}\n  wanted ${lines(rows)}\n  got    ${lines(answer)}`;
}
