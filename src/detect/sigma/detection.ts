/** Lowering: a parsed detection (after pipelines and placeholders) to items and one boolean tree. */
import { limits } from '../../base/index.ts';
import { combinationError } from './combinations.ts';
import { selectionsOf } from './condition.ts';
import type { Expr, Item } from './model.ts';
import { applyModifiers, type Draft, ModifierError, testsOf } from './modifiers.ts';
import { type Condition, type ParsedDetection, type ParsedItem, type ParsedNode, RuleError } from './parse.ts';

export interface Lowered {
  readonly items: readonly Item[];
  readonly expr: Expr;
}

/**
 * Lowers what the conditions speak of; several conditions are ORed. `label` is put before selection names (filters).
 * Throws a {@link RuleError} for unknown selections and for values and modifiers that do not fit.
 */
export function lowerDetection(detection: ParsedDetection, label = ''): Lowered {
  const lowering = new Lowering(detection, label);
  const expr = or(detection.conditions.map((condition) => lowering.condition(condition)));
  return { items: lowering.items, expr };
}

class Lowering {
  readonly items: Item[] = [];
  private readonly detection: ParsedDetection;
  private readonly label: string;
  private readonly lowered = new Map<string, Expr>();
  private values = 0;

  constructor(detection: ParsedDetection, label: string) {
    this.detection = detection;
    this.label = label;
  }

  condition(condition: Condition): Expr {
    switch (condition.op) {
      case 'and':
        return and(condition.args.map((arg) => this.condition(arg)));
      case 'or':
        return or(condition.args.map((arg) => this.condition(arg)));
      case 'not':
        return not(this.condition(condition.arg));
      case 'selection':
        return this.selection(condition.name);
      case 'of': {
        const names = selectionsOf(condition.pattern, this.detection.selections.keys());
        if (names.length === 0) {
          throw new RuleError(`no selection is called ${condition.pattern ?? 'anything without _'}`, [
            'detection',
            'condition',
          ]);
        }
        const parts = names.map((name) => this.selection(name));
        return condition.quantifier === 'any' ? or(parts) : and(parts);
      }
    }
  }

  private selection(name: string): Expr {
    const known = this.lowered.get(name);
    if (known !== undefined) return known;
    const node = this.detection.selections.get(name);
    if (node === undefined)
      throw new RuleError(`the condition names the unknown selection "${name}"`, ['detection', 'condition']);
    const expr = this.node(node, this.label + name);
    this.lowered.set(name, expr);
    return expr;
  }

  private node(node: ParsedNode, selection: string): Expr {
    if (node.kind === 'all') return and(node.nodes.map((child) => this.node(child, selection)));
    if (node.kind === 'any') return or(node.nodes.map((child) => this.node(child, selection)));
    return this.item(node, selection);
  }

  private item(item: ParsedItem, selection: string): Expr {
    const { modifiers, values } = item;
    checkCombination(item);
    const keyword = item.field === null;
    const options = { cased: modifiers.includes('cased'), keyword };
    // Under `all` each value is an item of its own.
    const groups = modifiers.includes('all') ? values.map((value) => [value]) : [values];
    const parts: Expr[] = [];
    for (const group of groups) {
      const drafts = this.drafts(item, group);
      const alternatives: Expr[] = [];
      const tests = guarded(item, () => testsOf(drafts, options));
      for (const test of tests) {
        // Comparisons and the like are a test each: which value a test stands for is then its own.
        const own = tests.length === 1 || tests.length !== group.length ? group : [group[alternatives.length]];
        this.items.push({ selection, field: item.field, modifiers, values: own, test });
        alternatives.push({ op: 'item', item: this.items.length - 1 });
      }
      parts.push(or(alternatives));
    }
    const expr = modifiers.includes('all') ? and(parts) : or(parts);
    return modifiers.includes('neq') ? not(expr) : expr;
  }

  private drafts(item: ParsedItem, values: readonly (string | number | boolean | null)[]): Draft[] {
    const drafts: Draft[] = [];
    guarded(item, () => {
      for (const value of values) applyModifiers(value, item.modifiers, drafts);
    });
    this.values += drafts.length;
    if (this.values > limits.valuesPerRuleMax)
      throw new RuleError(`more than ${limits.valuesPerRuleMax} values`, item.at);
    return drafts;
  }
}

/** What can be said of an item before its values are looked at. */
function checkCombination(item: ParsedItem): void {
  const { modifiers, values, field, at } = item;
  const problem =
    (modifiers.length === 0 ? null : combinationError(modifiers, field === null)) ??
    (values.length > 0 && values.includes(null) ? nullError(item) : null) ??
    (values.length > 1 && modifiers.includes('exists') ? 'exists takes one value' : null);
  if (problem !== null) throw new RuleError(`${itemName(item)}: ${problem}`, at);
}

function nullError(item: ParsedItem): string | null {
  if (item.values.length > 1) return 'null cannot stand in a list of values; give it a selection of its own';
  if (item.field === null) return 'null needs a field';
  return item.modifiers.every((modifier) => modifier === 'neq') ? null : 'null takes no modifier but neq';
}

/** Field and modifiers as written. */
export function itemName(item: { readonly field: string | null; readonly modifiers: readonly string[] }): string {
  return [item.field ?? 'keywords', ...item.modifiers].join('|');
}

function guarded<T>(item: ParsedItem, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ModifierError) throw new RuleError(`${itemName(item)}: ${cause.message}`, item.at);
    throw cause;
  }
}

/** Conjunction, flattened, constants folded. */
export function and(args: readonly Expr[]): Expr {
  const flat: Expr[] = [];
  for (const arg of args) {
    if (arg.op === 'const') {
      if (!arg.value) return arg;
    } else if (arg.op === 'and') flat.push(...arg.args);
    else flat.push(arg);
  }
  return flat.length === 0 ? { op: 'const', value: true } : flat.length === 1 ? flat[0] : { op: 'and', args: flat };
}

/** Disjunction, flattened, constants folded. */
export function or(args: readonly Expr[]): Expr {
  const flat: Expr[] = [];
  for (const arg of args) {
    if (arg.op === 'const') {
      if (arg.value) return arg;
    } else if (arg.op === 'or') flat.push(...arg.args);
    else flat.push(arg);
  }
  return flat.length === 0 ? { op: 'const', value: false } : flat.length === 1 ? flat[0] : { op: 'or', args: flat };
}

export function not(arg: Expr): Expr {
  if (arg.op === 'not') return arg.arg;
  return arg.op === 'const' ? { op: 'const', value: !arg.value } : { op: 'not', arg };
}
