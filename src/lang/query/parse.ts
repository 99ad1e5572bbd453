/**
 * From text to the tree of a query. Statements are read in turn; a step that is wrong is passed over, so that one reading names what is
 * wrong with several.
 */
import { Cursor, problem, Stop } from '../cursor.ts';
import { type Diagnostic, nearest } from '../diagnostic.ts';
import { LANG_LIMITS } from '../limits.ts';
import { OPERATOR_TABLE } from './operators.ts';
import { defaultSource, type OpenPipeline, QueryReader } from './read/reader.ts';
import { readSearch } from './search.ts';
import { isTable, type Let, type Pipeline, type Query, TABLES } from './tree.ts';

export interface ParsedQuery {
  /** Null where there is nothing to read, or too much. With errors the tree has `error` nodes and is not to be run. */
  readonly tree: Query | null;
  /** Errors, and warnings about what may be meant as something else. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a query. Never throws; time and memory follow the length of the text, which is bounded. */
export function parseQuery(text: string): ParsedQuery {
  if (text.length > LANG_LIMITS.queryLengthMax) {
    const message = `the query has ${text.length} characters; ${LANG_LIMITS.queryLengthMax} are possible`;
    return { tree: null, diagnostics: [problem('lang.limit', message, { start: 0, end: text.length })] };
  }
  const cursor = new Cursor(text, 'query');
  if (cursor.ended) {
    const hint = `Write a table (${TABLES.join(', ')}) or words to search for.`;
    const nothing = problem('lang.syntax', 'there is nothing to read', cursor.peek().span, [], hint);
    return { tree: null, diagnostics: [nothing] };
  }
  try {
    const tree = readQuery(new QueryReader(cursor, OPERATOR_TABLE));
    return { tree, diagnostics: cursor.diagnostics };
  } catch (stop) {
    if (!(stop instanceof Stop)) throw stop;
    return { tree: null, diagnostics: cursor.diagnostics };
  }
}

function readQuery(reader: QueryReader): Query {
  const { cursor } = reader;
  const { start } = cursor.peek().span;
  const lets: Let[] = [];
  while (cursor.is('let') && !cursor.is(':', 1)) {
    const read = readLet(reader);
    if (read !== null) lets.push(read);
    if (lets.length > LANG_LIMITS.queryLetsMax) {
      const message = `the query has more than ${LANG_LIMITS.queryLetsMax} let statements`;
      reader.report('lang.limit', cursor.peek().span, message);
      throw new Stop();
    }
  }
  const body = readBody(reader);
  while (cursor.accept(';'));
  if (!cursor.ended) {
    const hint = cursor.is('let') ? 'let stands before the query.' : 'Ask one query at a time.';
    cursor.unexpected(['|', 'the end'], cursor.is(')') ? 'There is no ( for it.' : hint);
  }
  return { lets, body, explain: reader.explain, span: { start, end: cursor.last?.span.end ?? start } };
}

/** `let name = value;` */
function readLet(reader: QueryReader): Let | null {
  const { cursor } = reader;
  const { start } = cursor.take().span;
  const before = cursor.diagnostics.length;
  const token = cursor.peek();
  const name = reader.name();
  let result: Let | null = null;
  if (name !== null && name.keys.length > 1) {
    reader.report('lang.syntax', name.span, 'the name of a let has no dots');
  } else if (name !== null && (isTable(name.keys[0]) || reader.lets.has(name.keys[0]))) {
    const taken = isTable(name.keys[0]) ? 'the name of a table' : 'taken by a let above';
    reader.report('lang.syntax', name.span, `${token.text} is ${taken}`, 'Take another name.');
  }
  if (name !== null && cursor.expect('=', 'Write let name = value;')) {
    result = reader.letValue(name, start);
  }
  if (!cursor.is(';')) {
    if (cursor.diagnostics.length === before) {
      cursor.unexpected([';'], cursor.is('{') ? "Functions of one's own are not possible." : 'A let ends with ;');
    }
    // A name is likely where the query begins.
    if (cursor.peek().kind !== 'name') cursor.skipTo([';']);
  }
  while (cursor.accept(';'));
  return result;
}

/** What is asked for, from the table or the search on. */
function readBody(reader: QueryReader): Pipeline {
  const { cursor } = reader;
  const { start } = cursor.peek().span;
  const head = headKind(reader, start);
  switch (head) {
    case 'nothing': {
      cursor.unexpected(['a table', 'a search']);
      return { source: { kind: 'error', span: { start, end: start } }, operators: [], span: { start, end: start } };
    }
    case 'explain': {
      cursor.take();
      reader.explain = true;
      return readBody(reader);
    }
    case 'search': {
      const open: OpenPipeline = { source: defaultSource(start), operators: [], nested: false };
      readHeadSearch(reader, open);
      reader.steps(open);
      return reader.close(open, start);
    }
    default:
      return reader.pipeline(false);
  }
}

function readHeadSearch(reader: QueryReader, open: OpenPipeline): void {
  const { cursor } = reader;
  const { start } = cursor.peek().span;
  const { search, end, diagnostics } = readSearch(cursor.text, start);
  warnOfTypos(reader, start);
  for (const diagnostic of diagnostics) cursor.report(diagnostic);
  cursor.jump(end);
  const span = { start, end: search?.span.end ?? end };
  if (search !== null) {
    open.operators.push({ kind: 'search', condition: search, nameSpan: { start, end: start }, span });
  }
  if (cursor.is(')')) cursor.unexpected(['|', 'the end'], 'There is no ( for it. Put it into quotes to search for it.');
}

const WORD = /[A-Za-z_][\w-]*/y;

function wordAt(text: string, offset: number): string {
  WORD.lastIndex = offset;
  return WORD.exec(text)?.[0] ?? '';
}

/** What a query begins with. Words that are neither table nor step are a search. */
function headKind(reader: QueryReader, offset: number): 'nothing' | 'explain' | 'search' | 'pipeline' {
  const { text } = reader.cursor;
  if (reader.cursor.ended || text[offset] === ';') return 'nothing';
  if (text[offset] === '|') return 'pipeline';
  const inside = /^(?:\(\s*)*/.exec(text.slice(offset, offset + 1000))?.[0].length ?? 0;
  const word = wordAt(text, offset + inside);
  const after = offset + inside + word.length;
  const rest = /^\s*/.exec(text.slice(after, after + 1000))?.[0].length ?? 0;
  const next = text[after + rest] ?? '';
  const ends = next === '' || '|);'.includes(next) || text.startsWith('//', after + rest);
  const table = isTable(word) || reader.lets.get(word) === 'table';
  if (table && ends) return 'pipeline';
  // `count:5`, `top.level` and `sort.exe` are words of a search.
  if (!reader.isOperator(word) || ':.'.includes(text[after] ?? ' ')) return 'search';
  if (inside > 0) return word === 'union' ? 'pipeline' : 'search';
  return word === 'explain' && next !== '|' && next !== '' ? 'explain' : 'pipeline';
}

/** With these queries of Kusto begin that weir has not. */
const FOREIGN_HEADS: readonly string[] = [
  'print',
  'range',
  'datatable',
  'find',
  'set',
  'declare',
  'externaldata',
  'materialize',
];

/** A search whose first word looks like a table or a step that is meant otherwise. */
function warnOfTypos(reader: QueryReader, offset: number): void {
  const word = wordAt(reader.cursor.text, offset);
  const after = reader.cursor.text[offset + word.length] ?? ' ';
  if (word === '' || !/[\s|(]/.test(after)) return;
  const span = { start: offset, end: offset + word.length };
  const exact = isTable(word) || reader.lets.has(word);
  if (FOREIGN_HEADS.includes(word)) {
    const message = `${word} is searched for as a word; Kusto's ${word} is not there`;
    reader.cursor.report({ ...problem('lang.search', message, span, [], 'Begin with a table.'), severity: 'warning' });
    return;
  }
  const near = exact ? word : nearest(word, [...TABLES, ...reader.lets.keys(), ...reader.operatorNames()]);
  if (near === null) return;
  const hint = exact ? `To read from the table write ${word} | …` : `Did you mean ${near}?`;
  const message = `${word} is searched for as a word`;
  reader.cursor.report({ ...problem('lang.search', message, span, [], hint), severity: 'warning' });
}
