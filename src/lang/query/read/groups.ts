/** Steps that make new rows of many, or of one: summarize, make-series, mv-expand; and how to draw them, render. */
import type { Cursor } from '../../cursor.ts';
import type { Expression } from '../../tree.ts';
import {
  COLUMN_TYPES,
  type ColumnType,
  type Expansion,
  type Name,
  type RenderProperty,
  type SeriesAggregate,
} from '../tree.ts';
import type { OperatorEntry, QueryReader } from './reader.ts';

export const summarize: OperatorEntry = {
  syntax: 'summarize [name =] aggregate, … [by [name =] expression, …]',
  about: 'one row for each group',
  example: 'summarize n = count(), users = dcount(user.name) by host.name, bin(@timestamp, 1h)',
  read: (reader) => {
    const { cursor } = reader;
    const aggregates = byFollows(cursor) ? [] : reader.list(() => reader.named());
    const by = cursor.accept('by') ? reader.list(() => reader.named()) : [];
    return { kind: 'summarize', aggregates, by };
  },
};

/** Whether groups follow at once, and no column called `by`. */
function byFollows(cursor: Cursor): boolean {
  const next = cursor.peek(1);
  return cursor.is('by') && !['=', '.'].includes(next.text) && next.span.start > cursor.peek().span.end;
}

export const makeSeries: OperatorEntry = {
  syntax:
    'make-series [name =] aggregate [default = value], … on column [from start] [to end] step width [by [name =] expression, …]',
  about: 'one row for each group, with a list of the aggregate over all bins of time, those without rows too',
  example: 'make-series n = count() default = 0 on @timestamp from ago(1d) to now() step 1h by host.name',
  read: (reader) => {
    const { cursor } = reader;
    const aggregates = reader.list((): SeriesAggregate => {
      const aggregate = reader.named();
      return { ...aggregate, default: reader.accept('default', '=') ? reader.expression() : null };
    });
    if (!cursor.expect('on', 'Write on and the column of time.')) return { kind: 'error' };
    const on = reader.named();
    const from = cursor.accept('from') ? reader.expression() : null;
    const to = cursor.accept('to') ? reader.expression() : null;
    if (!cursor.expect('step', 'Write step and the width of a bin, as in step 1h.')) return { kind: 'error' };
    const step = reader.expression();
    const by = cursor.accept('by') ? reader.list(() => reader.named()) : [];
    return { kind: 'make-series', aggregates, on, from, to, step, by };
  },
};

export const mvExpand: OperatorEntry = {
  syntax: 'mv-expand [with_itemindex=name] [name =] list [to typeof(type)], … [limit count]',
  about: 'one row for each element of a list or value of a field',
  example: 'mv-expand address = host.ip to typeof(string)',
  read: (reader) => {
    const { cursor } = reader;
    let index: Name | null = null;
    for (;;) {
      if (reader.accept('with_itemindex', '=')) index = reader.name();
      // A bag becomes rows of bags with one member each: weir knows no other way.
      else if (reader.accept('bagexpansion', '=') || reader.accept('kind', '=')) reader.choice(['bag']);
      else break;
    }
    const columns = reader.list((): Expansion => {
      const column = reader.named();
      return { ...column, type: cursor.accept('to') ? typeOf(reader) : null };
    });
    const limit = cursor.accept('limit') ? reader.expression() : null;
    return { kind: 'mv-expand', columns, index, limit };
  },
};

/** Charts that are known by name. */
export const CHARTS = [
  'table',
  'timechart',
  'barchart',
  'columnchart',
  'piechart',
  'linechart',
  'areachart',
  'stackedareachart',
  'scatterchart',
  'anomalychart',
  'card',
  'pivotchart',
  'timepivot',
  'ladderchart',
  'treemap',
] as const;

export const render: OperatorEntry = {
  syntax: 'render chart [with (name = value, …)]',
  about: 'the same rows, to be drawn as a chart where they are shown',
  example: 'render timechart with (title = "Logons")',
  read: (reader) => {
    const { cursor } = reader;
    const chart = reader.choice(CHARTS);
    const properties: RenderProperty[] = [];
    if (cursor.accept('with')) {
      if (!cursor.expect('(')) return { kind: 'error' };
      while (!cursor.is(')')) {
        const property = renderProperty(reader);
        if (property === null) return { kind: 'error' };
        properties.push(property);
        if (!cursor.accept(',')) break;
      }
      cursor.expect(')');
    }
    return { kind: 'render', chart, properties };
  },
};

function renderProperty(reader: QueryReader): RenderProperty | null {
  const { cursor } = reader;
  const { start } = cursor.peek().span;
  const name = reader.name();
  if (name === null || !cursor.expect('=')) return null;
  const property = (value: RenderProperty['value']): RenderProperty => {
    return { name: name.keys.join('.'), value, span: { start, end: cursor.last?.span.end ?? start } };
  };
  const value: Expression = reader.expression();
  if (value.kind === 'literal' && value.value !== null && typeof value.value !== 'object') return property(value.value);
  if (value.kind !== 'field') {
    reader.report('lang.syntax', value.span, `${name.keys.join('.')} takes a text, a number, true, false or names`);
    return null;
  }
  const names = [value.keys.join('.')];
  // `a, b, name = …`: what stands before = is the next property.
  while (cursor.is(',') && cursor.peek(1).kind === 'name' && !cursor.is('=', 2)) {
    cursor.take();
    const next = reader.name();
    if (next === null) return null;
    names.push(next.keys.join('.'));
  }
  return property(names.join(','));
}

/** Names of types, Kusto's others among them. */
export const TYPE_NAMES: Readonly<Record<string, ColumnType>> = {
  ...(Object.fromEntries(COLUMN_TYPES.map((type) => [type, type])) as Record<ColumnType, ColumnType>),
  int: 'long',
  double: 'real',
  decimal: 'real',
  boolean: 'bool',
  date: 'datetime',
  time: 'timespan',
  guid: 'string',
};

/** A type by name; `dynamic` where it is none, which is reported. */
export function columnType(reader: QueryReader): ColumnType {
  const { text } = reader.cursor.peek();
  if (Object.hasOwn(TYPE_NAMES, text)) {
    reader.cursor.take();
    return TYPE_NAMES[text];
  }
  reader.cursor.unexpected([...COLUMN_TYPES]);
  return 'dynamic';
}

function typeOf(reader: QueryReader): ColumnType {
  const { cursor } = reader;
  if (!cursor.expect('typeof', 'Write to typeof(long).')) return 'dynamic';
  cursor.expect('(');
  const type = columnType(reader);
  cursor.expect(')');
  return type;
}
