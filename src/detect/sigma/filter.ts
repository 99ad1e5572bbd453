/** Global filters (specification 2.1, "Sigma Filters"): ANDed to the rules they name, as pySigma does. */
import { selectionsOf } from './condition.ts';
import { type Referable, References } from './correlation-link.ts';
import { lowerDetection } from './detection.ts';
import type { LogSource, RuleHead } from './model.ts';
import { type Condition, type ParsedDetection, type ParsedNode, type ParsedRule, RuleError } from './parse.ts';
import { type Document, isMap, type Origin, parseDetection, parseHead, parseLogSource } from './parse-rule.ts';

export interface ParsedFilter {
  readonly head: RuleHead;
  readonly logsource: LogSource;
  /** Ids or names as written; `any`: every rule of a compatible logsource. */
  readonly rules: 'any' | readonly string[];
  readonly detection: ParsedDetection;
}

/** A filter has no level to miss; the specification gives it none. */
export function parseFilter(document: Document, origin: Origin, warn: (message: string) => void): ParsedFilter {
  const head = parseHead(document, origin, warn);
  const logsource = parseLogSource(document.logsource);
  const { filter } = document;
  if (!isMap(filter)) throw new RuleError('filter is no map', ['filter']);
  const rules = parseRules(filter.rules);
  if (typeof filter.condition !== 'string')
    throw new RuleError('filter: condition is missing or no text', ['filter', 'condition']);
  const detection = parseDetection(filter, ['filter'], ['rules', 'condition']);
  // A mistake in the filter is to be the filter's, not that of every rule it would be ANDed to.
  if (![...detection.selections.values()].some(hasPlaceholders)) lowerDetection(detection);
  if (!detection.conditions.some(hasNot)) {
    warn(
      `filter "${head.title}": its condition has no "not", so rules will match only where the filter matches; suppression is written "not selection"`,
    );
  }
  return { head, logsource, rules, detection };
}

function parseRules(rules: unknown): 'any' | string[] {
  if (typeof rules === 'string') return rules.toLowerCase() === 'any' ? 'any' : [rules];
  if (!Array.isArray(rules) || rules.length === 0) {
    throw new RuleError('filter: rules is missing or empty', ['filter', 'rules'], {
      hint: 'Write `rules: any` for all rules of the logsource.',
    });
  }
  return rules.map((rule, i) => {
    if (typeof rule === 'string') return rule;
    throw new RuleError(`filter: rules holds ${JSON.stringify(rule)}, no name`, ['filter', 'rules', i]);
  });
}

/** What loaded filters apply to; made once all detections are known. */
export interface FilterTargets {
  /** Filters that apply to a rule, in the order given. */
  of(rule: ParsedRule): readonly ParsedFilter[];
  readonly refused: readonly { readonly filter: ParsedFilter; readonly error: RuleError }[];
  readonly warnings: readonly { readonly path: string; readonly message: string }[];
}

/**
 * Finds what each filter applies to. A filter that names an unknown rule or a correlation is refused; one that names a
 * rule of another logsource leaves that rule alone, with a warning. `refusedRules` are known, though nothing is left to filter.
 */
export function targetFilters(
  filters: readonly ParsedFilter[],
  rules: readonly ParsedRule[],
  correlations: Iterable<Referable> = [],
  refusedRules: Iterable<Referable> = [],
): FilterTargets {
  const known = new References(rules.map((rule) => ({ id: rule.head.id, name: rule.head.name ?? rule.head.id, rule })));
  const others = new References<Referable>(correlations);
  const lost = new References<Referable>(refusedRules);
  const refused: { filter: ParsedFilter; error: RuleError }[] = [];
  const warnings: { path: string; message: string }[] = [];
  const everywhere: ParsedFilter[] = [];
  const byRule = new Map<string, ParsedFilter[]>();
  for (const filter of filters) {
    try {
      if (filter.rules === 'any') everywhere.push(filter);
      else
        for (const id of targets(filter, known, others, lost, warnings))
          byRule.set(id, [...(byRule.get(id) ?? []), filter]);
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      refused.push({ filter, error });
    }
  }
  const of = (rule: ParsedRule): readonly ParsedFilter[] => {
    const named = byRule.get(rule.head.id) ?? [];
    const all = everywhere.filter((filter) => covers(filter.logsource, rule.logsource));
    return all.length === 0 ? named : filters.filter((filter) => named.includes(filter) || all.includes(filter));
  };
  return { of, refused, warnings };
}

function targets(
  filter: ParsedFilter,
  known: References<Referable & { rule: ParsedRule }>,
  correlations: References<Referable>,
  lost: References<Referable>,
  warnings: { path: string; message: string }[],
): string[] {
  const { path, title } = filter.head;
  const ids = new Set<string>();
  for (const [i, reference] of (filter.rules === 'any' ? [] : filter.rules).entries()) {
    const at = ['filter', 'rules', i];
    const found = known.find(reference, at);
    if (found !== undefined && covers(filter.logsource, found.rule.logsource)) {
      ids.add(found.id);
    } else if (found !== undefined) {
      warnings.push({ path, message: `filter "${title}": ${reference} has another logsource and is left as it is` });
    } else if (correlations.find(reference, at) !== undefined) {
      throw new RuleError(`filter: ${reference} is a correlation; filters apply to detection rules`, at);
    } else if (lost.find(reference, at) === undefined) {
      throw new RuleError(`filter: names the rule ${reference}, which is unknown`, at);
    }
  }
  return [...ids];
}

/** Whether each attribute the first states is the second's too. */
function covers(filter: LogSource, rule: LogSource): boolean {
  return (['category', 'product', 'service'] as const).every(
    (key) => filter[key] === undefined || filter[key] === rule[key],
  );
}

/**
 * ANDs filters to a rule, before pipelines, so that these see the filter's fields as the rule's. The filter's selections
 * stand beside the rule's as `<filter title>: <selection>`; no `of` of the rule or of another filter reaches them.
 */
export function applyFilters(rule: ParsedRule, filters: readonly ParsedFilter[]): ParsedRule {
  if (filters.length === 0) return rule;
  const selections = new Map(rule.selections);
  let conditions = rule.conditions.map((condition) =>
    spelledOut(condition, [...rule.selections.keys()], (name) => name),
  );
  for (const { head, detection } of filters) {
    const own = [...detection.selections.keys()];
    const rename = (name: string): string => `${label}: ${name}`;
    let label = head.title;
    for (let n = 2; own.some((name) => selections.has(rename(name))); n++) label = `${head.title} (${n})`;
    for (const [name, node] of detection.selections) selections.set(rename(name), node);
    const extra = detection.conditions.map((condition) => spelledOut(condition, own, rename));
    conditions = conditions.map((condition) => ({ op: 'and', args: [condition, ...extra] }));
  }
  return { ...rule, selections, conditions };
}

/** The condition with every `of` replaced by the selections it speaks of (one that speaks of none stays, and is refused later). */
function spelledOut(condition: Condition, names: readonly string[], rename: (name: string) => string): Condition {
  switch (condition.op) {
    case 'and':
    case 'or':
      return { op: condition.op, args: condition.args.map((arg) => spelledOut(arg, names, rename)) };
    case 'not':
      return { op: 'not', arg: spelledOut(condition.arg, names, rename) };
    case 'selection':
      return { op: 'selection', name: rename(condition.name) };
    case 'of': {
      const found = selectionsOf(condition.pattern, names);
      if (found.length === 0) return condition;
      const args = found.map((name): Condition => ({ op: 'selection', name: rename(name) }));
      return args.length === 1 ? args[0] : { op: condition.quantifier === 'all' ? 'and' : 'or', args };
    }
  }
}

function hasNot(condition: Condition): boolean {
  if (condition.op === 'not') return true;
  return (condition.op === 'and' || condition.op === 'or') && condition.args.some(hasNot);
}

function hasPlaceholders(node: ParsedNode): boolean {
  return node.kind === 'item' ? node.modifiers.includes('expand') : node.nodes.some(hasPlaceholders);
}
