/** `parse` and `parse-where`: columns out of a text by what stands around them. */
import type { OperatorBody, ParsePiece } from '../tree.ts';
import { columnType } from './groups.ts';
import type { OperatorEntry, QueryReader } from './reader.ts';

const SYNTAX = '[kind=simple | relaxed | regex] expression with [*] "text" name[:type] "text" … [*]';

export const parse: OperatorEntry = {
  syntax: `parse ${SYNTAX}`,
  about: 'adds columns out of a text by the texts around them; null where it does not fit',
  example: 'parse message with * "user " user.name " from " source.ip:string *',
  read: (reader) => parseText(reader, false),
};

export const parseWhere: OperatorEntry = {
  syntax: `parse-where ${SYNTAX}`,
  about: 'the same, without the rows that do not fit',
  example: 'parse-where message with "Failed password for " user.name " from " *',
  read: (reader) => parseText(reader, true),
};

function parseText(reader: QueryReader, onlyMatches: boolean): OperatorBody {
  const mode = reader.accept('kind', '=') ? reader.choice(['simple', 'relaxed', 'regex']) : 'simple';
  const value = reader.expression();
  if (!reader.cursor.expect('with', 'Write with and the texts that stand around the columns.'))
    return { kind: 'error' };
  const pieces: ParsePiece[] = [];
  for (let next = piece(reader); next !== null; next = piece(reader)) pieces.push(next);
  if (pieces.length === 0) {
    reader.cursor.unexpected(['a text', 'a name', '*']);
    return { kind: 'error' };
  }
  return { kind: 'parse', onlyMatches, mode, value, pieces };
}

function piece(reader: QueryReader): ParsePiece | null {
  const { cursor } = reader;
  const token = cursor.peek();
  if (cursor.accept('*')) return { kind: 'skip', span: token.span };
  if (token.kind === 'value' && typeof token.value === 'string') {
    cursor.take();
    return { kind: 'text', text: token.value, span: token.span };
  }
  if (token.kind !== 'name' && !cursor.is('[')) return null;
  const name = reader.name();
  if (name === null) return null;
  const type = cursor.accept(':') ? columnType(reader) : 'string';
  return { kind: 'column', name, type, span: { start: token.span.start, end: cursor.last?.span.end ?? name.span.end } };
}
