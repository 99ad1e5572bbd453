/** Rules in words: predicates, selections and conditions as a person would say them. */
import type { CorrelationRule, DetectionRule, Expr, Item } from '../detect/index.ts';

/** Values listed of one predicate; how many more there are is said. */
const VALUES_SHOWN = 20;

const VERBS: Readonly<Record<string, string>> = {
  contains: 'contains',
  startswith: 'starts with',
  endswith: 'ends with',
  re: 'matches the regular expression',
  cidr: 'is in the network',
  lt: 'is less than',
  lte: 'is at most',
  gt: 'is more than',
  gte: 'is at least',
  fieldref: 'equals the field',
};
const REMARKS: Readonly<Record<string, string>> = {
  cased: 'upper and lower case count',
  windash: 'with any kind of dash',
  base64: 'in Base64',
  base64offset: 'in Base64 at any offset',
  wide: 'in UTF-16',
  utf16: 'in UTF-16 with byte order mark',
  utf16le: 'in UTF-16',
  utf16be: 'in big-endian UTF-16',
  i: 'in any case',
  m: 'line by line',
  s: 'across lines',
  all: 'one of several that must all hold',
};
const TIMES = ['minute', 'hour', 'day', 'week', 'month', 'year'];

/** `Image ends with`, without its values. */
export function predicateHead(item: Item): string {
  const { field, modifiers, values, test } = item;
  if (test.kind === 'null') return `${field ?? 'the value'} is absent or null`;
  if (test.kind === 'exists') return `${field ?? 'the field'} is ${test.value ? 'there' : 'not there'}`;
  const name = field ?? 'any value';
  const time = modifiers.find((modifier) => TIMES.includes(modifier));
  const verb = modifiers.map((modifier) => VERBS[modifier]).filter((text) => text !== undefined);
  const remarks = modifiers.map((modifier) => REMARKS[modifier]).filter((text) => text !== undefined);
  const base = verb.length > 0 ? verb.join(' and ') : field === null ? 'contains' : 'is';
  const any = values.length > 1 ? ' any of' : '';
  const remark = remarks.length > 0 ? ` (${remarks.join(', ')})` : '';
  return `${time === undefined ? name : `the ${time} of ${name}`} ${base}${any}${remark}`;
}

const shownValue = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : JSON.stringify(value));

/** A predicate with its values: one on the same line, several below. */
export function predicateLines(item: Item, indent: string): string[] {
  const head = `${indent}${predicateHead(item)}`;
  if (item.test.kind === 'null' || item.test.kind === 'exists') return [head];
  if (item.values.length === 1) return [`${head} ${shownValue(item.values[0])}`];
  const rest = item.values.length - VALUES_SHOWN;
  const lines = item.values.slice(0, VALUES_SHOWN).map((value) => `${indent}    ${shownValue(value)}`);
  return [`${head}:`, ...lines, ...(rest > 0 ? [`${indent}    and ${rest} more`] : [])];
}

/** The condition as nested lists, selections named where their predicates stand. */
export function conditionLines(rule: DetectionRule, expr: Expr = rule.expr, indent = '  ', not = false): string[] {
  const no = not ? 'not ' : '';
  switch (expr.op) {
    case 'const':
      return [`${indent}${no}${expr.value ? 'always' : 'never'}`];
    case 'not':
      return conditionLines(rule, expr.arg, indent, !not);
    case 'item': {
      const item = rule.items[expr.item];
      const lines = predicateLines(item, '');
      return lines.map((line, at) => (at === 0 ? `${indent}${no}[${item.selection}] ${line}` : `${indent}${line}`));
    }
    default: {
      if (expr.args.length === 1) return conditionLines(rule, expr.args[0], indent, not);
      const title = `${indent}${no}${expr.op === 'and' ? 'all of' : 'any of'}:`;
      return [title, ...expr.args.flatMap((arg) => conditionLines(rule, arg, `${indent}  `))];
    }
  }
}

const OPS: Readonly<Record<string, string>> = {
  gt: 'more than',
  gte: 'at least',
  lt: 'fewer than',
  lte: 'at most',
  eq: 'exactly',
  neq: 'other than',
};

/** What a correlation counts, by what, and when it fires. */
export function correlationLines(rule: CorrelationRule, titleOf: (id: string) => string): string[] {
  const field = rule.field.join(', ');
  const limits = rule.condition.map(({ op, value }) => `${OPS[op]} ${value}`).join(' and ');
  const what: Readonly<Record<CorrelationRule['type'], string>> = {
    event_count: `${limits} matches`,
    value_count: `${limits} different values of ${field}`,
    value_sum: `the sum of ${field} is ${limits}`,
    value_avg: `the average of ${field} is ${limits}`,
    value_percentile: `percentile ${rule.percentile ?? 50} of ${field} is ${limits}`,
    temporal: 'each of the rules at least once',
    temporal_ordered: 'each of the rules, in this order',
  };
  return [
    `  ${what[rule.type]} within ${rule.timespanMs / 1000} s`,
    rule.groupBy.length > 0 ? `  for each ${rule.groupBy.join(', ')}` : '  over all events',
    '  of the matches of:',
    ...rule.rules.map((id) => `    ${titleOf(id)} (${id})`),
    rule.generate ? '  Those rules also report their own hits.' : '  Those rules report no hits of their own.',
  ];
}
