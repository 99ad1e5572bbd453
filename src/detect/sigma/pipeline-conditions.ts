/** Conditions of processing pipelines: one table per kind, one entry a condition; names and meanings as in pySigma 2.0. */
import { LEVELS, type LogSource } from './model.ts';
import { type At, type ParsedItem, RuleError, type RuleValue } from './parse.ts';
import { isMap } from './parse-rule.ts';
import { parseWildcards, patternText } from './pattern.ts';
import { Params } from './pipeline-params.ts';
import { compilePython, matches } from './pipeline-regex.ts';
import type { Run } from './pipeline-run.ts';
import { shownText, textForm } from './pipeline-values.ts';

type RuleCondition = (run: Run) => boolean;
type ItemCondition = (run: Run, item: ParsedItem) => boolean;
type FieldCondition = (run: Run, field: string | null) => boolean;

const ORDER = ['eq', 'ne', 'gte', 'gt', 'lte', 'lt'] as const;
type Order = (typeof ORDER)[number];
const STATUSES = ['unsupported', 'deprecated', 'experimental', 'test', 'stable'];

const ruleConditions: Record<string, (params: Params) => RuleCondition> = {
  logsource: (params) => {
    const wanted = logsourceOf(params);
    return (run) => run.logsources.some((logsource) => covers(wanted, logsource));
  },
  contains_field: (params) => {
    const field = params.text('field');
    return (run) => run.items().some((item) => item.field === field);
  },
  contains_detection_item: (params) => {
    const field = params.text('field');
    const value = params.scalar('value');
    return (run) =>
      run.items().some((item) => item.field === field && item.values.some((one) => isValue(item, one, value)));
  },
  processing_item_applied: (params) => {
    const id = params.text('processing_item_id');
    return (run) => run.applied.has(id);
  },
  processing_state: (params) => stateCondition(params),
  is_sigma_rule: () => (run) => run.detection !== null,
  is_sigma_correlation_rule: () => (run) => run.correlation !== null,
  rule_attribute: (params) => ruleAttribute(params),
  tag: (params) => {
    const tag = params.text('tag');
    return (run) => run.tags.includes(tag);
  },
};

const itemConditions: Record<string, (params: Params) => ItemCondition> = {
  match_string: (params) => {
    const regex = compilePython(params.text('pattern'), [...params.at, 'pattern'], true);
    const negate = params.flag('negate', false);
    return values(params, (item, value) => {
      const text = textForm(item, value);
      return (text !== null && matches(regex, shownText(text))) !== negate;
    });
  },
  match_value: (params) => {
    const wanted = params.scalar('value');
    return values(params, (item, value) => isValue(item, value, wanted));
  },
  contains_wildcard: (params) =>
    values(params, (item, value) => textForm(item, value)?.some((part) => typeof part !== 'string') ?? false),
  is_null: (params) => values(params, (_item, value) => value === null),
  processing_item_applied: (params) => {
    const id = params.text('processing_item_id');
    return (run, item) => run.itemWasTouchedBy(item, id);
  },
  processing_state: (params) => stateCondition(params),
};

/** A field name condition judges a name and an item; for most the item's is that of its field, or of one `fieldref` names. */
interface FieldConditions {
  readonly name: FieldCondition;
  readonly item: ItemCondition;
}

const fieldConditions: Record<string, (params: Params) => FieldConditions> = {
  include_fields: (params) => onNames(includes(params)),
  exclude_fields: (params) => {
    const included = includes(params);
    return onNames((field) => !included(field));
  },
  processing_item_applied: (params) => {
    const id = params.text('processing_item_id');
    return {
      name: (run, field) => run.fieldWasTouchedBy(field, id),
      item: (run, item) => run.itemWasTouchedBy(item, id),
    };
  },
  processing_state: (params) => {
    const holds = stateCondition(params);
    return { name: holds, item: holds };
  },
};

export interface StepConditions {
  readonly applies: RuleCondition;
  readonly appliesToItem: ItemCondition;
  readonly appliesToField: FieldCondition;
}

/** Reads the nine keys that may stand in each entry of `transformations`. */
export function stepConditions(params: Params): StepConditions {
  const rule = linked(params, 'rule', ruleConditions);
  const item = linked(params, 'detection_item', itemConditions);
  const field = linked(params, 'field_name', fieldConditions);
  return {
    applies: (run) => rule((condition) => condition(run)),
    appliesToItem: (run, one) =>
      item((condition) => condition(run, one)) && field((condition) => condition.item(run, one)),
    appliesToField: (run, name) => field((condition) => condition.name(run, name)),
  };
}

/** How a step's conditions of one kind are joined, given what each says. */
type Linked<C> = (holds: (condition: C) => boolean) => boolean;

function linked<C>(params: Params, kind: string, table: Readonly<Record<string, (params: Params) => C>>): Linked<C> {
  const key = `${kind}_conditions`;
  const written = params.raw(key) ?? [];
  const at = [...params.at, key];
  if (!Array.isArray(written) && !isMap(written)) throw params.error(key, 'is neither list nor map');
  const conditions = new Map(
    Object.entries(written).map(([name, value]) => {
      const where = [...at, Array.isArray(written) ? Number(name) : name];
      return [name, condition(new Params(value, where), table)];
    }),
  );
  const negated = params.flag(`${kind}_cond_not`, false);
  const op = params.has(`${kind}_cond_op`) ? params.oneOf(`${kind}_cond_op`, ['and', 'or']) : undefined;
  const expression = params.text(`${kind}_cond_expr`, null);
  if (expression !== null) {
    if (op !== undefined) throw params.error(`${kind}_cond_op`, `cannot stand beside ${kind}_cond_expr`);
    const judge = parseExpression(expression, conditions, [...params.at, `${kind}_cond_expr`]);
    return (holds) => judge(holds) !== negated;
  }
  // Without conditions a step applies; negating or joining nothing does not change that.
  if (conditions.size === 0) return () => true;
  const list = [...conditions.values()];
  return (holds) => (op === 'or' ? list.some(holds) : list.every(holds)) !== negated;
}

function condition<C>(params: Params, table: Readonly<Record<string, (params: Params) => C>>): C {
  const type = params.text('type');
  if (!Object.hasOwn(table, type)) throw params.error('type', `is the unknown condition "${type}"`);
  const made = table[type](params);
  params.done(`condition ${type}`);
  return made;
}

/** `a and not (b or c)` over the names of a map of conditions, all of which it must use. */
function parseExpression<C>(
  text: string,
  conditions: ReadonlyMap<string, C>,
  at: At,
): (holds: (c: C) => boolean) => boolean {
  type Judge = (holds: (c: C) => boolean) => boolean;
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  const used = new Set<string>();
  let next = 0;
  let depth = 0;
  const error = (what: string): RuleError => new RuleError(`condition expression "${text}": ${what}`, at);
  const operand = (): Judge => {
    const token = tokens[next++];
    if (token === undefined) throw error('something is missing at the end');
    if (token === 'not' || token === '(') {
      if (++depth > 64) throw error('nested deeper than 64');
      const inner = token === 'not' ? operand() : joined('or');
      if (token === '(' && tokens[next++] !== ')') throw error('a ) is missing');
      depth--;
      return token === 'not' ? (holds) => !inner(holds) : inner;
    }
    const found = conditions.get(token);
    if (found === undefined) throw error(`there is no condition ${token}`);
    used.add(token);
    return (holds) => holds(found);
  };
  const joined = (op: 'and' | 'or'): Judge => {
    const part = op === 'or' ? (): Judge => joined('and') : operand;
    const parts = [part()];
    while (tokens[next] === op) {
      next++;
      parts.push(part());
    }
    return (holds) => (op === 'or' ? parts.some((p) => p(holds)) : parts.every((p) => p(holds)));
  };
  const judge = joined('or');
  if (next < tokens.length) throw error(`${tokens[next]} is not expected`);
  const unused = [...conditions.keys()].find((name) => !used.has(name));
  if (unused !== undefined) throw error(`the condition ${unused} is not used`);
  return judge;
}

function values(params: Params, holds: (item: ParsedItem, value: RuleValue) => boolean): ItemCondition {
  const all = params.oneOf('cond', ['any', 'all']) === 'all';
  return (_run, item) =>
    all ? item.values.every((value) => holds(item, value)) : item.values.some((value) => holds(item, value));
}

/** Whether a value of an item is the given one: texts as patterns after modifiers, case and all; others by type and value. */
function isValue(item: ParsedItem, value: RuleValue, wanted: RuleValue): boolean {
  if (typeof wanted !== 'string') return textForm(item, value) === null && value === wanted;
  const text = textForm(item, value);
  return text !== null && patternText(text) === patternText(parseWildcards(wanted));
}

function includes(params: Params): (field: string | null) => boolean {
  const fields = params.texts('fields');
  if (params.oneOf('mode', ['plain', 're'], 'plain') === 'plain')
    return (field) => field !== null && fields.includes(field);
  const regexes = fields.map((field, i) => compilePython(field, [...params.at, 'fields', i], true));
  return (field) => field !== null && regexes.some((regex) => matches(regex, field));
}

function onNames(holds: (field: string | null) => boolean): FieldConditions {
  return {
    name: (_run, field) => holds(field),
    item: (_run, item) =>
      holds(item.field) ||
      (item.modifiers.includes('fieldref') && item.values.some((v) => typeof v === 'string' && holds(v))),
  };
}

function stateCondition(params: Params): RuleCondition {
  const key = params.text('key');
  const wanted = params.scalar('val');
  const op = params.oneOf('op', ORDER, 'eq');
  return (run) => run.state.has(key) && ordered(run.state.get(key), wanted, op);
}

function ruleAttribute(params: Params): RuleCondition {
  const attribute = params.text('attribute');
  const wanted = params.scalar('value');
  const op = params.oneOf('op', [...ORDER, 'in', 'not_in'], 'eq');
  const scale = attribute === 'level' ? LEVELS : attribute === 'status' ? STATUSES : null;
  if (scale !== null && !scale.some((name) => name === wanted)) {
    throw params.error('value', `is none of ${scale.join(', ')}`);
  }
  return (run) => {
    const value = run.attributes[attribute];
    if (value === undefined || value === null) return false;
    if (Array.isArray(value))
      return op === 'in' ? value.includes(wanted) : op === 'not_in' ? !value.includes(wanted) : op === 'ne';
    if (op === 'in' || op === 'not_in') throw new RuleError(`pipeline: rule_attribute: ${attribute} is no list`);
    if (typeof value === 'object') throw new RuleError(`pipeline: rule_attribute: ${attribute} is a map`);
    if (scale !== null) return ordered(scale.indexOf(String(value) as never), scale.indexOf(wanted as never), op);
    return ordered(value, typeof value === 'number' ? Number(wanted) : wanted, op);
  };
}

/** Compares numbers with numbers and texts (dates among them, as YYYY-MM-DD) with texts; anything else is only unequal. */
function ordered(value: unknown, wanted: unknown, op: Order): boolean {
  if (op === 'eq') return value === wanted;
  if (op === 'ne') return value !== wanted;
  const comparable =
    (typeof value === 'number' && typeof wanted === 'number') ||
    (typeof value === 'string' && typeof wanted === 'string');
  if (!comparable) return false;
  if (op === 'gt') return value > wanted;
  if (op === 'gte') return value >= wanted;
  return op === 'lt' ? value < wanted : value <= wanted;
}

/** `category`, `product`, `service` of a condition or transformation, lower-cased as in rules. */
export function logsourceOf(params: Params): LogSource {
  const raw: Record<string, string> = {};
  const route: { category?: string; product?: string; service?: string } = {};
  for (const key of ['category', 'product', 'service'] as const) {
    const value = params.text(key, null);
    if (value === null) continue;
    raw[key] = value;
    route[key] = value.trim().toLowerCase();
  }
  if (Object.keys(route).length === 0)
    throw new RuleError('a logsource needs a category, product or service', params.at);
  return { ...route, raw };
}

function covers(wanted: LogSource, logsource: LogSource): boolean {
  return (['category', 'product', 'service'] as const).every(
    (key) => wanted[key] === undefined || wanted[key] === logsource[key],
  );
}
