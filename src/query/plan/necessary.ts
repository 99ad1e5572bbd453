/** What rows of the answer must hold, as the conditions at the beginning of a pipeline say it for segments with the same names. */
import {
  Bag,
  type Expression,
  everyPath,
  List,
  numberOf,
  type Operator,
  parseDateTime,
  pathOf,
  searchCondition,
  textOf,
  type Value,
} from '../../lang/index.ts';
import type { ReaderName } from '../../schema/index.ts';
import { allOf, anyOf, type Necessary, NOTHING } from '../find/necessary.ts';
import type { Group } from './base.ts';
import { booleanOf } from './compare.ts';
import { isVirtual } from './names.ts';
import { againstConstant, constantOf, type World } from './scope.ts';
import type { TextTest } from './texts.ts';
import type { ColumnKind } from './view.ts';

/** Operators that leave what names mean to those behind them. */
const BEFORE: ReadonlySet<string> = new Set(['where', 'search', 'sort']);
/** More values than this are not asked for one by one. */
const VALUES_MAX = 64;
/** Readers whose result stands in the text they read, between ends of terms. Others make something else of it. */
const CUTTING: ReadonlySet<ReaderName> = new Set<ReaderName>([
  ...(['basename', 'directory', 'extension', 'account', 'account_domain', 'md5', 'sha1', 'sha256', 'imphash'] as const),
  ...(['hive', 'registry_key', 'address', 'port', 'dated', 'lower'] as const),
]);
/** Kinds of columns that values of queries come from and that can be searched. */
const SEARCHED: ReadonlySet<ColumnKind> = new Set<ColumnKind>(['string', 'integer', 'float', 'list']);

/** Null: nothing. */
export function necessaryOf(operators: readonly Operator[], group: Group, world: World): Necessary | null {
  const parts: (Necessary | null)[] = [];
  for (const operator of operators) {
    if (!BEFORE.has(operator.kind)) break;
    if (operator.kind === 'where') parts.push(ofCondition(operator.condition, group, world));
    else if (operator.kind === 'search') parts.push(ofCondition(searchCondition(operator.condition), group, world));
  }
  return allOf(parts);
}

function ofCondition(node: Expression, group: Group, world: World): Necessary | null {
  switch (node.kind) {
    case 'and':
      return allOf(node.operands.map((operand) => ofCondition(operand, group, world)));
    case 'or':
      return anyOf(node.operands.map((operand) => ofCondition(operand, group, world)));
    case 'text': {
      const value = constantOf(node.right, world);
      if (node.negated || value === undefined || isMany(value)) return null;
      return ofText(
        node.left,
        node.operator,
        node.caseSensitive ? textOf(value) : world.tools.fold(textOf(value)),
        group,
      );
    }
    case 'list':
      return ofList(node, group, world);
    case 'comparison': {
      if (node.operator !== '==' && node.operator !== '=~') return null;
      const told = againstConstant(node, world);
      return told === null ? null : ofEqual(told.operand, told.value, node.operator === '=~', group, world);
    }
    default:
      return null;
  }
}

function ofList(node: Extract<Expression, { kind: 'list' }>, group: Group, world: World): Necessary | null {
  const { operator, left, items } = node;
  if (operator.startsWith('!') || items.length > VALUES_MAX) return null;
  const values = items.map((item) => constantOf(item, world));
  if (values.some((value) => value === undefined || isMany(value))) return null;
  const known = values as readonly Value[];
  if (operator === 'in' || operator === 'in~')
    return anyOf(known.map((value) => ofEqual(left, value, operator === 'in~', group, world)));
  const parts = known.map((value) => ofText(left, 'has', world.tools.fold(textOf(value)), group));
  return operator === 'has_any' ? anyOf(parts) : allOf(parts);
}

const isMany = (value: Value): boolean => value instanceof List || value instanceof Bag;

/** `==`, which also holds between numbers and texts that are read as such; and `=~`, between texts as they are shown. */
function ofEqual(node: Expression, value: Value, folded: boolean, group: Group, world: World): Necessary | null {
  // A null equals none.
  if (value === null) return NOTHING;
  const text = textOf(value);
  if (folded) return ofText(node, 'equals', world.tools.fold(text), group);
  if (typeof value === 'bigint') return ofInteger(node, text, group);
  if (typeof value !== 'string' || booleanOf(text) !== null) return null;
  if (node.kind === 'every' && parseDateTime(text) !== null) return null;
  // Read as a number it may be written in other ways.
  return numberOf(text) === null || /^-?(?:0|[1-9]\d{0,14})$/.test(text) ? ofText(node, 'equals', text, group) : null;
}

/** Texts may be that number in many ways (4624.0); a column of integers has it in one. */
function ofInteger(node: Expression, digits: string, group: Group): Necessary | null {
  const columns = columnsOf(node, group);
  if (columns === undefined || columns === null) return null;
  if (columns.some(({ kind }) => kind !== 'integer')) return null;
  return heldBy(digits, 'equals', columns);
}

function ofText(node: Expression, test: TextTest, text: string, group: Group): Necessary | null {
  const columns = columnsOf(node, group);
  // What an absent value passes says nothing; and truths are in no filter.
  if (columns === undefined || text === '' || ['true', 'false'].some((word) => word.includes(text.toLowerCase())))
    return null;
  if (columns === null && mayBeTime(termsOf(text, test), text, group)) return null;
  return heldBy(text, test, columns);
}

interface Searched {
  readonly name: string;
  readonly kind: ColumnKind;
}

function heldBy(text: string, test: TextTest, columns: readonly Searched[] | null): Necessary {
  if (columns?.length === 0) return NOTHING;
  const pieces = (text.match(/[\x20-\x7e]+/g) ?? []).toSorted((a, b) => b.length - a.length);
  return {
    kind: 'value',
    terms: termsOf(text, test),
    piece: (pieces[0] ?? '').toLowerCase(),
    columns: columns?.map(({ name }) => name) ?? null,
  };
}

/** Tests after which the first or last term of what is looked for may be a part of one only. */
const OPEN_START: ReadonlySet<TextTest> = new Set<TextTest>(['contains', 'endswith', 'hassuffix']);
const OPEN_END: ReadonlySet<TextTest> = new Set<TextTest>(['contains', 'startswith', 'hasprefix']);

/** Whole terms that a text has which passes the test: filters know terms of ASCII letters and digits. */
export function termsOf(text: string, test: TextTest): string[] {
  const terms: string[] = [];
  for (const { 0: run, index } of text.matchAll(/[A-Za-z0-9]+/g)) {
    if (index === 0 && OPEN_START.has(test)) continue;
    if (index + run.length === text.length && OPEN_END.has(test)) continue;
    terms.push(run.toLowerCase());
  }
  return [...new Set(terms)];
}

/** Columns that an expression reads; null: all; undefined: it is not known, or what it gives is not what stands there. */
function columnsOf(node: Expression, group: Group): readonly Searched[] | null | undefined {
  const { names } = group;
  if (node.kind === 'every') {
    if (node.keys.length === 0) return null;
    const path = everyPath(node.keys).slice(0, -2);
    return columnsOfNames([path, ...names.namesBelow(`${path}.`)], group);
  }
  if (node.kind !== 'field') return undefined;
  if (names.leadsInto(node.keys)) return undefined;
  return columnsOfNames([pathOf(node.keys)], group);
}

function columnsOfNames(asked: readonly string[], { names }: Group): readonly Searched[] | undefined {
  const found = new Map<string, Searched>();
  for (const name of asked) {
    if (isVirtual(name)) return undefined;
    for (const { path, supply } of names.candidates(name)) {
      const read = supply?.row?.read ?? null;
      if (read !== null && !CUTTING.has(read)) return undefined;
      for (const [kind, physical] of names.paths.get(path) ?? [])
        if (SEARCHED.has(kind)) found.set(physical, { name: physical, kind });
    }
  }
  return [...found.values()];
}

const YEAR_MICROS = 31_556_952_000_000n;

/** Whether `@timestamp`, which stands in no column as it is shown, may have it: 2026-03-01T10:15:02.117Z. */
function mayBeTime(terms: readonly string[], text: string, { segments }: Group): boolean {
  if (!/^[0-9t:.z-]*$/i.test(text)) return false;
  const years = (micros: bigint): number => 1970 + Number(micros / YEAR_MICROS);
  const inYears = (year: number): boolean =>
    segments.some(({ minTime, maxTime }) => years(minTime) - 1 <= year && year <= years(maxTime) + 1);
  return terms.every((term) => {
    // Years of six digits are written with a sign.
    if (/^(?:\d{4}|\d{6})$/.test(term)) return inYears(Number(term)) || inYears(-Number(term));
    return /^(?:\d\d|\d\dt\d\d|\d{1,7}z)$/.test(term);
  });
}
