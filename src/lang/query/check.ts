/**
 * What can be said of a query before it runs: names that are not there at their place in the pipeline, types that never agree, aggregates
 * where none can be.
 */
import { type Callable, checkWithin, type FieldCatalogue, type Surroundings } from '../check.ts';
import { problem } from '../cursor.ts';
import { type Diagnostic, nearest, type Span } from '../diagnostic.ts';
import { LANG_LIMITS } from '../limits.ts';
import { childrenOf, type Expression, pathOf } from '../tree.ts';
import type { StaticType } from '../value.ts';
import { AGGREGATE_ALIASES, AGGREGATES, aggregateName } from './aggregates.ts';
import { ALL_COLUMNS, namesOf } from './names.ts';
import { chosen, fits, settle, type Wanted } from './run/columns.ts';
import { freeName } from './run/streams.ts';
import { Scope } from './scope.ts';
import type { Columns, Named, Operator, OperatorKind, OperatorOf, Pipeline, Query, Search, TableName } from './tree.ts';

/** Columns of the tables. */
export interface QueryCatalogue {
  /** Null: nothing is known, any name will do. */
  fieldsOf(table: TableName): FieldCatalogue | null;
}

export interface CheckedQuery {
  readonly diagnostics: readonly Diagnostic[];
  /** Columns of the answer as far as they are known: what steps have named, or all where the last ones left nothing else. */
  readonly columns: Scope;
}

/** Checks a tree that was read without errors. */
export function checkQuery(query: Query, catalogue: QueryCatalogue | null = null): CheckedQuery {
  const checker = new QueryChecker(catalogue);
  const columns = checker.query(query);
  return { diagnostics: checker.diagnostics, columns };
}

/** Columns behind the steps of a pipeline that precede an offset, for completion. Errors are passed over. */
export function scopeAt(query: Query, catalogue: QueryCatalogue | null, offset: number): Scope {
  return new QueryChecker(catalogue, offset).query(query);
}

const ANYTHING = new Scope(new Map(), null, true);

const AGGREGATE_NAMES = [...Object.keys(AGGREGATES), ...Object.keys(AGGREGATE_ALIASES)];

function aggregateOf(name: string): Callable | null {
  const own = aggregateName(name);
  return own === null ? null : AGGREGATES[own];
}

type StepChecks = {
  readonly [Kind in OperatorKind]: (checker: QueryChecker, step: OperatorOf<Kind>, scope: Scope) => Scope;
};

export class QueryChecker {
  readonly diagnostics: Diagnostic[] = [];
  readonly #catalogue: QueryCatalogue | null;
  readonly #scalars = new Map<string, StaticType>();
  readonly #tables = new Map<string, Scope>();
  /** Steps that begin behind it are not looked at. */
  readonly #until: number;
  /** Columns at the end of the innermost pipeline that holds `until`. */
  #found: Scope | null = null;

  constructor(catalogue: QueryCatalogue | null, until = Number.POSITIVE_INFINITY) {
    this.#catalogue = catalogue;
    this.#until = until;
  }

  query({ lets, body }: Query): Scope {
    for (const { kind, name, value } of lets) {
      const [key] = name.keys;
      if (kind === 'table') this.#tables.set(key, this.pipeline(value));
      else this.#scalars.set(key, this.expression(value, new Scope(new Map())));
    }
    const columns = this.pipeline(body);
    return this.#found ?? columns;
  }

  pipeline({ source, operators, span }: Pipeline): Scope {
    let scope = ANYTHING;
    if (source.kind === 'let') scope = this.#tables.get(source.name) ?? ANYTHING;
    if (source.kind === 'table') {
      const base = this.#catalogue?.fieldsOf(source.name) ?? null;
      scope = new Scope(new Map(), base, base === null);
      if (source.asof !== null) this.constant(source.asof, ['datetime'], 'asof', 'a date');
    }
    for (const step of operators) {
      if (step.nameSpan.start >= this.#until) break;
      scope = this.step(step, scope);
    }
    if (span.start <= this.#until && this.#until <= span.end) this.#found ??= scope;
    return scope;
  }

  step(step: Operator, scope: Scope): Scope {
    return (STEPS[step.kind] as (checker: this, step: Operator, scope: Scope) => Scope)(this, step, scope);
  }

  report(code: string, span: Span, message: string, suggestion: string | null = null): void {
    this.#add(problem(code, message, span, [], suggestion));
  }

  #add(diagnostic: Diagnostic): void {
    if (this.diagnostics.length < LANG_LIMITS.expressionErrorsMax) this.diagnostics.push(diagnostic);
  }

  #surroundings(scope: Scope): Surroundings {
    const scalars = this.#scalars;
    const fields: FieldCatalogue = {
      typeOf: (path) => scalars.get(path) ?? scope.typeOf(path),
      get names() {
        return [...scalars.keys(), ...scope.names];
      },
      unknown: scope.unknown,
    };
    return {
      fields,
      calls: ['toscalar'],
      call: (name) => (name === 'toscalar' ? TOSCALAR : null),
      refuse: (name) =>
        aggregateOf(name) === null ? null : `${name} is an aggregate: it stands in summarize and make-series only`,
      subquery: ({ pipeline }) => void this.pipeline(pipeline),
    };
  }

  /** An expression over one row. */
  expression(node: Expression, scope: Scope): StaticType {
    return this.#checked(node, this.#surroundings(scope));
  }

  #checked(node: Expression, surroundings: Surroundings): StaticType {
    const { type, diagnostics } = checkWithin(node, surroundings);
    for (const diagnostic of diagnostics) this.#add(diagnostic);
    return type;
  }

  condition(node: Expression, scope: Scope, word: string): void {
    const type = this.expression(node, scope);
    if (type === 'bool' || type === 'dynamic' || type === 'null') return;
    const hint = node.kind === 'field' ? `Compare it, or write isnotempty(${pathOf(node.keys)}).` : null;
    this.report('lang.type', node.span, `${word} needs a condition`, hint);
  }

  /** What does not hang on the row, of one of these types. */
  constant(node: Expression, types: readonly StaticType[], word: string, what: string): void {
    const type = this.expression(node, new Scope(new Map()));
    if (type === 'dynamic' || types.includes(type)) return;
    this.report('lang.type', node.span, `${word} needs ${what}`);
  }

  /** The columns of a list, by name. */
  named(columns: readonly Named[], scope: Scope, taken: readonly string[] = []): [string, StaticType][] {
    this.#duplicates(columns, taken);
    const types = columns.map(({ value }) => {
      if (value.kind === 'every') this.#star(value.span);
      return this.expression(value, scope);
    });
    const names = settle(unique(columns, taken), taken);
    return names.map((name, i) => [name, types[i]]);
  }

  #star(span: Span): void {
    this.report(
      'lang.type',
      span,
      '* is no column',
      'It stands before an operator (* has "x"), in arg_max and in distinct *.',
    );
  }

  /** Aggregates with their columns; anything else in them is asked for in `by`. */
  aggregates(columns: readonly Named[], scope: Scope, by: readonly [string, StaticType][]): [string, StaticType][] {
    const taken = by.map(([name]) => name);
    this.#duplicates(columns, taken);
    const row = this.#surroundings(scope);
    const surroundings: Surroundings = {
      ...row,
      // Outside aggregates there is no row; what it is grouped by has columns of its own.
      fields: new Scope(new Map([...this.#scalars])),
      calls: [...AGGREGATE_NAMES, 'toscalar'],
      call: (name) => aggregateOf(name) ?? row.call?.(name) ?? null,
      inside: () => row,
    };
    const wanted: Wanted[] = [];
    const types: StaticType[] = [];
    for (const { name, value, span } of columns) {
      if (!hasAggregate(value)) {
        const before = this.diagnostics.length;
        this.#checked(value, { ...surroundings, fields: row.fields });
        if (this.diagnostics.length > before) continue;
        const hint = 'Group by it: summarize … by it; or write take_any(it).';
        this.report('lang.type', span, 'there is no aggregate here', hint);
        continue;
      }
      const type = this.#checked(value, surroundings);
      const given = name === null ? null : pathOf(name.keys);
      const derived = isAggregate(value) ? namesOf(value) : [null];
      const all = derived.flatMap((own) => (own === ALL_COLUMNS ? [...scope.columns.keys()] : [own]));
      all.forEach((own, i) => {
        wanted.push({ given: i === 0 ? given : null, derived: own });
        types.push(i === 0 ? type : own === null ? 'dynamic' : (scope.typeOf(own) ?? 'dynamic'));
      });
    }
    const seen = new Set(taken);
    const once = wanted.map((item) => {
      const twice = item.given !== null && seen.has(item.given);
      if (item.given !== null) seen.add(item.given);
      return twice ? { given: null, derived: item.given } : item;
    });
    return settle(once, taken).map((name, i) => [name, types[i]]);
  }

  #duplicates(columns: readonly Named[], taken: readonly string[]): void {
    const seen = new Set(taken);
    for (const { name } of columns) {
      if (name === null) continue;
      const path = pathOf(name.keys);
      if (seen.has(path))
        this.report('lang.field', name.span, `there would be two columns ${path}`, 'Give one of them another name.');
      this.newName(path, name.span);
      seen.add(path);
    }
  }

  /** A column that could not be read, since the name of a let comes before it. */
  newName(path: string, span: Span): void {
    if (!this.#scalars.has(path)) return;
    this.report('lang.field', span, `${path} is the name of a let`, 'Take another name for the column.');
  }

  /** A column that has to be there. */
  column(keys: readonly string[], span: Span, scope: Scope): StaticType {
    const path = pathOf(keys);
    const type = scope.typeOf(path);
    if (type !== null) return type;
    const near = nearest(path, scope.names);
    const hint = near === null ? null : `Did you mean ${near}?`;
    this.#add({ ...problem('lang.field', `there is no column ${path}`, span, [], hint), severity: scope.unknown });
    return 'dynamic';
  }

  /** A search may name what is above fields (`host:`), and what only some rows have: what is nowhere is likely a mistake. */
  searched(search: Search, scope: Scope): void {
    if (search.kind === 'not') this.searched(search.operand, scope);
    if (search.kind === 'and' || search.kind === 'or')
      for (const operand of search.operands) this.searched(operand, scope);
    if (search.kind !== 'term' || search.keys === null) return;
    const path = pathOf(search.keys);
    if (scope.typeOf(path) !== null) return;
    const names = [...scope.names];
    if (names.some((name) => name.startsWith(`${path}.`))) return;
    const near = nearest(path, names);
    const hint = near === null ? null : `Did you mean ${near}?`;
    this.#add({ ...problem('lang.field', `there is no field ${path}`, search.span, [], hint), severity: 'warning' });
  }

  /** Columns by name and pattern; each has to mean one. */
  columns(list: readonly Columns[], scope: Scope): void {
    for (const item of list) {
      if (item.kind === 'name') this.column(item.keys, item.span, scope);
      else if (!scope.open && scope.unknown === 'error' && chosen([item], [...scope.names]).length === 0) {
        this.report('lang.field', item.span, `no column fits ${item.pattern}`);
      }
    }
  }
}

const TOSCALAR: Callable = { signature: 'toscalar(pipeline)', least: 1, most: 1, takes: ['dynamic'], gives: 'dynamic' };

const isAggregate = (node: Expression): boolean => node.kind === 'call' && aggregateName(node.name) !== null;
const hasAggregate = (node: Expression): boolean => isAggregate(node) || childrenOf(node).some(hasAggregate);

/** Names that were written twice count once: that is reported already. */
function unique(columns: readonly Named[], taken: readonly string[]): Wanted[] {
  const seen = new Set(taken);
  return columns.map(({ name, value }) => {
    const given = name === null ? null : pathOf(name.keys);
    const twice = given !== null && seen.has(given);
    if (given !== null) seen.add(given);
    return { given: twice ? null : given, derived: twice ? given : (namesOf(value)[0] ?? null) };
  });
}

/** Only what a list names. */
function only(list: readonly Columns[], scope: Scope): Scope {
  const tests = list.map((item) =>
    item.kind === 'name' ? (name: string) => name === pathOf(item.keys) : fits(item.pattern),
  );
  if (scope.open) return scope;
  const kept = [...scope.names].filter((name) => tests.some((test) => test(name)));
  return new Scope(new Map(kept.map((name) => [name, scope.typeOf(name) ?? 'dynamic'])));
}

const closed = (columns: Iterable<readonly [string, StaticType]>): Scope => new Scope(new Map(columns));

/** What each step asks of the columns there are, and the columns it leaves. */
const STEPS: StepChecks = {
  search: (checker, { condition }, scope) => {
    checker.searched(condition, scope);
    return scope;
  },
  where: (checker, { condition }, scope) => {
    checker.condition(condition, scope, 'where');
    return scope;
  },
  extend: (checker, { columns }, scope) => scope.with(checker.named(columns, scope)),
  project: (checker, { columns }, scope) => closed(checker.named(columns, scope)),
  'project-away': (checker, { columns }, scope) => {
    checker.columns(columns, scope);
    const tests = columns.map((item) =>
      item.kind === 'name' ? (name: string) => name === pathOf(item.keys) : fits(item.pattern),
    );
    return scope.without((name) => tests.some((test) => test(name)));
  },
  'project-keep': (checker, { columns }, scope) => {
    checker.columns(columns, scope);
    return only(columns, scope);
  },
  'project-reorder': (checker, { columns }, scope) => {
    checker.columns(columns, scope);
    return scope;
  },
  'project-rename': (checker, { columns }, scope) => {
    const types = columns.map(({ to, from }): [string, StaticType] => {
      checker.newName(pathOf(to.keys), to.span);
      return [pathOf(to.keys), checker.column(from.keys, from.span, scope)];
    });
    const gone = new Set(columns.map(({ from }) => pathOf(from.keys)));
    return scope.without((name) => gone.has(name)).with(types);
  },
  summarize: (checker, { aggregates, by }, scope) => {
    const groups = checker.named(by, scope);
    return closed([...groups, ...checker.aggregates(aggregates, scope, groups)]);
  },
  count: (checker, { name }) => {
    if (name !== null) checker.newName(pathOf(name.keys), name.span);
    return closed([[name === null ? 'Count' : pathOf(name.keys), 'long']]);
  },
  distinct: (checker, { columns }, scope) => (columns.length === 0 ? scope : closed(checker.named(columns, scope))),
  top: (checker, { count, by }, scope) => {
    checker.constant(count, ['long'], 'top', 'a whole number');
    for (const { value } of by) checker.expression(value, scope);
    return scope;
  },
  sort: (checker, { by }, scope) => {
    for (const { value } of by) checker.expression(value, scope);
    return scope;
  },
  take: (checker, { count }, scope) => {
    checker.constant(count, ['long'], 'take', 'a whole number');
    return scope;
  },
  union: (checker, { mode, withSource, tables }, scope) => {
    const scopes = [scope, ...tables.map((table) => checker.pipeline(table))];
    const all = scopes.reduce((a, b) => a.and(b));
    const common = (name: string): boolean => scopes.every((own) => own.typeOf(name) !== null);
    const kept = mode === 'inner' ? all.without((name) => !common(name)) : all;
    return withSource === null ? kept : kept.with([[pathOf(withSource.keys), 'string']]);
  },
  join: (checker, { mode, table, on }, scope) => {
    const right = checker.pipeline(table);
    for (const { left, right: other, span } of on) {
      checker.column(left, span, scope);
      checker.column(other, span, right);
    }
    if (mode === 'leftsemi' || mode === 'leftanti') return scope;
    const taken = new Set(scope.names);
    const renamed = [...right.columns].map(([name, type]): [string, StaticType] => {
      const free = freeName(name, taken);
      taken.add(free);
      return [free, type];
    });
    return scope.and(new Scope(new Map(renamed), right.base, right.open)).with(renamed);
  },
  parse: (checker, { value, pieces }, scope) => {
    checker.expression(value, scope);
    const columns = pieces.flatMap((piece): [string, StaticType][] => {
      if (piece.kind !== 'column') return [];
      checker.newName(pathOf(piece.name.keys), piece.name.span);
      return [[pathOf(piece.name.keys), piece.type]];
    });
    return scope.with(columns);
  },
  'mv-expand': (checker, { columns, index, limit }, scope) => {
    if (limit !== null) checker.constant(limit, ['long'], 'limit', 'a whole number');
    const named = checker.named(columns, scope);
    const expanded = named.map(([name], i): [string, StaticType] => [name, columns[i].type ?? 'dynamic']);
    return scope.with(index === null ? expanded : [...expanded, [pathOf(index.keys), 'long']]);
  },
  'make-series': (checker, { aggregates, on, from, to, step, by }, scope) => {
    const groups = checker.named(by, scope);
    const [axis] = checker.named([on], scope);
    const series = checker.aggregates(aggregates, scope, [...groups, axis]);
    const bounds = ['datetime', 'timespan', 'long', 'real'] as const;
    if (from !== null) checker.constant(from, bounds, 'from', 'a date or a number');
    if (to !== null) checker.constant(to, bounds, 'to', 'a date or a number');
    checker.constant(step, ['timespan', 'long', 'real'], 'step', 'a span or a number');
    for (const { default: value } of aggregates) {
      if (value !== null) checker.constant(value, ['long', 'real', 'null'], 'default', 'a number');
    }
    return closed([...groups, ...[...series, axis].map(([name]): [string, StaticType] => [name, 'dynamic'])]);
  },
  render: (_, __, scope) => scope,
  sequence: (checker, { by, within, steps }, scope) => {
    const groups = checker.named(by, scope);
    checker.constant(within, ['timespan'], 'within', 'a span');
    for (const { condition } of steps) checker.condition(condition, scope, 'a step of a sequence');
    return closed([...groups, ['start', 'datetime'], ['end', 'datetime'], ['events', 'dynamic']]);
  },
  detect: (_, __, scope) =>
    scope.with([
      ['rule.id', 'string'],
      ['rule.name', 'string'],
      ['rule.level', 'string'],
    ]),
  error: (_, __, scope) => scope,
};
