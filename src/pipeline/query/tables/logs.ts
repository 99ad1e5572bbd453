/** The table `logs`: what weir has logged itself. It is the operator's: whoever may not see what is of the whole installation gets no line. */
import { keptLines, WeirError } from '../../../base/index.ts';
import { Bag, formatJson, parseDateTime, parseJson, type Value } from '../../../lang/index.ts';
import { one, tableOf } from './table.ts';

interface Line {
  /** Null: it is none that weir writes; a kill may have cut it short. */
  readonly members: ReadonlyMap<string, Value> | null;
  readonly text: string;
}

/** Columns of their own; what else a line has is in `fields`. */
const HEAD: ReadonlySet<string> = new Set(['time', 'level', 'room', 'message']);
/** Rows that are handed on at a time. */
const PAGE = 500;

export const logs = tableOf<Line>({
  received: '@timestamp',
  columns: {
    '@timestamp': { type: 'datetime', of: ({ members }) => one(timeOf(members?.get('time'))) },
    level: { type: 'string', of: ({ members }) => one(members?.get('level') ?? null) },
    room: { type: 'string', of: ({ members }) => one(members?.get('room') ?? null) },
    message: { type: 'string', of: ({ members, text }) => [messageOf(members, text)] },
    fields: { type: 'dynamic', of: ({ members }) => one(fieldsOf(members)) },
  },
  async *pages(sources, _tenant, _upTo, { fromMs, toMs, installation }) {
    if (!installation) {
      throw new WeirError('query.argument', 'logs are those of the whole installation', {
        hint: 'Ask with a key of scope metrics.',
      });
    }
    const folder = sources.logs();
    if (folder === null) {
      throw new WeirError('query.argument', 'no log is kept here', {
        hint: 'Set log.keep_bytes to more than 0; lines go to standard error in any case.',
      });
    }
    for (const lines of keptLines(folder, fromMs, toMs)) {
      for (let from = 0; from < lines.length; from += PAGE) yield lines.slice(from, from + PAGE).map(lineOf);
    }
  },
  until: () => null,
});

function lineOf(text: string): Line {
  const read = parseJson(text);
  return { members: read instanceof Bag ? read.entries : null, text };
}

const timeOf = (value: Value | undefined): Value => (typeof value === 'string' ? parseDateTime(value) : null);

function messageOf(members: Line['members'], text: string): string {
  const message = members?.get('message');
  if (typeof message === 'string') return message;
  return members === null ? text : formatJson(message ?? null);
}

function fieldsOf(members: Line['members']): Value {
  const rest = [...(members ?? [])].filter(([name]) => !HEAD.has(name));
  return rest.length === 0 ? null : new Bag(new Map(rest));
}
