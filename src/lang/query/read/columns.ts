/** Steps that choose, name and work out columns. */
import type { Columns, Name, OperatorBody } from '../tree.ts';
import type { OperatorEntry, QueryReader } from './reader.ts';

export const extend: OperatorEntry = {
  syntax: 'extend name = expression, …',
  about: 'adds columns, or replaces those of the same name',
  example: 'extend minutes = event.duration / 60, domain = tolower(user.domain)',
  read: (reader) => ({ kind: 'extend', columns: reader.list(() => reader.named()) }),
};

export const project: OperatorEntry = {
  syntax: 'project name [= expression], …',
  about: 'only these columns, in this order',
  example: 'project @timestamp, user = user.name, source.ip',
  read: (reader) => ({ kind: 'project', columns: reader.list(() => reader.named()) }),
};

export const distinct: OperatorEntry = {
  syntax: 'distinct column, … | distinct *',
  about: 'each combination of values once',
  example: 'distinct user.name, source.ip',
  read: (reader) => {
    const columns = reader.list(() => reader.named());
    const all = columns.length === 1 && columns[0].value.kind === 'every' && columns[0].value.keys.length === 0;
    return { kind: 'distinct', columns: all ? [] : columns };
  },
};

export const projectAway: OperatorEntry = {
  syntax: 'project-away name or pattern*, …',
  about: 'without these columns',
  example: 'project-away winlog.*, message',
  read: (reader) => ({ kind: 'project-away', columns: columnList(reader) }),
};

export const projectKeep: OperatorEntry = {
  syntax: 'project-keep name or pattern*, …',
  about: 'only these columns, in the order they have',
  example: 'project-keep user.*, @timestamp',
  read: (reader) => ({ kind: 'project-keep', columns: columnList(reader) }),
};

export const projectReorder: OperatorEntry = {
  syntax: 'project-reorder name or pattern*, …',
  about: 'these columns first, the others behind them',
  example: 'project-reorder @timestamp, user.*',
  read: (reader) => ({ kind: 'project-reorder', columns: columnList(reader) }),
};

export const projectRename: OperatorEntry = {
  syntax: 'project-rename new = old, …',
  about: 'other names for columns, which stay where they are',
  example: 'project-rename user = user.name',
  read: (reader): OperatorBody => {
    const pairs = reader.list(() => {
      const to = reader.name();
      const ready = to !== null && reader.cursor.expect('=', 'Write new = old.');
      const from = ready ? reader.name() : null;
      return to === null || from === null ? null : { to, from };
    });
    const columns = pairs.filter((pair): pair is { to: Name; from: Name } => pair !== null);
    return columns.length === pairs.length ? { kind: 'project-rename', columns } : { kind: 'error' };
  },
};

function columnList(reader: QueryReader): readonly Columns[] {
  return reader.list(() => columnsOrPattern(reader)).filter((item) => item !== null);
}

/** Pieces of a pattern stand without blanks between: `winlog.*`, `*_id`, `a*b*`. */
const PATTERN = /[\w@.*]*\*[\w@.*]*/y;

function columnsOrPattern(reader: QueryReader): Columns | null {
  const { cursor } = reader;
  const { span } = cursor.peek();
  PATTERN.lastIndex = span.start;
  const pattern = PATTERN.exec(cursor.text)?.[0];
  if (pattern !== undefined) {
    const end = span.start + pattern.length;
    cursor.jump(end);
    return { kind: 'pattern', pattern, span: { start: span.start, end } };
  }
  const name = reader.name();
  return name === null ? null : { kind: 'name', ...name };
}
