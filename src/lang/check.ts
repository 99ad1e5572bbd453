/** What can be said of an expression before it meets an event: unknown fields and functions, types that never agree. */
import { type Diagnostic, nearest, type Span } from './diagnostic.ts';
import { FUNCTION_ALIASES, FUNCTIONS, functionOf } from './functions.ts';
import { LANG_LIMITS } from './limits.ts';
import { childrenOf, type Expression, pathOf } from './tree.ts';
import { numberOf, type StaticType, typeOfValue } from './value.ts';

/** The fields an expression may name. */
export interface FieldCatalogue {
  /** Type of a field, `dynamic` where it is not fixed, null where there is no such field. */
  typeOf(path: string): StaticType | null;
  /** All names, for suggestions. */
  readonly names: Iterable<string>;
  /** What an unknown field is: an error (default), or a warning where sources bring names of their own. */
  readonly unknown?: 'error' | 'warning';
}

export interface Checked {
  readonly type: StaticType;
  readonly diagnostics: readonly Diagnostic[];
}

/** What can be called: functions, and in some places aggregates. */
export interface Callable {
  readonly signature: string;
  readonly least: number;
  readonly most: number;
  readonly takes: readonly StaticType[];
  readonly gives: StaticType | 'argument' | 'results';
  readonly pattern?: number;
  /** Whether an argument may be `*`. */
  readonly star?: boolean;
}

/** What stands around an expression. */
export interface Surroundings {
  /** Null: any field is possible. */
  readonly fields: FieldCatalogue | null;
  /** What can be called beside functions, or null where a name is none of it. */
  call?(name: string): Callable | null;
  /** Names of what can be called beside functions, for suggestions. */
  readonly calls?: readonly string[];
  /** Why a name that is known cannot be called here, or null. */
  refuse?(name: string): string | null;
  /** What the arguments of something called beside functions stand in. */
  inside?(): Surroundings;
  /** Checks a pipeline in the expression. */
  subquery?(node: Extract<Expression, { kind: 'subquery' }>): void;
}

/** Checks a tree that was read without errors. Without a catalogue any field is possible. */
export function check(tree: Expression, fields: FieldCatalogue | null = null): Checked {
  const { type, diagnostics } = checkWithin(tree, { fields });
  return { type, diagnostics: diagnostics.slice(0, LANG_LIMITS.expressionErrorsMax) };
}

/** The same in a query. */
export function checkWithin(tree: Expression, surroundings: Surroundings): Checked {
  const diagnostics: Diagnostic[] = [];
  const type = new Checker(surroundings, diagnostics).type(tree);
  return { type, diagnostics };
}

const isNumber = (type: StaticType): boolean => type === 'long' || type === 'real';
const isOpen = (type: StaticType): boolean => type === 'dynamic' || type === 'null';

/** Whether values of these types can be equal or ordered. Texts of events are read as what they are compared with. */
function comparable(a: StaticType, b: StaticType): boolean {
  return isOpen(a) || isOpen(b) || a === b || (isNumber(a) && isNumber(b));
}

class Checker {
  readonly #surroundings: Surroundings;
  readonly #diagnostics: Diagnostic[];

  constructor(surroundings: Surroundings, diagnostics: Diagnostic[]) {
    this.#surroundings = surroundings;
    this.#diagnostics = diagnostics;
  }

  type(node: Expression): StaticType {
    switch (node.kind) {
      case 'literal':
        return typeOfValue(node.value);
      case 'field':
        return this.#field(node);
      case 'negate': {
        const type = this.type(node.operand);
        if (!isOpen(type) && !isNumber(type) && type !== 'timespan')
          this.#wrong(node.operand.span, `- needs a number or a span, this is ${a(type)}`);
        return type;
      }
      case 'not':
      case 'and':
      case 'or':
        for (const child of childrenOf(node)) this.#needBool(child, node.kind);
        return 'bool';
      case 'arithmetic':
        return this.#arithmetic(node);
      case 'comparison':
        this.#comparison(node);
        return 'bool';
      case 'text':
        this.type(node.left);
        this.#needText(node.right, node.operator);
        return 'bool';
      case 'regex':
        this.type(node.left);
        this.#needPattern(node.right, 'matches regex');
        return 'bool';
      case 'list':
        this.#list(node);
        return 'bool';
      case 'between':
        this.#between(node);
        return 'bool';
      case 'call':
        return this.#call(node);
      case 'subquery':
        this.#surroundings.subquery?.(node);
        return 'dynamic';
      case 'member':
        for (const child of childrenOf(node)) this.type(child);
        return 'dynamic';
      default:
        return 'dynamic';
    }
  }

  #report(
    code: string,
    span: Span,
    message: string,
    suggestion: string | null = null,
    severity: 'error' | 'warning' = 'error',
  ) {
    this.#diagnostics.push({ code, severity, message, span, expected: [], suggestion });
  }

  #wrong(span: Span, message: string, suggestion: string | null = null): void {
    this.#report('lang.type', span, message, suggestion);
  }

  #field(node: Extract<Expression, { kind: 'field' }>): StaticType {
    const { fields } = this.#surroundings;
    if (fields === null) return 'dynamic';
    const path = pathOf(node.keys);
    const type = fields.typeOf(path);
    if (type !== null) return type;
    const near = nearest(path, fields.names);
    const hint = near === null ? null : `Did you mean ${near}?`;
    this.#report('lang.field', node.span, `there is no field ${path}`, hint, fields.unknown ?? 'error');
    return 'dynamic';
  }

  #needBool(node: Expression, word: string): void {
    const type = this.type(node);
    if (isOpen(type) || type === 'bool') return;
    const hint = node.kind === 'field' ? `Compare it, or write isnotempty(${pathOf(node.keys)}).` : null;
    this.#wrong(node.span, `${word} needs a condition, this is ${a(type)}`, hint);
  }

  #needText(node: Expression, word: string): void {
    const type = this.type(node);
    if (!isOpen(type) && type !== 'string')
      this.#wrong(node.span, `${word} needs a text, this is ${a(type)}`, 'Put it in quotes.');
  }

  #noFunction(node: Extract<Expression, { kind: 'call' }>): void {
    const refused = this.#surroundings.refuse?.(node.name) ?? null;
    if (refused !== null) {
      this.#report('lang.function', node.nameSpan, refused);
      return;
    }
    const known = [...Object.keys(FUNCTIONS), ...Object.keys(FUNCTION_ALIASES), ...(this.#surroundings.calls ?? [])];
    const lower = node.name.toLowerCase();
    const near = known.includes(lower) ? lower : nearest(lower, known);
    const hint = near === null ? `There are ${Object.keys(FUNCTIONS).join(', ')}.` : `Did you mean ${near}?`;
    this.#report('lang.function', node.nameSpan, `there is no function ${node.name}`, hint);
  }

  #needPattern(node: Expression, word: string): void {
    if (node.kind === 'literal' && typeof node.value === 'string') return;
    this.#wrong(node.span, `${word} needs a pattern in quotes`, 'Write @"…" so that \\ stays itself.');
  }

  #comparison(node: Extract<Expression, { kind: 'comparison' }>): void {
    if (node.operator === '=~' || node.operator === '!~') {
      this.type(node.left);
      this.#needText(node.right, node.operator);
      return;
    }
    this.#compare(node.left, node.right, node.operator);
    const nulls = [node.left, node.right].some((side) => side.kind === 'literal' && side.value === null);
    const hint = node.operator === '!=' ? 'isnotnull(x)' : 'isnull(x)';
    if (nulls) this.#wrong(node.span, `${node.operator} with null never holds as one expects`, `Write ${hint}.`);
  }

  #compare(left: Expression, right: Expression, word: string): void {
    const types: readonly [StaticType, StaticType] = [this.type(left), this.type(right)];
    if (comparable(...types)) return;
    for (const [side, other] of [
      [right, types[0]],
      [left, types[1]],
    ] as const) {
      if (side.kind !== 'literal' || typeof side.value !== 'string') continue;
      const { value } = side;
      if (other === 'datetime')
        this.#wrong(side.span, `${word} compares a date with a text`, `Write datetime(${value}).`);
      else if (isNumber(other) && numberOf(value) !== null)
        this.#wrong(side.span, `${word} compares a number with a text`, `Write ${value} without quotes.`);
      else this.#wrong(side.span, `${word} compares ${a(other)} with a text`);
      return;
    }
    this.#wrong(right.span, `${word} compares ${a(types[0])} with ${a(types[1])}`);
  }

  #list(node: Extract<Expression, { kind: 'list' }>): void {
    if (node.operator === 'in' || node.operator === '!in') {
      for (const item of node.items) this.#compare(node.left, item, node.operator);
      return;
    }
    this.type(node.left);
    for (const item of node.items) this.#needText(item, node.operator);
  }

  #between(node: Extract<Expression, { kind: 'between' }>): void {
    const type = this.type(node.operand);
    this.#compare(node.operand, node.low, 'between');
    const high = this.type(node.high);
    // Kusto: `between (date .. span)` ends a span after the date.
    const spanAfterDate = high === 'timespan' && (type === 'datetime' || isOpen(type));
    if (!spanAfterDate) this.#compare(node.operand, node.high, 'between');
  }

  #arithmetic(node: Extract<Expression, { kind: 'arithmetic' }>): StaticType {
    const left = this.type(node.left);
    const right = this.type(node.right);
    const type = arithmeticType(node.operator, left, right);
    if (type !== null) return type;
    const hint = node.operator === '+' && [left, right].includes('string') ? 'To join texts write strcat(x, y).' : null;
    this.#wrong(node.span, `${a(left)} ${node.operator} ${a(right)} has no meaning`, hint);
    return 'dynamic';
  }

  #call(node: Extract<Expression, { kind: 'call' }>): StaticType {
    const own = this.#surroundings.call?.(node.name) ?? null;
    const entry: Callable | null = own ?? functionOf(node.name);
    const inside =
      own === null ? this : new Checker(this.#surroundings.inside?.() ?? this.#surroundings, this.#diagnostics);
    const types = node.arguments.map((argument) => inside.type(argument));
    if (entry === null) {
      this.#noFunction(node);
      return 'dynamic';
    }
    const star = node.arguments.find(({ kind }) => kind === 'every');
    if (star !== undefined && own !== null && own.star !== true) {
      this.#wrong(star.span, `${node.name} does not take *`, `It is ${entry.signature}.`);
    }
    const count = types.length;
    if (count < entry.least || count > entry.most) {
      const wanted = entry.least === entry.most ? `${entry.least}` : `${entry.least} to ${entry.most}`;
      this.#wrong(node.span, `${node.name} takes ${wanted} arguments, not ${count}`, `It is ${entry.signature}.`);
      return givenType(node.name, entry.gives, types);
    }
    const pattern = entry.pattern === undefined ? null : node.arguments[entry.pattern];
    if (pattern !== null) this.#needPattern(pattern, node.name);
    types.forEach((type, i) => {
      const wanted = entry.takes[Math.min(i, entry.takes.length - 1)];
      // Numbers and dates are read as text where a text is asked for, and dates and spans out of texts.
      const read = wanted === 'string' || (type === 'string' && (wanted === 'datetime' || wanted === 'timespan'));
      if (isOpen(wanted) || read || comparable(wanted, type)) return;
      this.#wrong(
        node.arguments[i].span,
        `${node.name} needs ${a(wanted)} here, this is ${a(type)}`,
        `It is ${entry.signature}.`,
      );
    });
    return givenType(node.name, entry.gives, types);
  }
}

/** Type of a call's result as far as it follows from those of its arguments. */
export function givenType(
  name: string,
  gives: StaticType | 'argument' | 'results',
  types: readonly StaticType[],
): StaticType {
  if (gives === 'argument') return types.length === 0 || isOpen(types[0]) ? 'dynamic' : types[0];
  if (gives !== 'results') return gives;
  // Conditions of iff and case are no results: every other argument but the last.
  const conditions = name === 'case' || functionOf(name) === FUNCTIONS['iff'];
  const results = conditions ? types.filter((_, i) => i % 2 === 1 || i === types.length - 1) : types;
  const known = results.filter((type) => type !== 'null');
  return known.length > 0 && known.every((type) => type === known[0]) ? known[0] : 'dynamic';
}

/** Type of a result, or null where the operator has no meaning for these types. */
export function arithmeticType(operator: string, left: StaticType, right: StaticType): StaticType | null {
  if (isOpen(left) || isOpen(right))
    return isOpen(left) && isOpen(right) ? 'dynamic' : openResult(operator, left, right);
  if (isNumber(left) && isNumber(right)) return left === 'real' || right === 'real' ? 'real' : 'long';
  return spanResult(operator, left, right);
}

/** One side is not known; the other may rule the operator out. */
function openResult(operator: string, left: StaticType, right: StaticType): StaticType | null {
  const known = isOpen(left) ? right : left;
  if (known === 'string' || known === 'bool') return null;
  if (known === 'datetime') return operator === '+' || operator === '-' ? 'dynamic' : null;
  return 'dynamic';
}

function spanResult(operator: string, left: StaticType, right: StaticType): StaticType | null {
  const types = `${left} ${operator} ${right}`;
  if (types === 'datetime - datetime') return 'timespan';
  if (['datetime + timespan', 'datetime - timespan', 'timespan + datetime'].includes(types)) return 'datetime';
  if (left === 'timespan' && right === 'timespan') {
    if (operator === '/') return 'real';
    return operator === '*' ? null : 'timespan';
  }
  if (left === 'timespan' && isNumber(right)) return operator === '*' || operator === '/' ? 'timespan' : null;
  return isNumber(left) && right === 'timespan' && operator === '*' ? 'timespan' : null;
}

const NAMES: Readonly<Record<StaticType, string>> = {
  string: 'a text',
  long: 'a number',
  real: 'a number',
  bool: 'a condition',
  datetime: 'a date',
  timespan: 'a span',
  null: 'null',
  dynamic: 'a value',
};

function a(type: StaticType): string {
  return NAMES[type];
}
