/** Steps that choose and order rows: search, where, take, top, sort, count. */
import { readSearch } from '../search.ts';
import type { SortKey } from '../tree.ts';
import type { OperatorEntry, QueryReader } from './reader.ts';

export const search: OperatorEntry = {
  syntax: 'search words',
  about: 'rows that hold all words, as in a search box; before the first | the word search is not needed',
  example: 'search failed logon host:web01 -user:svc*',
  read: (reader) => {
    const { cursor } = reader;
    const start = cursor.last?.span.end ?? 0;
    const found = readSearch(cursor.text, start);
    for (const diagnostic of found.diagnostics) cursor.report(diagnostic);
    cursor.jump(found.end);
    if (found.search !== null) return { kind: 'search', condition: found.search };
    reader.cursor.unexpected(['a word to search for']);
    return { kind: 'error' };
  },
};

export const where: OperatorEntry = {
  syntax: 'where condition',
  about: 'rows for which the condition is true',
  example: 'where event.code == 4625 and user.name !startswith "svc"',
  read: (reader) => ({ kind: 'where', condition: reader.expression() }),
};

export const take: OperatorEntry = {
  syntax: 'take count',
  about: 'this many rows, whichever come first',
  example: 'take 10',
  read: (reader) => ({ kind: 'take', count: reader.expression() }),
};

export const top: OperatorEntry = {
  syntax: 'top count by expression [asc | desc] [nulls first | nulls last]',
  about: 'this many rows, the greatest (or least) first',
  example: 'top 5 by network.bytes desc',
  read: (reader) => {
    const count = reader.expression();
    reader.cursor.expect('by');
    return { kind: 'top', count, by: reader.list(() => sortKey(reader)) };
  },
};

export const sort: OperatorEntry = {
  syntax: 'sort by expression [asc | desc] [nulls first | nulls last], …',
  about: 'all rows in order, the greatest first where nothing is written',
  example: 'sort by @timestamp asc, user.name',
  read: (reader) => {
    reader.cursor.expect('by');
    return { kind: 'sort', by: reader.list(() => sortKey(reader)) };
  },
};

export const count: OperatorEntry = {
  syntax: 'count [as name]',
  about: 'one row with the number of rows, in the column Count where no name is given',
  example: 'count',
  read: (reader) => ({ kind: 'count', name: reader.cursor.accept('as') ? reader.name() : null }),
};

function sortKey(reader: QueryReader): SortKey {
  const { cursor } = reader;
  const value = reader.expression();
  const ascending = cursor.accept('asc');
  if (!ascending) cursor.accept('desc');
  let nulls: SortKey['nulls'] = ascending ? 'first' : 'last';
  if (cursor.accept('nulls')) nulls = reader.choice(['first', 'last']);
  const end = cursor.last?.span.end ?? value.span.end;
  return { value, order: ascending ? 'asc' : 'desc', nulls, span: { start: value.span.start, end } };
}
