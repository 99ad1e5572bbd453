/** What `rules check` finds in rules that load: mistakes that change their meaning, costs, and breaches of the specification. */
import { readCollection } from './collection.ts';
import { selectionsOf } from './condition.ts';
import type { RuleFile } from './load.ts';
import { type DetectionRule, type Expr, type Item, LEVELS, type LogSource, type RuleSet } from './model.ts';
import { type At, type Condition, type ParsedNode, type ParsedRule, RuleError } from './parse.ts';
import { parseRule } from './parse-rule.ts';
import { isLiteral } from './pattern.ts';
import { lineOf, readYaml, YamlError } from './yaml.ts';

export interface Finding {
  readonly path: string;
  readonly id: string;
  readonly line?: number;
  /** `meaning`: it likely does not say what was meant; `cost`: every event of its lane is looked at; `form`: metadata. */
  readonly kind: 'meaning' | 'cost' | 'form';
  readonly message: string;
}

/** A logsource that events can have; attributes that are missing match nothing a rule asks for. */
export interface KnownLogSource {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

const STATUSES = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  minute: [0, 59],
  hour: [0, 23],
  day: [1, 31],
  week: [1, 53],
  month: [1, 12],
  year: [1, 9999],
};
/** A literal this long is rare enough to wait for. */
const WITNESS_CHARACTERS_MIN = 3;

/** Findings for the detection rules of `files` that `rules` loaded, in order of file and document. */
export function lintRules(
  files: Iterable<RuleFile>,
  rules: RuleSet,
  known: readonly KnownLogSource[] | null = null,
): Finding[] {
  const loaded = new Map(rules.detections.map((rule) => [`${rule.document} ${rule.path}`, rule]));
  const findings: Finding[] = [];
  for (const file of files) {
    for (const { parsed, index } of parsedRules(file)) {
      const rule = loaded.get(`${index} ${file.path}`);
      if (rule === undefined) continue;
      const linter = new Linter(parsed, rule, known);
      for (const { at, ...finding } of linter.findings()) {
        const line = lineOf(file.text, index, at);
        findings.push({ path: file.path, id: rule.id, ...(line === undefined ? {} : { line }), ...finding });
      }
    }
  }
  return findings;
}

function* parsedRules(file: RuleFile): Iterable<{ parsed: ParsedRule; index: number }> {
  try {
    for (const { kind, document, index } of readCollection(readYaml(file.text))) {
      if (kind === 'detection') yield { parsed: parseRule(document, { path: file.path, document: index }), index };
    }
  } catch (error) {
    // Refused by loadRules, with the reason.
    if (!(error instanceof YamlError || error instanceof RuleError)) throw error;
  }
}

/** A value of the document in words; maps have no prototype, so that `String` would throw. */
function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Found {
  readonly kind: Finding['kind'];
  readonly message: string;
  readonly at: At;
}

class Linter {
  private readonly parsed: ParsedRule;
  private readonly rule: DetectionRule;
  private readonly known: readonly KnownLogSource[] | null;
  private readonly found: Found[] = [];

  constructor(parsed: ParsedRule, rule: DetectionRule, known: readonly KnownLogSource[] | null) {
    this.parsed = parsed;
    this.rule = rule;
    this.known = known;
  }

  findings(): readonly Found[] {
    this.metadata();
    this.logsource();
    this.condition();
    for (const [name, node] of this.parsed.selections) this.selection(node, name);
    this.cost();
    return this.found;
  }

  private add(kind: Finding['kind'], message: string, at: At): void {
    this.found.push({ kind, message, at });
  }

  private metadata(): void {
    const { document } = this.parsed;
    const { id, status, level } = document;
    if (id === undefined) this.add('form', 'has no id', []);
    else if (typeof id === 'string' && !UUID.test(id)) this.add('form', `id ${id} is no UUID`, ['id']);
    if (level === undefined) this.add('form', 'has no level; medium is assumed', []);
    else if (!LEVELS.some((known) => known === level)) this.add('form', `level ${shown(level)} is unknown`, ['level']);
    if (status !== undefined && !STATUSES.includes(shown(status))) {
      this.add('form', `status ${shown(status)} is unknown`, ['status']);
    }
    if (status === 'deprecated' || status === 'unsupported') this.add('meaning', `status is ${status}`, ['status']);
    for (const key of ['date', 'modified']) {
      const value = document[key];
      if (value !== undefined && !isDate(shown(value)))
        this.add('form', `${key} ${shown(value)} is no YYYY-MM-DD`, [key]);
    }
  }

  private logsource(): void {
    const { logsource } = this.parsed;
    if (this.known === null || this.known.some((fact) => serves(fact, logsource))) return;
    const { product, category, service } = logsource;
    const text = [product, category, service].filter((part) => part !== undefined).join(' / ');
    this.add('meaning', `no known source of events is ${text}; the rule can never fire`, ['logsource']);
  }

  private condition(): void {
    const at = ['detection', 'condition'];
    const positive = new Set<string>();
    const negative = new Set<string>();
    for (const condition of this.parsed.conditions) this.references(condition, true, positive, negative);
    for (const name of this.parsed.selections.keys()) {
      if (!positive.has(name) && !negative.has(name)) {
        this.add('meaning', `the condition never uses the selection "${name}"`, ['detection', name]);
      } else if (/^filter/i.test(name) && !negative.has(name)) {
        this.add('meaning', `the condition uses "${name}" without not`, at);
      }
    }
    if (this.rule.expr.op === 'const') this.add('meaning', `always ${this.rule.expr.value}`, at);
  }

  private references(condition: Condition, sign: boolean, positive: Set<string>, negative: Set<string>): void {
    if (condition.op === 'and' || condition.op === 'or') {
      for (const arg of condition.args) this.references(arg, sign, positive, negative);
    } else if (condition.op === 'not') this.references(condition.arg, !sign, positive, negative);
    else {
      const names =
        condition.op === 'of' ? selectionsOf(condition.pattern, this.parsed.selections.keys()) : [condition.name];
      for (const name of names) (sign ? positive : negative).add(name);
    }
  }

  private selection(node: ParsedNode, name: string): void {
    if (node.kind !== 'item') {
      for (const child of node.nodes) this.selection(child, name);
      return;
    }
    const { field, modifiers, values, at } = node;
    if (field !== null && field !== field.trim())
      this.add('meaning', `the field name "${field}" has spaces around it`, at);
    if (modifiers.includes('all') && values.length === 1) {
      this.add('form', `${field ?? 'keywords'}: all with a single value, which the specification does not allow`, at);
    }
    if (field === null && values.includes('')) this.add('meaning', 'an empty keyword is in every event', at);
    for (const modifier of modifiers) {
      const range = Object.hasOwn(RANGES, modifier) ? RANGES[modifier] : undefined;
      if (range === undefined) continue;
      const outside = values.filter((value) => Number(value) < range[0] || Number(value) > range[1]);
      for (const value of outside) {
        this.add('meaning', `${field}: no ${modifier} is ${String(value)} (${range[0]} to ${range[1]})`, at);
      }
    }
  }

  private cost(): void {
    const { expr, items } = this.rule;
    if (expr.op === 'const' || hasWitness(expr, items)) return;
    const at = ['detection', 'condition'];
    if (!hasPositive(expr)) {
      this.add('cost', 'only says what must not be: every event of its logsource is evaluated', at);
      return;
    }
    const why = [...new Set(items.flatMap((item) => (isWitness(item) ? [] : [weakness(item)])))].join('; ');
    this.add('cost', `nothing rare has to be there, so every event of its logsource is evaluated (${why})`, at);
  }
}

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function serves(fact: KnownLogSource, logsource: LogSource): boolean {
  return (['product', 'category', 'service'] as const).every(
    (key) => logsource[key] === undefined || logsource[key] === fact[key]?.toLowerCase(),
  );
}

/** Whether some item that is rare in events must hold for the tree to hold. */
export function hasWitness(expr: Expr, items: readonly Item[]): boolean {
  switch (expr.op) {
    case 'and':
      return expr.args.some((arg) => hasWitness(arg, items));
    case 'or':
      return expr.args.every((arg) => hasWitness(arg, items));
    case 'item':
      return isWitness(items[expr.item]);
    default:
      return false;
  }
}

function hasPositive(expr: Expr): boolean {
  if (expr.op === 'and' || expr.op === 'or') return expr.args.some(hasPositive);
  return expr.op === 'item';
}

function isWitness(item: Item): boolean {
  const { test } = item;
  switch (test.kind) {
    case 'text':
      return test.patterns.every(
        (pattern) =>
          isLiteral(pattern) ||
          pattern.some((part) => typeof part === 'string' && part.length >= WITNESS_CHARACTERS_MIN),
      );
    case 'regex':
      return test.regexes.every((regex) => regex.literals.length > 0);
    case 'cidr':
      return true;
    default:
      return false;
  }
}

function weakness(item: Item): string {
  const name = item.field ?? 'keywords';
  switch (item.test.kind) {
    case 'text':
      return `${name}: a pattern holds no ${WITNESS_CHARACTERS_MIN} characters in a row`;
    case 'regex':
      return `${name}: a regular expression holds no fixed text`;
    case 'fieldref':
      return `${name}: compares two fields`;
    default:
      return `${name}: ${item.test.kind} tells nothing beforehand`;
  }
}
