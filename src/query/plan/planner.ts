/** What of a query DuckDB does, and over which segments. */
import {
  type Context,
  DateTime,
  type Expression,
  type Operator,
  parseDateTime,
  runOperators,
  type Shape,
  TimeSpan,
  type Tools,
  type Value,
} from '../../lang/index.ts';
import { Base } from './base.ts';
import { isVirtual, type Virtual } from './names.ts';
import { OPERATOR_SQL } from './operators.ts';
import { Relation } from './relation.ts';
import { againstConstant, constantOf, type World } from './scope.ts';
import * as sql from './sql.ts';
import type { Segment, StoreView } from './view.ts';

export interface Plan {
  /** Rows behind the operators that are done in SQL. */
  readonly relation: Relation;
  /** How many of the operators, from the first. */
  readonly applied: number;
}

interface Asked {
  readonly operators: readonly Operator[];
  /** Rows received up to then; null: all. */
  readonly asof: DateTime | null;
  readonly tools: Tools;
  readonly context: Context;
  /** Fields of weir that are shown with events. */
  readonly shown: readonly Virtual[];
  /** Segments that may hold rows. */
  readonly segments: readonly Segment[];
}

/** Splits a pipeline over events. */
export async function plan(view: StoreView, asked: Asked): Promise<Plan> {
  const { operators, asof, tools, context, shown, segments } = asked;
  const world = { tools, now: context.environment.now };
  const received = asof === null ? [] : [`epoch_us("weir.received") <= ${sql.bigint(floorMicros(asof))}`];
  const base = new Base(view.tenant, segments, shown, received);
  // Columns of segments that hold no row of the answer are columns of the table too.
  const columns = shownColumns(view.segments, shown);
  let relation = new Relation({
    base,
    world,
    columns,
    sparse: true,
    cells: new Map(),
    events: true,
    order: [],
    limit: null,
    wrap: (inner) => inner,
  });
  let applied = 0;
  for (const operator of operators) {
    const work = OPERATOR_SQL[operator.kind] as
      | ((node: Operator, input: Relation, after: Shape) => Relation | null)
      | undefined;
    if (work === undefined) break;
    const after = await runOperators([operator], { table: 'events', ...relation.shape, batches: NOTHING }, context);
    const next = work(operator, relation, after);
    if (next === null) break;
    relation = next;
    applied++;
  }
  return { relation, applied };
}

const NOTHING: AsyncIterable<never> = {
  [Symbol.asyncIterator]: async function* () {},
};

/** What events are shown with: weir's own fields first, then paths in the order they are met. */
export function shownColumns(segments: readonly Segment[], shown: readonly Virtual[]): readonly string[] {
  const names = new Set<string>(shown);
  for (const columns of new Set(segments.map((segment) => segment.columns))) {
    for (const [, path, kind] of columns) if (kind !== 'raw' && !isVirtual(path)) names.add(path);
  }
  return [...names];
}

interface Times {
  /** Microseconds since 1970, both counted. */
  from: bigint;
  to: bigint;
}

const floorMicros = ({ ticks }: DateTime): bigint => (ticks - (((ticks % 10n) + 10n) % 10n)) / 10n;

/** Operators that leave `@timestamp` and the number of rows to what comes behind them. */
const BEFORE: ReadonlySet<string> = new Set(['where', 'search', 'sort', 'extend']);

/** The times that rows of the answer may have, by the conditions at the beginning. */
export function timesOf(operators: readonly Operator[], world: World): Times {
  const times: Times = { from: -(2n ** 63n), to: 2n ** 63n - 1n };
  for (const operator of operators) {
    if (!BEFORE.has(operator.kind)) break;
    if (operator.kind === 'extend') {
      if (operator.columns.some(({ name }) => name === null || name.keys[0] === '@timestamp')) break;
    } else if (operator.kind === 'where') narrow(operator.condition, times, world);
  }
  return times;
}

function narrow(node: Expression, times: Times, world: World): void {
  if (node.kind === 'and') for (const operand of node.operands) narrow(operand, times, world);
  else if (node.kind === 'between' && !node.negated && isTime(node.operand)) {
    const low = timeIn(node.low, world);
    const high = timeIn(node.high, world);
    bound('>=', low, times);
    bound(
      '<=',
      low instanceof DateTime && high instanceof TimeSpan ? new DateTime(low.ticks + high.ticks) : high,
      times,
    );
  } else if (node.kind === 'comparison') {
    const told = againstConstant(node, world);
    if (told !== null && isTime(told.operand)) bound(told.operator, told.value, times);
  }
}

const isTime = (node: Expression): boolean =>
  node.kind === 'field' && node.keys.length === 1 && node.keys[0] === '@timestamp';

const timeIn = (node: Expression, world: World): Value => constantOf(node, world) ?? null;

/** Rounded outwards: what the condition itself leaves out is left out by it. */
function bound(operator: string, value: Value, times: Times): void {
  const date = typeof value === 'string' ? parseDateTime(value) : value;
  if (!(date instanceof DateTime) || operator.endsWith('~')) return;
  const micros = floorMicros(date);
  if (operator !== '<' && operator !== '<=' && operator !== '!=' && micros > times.from) times.from = micros;
  if (operator !== '>' && operator !== '>=' && operator !== '!=' && micros < times.to) times.to = micros;
}
