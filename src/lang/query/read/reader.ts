/** Reads pipelines: sources, steps, and the pieces that steps have in common. What a step is made of is in the file of the step. */
import { type Cursor, problem } from '../../cursor.ts';
import { nearest, type Span } from '../../diagnostic.ts';
import { LANG_LIMITS } from '../../limits.ts';
import { ExpressionReader } from '../../parse.ts';
import type { Expression } from '../../tree.ts';
import { isPlainHead } from '../../words.ts';
import {
  isTable,
  type Let,
  type Name,
  type Named,
  type Operator,
  type OperatorBody,
  type Pipeline,
  type Source,
  TABLES,
} from '../tree.ts';

/** A pipeline while it is read. */
export interface OpenPipeline {
  source: Source;
  operators: Operator[];
  /** In parentheses, so that `)` ends it. */
  readonly nested: boolean;
}

export interface OperatorEntry {
  /** As shown in help: `take count`. */
  readonly syntax: string;
  readonly about: string;
  readonly example: string;
  /** Reads what stands behind the word. Null where that is no step of its own (`asof`, `explain`). */
  read(reader: QueryReader, pipeline: OpenPipeline): OperatorBody | null;
}

/** Steps by name, and other names of them. */
export interface OperatorTable {
  readonly entries: Readonly<Record<string, OperatorEntry>>;
  readonly aliases: Readonly<Record<string, string>>;
}

const empty = (offset: number): Span => ({ start: offset, end: offset });
const noTable = (offset: number): Source => ({ kind: 'error', span: empty(offset) });

/** `events` where no table is written. */
export function defaultSource(offset: number): Source {
  return { kind: 'table', name: TABLES[0], written: false, asof: null, span: empty(offset) };
}

/** `union a, b` at the beginning: the first table is the source, the others come to it. */
function unionAsSource(open: OpenPipeline): void {
  const [step] = open.operators;
  if (step?.kind !== 'union') return;
  const [first, ...rest] = step.tables;
  open.source = first.source;
  open.operators = [...first.operators];
  if (rest.length > 0 || step.withSource !== null) open.operators.push({ ...step, tables: rest });
}

export class QueryReader {
  readonly cursor: Cursor;
  /** Names that `let` has given so far. */
  readonly lets = new Map<string, 'scalar' | 'table'>();
  /** Steps that the use of a `let` takes. */
  readonly #steps = new Map<string, number>();
  /** Whether `explain` was read. */
  explain = false;
  readonly #operators: OperatorTable;
  readonly #expressions: ExpressionReader;
  #count = 0;

  constructor(cursor: Cursor, operators: OperatorTable) {
    this.cursor = cursor;
    this.#operators = operators;
    this.#expressions = new ExpressionReader(cursor, { read: (always) => this.#subquery(always) });
  }

  expression(): Expression {
    return this.#expressions.read();
  }

  report(code: string, span: Span, message: string, suggestion: string | null = null): void {
    this.cursor.report(problem(code, message, span, [], suggestion));
  }

  /** `name =` as it is needed before some values. */
  accept(word: string, sign: string): boolean {
    if (!this.cursor.is(word) || !this.cursor.is(sign, 1)) return false;
    this.cursor.take();
    this.cursor.take();
    return true;
  }

  /** Items with commas between them. */
  list<T>(read: () => T): T[] {
    const items = [read()];
    while (this.cursor.accept(',')) items.push(read());
    return items;
  }

  /** `name = expression` or `expression`. */
  named(): Named {
    const first = this.expression();
    if (!this.cursor.is('=')) return { name: null, value: first, span: first.span };
    const name = this.#asName(first);
    if (name === null) {
      this.cursor.unexpected(['a name before ='], 'To compare write ==.');
      return { name: null, value: first, span: first.span };
    }
    this.cursor.take();
    const value = this.expression();
    return { name, value, span: { start: first.span.start, end: value.span.end } };
  }

  /** A name of a column; null where none stands here, which is reported. */
  name(): Name | null {
    const token = this.cursor.peek();
    if (!this.cursor.is('[') && !(token.kind === 'name' && isPlainHead(token.text))) {
      this.cursor.unexpected(['a name'], token.kind === 'name' ? `Write ["${token.text}"].` : null);
      return null;
    }
    // Of keys of a join `==` and `and` are no operators.
    return this.#asName(this.#expressions.path());
  }

  #asName(node: Expression): Name | null {
    if (node.kind === 'field') return { keys: node.keys, span: node.span };
    if (node.kind !== 'error' && !this.cursor.is('=')) {
      this.report('lang.syntax', node.span, 'a name is expected here, this is an expression');
    }
    return null;
  }

  /** A word out of a list, after `kind=` and the like; the first where it is none of them, which is reported. */
  choice<T extends string>(words: readonly [T, ...T[]]): T {
    const { text } = this.cursor.peek();
    const found = words.find((word) => word === text);
    if (found === undefined) {
      const near = nearest(text, words);
      this.cursor.unexpected([...words], near === null ? null : `Did you mean ${near}?`);
      if (this.cursor.peek().kind === 'name') this.cursor.take();
      return words[0];
    }
    this.cursor.take();
    return found;
  }

  /** A word that may have hyphens, all without blanks between: `project-away`, `windows-core`. */
  compound(): { readonly text: string; readonly span: Span } | null {
    if (this.cursor.peek().kind !== 'name') return null;
    const { span } = this.cursor.take();
    let { end } = span;
    while (this.cursor.is('-')) {
      const [dash, next] = [this.cursor.peek().span, this.cursor.peek(1)];
      if (dash.start !== end || next.kind !== 'name' || next.span.start !== dash.end) break;
      this.cursor.take();
      ({ end } = this.cursor.take().span);
    }
    return { text: this.cursor.text.slice(span.start, end), span: { start: span.start, end } };
  }

  /** A pipeline where another one is asked for: a table's name, or a pipeline in parentheses. */
  tableOrPipeline(): Pipeline {
    const { start } = this.cursor.peek().span;
    if (this.cursor.is('(')) return this.#parentheses();
    const token = this.cursor.peek();
    const source = this.#tableSource();
    const { end } = source === null ? empty(start) : source.span;
    if (source === null) this.#refuseSource(token.kind === 'name');
    return { source: source ?? noTable(start), operators: [], span: { start, end } };
  }

  #parentheses(): Pipeline {
    const { start } = this.cursor.take().span;
    const inner = this.cursor.deeper(() => this.pipeline(true));
    const { end } = this.cursor.peek().span;
    if (!this.cursor.expect(')')) this.#skipStep(true);
    return { ...inner, span: { start, end } };
  }

  /** A pipeline in an expression, if one begins here: `in (hits | project a)`, `in (name of a let)`, `toscalar(…)`. */
  #subquery(always: boolean): Expression | null {
    if (!always && !this.#pipelineBegins()) return null;
    const pipeline = this.cursor.deeper(() => this.pipeline(true));
    return { kind: 'subquery', pipeline, span: pipeline.span };
  }

  /** Whether what comes is a pipeline and no expression: a table's name that stands alone, or any before a pipe. */
  #pipelineBegins(): boolean {
    const first = this.#behindParentheses();
    const bracket = this.cursor.is('[', first) && this.cursor.is(']', first + 2);
    const token = this.cursor.peek(bracket ? first + 1 : first);
    const [name, after] = bracket ? [String(token.value), first + 3] : [token.text, first + 1];
    if (token.kind !== (bracket ? 'value' : 'name')) return false;
    const ends = ['|', ')'].some((sign) => this.cursor.is(sign, after));
    if (this.lets.get(name) === 'table') return ends;
    if (bracket) return false;
    return this.cursor.is('|', after) || (isTable(name) && ends);
  }

  /** How many parentheses are opened here. */
  #behindParentheses(): number {
    let ahead = 0;
    while (this.cursor.is('(', ahead) && ahead < LANG_LIMITS.expressionLevelsMax) ahead++;
    return ahead;
  }

  /** Whether a pipeline begins here rather than a value, behind `let name =`. */
  tableFollows(): boolean {
    const ahead = this.#behindParentheses();
    const { kind, text } = this.cursor.peek(ahead);
    if (kind !== 'name') return false;
    if (this.cursor.is('|', ahead + 1)) return true;
    if (text === 'union') return !this.cursor.is('(', ahead + 1) || this.cursor.peek(ahead + 2).kind === 'name';
    const ends =
      this.cursor.peek(ahead + 1).kind === 'end' || this.cursor.is(';', ahead + 1) || this.cursor.is(')', ahead + 1);
    return ends && (isTable(text) || this.lets.get(text) === 'table');
  }

  /** A pipeline from its source on. */
  pipeline(nested: boolean): Pipeline {
    const { start } = this.cursor.peek().span;
    const open: OpenPipeline = { source: noTable(start), operators: [], nested };
    this.#source(open);
    this.steps(open);
    return this.close(open, start);
  }

  close({ source, operators }: OpenPipeline, start: number): Pipeline {
    const end = Math.max(start, this.cursor.last?.span.end ?? 0);
    return { source, operators, span: { start, end } };
  }

  #source(open: OpenPipeline): void {
    const token = this.cursor.peek();
    const { start } = token.span;
    if (this.cursor.is('(')) {
      const inner = this.#parentheses();
      open.source = inner.source;
      open.operators.push(...inner.operators);
      return;
    }
    if (this.cursor.is('|')) {
      open.source = defaultSource(start);
      return;
    }
    const known = this.#tableSource();
    if (known !== null) {
      open.source = known;
      return;
    }
    if (token.kind === 'name' && this.isOperator(this.#compoundAhead())) {
      open.source = defaultSource(start);
      this.step(open);
      unionAsSource(open);
      return;
    }
    this.#refuseSource(token.kind === 'name');
    this.#skipStep(open.nested);
  }

  /** The word that stands here with its hyphens, not taken. */
  #compoundAhead(): string {
    const { start } = this.cursor.peek().span;
    return /^[A-Za-z_][\w-]*/.exec(this.cursor.text.slice(start, start + 40))?.[0] ?? '';
  }

  /** A `let` from behind its `=`: a table by a pipeline, or a value. */
  letValue(name: Name, start: number): Let {
    const before = this.#count;
    const [key] = name.keys;
    if (!this.tableFollows()) {
      const value = this.expression();
      this.lets.set(key, 'scalar');
      return { kind: 'scalar', name, value, span: { start, end: value.span.end } };
    }
    const value = this.pipeline(false);
    this.lets.set(key, 'table');
    this.#steps.set(key, this.#count - before + 1);
    return { kind: 'table', name, value, span: { start, end: value.span.end } };
  }

  /** Takes the name of a table. */
  #tableSource(): Source | null {
    const { kind, text, span } = this.cursor.peek();
    if (kind !== 'name') return null;
    const table = this.lets.get(text) === 'table';
    if (!table && !isTable(text)) return null;
    this.cursor.take();
    if (table) this.#countSteps(this.#steps.get(text) ?? 1);
    return isTable(text) && !table
      ? { kind: 'table', name: text, written: true, asof: null, span }
      : { kind: 'let', name: text, span };
  }

  #refuseSource(named: boolean): void {
    const { text, span } = this.cursor.peek();
    if (!named) {
      this.cursor.unexpected(['a table', 'a step'], `Tables are ${TABLES.join(', ')}.`);
      return;
    }
    const near = nearest(text, [...TABLES, ...this.#tableNames(), ...this.operatorNames()]);
    const hint =
      near === null ? `There are ${[...TABLES, ...this.#tableNames()].join(', ')}.` : `Did you mean ${near}?`;
    this.report('lang.table', span, `there is no table ${text}`, hint);
    this.cursor.take();
  }

  *#tableNames(): Iterable<string> {
    for (const [name, kind] of this.lets) if (kind === 'table') yield name;
  }

  /** All steps that follow, each behind its pipe. */
  steps(open: OpenPipeline): void {
    while (this.cursor.accept('|')) this.step(open);
  }

  isOperator(word: string): boolean {
    return Object.hasOwn(this.#operators.entries, word) || Object.hasOwn(this.#operators.aliases, word);
  }

  operatorNames(): readonly string[] {
    return [...Object.keys(this.#operators.entries), ...Object.keys(this.#operators.aliases)];
  }

  #entry(word: string): OperatorEntry | null {
    const { entries, aliases } = this.#operators;
    const own = Object.hasOwn(aliases, word) ? aliases[word] : word;
    return Object.hasOwn(entries, own) ? entries[own] : null;
  }

  /** One step, from its word on; what is wrong with it does not hide the next. */
  step(open: OpenPipeline): void {
    this.#countSteps(1);
    const before = this.cursor.diagnostics.length;
    const { start } = this.cursor.peek().span;
    const word = this.compound();
    const entry = word === null ? null : this.#entry(word.text);
    if (word === null) this.cursor.unexpected(['a step'], 'Remove the |, or write what is to be done with the rows.');
    else if (entry === null) this.#refuseStep(word.text, word.span);
    const body = entry?.read(this, open) ?? (entry === null ? { kind: 'error' as const } : null);
    const wrong = this.cursor.diagnostics.length > before;
    if (!this.#atBoundary(open.nested)) {
      if (!wrong) this.#refuseRest(entry);
      this.#skipStep(open.nested);
    }
    const end = Math.max(start, this.cursor.last?.span.end ?? start);
    if (body !== null) open.operators.push({ ...body, nameSpan: word?.span ?? empty(start), span: { start, end } });
  }

  /** Steps of a `let` count each time it is used: they are run each time. */
  #countSteps(steps: number): void {
    const before = this.#count;
    this.#count += steps;
    const most = LANG_LIMITS.queryOperatorsMax;
    if (before > most || this.#count <= most) return;
    const message = `the query has more than ${most} steps, those of a let counted each time it is used`;
    this.report('lang.limit', this.cursor.peek().span, message, 'Save what comes first as a query of its own.');
  }

  #refuseStep(word: string, span: Span): void {
    const near = nearest(word, this.operatorNames());
    const hint =
      near === null ? `There are ${Object.keys(this.#operators.entries).join(', ')}.` : `Did you mean ${near}?`;
    this.report('lang.operator', span, `there is no step ${word}`, hint);
  }

  /** A step has been read, and more stands behind it. */
  #refuseRest(entry: OperatorEntry | null): void {
    const { text } = this.cursor.peek();
    const syntax = entry === null || text === '=' ? null : `It is ${entry.syntax}.`;
    this.cursor.unexpected(['|', 'the end'], text === ')' ? 'There is no ( for it.' : syntax);
  }

  #atBoundary(nested: boolean): boolean {
    return this.cursor.ended || this.cursor.is('|') || this.cursor.is(';') || (nested && this.cursor.is(')'));
  }

  /** Goes on to where a step ends, past parentheses that are opened on the way. */
  #skipStep(nested: boolean): void {
    let depth = 0;
    while (!this.cursor.ended && !(depth === 0 && this.#atBoundary(nested)) && !this.cursor.is(';')) {
      if (this.cursor.is('(')) depth++;
      else if (this.cursor.is(')') && depth > 0) depth--;
      this.cursor.take();
    }
  }
}
