/** Correlation documents (specification 2.1, "Sigma Correlation Rules"), and what they refer to. */
import type { ConditionOp, CorrelationRule, CorrelationType } from './model.ts';
import { type At, RuleError } from './parse.ts';
import { type Document, isMap, type Origin, parseHead } from './parse-rule.ts';

const TYPES: ReadonlySet<string> = new Set<CorrelationType>([
  'event_count',
  'value_count',
  'value_sum',
  'value_avg',
  'value_percentile',
  'temporal',
  'temporal_ordered',
]);
const OPS: ReadonlySet<string> = new Set<ConditionOp>(['gt', 'gte', 'lt', 'lte', 'eq', 'neq']);
const KEYS = ['type', 'rules', 'group-by', 'timespan', 'condition', 'aliases', 'generate'];
const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
/** `temporal_ordered` keeps rules² partial sequences for each group. */
const RULES_MAX = 100;

/**
 * Parses a correlation. `rules` and the keys inside `aliases` are still as written; `linkCorrelations` makes them ids.
 * Throws a {@link RuleError} for what the specification does not have.
 */
export function parseCorrelation(document: Document, origin: Origin, warn: (message: string) => void): CorrelationRule {
  const head = parseHead(document, origin, warn);
  const { correlation } = document;
  if (!isMap(correlation)) throw new RuleError('correlation is no map', ['correlation']);
  for (const key of Object.keys(correlation)) {
    if (!KEYS.includes(key)) throw new RuleError(`correlation: unknown key "${key}"`, ['correlation', key]);
  }
  const type = parseType(correlation.type);
  const rules = parseNames(correlation.rules, 'rules');
  if (rules.length === 0) throw new RuleError('correlation: rules is missing or empty', ['correlation', 'rules']);
  if (rules.length > RULES_MAX) {
    throw new RuleError(`correlation: ${rules.length} rules; at most ${RULES_MAX} are taken`, ['correlation', 'rules']);
  }
  const condition = parseCondition(correlation.condition, type, rules.length);
  if (type === 'value_percentile' && condition.percentile === undefined) {
    warn(`${head.id}: value_percentile without percentile; 50, the median, is assumed`);
    condition.percentile = 50;
  }
  return {
    ...head,
    kind: 'correlation',
    type,
    rules,
    groupBy: parseNames(correlation['group-by'], 'group-by'),
    timespanMs: parseTimespan(correlation.timespan),
    ...condition,
    aliases: parseAliases(correlation.aliases),
    generate:
      parseGenerate(document.generate, ['generate']) ||
      parseGenerate(correlation.generate, ['correlation', 'generate']),
  };
}

function parseType(type: unknown): CorrelationType {
  if (typeof type === 'string' && isType(type)) return type;
  const problem = type === undefined ? 'type is missing; it is one' : `type ${shown(type)} is none`;
  throw new RuleError(`correlation: ${problem} of ${[...TYPES].join(', ')}`, ['correlation', 'type']);
}

function isType(type: string): type is CorrelationType {
  return TYPES.has(type);
}

function isOp(op: string): op is ConditionOp {
  return OPS.has(op);
}

function parseNames(value: unknown, key: string): string[] {
  const at: At = ['correlation', key];
  const list: readonly unknown[] = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  const names = list.map((name, i) => {
    if (typeof name !== 'string' || name === '')
      throw new RuleError(`correlation: ${key} holds ${shown(name)}, no name`, [...at, i]);
    return name;
  });
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new RuleError(`correlation: ${key} names ${twice} twice`, at);
  return names;
}

function parseTimespan(timespan: unknown): number {
  const at: At = ['correlation', 'timespan'];
  const hint = 'A timespan is a number and s, m, h or d, such as 90m.';
  if (timespan === undefined) throw new RuleError('correlation: timespan is missing', at, { hint });
  const parts = typeof timespan === 'string' ? /^(\d{1,9})([A-Za-z]+)$/.exec(timespan) : null;
  if (parts === null) throw new RuleError(`correlation: timespan ${shown(timespan)} is none`, at, { hint });
  const unit = UNIT_MS.get(parts[2]);
  if (unit === undefined) {
    throw new RuleError(
      `correlation: timespan ${parts[0]} has the unit ${parts[2]}, which Sigma 2.1 does not have`,
      at,
      { hint },
    );
  }
  if (Number(parts[1]) === 0) throw new RuleError(`correlation: timespan ${parts[0]} is no time`, at, { hint });
  return Number(parts[1]) * unit;
}

interface ParsedCondition {
  condition: { op: ConditionOp; value: number }[];
  field: string[];
  percentile?: number;
}

function parseCondition(condition: unknown, type: CorrelationType, rules: number): ParsedCondition {
  const at: At = ['correlation', 'condition'];
  const temporal = type === 'temporal' || type === 'temporal_ordered';
  if (condition === undefined && temporal) return { condition: [{ op: 'gte', value: rules }], field: [] };
  if (condition === undefined) throw new RuleError(`correlation: ${type} needs a condition`, at);
  if (typeof condition === 'string') {
    throw new RuleError(
      `correlation: condition ${shown(condition)}: expressions over rules are not part of Sigma 2.1`,
      at,
      {
        hint: 'Chain correlations instead.',
      },
    );
  }
  if (!isMap(condition)) throw new RuleError('correlation: condition is no map', at);
  const parsed: ParsedCondition = { condition: [], field: [] };
  for (const [key, value] of Object.entries(condition)) {
    if (key === 'field') parsed.field = parseField(value);
    else if (key === 'percentile') parsed.percentile = parsePercentile(value);
    else if (isOp(key)) parsed.condition.push({ op: key, value: parseNumber(value, key) });
    else throw new RuleError(`correlation: condition has the unknown key "${key}"`, [...at, key]);
  }
  if (parsed.condition.length === 0)
    throw new RuleError(`correlation: condition has none of ${[...OPS].join(', ')}`, at);
  checkField(parsed, type);
  return parsed;
}

function checkField({ field, percentile }: ParsedCondition, type: CorrelationType): void {
  const at: At = ['correlation', 'condition'];
  const wanted = type.startsWith('value_');
  if (wanted && field.length === 0) throw new RuleError(`correlation: ${type} needs a field in its condition`, at);
  if (!wanted && field.length > 0) throw new RuleError(`correlation: ${type} has no use for a field`, [...at, 'field']);
  if (field.length > 1 && type !== 'value_count') {
    throw new RuleError(`correlation: ${type} takes one field, not ${field.length}`, [...at, 'field']);
  }
  if (percentile !== undefined && type !== 'value_percentile') {
    throw new RuleError(`correlation: ${type} has no use for a percentile`, [...at, 'percentile']);
  }
}

function parseField(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.map((name) => {
    if (typeof name === 'string' && name !== '') return name;
    throw new RuleError(`correlation: ${shown(name)} is no field`, ['correlation', 'condition', 'field']);
  });
}

function parseNumber(value: unknown, key: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new RuleError(`correlation: ${key} ${shown(value)} is no number`, ['correlation', 'condition', key]);
}

function parsePercentile(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  throw new RuleError(`correlation: percentile ${shown(value)} is not from 0 to 100`, [
    'correlation',
    'condition',
    'percentile',
  ]);
}

function parseAliases(aliases: unknown): Record<string, Record<string, string>> {
  const at: At = ['correlation', 'aliases'];
  const parsed: Record<string, Record<string, string>> = Object.create(null);
  if (aliases === undefined || aliases === null) return parsed;
  if (!isMap(aliases)) throw new RuleError('correlation: aliases is no map', at);
  for (const [alias, fields] of Object.entries(aliases)) {
    if (!isMap(fields))
      throw new RuleError(`correlation: alias ${alias} is no map from rules to fields`, [...at, alias]);
    const byRule: Record<string, string> = Object.create(null);
    for (const [rule, field] of Object.entries(fields)) {
      if (typeof field !== 'string')
        throw new RuleError(`correlation: alias ${alias}: ${shown(field)} is no field`, [...at, alias, rule]);
      byRule[rule] = field;
    }
    parsed[alias] = byRule;
  }
  return parsed;
}

function parseGenerate(value: unknown, at: At): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw new RuleError(`generate ${shown(value)} is neither true nor false`, at);
}

function shown(value: unknown): string {
  return value === undefined ? 'undefined' : JSON.stringify(value).slice(0, 80);
}
