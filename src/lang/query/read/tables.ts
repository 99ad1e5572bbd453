/** Steps that bring in another table: union, join; and the table as it was, asof. */
import { JOIN_KINDS, type JoinKey, type Name, type Pipeline } from '../tree.ts';
import type { OperatorEntry, QueryReader } from './reader.ts';

export const union: OperatorEntry = {
  syntax: 'union [kind=outer | inner] [withsource=name] table or (pipeline), …',
  about: 'the rows of other tables too; at the beginning of a query, the rows of all of these',
  example: 'union (hits | where rule.level == "high")',
  read: (reader) => {
    let mode: 'outer' | 'inner' = 'outer';
    let withSource: Name | null = null;
    for (;;) {
      if (reader.accept('kind', '=')) mode = reader.choice(['outer', 'inner']);
      else if (reader.accept('withsource', '=') || reader.accept('with_source', '=')) withSource = reader.name();
      else if (!hint(reader)) break;
    }
    const tables = reader.list(() => reader.tableOrPipeline());
    return { kind: 'union', mode, withSource, tables };
  },
};

export const join: OperatorEntry = {
  syntax: `join [kind=${JOIN_KINDS.join(' | ')}] table or (pipeline) on key, … | $left.key == $right.key, …`,
  about: 'rows together with those of another table that have the same keys',
  example: 'join kind=inner (assets | project host.name, owner) on host.name',
  read: (reader) => {
    let mode: (typeof JOIN_KINDS)[number] = 'innerunique';
    for (;;) {
      if (reader.accept('kind', '=')) mode = reader.choice(JOIN_KINDS);
      else if (!hint(reader)) break;
    }
    const table: Pipeline = reader.tableOrPipeline();
    if (!reader.cursor.expect('on', 'Write on and the names of columns that both sides have.'))
      return { kind: 'error' };
    const on: JoinKey[] = [];
    do {
      const key = joinKey(reader);
      if (key === null) return { kind: 'error' };
      on.push(key);
    } while (reader.cursor.accept(',') || reader.cursor.accept('and'));
    return { kind: 'join', mode, table, on };
  },
};

export const asof: OperatorEntry = {
  syntax: 'asof time',
  about:
    'the table as it was at this time, with the rows that weir had received by then; directly behind a table or a search',
  example: 'asof ago(1d)',
  read: (reader, pipeline) => {
    const time = reader.expression();
    const { source, operators } = pipeline;
    const behind = operators.every(({ kind }) => kind === 'search');
    if (source.kind === 'table' && source.asof === null && behind) pipeline.source = { ...source, asof: time };
    else if (source.kind !== 'error') {
      reader.report(
        'lang.syntax',
        time.span,
        'asof stands once, directly behind a table or a search',
        'Move it to the front.',
      );
    }
    return null;
  },
};

/** `hint.strategy=broadcast` and its kin tell a cluster how to go about it: read and left out. */
function hint({ cursor }: QueryReader): boolean {
  if (!cursor.is('hint') || !cursor.is('.', 1) || !cursor.is('=', 3)) return false;
  for (let i = 0; i < 5; i++) cursor.take();
  return true;
}

function joinKey(reader: QueryReader): JoinKey | null {
  const { cursor } = reader;
  const { start } = cursor.peek().span;
  if (!cursor.is('$')) {
    const name = reader.name();
    if (name === null) return null;
    return { left: name.keys, right: name.keys, span: name.span };
  }
  const first = side(reader);
  if (first === null || !cursor.expect('==', 'Write $left.key == $right.key.')) return null;
  const second = side(reader);
  if (second === null) return null;
  const span = { start, end: second.end };
  if (first.side === second.side) {
    reader.report('lang.syntax', span, `both sides of == are $${first.side}`, 'Write $left.key == $right.key.');
    return null;
  }
  const [left, right] = first.side === 'left' ? [first, second] : [second, first];
  return { left: left.keys, right: right.keys, span };
}

/** `$left.a.b` or `$right.a.b`. */
function side(
  reader: QueryReader,
): { readonly side: 'left' | 'right'; readonly keys: readonly string[]; readonly end: number } | null {
  const { cursor } = reader;
  if (!cursor.expect('$', 'Write $left.key == $right.key.')) return null;
  const which = reader.choice(['left', 'right']);
  if (cursor.accept('.')) {
    const name = reader.name();
    return name === null ? null : { side: which, keys: name.keys, end: name.span.end };
  }
  if (cursor.is('[')) {
    const name = reader.name();
    return name === null ? null : { side: which, keys: name.keys, end: name.span.end };
  }
  cursor.unexpected(['.'], 'Write $left.key == $right.key.');
  return null;
}
