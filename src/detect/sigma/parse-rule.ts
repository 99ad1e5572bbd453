/** YAML document → ParsedRule (specification, "Components"); no meaning of values yet. */
import { createHash } from 'node:crypto';
import { parseCondition } from './condition.ts';
import { LEVELS, type Level, type LogSource, type RuleHead } from './model.ts';
import { MODIFIERS } from './modifiers.ts';
import {
  type At,
  type Condition,
  type ParsedDetection,
  type ParsedItem,
  type ParsedNode,
  type ParsedRule,
  RuleError,
  type RuleValue,
} from './parse.ts';

export type Document = Readonly<Record<string, unknown>>;

export interface Origin {
  /** As given on the command line. */
  readonly path: string;
  /** Number of the document in its file, from 0. */
  readonly document: number;
}

/** Lists within lists in a selection. */
const LEVELS_MAX = 16;

/** Keys of `detection` that are no selections. */
const NOT_SELECTIONS = ['condition', 'timeframe'];

export function isMap(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Parses a detection rule. `warn` is told what is wrong but does not keep the rule from working. */
export function parseRule(document: Document, origin: Origin, warn: (message: string) => void = () => {}): ParsedRule {
  const head = parseHead(document, origin, warn);
  const detection = document.detection;
  if (!isMap(detection)) throw new RuleError('detection is no map', ['detection']);
  if ('timeframe' in detection) {
    throw new RuleError('timeframe is deprecated and not supported', ['detection', 'timeframe'], {
      hint: 'Write a Sigma correlation rule instead.',
    });
  }
  const parsed = parseDetection(detection, ['detection'], NOT_SELECTIONS);
  return { head, logsource: parseLogSource(document.logsource), document, ...parsed };
}

/** Selections and conditions of a map like `detection` (or a filter's `filter`, with its own keys left out). */
export function parseDetection(detection: Document, at: At, notSelections: readonly string[]): ParsedDetection {
  const selections = new Map<string, ParsedNode>();
  for (const [name, definition] of Object.entries(detection)) {
    if (!notSelections.includes(name)) selections.set(name, parseSelection(definition, [...at, name], 0));
  }
  if (selections.size === 0) throw new RuleError('there is no selection', at);
  return { selections, conditions: parseConditions(detection.condition, [...at, 'condition']) };
}

function parseConditions(condition: unknown, at: At): Condition[] {
  if (typeof condition === 'string') return [parseCondition(condition, at)];
  if (!Array.isArray(condition) || condition.length === 0) throw new RuleError('condition is missing or no text', at);
  return condition.map((one, i) => {
    if (typeof one !== 'string') throw new RuleError('a condition is no text', [...at, i]);
    return parseCondition(one, [...at, i]);
  });
}

function parseSelection(definition: unknown, at: At, level: number): ParsedNode {
  if (level > LEVELS_MAX) throw new RuleError(`lists nested deeper than ${LEVELS_MAX}`, at);
  if (isScalar(definition)) return { kind: 'item', field: null, modifiers: [], values: [definition], at };
  if (isMap(definition)) {
    const nodes = Object.entries(definition).map(([key, value]) => parseItem(key, value, [...at, key]));
    if (nodes.length === 0) throw new RuleError('a selection is an empty map', at);
    return nodes.length === 1 ? nodes[0] : { kind: 'all', nodes };
  }
  if (!Array.isArray(definition)) throw new RuleError('a selection is neither map, list nor text', at);
  if (definition.length === 0) throw new RuleError('a selection is an empty list', at);
  return parseSelectionList(definition, at, level);
}

/** Elements are ORed; keywords that stand together are one item. */
function parseSelectionList(list: readonly unknown[], at: At, level: number): ParsedNode {
  const nodes: ParsedNode[] = [];
  let keywords: RuleValue[] = [];
  const flush = (): void => {
    if (keywords.length > 0) nodes.push({ kind: 'item', field: null, modifiers: [], values: keywords, at });
    keywords = [];
  };
  for (const [i, element] of list.entries()) {
    if (isScalar(element)) keywords.push(element);
    else {
      flush();
      nodes.push(parseSelection(element, [...at, i], level + 1));
    }
  }
  flush();
  return nodes.length === 1 ? nodes[0] : { kind: 'any', nodes };
}

function parseItem(key: string, value: unknown, at: At): ParsedItem {
  const { field, modifiers } = parseKey(key, at);
  if (!Array.isArray(value)) {
    if (!isScalar(value)) throw new RuleError(`${key}: the value is a map`, at);
    return { kind: 'item', field, modifiers, values: [value], at };
  }
  const values: readonly unknown[] = value;
  if (values.length === 0) throw new RuleError(`${key}: the list of values is empty`, at);
  if (!values.every(isScalar)) throw new RuleError(`${key}: a value is a map or a list`, at);
  if (values.includes(null)) {
    throw new RuleError(`${key}: null cannot stand in a list of values`, at, {
      hint: 'Give null a selection of its own.',
    });
  }
  return { kind: 'item', field, modifiers, values, at };
}

interface Key {
  readonly field: string | null;
  readonly modifiers: readonly string[];
}

/** SigmaHQ's 14,407 items have 1,100 different keys. */
const keys = new Map<string, Key>();
const KEYS_MAX = 10_000;

function parseKey(key: string, at: At): Key {
  let known = keys.get(key);
  if (known !== undefined) return known;
  const [field, ...written] = key.split('|');
  const modifiers = written.map((name) => name.trim().toLowerCase());
  for (const [i, modifier] of modifiers.entries()) {
    if (!MODIFIERS.has(modifier)) throw new RuleError(`${key}: unknown modifier "${written[i]}"`, at);
  }
  known = { field: field === '' ? null : field, modifiers };
  if (keys.size >= KEYS_MAX) keys.clear();
  keys.set(key, known);
  return known;
}

function isScalar(value: unknown): value is RuleValue {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The parts of a rule, correlation or filter that are not its logic. Throws for an id that is no text. */
export function parseHead(document: Document, origin: Origin, warn: (message: string) => void): RuleHead {
  const { id, name, title, status, description, author } = document;
  if (id !== undefined && (typeof id !== 'string' || id.trim() === '')) throw new RuleError('id is no text', ['id']);
  if (name !== undefined && typeof name !== 'string') throw new RuleError('name is no text', ['name']);
  const known = id === undefined ? hashId(document) : id.trim();
  if (typeof title !== 'string') warn(`${known}: title is missing`);
  return {
    id: known,
    title: typeof title === 'string' ? title : (name ?? known),
    ...(name === undefined ? {} : { name }),
    level: parseLevel(document.level, warn),
    ...(typeof status === 'string' ? { status } : {}),
    ...(typeof description === 'string' ? { description } : {}),
    ...(typeof author === 'string' ? { author } : {}),
    references: texts(document.references),
    tags: texts(document.tags),
    falsepositives: texts(document.falsepositives),
    fields: texts(document.fields),
    path: origin.path,
    document: origin.document,
  };
}

function parseLevel(level: unknown, warn: (message: string) => void): Level {
  if (level === undefined || level === null) return 'medium';
  const known = typeof level === 'string' ? LEVELS.find((l) => l === level.toLowerCase()) : undefined;
  if (known === undefined) warn(`level ${JSON.stringify(level)} is none of ${LEVELS.join(', ')}; medium is assumed`);
  return known ?? 'medium';
}

/** Id of a rule that has none: a hash of what it detects, the same however its YAML is laid out. */
function hashId(document: Document): string {
  const { title, logsource, detection, correlation, filter } = document;
  const text = stableJson({ title, logsource, detection, correlation, filter });
  return `sha256:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

function stableJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      isMap(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
    ) ?? ''
  );
}

/** Logsource as written, with the three attributes that route lower-cased. */
export function parseLogSource(logsource: unknown): LogSource {
  if (!isMap(logsource)) throw new RuleError('logsource is missing or no map', ['logsource']);
  const route: { category?: string; product?: string; service?: string } = {};
  for (const key of ['category', 'product', 'service'] as const) {
    const value = logsource[key];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') throw new RuleError(`logsource: ${key} is no text`, ['logsource', key]);
    route[key] = value.trim().toLowerCase();
  }
  if (Object.keys(route).length === 0) {
    throw new RuleError('logsource names no category, product or service', ['logsource']);
  }
  return { ...route, raw: logsource };
}

function texts(value: unknown): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
  return list
    .filter(isScalar)
    .filter((element) => element !== null)
    .map(String);
}
