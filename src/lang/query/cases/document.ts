/** docs/query-language.md, out of the tables that the language is made of and the cases it is held to. */
import { ADDRESSES } from '../../functions/addresses.ts';
import { CHOOSE } from '../../functions/choose.ts';
import { CONVERT } from '../../functions/convert.ts';
import { DATES } from '../../functions/dates.ts';
import { ENCODE } from '../../functions/encode.ts';
import type { FunctionEntry } from '../../functions/entry.ts';
import { LISTS } from '../../functions/lists.ts';
import { NUMBERS } from '../../functions/numbers.ts';
import { TEXT } from '../../functions/text.ts';
import { FUNCTION_ALIASES } from '../../functions.ts';
import { LANG_LIMITS } from '../../limits.ts';
import { AGGREGATE_ALIASES, AGGREGATES } from '../aggregates.ts';
import { QUERY_OPERATOR_ALIASES, QUERY_OPERATORS } from '../operators.ts';
import { TABLES } from '../tree.ts';
import { CASE_NOW, CASES, type Case, EVENT } from './index.ts';

/** Examples of one operator: enough to see what it does, few enough to be read. */
const STEP_EXAMPLES = 6;
const OPERATOR_EXAMPLES = 4;

const SIGNS = [
  ['==', '!='],
  ['=~', '!~'],
  ['<', '<=', '>', '>='],
  ['between', '!between'],
  ['in', '!in', 'in~', '!in~'],
  ['has', '!has', 'has_cs', 'hasprefix', 'hassuffix', 'has_any', 'has_all'],
  ['contains', '!contains', 'contains_cs', 'startswith', 'endswith'],
  ['matches regex'],
  ['+', '-', '*', '/', '%'],
  ['and', 'or', 'not'],
];

const THEMES: Readonly<Record<string, Readonly<Record<string, FunctionEntry>>>> = {
  'Nulls and choices': CHOOSE,
  'Types and JSON': CONVERT,
  Texts: TEXT,
  Numbers: NUMBERS,
  'Dates and spans': DATES,
  'Lists and bags': LISTS,
  Addresses: ADDRESSES,
  Encodings: ENCODE,
};

const INTRODUCTION = `# The query language

A query is a table and what is done to its rows, step by step, each behind a \`|\`. Who has written Kusto can write this; where it differs is said at
the end. This page is generated (\`npm run docs\`): every example is a test, and every way in which weir runs queries gives these answers.

\`\`\`kusto
events
| where event.code == 4625 and user.name !startswith "svc"
| summarize failures = count(), hosts = dcount(host.name) by user.name, bin(@timestamp, 1h)
| where failures > 20
| sort by failures
\`\`\`

Words before the first \`|\` search like a search box: \`failed logon host:web01 -user:svc* | count\`.
`;

const MEANING = `## Values

| kind | written | shown as JSON |
|---|---|---|
| text | \`"a\\tb"\`, \`'a'\`, \`@"C:\\Temp"\` | \`"a\\tb"\` |
| whole number, 64 bits | \`42\`, \`0x2a\` | \`42\`, all digits |
| real | \`2.5\`, \`1e3\`, \`real(nan)\` | \`2.5\`, \`1000.0\`; what is no number as \`null\` |
| condition | \`true\`, \`false\` | \`true\`, \`false\` |
| date | \`datetime(2026-03-01T10:15:30.5Z)\` | \`"2026-03-01T10:15:30.5Z"\` |
| span | \`90m\`, \`1.5h\`, \`timespan(1.12:30:00)\` | \`"01:30:00"\` |
| list, bag | \`dynamic([1, "a"])\`, \`dynamic({"k": 1})\` | as JSON |
| nothing | \`null\`, \`long(null)\` | \`null\` |

**Null.** A field that is absent is null, and so is a JSON null. Null against a value: \`==\` is false, \`!=\` true; null against null, and every order with
null, is null. A null condition does not hold, nor does its negation. Functions and arithmetic of null are null where nothing else is said; aggregates
leave nulls out. An empty text is not null.

**Several values.** A field of an event may have several values. A condition on it holds where it holds for one of them, a negated one (\`!=\`, \`!in\`,
\`!has\` …) where the condition holds for none. Functions and arithmetic are done with each value; aggregates take each value; \`summarize by\` and
\`distinct\` take them together, as one list; \`join\` matches by any of them; \`mv-expand\` makes a row of each. A list that a function made (\`split\`,
\`make_set\`, \`parse_json\`) is one value, of which functions of lists take the elements.

**Mixed types.** One field may be a number in one event and a text in another. A text is read as what it is compared with: \`"4625"\` of an event equals
4625, \`"04625"\` does not. In \`summarize by\`, \`distinct\`, \`join\`, \`dcount\` and \`make_set\` values are one that are shown as the same text: 4625 and
\`"4625"\` are one group, shown as the number. \`sum\`, \`avg\`, \`percentile\` and \`stdev\` read texts as numbers where they are ones and leave out the rest.

**Order.** \`sort\`, \`top\`, \`min\`, \`max\` and \`arg_max\` order values of different kinds one after the other: conditions, numbers, dates, spans, texts (by code
unit), lists, bags. Of several values the greatest counts downwards and the least upwards. Nulls come last downwards, first upwards, unless \`nulls first\` or
\`nulls last\` says otherwise; what is no number (NaN) stands beside null. Rows that are equal stay in the order they came.

**Columns.** \`user.name\` is a column of that name; a key with other signs is written \`["a b"]\`. What nobody named is called after its argument: \`sum(x)\` is
\`sum_x\`, \`bin(t, 1h)\` is \`t\`, \`count()\` is \`count_\`, \`a + 1\` is \`Column1\`; a name that is taken gets a number (\`x1\`). Rows of \`events\` show what they
have; from \`project\` and \`summarize\` on every row has every column.
`;

const DIFFERENCES = `## Where this is not Kusto

- Columns have no fixed type, so \`union\` makes one column of what two tables call the same, whatever its types.
- There are null texts. \`isnull(user.name)\` says whether a field is there; \`isempty\` holds for an empty text too.
- \`dcount\` and \`percentile\` are exact, not estimates; \`make_set\` and \`make_list\` leave nothing out that was not asked to be: too much is an error.
- \`avg\` of nothing is null; \`stdev\` and \`variance\` of fewer than two numbers are 0.
- Of several rows, \`arg_max\`, \`take_any\` and \`join kind=innerunique\` take the first that comes, not just any.
- \`mv-expand … to typeof(long)\` and \`parse\` read texts as the type where they can be, like \`tolong()\`.
- Names keep their dots: \`dcount(user.name)\` is \`dcount_user.name\`, \`project user.name\` is \`user.name\`.
- A name that was written stands, and a column that nobody named gives way to it with a number.
- \`sequence\`, \`detect\`, \`asof\` and \`explain\` are weir's own, and so are searches without a table.
`;

export function queryLanguageDocument(): string {
  return [
    INTRODUCTION,
    `Tables: ${TABLES.map((name) => `\`${name}\``).join(', ')}; \`events\` where none is written.\n`,
    MEANING,
    '## Steps\n',
    ...Object.keys(QUERY_OPERATORS).map(stepSection),
    '## Operators\n',
    `The examples of this and the next section are about this event; \`none\` is absent from it, and it is ${CASE_NOW}.\n`,
    codeBlock('json', EVENT),
    ...SIGNS.map((group) => table(['expression', 'is', 'shows'], group.flatMap(operatorRows))),
    '## Functions\n',
    ...Object.entries(THEMES).map(([theme, entries]) => functionSection(theme, entries)),
    aliases(FUNCTION_ALIASES),
    '## Aggregates\n',
    'Of `summarize` and `make-series`, and inside expressions of them: `sum(a) / count()`.\n',
    aggregateTable(),
    aliases(AGGREGATE_ALIASES),
    DIFFERENCES,
    limits(),
  ].join('\n');
}

function codeBlock(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\`\n`;
}

/** A `|` ends a cell, even in code. */
const cell = (text: string): string => text.replaceAll('|', '\\|');
const code = (text: string): string => (text === '' ? '' : `\`${cell(text)}\``);

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line), ''].join('\n');
}

const casesOf = (subject: string): readonly Case[] => CASES.filter((one) => one.subject === subject);

function stepSection(name: string): string {
  const { syntax, about, example } = QUERY_OPERATORS[name];
  const others = Object.keys(QUERY_OPERATOR_ALIASES).filter((alias) => QUERY_OPERATOR_ALIASES[alias] === name);
  const also = others.length === 0 ? '' : ` Also written ${others.map(code).join(', ')}.`;
  const parts = [
    `### ${name}\n`,
    `${syntax.split(' | ').length > 1 ? codeBlock('text', syntax) : `${code(syntax)}\n`}`,
  ];
  parts.push(`${about[0].toUpperCase()}${about.slice(1)}.${also}\n`);
  parts.push(codeBlock('kusto', example));
  const all = casesOf(name);
  const [first] = all;
  if (first === undefined) return parts.join('\n');
  const shown = all.filter(({ tables }) => tables === first.tables).slice(0, STEP_EXAMPLES);
  const rows = Object.entries(first.tables).map(([tableName, list]) => `${tableName}:\n${list.join('\n')}`);
  parts.push('Over these rows:\n', codeBlock('text', rows.join('\n\n')));
  parts.push(
    table(
      ['shows', 'query', 'answer'],
      shown.map(({ name: shows, query, rows: answer }) => [
        cell(shows),
        code(query),
        answer.length === 0 ? 'no rows' : answer.map(code).join('<br>'),
      ]),
    ),
  );
  return parts.join('\n');
}

/** The expression of a case over one event, and what it is worth. */
function expressionOf({ query, rows }: Case): readonly [expression: string, json: string] {
  const expression = query.replace(/^events \| project x = /, '');
  return [expression, rows[0]?.replace(/^\{"x":(.*)\}$/, '$1') ?? ''];
}

const aboutOneEvent = ({ query }: Case): boolean => query.startsWith('events | project x = ');

function operatorRows(name: string): string[][] {
  return casesOf(name)
    .filter(aboutOneEvent)
    .slice(0, OPERATOR_EXAMPLES)
    .map((one) => {
      const [expression, json] = expressionOf(one);
      return [code(expression), code(json), cell(one.name)];
    });
}

function functionSection(theme: string, entries: Readonly<Record<string, FunctionEntry>>): string {
  const rows = Object.entries(entries).map(([name, { signature, about }]) => {
    const example = casesOf(`${name}()`).find(aboutOneEvent);
    const [expression, json] = example === undefined ? ['', ''] : expressionOf(example);
    return [code(signature), cell(about), code(expression), code(json)];
  });
  return `### ${theme}\n\n${table(['function', 'gives', 'example', 'is'], rows)}`;
}

function aggregateTable(): string {
  const rows = Object.entries(AGGREGATES).map(([name, { signature, about }]) => {
    const nothing = casesOf(`${name}()`).find(
      ({ query, rows: answer }) => /where false \| summarize/.test(query) && answer.length === 1,
    );
    const example = casesOf(`${name}()`)[0];
    const empty =
      nothing?.rows[0] ??
      casesOf(`${name}()`).find(({ query }) => /where g == "z" \| summarize count\(\)$/.test(query))?.rows[0] ??
      '';
    return [code(signature), cell(about), code(example.query.replace(/^events \| /, '')), code(empty)];
  });
  return table(['aggregate', 'gives', 'example', 'of no rows'], rows);
}

function aliases(names: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(names).map(([alias, name]) => `${code(alias)} for ${code(name)}`);
  return `Other names: ${pairs.join(', ')}.\n`;
}

function limits(): string {
  const number = (value: number): string => value.toLocaleString('en-US');
  const { queryLengthMax, queryOperatorsMax, queryLetsMax, expressionLevelsMax, expressionErrorsMax } = LANG_LIMITS;
  const { queryMemoryBytesMax, querySeriesPointsMax, queryJoinKeysMax } = LANG_LIMITS;
  return `## Bounds

${number(queryLengthMax)} characters, ${number(queryOperatorsMax)} steps, ${number(queryLetsMax)} \`let\` statements, ${number(expressionLevelsMax)} levels of parentheses, ${number(expressionErrorsMax)} errors at a time.
What a query keeps in memory (\`sort\`, \`summarize\`, \`distinct\`, the right side of \`join\` …) is bounded by ${number(queryMemoryBytesMax / 1_048_576)} MB, a series by ${number(querySeriesPointsMax)} points, the
combinations of one row's values in the keys of \`join\` by ${number(queryJoinKeysMax)}. What goes beyond ends the query with an error that says so; nothing is cut in
silence. Regular expressions run in linear time, without look-around and back-references.
`;
}
