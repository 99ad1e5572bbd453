/** Why an answer is empty, or a column of it: names that no event has, times that nothing is of, sources that have fallen silent. */

import { expressionTools } from '../../detect/index.ts';
import { Bag, checkQuery, type FieldCatalogue, nearest, parseJson, pathsAbove, type Query } from '../../lang/index.ts';
import { type EventNames, eventNames, type Segment, timesAsked } from '../../query/index.ts';
import type { HistorySource } from '../store/history-messages.ts';
import type { Question } from './ask.ts';
import type { Read } from './coverage.ts';
import { TABLE_FIELDS } from './tables/index.ts';

export interface Reason {
  readonly reason:
    | 'nothing_kept'
    | 'field_unknown'
    | 'before_earliest'
    | 'after_latest'
    | 'source_silent'
    | 'source_unknown';
  /** In words, with what may be meant. */
  readonly text: string;
}

/** Looks at rows as they go by: an answer is empty that has none, or one of nothing but noughts and nulls, as `count` gives. */
export class Emptiness {
  #rows = 0;
  #first = '';

  async *of(rows: AsyncIterable<string>): AsyncGenerator<string> {
    for await (const row of rows) {
      if (this.#rows++ === 0) this.#first = row;
      yield row;
    }
  }

  get holds(): boolean {
    return this.#rows === 0 || (this.#rows === 1 && isNought(this.#first));
  }
}

function isNought(json: string): boolean {
  const row = parseJson(json);
  const values = row instanceof Bag ? [...row.entries.values()] : [];
  return values.length > 0 && values.every((value) => value === null || value === 0n || value === 0);
}

interface Asked {
  readonly query: Query;
  readonly question: Question;
  readonly read: Read;
  readonly history: HistorySource;
  readonly empty: boolean;
}

/** Sources that are named one by one. */
const SOURCES_MAX = 5;
const FIELDS_MAX = 8;

export async function whyOf({ query, question, read, history, empty }: Asked): Promise<readonly Reason[]> {
  if (read.views.length === 0) return [];
  const { tenant } = question;
  const seen = read.views.flatMap(({ segments }) => segments);
  const missed = unknownFields(query, eventNames(tenant, seen));
  if (!empty && missed.length === 0) return [];
  // What was passed over for its time counts too: a field may be there, only not then.
  const whole = await history.view({ tenant });
  try {
    const { segments } = whole;
    if (segments.length === 0) return [{ reason: 'nothing_kept', text: 'no event of this tenant has been kept yet' }];
    const names = eventNames(tenant, segments);
    // Where nothing is of the time asked for, it is no news that its fields are not either.
    const told = missed.filter((field) => seen.length > 0 || !names.knows(field));
    const fields = told.map((field) => fieldReason(field, names));
    return empty ? [...fields, ...sourceReasons(query, segments), ...timeReasons(query, question, segments)] : fields;
  } finally {
    history.release(whole);
  }
}

/** Names that a query asks of events and that lead nowhere. */
function unknownFields(query: Query, names: EventNames): readonly string[] {
  const missed = new Set<string>();
  const events: FieldCatalogue = {
    typeOf(path) {
      if (names.knows(path)) return 'dynamic';
      if (pathsAbove(path).some((above) => names.knows(above)) || names.below(path)) return 'dynamic';
      missed.add(path);
      return 'dynamic';
    },
    names: [],
    unknown: 'warning',
  };
  checkQuery(query, { fieldsOf: (table) => (table === 'events' ? events : TABLE_FIELDS.fieldsOf(table)) });
  return [...missed].slice(0, FIELDS_MAX);
}

function fieldReason(field: string, names: EventNames): Reason {
  if (names.knows(field)) {
    return { reason: 'field_unknown', text: `no event of that time has a field ${field}; others have` };
  }
  const near = nearest(field, names.all());
  const meant = near === null ? '' : `; did you mean ${near}?`;
  return { reason: 'field_unknown', text: `no event has ever had a field ${field}${meant}` };
}

interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

function spansOf(segments: readonly Segment[]): ReadonlyMap<string, Span> {
  const spans = new Map<string, Span>();
  for (const { source, minTime, maxTime } of segments) {
    const known = spans.get(source) ?? { first: minTime, last: maxTime };
    spans.set(source, {
      first: minTime < known.first ? minTime : known.first,
      last: maxTime > known.last ? maxTime : known.last,
    });
  }
  return spans;
}

const FIRST = -(2n ** 63n);
const LAST = 2n ** 63n - 1n;

function timeReasons(query: Query, question: Question, segments: readonly Segment[]): readonly Reason[] {
  const asked = timesAsked(query.body.operators, { tools: expressionTools, now: question.now });
  const since = question.since === null ? FIRST : BigInt(Math.floor(question.since * 1000));
  const from = asked.from > since ? asked.from : since;
  const { to } = asked;
  if (from === FIRST && to === LAST) return [];
  const spans = [...spansOf(segments)];
  const earliest = spans.reduce((least, [, { first }]) => (first < least ? first : least), LAST);
  if (to < earliest) {
    return [{ reason: 'before_earliest', text: `the earliest event that is kept is of ${dateOf(earliest)}` }];
  }
  const silent = spans.filter(([, { last }]) => last < from).sort(([, a], [, b]) => (a.last > b.last ? -1 : 1));
  if (silent.length === 0) return [];
  const reasons = silent.slice(0, SOURCES_MAX).map(([source, { last }]): Reason => {
    return { reason: 'source_silent', text: `the source ${source} has been silent since ${dateOf(last)}` };
  });
  const more = silent.length - reasons.length;
  if (more > 0) reasons.push({ reason: 'source_silent', text: `and so have ${more} others for longer` });
  return silent.length < spans.length
    ? reasons
    : [{ reason: 'after_latest', text: `the latest event is of ${dateOf(silent[0][1].last)}` }, ...reasons];
}

/** Sources that are asked for by name and are none. */
function sourceReasons(query: Query, segments: readonly Segment[]): readonly Reason[] {
  const known = new Set(segments.map(({ source }) => source));
  return sourcesAsked(query)
    .filter((source) => !known.has(source))
    .map((source) => {
      const near = nearest(source, known);
      const hint = near === null ? `there are ${[...known].slice(0, SOURCES_MAX).join(', ')}` : `did you mean ${near}?`;
      return { reason: 'source_unknown', text: `no event came from a source ${source}; ${hint}` };
    });
}

/** `weir.source.id == "x"` in a `where`, also beside other conditions. */
function sourcesAsked({ body }: Query): readonly string[] {
  const found = new Set<string>();
  for (const operator of body.operators) {
    if (operator.kind !== 'where') break;
    const parts = operator.condition.kind === 'and' ? operator.condition.operands : [operator.condition];
    for (const part of parts) {
      if (part.kind !== 'comparison' || part.operator !== '==') continue;
      const [field, value] = part.left.kind === 'field' ? [part.left, part.right] : [part.right, part.left];
      if (field.kind !== 'field' || field.keys.join('.') !== 'weir.source.id') continue;
      if (value.kind === 'literal' && typeof value.value === 'string') found.add(value.value);
    }
  }
  return [...found];
}

const dateOf = (micros: bigint): string => new Date(Number(micros / 1000n)).toISOString();
