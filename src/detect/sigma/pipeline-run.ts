/** One rule on its way through the pipelines, and what they have done to it so far. */
import { selectionsOf } from './condition.ts';
import type { CorrelationRule, LogSource } from './model.ts';
import { type Condition, type ParsedItem, type ParsedNode, type ParsedRule, RuleError } from './parse.ts';

/** One entry of a pipeline's `transformations`, ready to run. */
export interface Step {
  /** As written, or `#<number>` in its pipeline. */
  readonly id: string;
  readonly applies: (run: Run) => boolean;
  /** Detection item and field name conditions, on an item. */
  readonly appliesToItem: (run: Run, item: ParsedItem) => boolean;
  /** Field name conditions, on a name; null is the absent name of a keyword. */
  readonly appliesToField: (run: Run, field: string | null) => boolean;
  readonly transform: (run: Run, step: Step) => void;
}

export interface DetectionDraft {
  selections: Map<string, ParsedNode>;
  conditions: readonly Condition[];
  logsource: LogSource;
}

const NONE: ReadonlySet<string> = new Set();

export class Run {
  /** Values for placeholders: the pipelines' `vars`. */
  readonly vars: ReadonlyMap<string, unknown>;
  readonly state = new Map<string, unknown>();
  /** Ids of the steps whose rule conditions held. */
  readonly applied = new Set<string>();
  /** Field names that were mapped, before and after. */
  readonly mapped = new Set<string>();
  /** Attributes for `rule_attribute`; custom ones are set here. */
  readonly attributes: Record<string, unknown>;
  readonly tags: readonly string[];
  fields: readonly string[];
  readonly detection: DetectionDraft | null;
  correlation: CorrelationRule | null;
  /** The rule's, or those of the rules a correlation refers to. */
  readonly #logsources: readonly LogSource[];
  /** Field name outside of items → ids of the steps that made it. */
  readonly #fieldIds = new Map<string, ReadonlySet<string>>();
  readonly #itemIds = new WeakMap<ParsedItem, ReadonlySet<string>>();
  #conditionCount = 0;

  constructor(
    rule: ParsedRule | CorrelationRule,
    vars: ReadonlyMap<string, unknown>,
    logsources: readonly LogSource[],
  ) {
    this.vars = vars;
    if ('selections' in rule) {
      const { head, document, selections, conditions, logsource } = rule;
      this.attributes = Object.assign(Object.create(null), document, {
        id: head.id,
        title: head.title,
        level: head.level,
      });
      this.tags = head.tags;
      this.fields = head.fields;
      this.detection = { selections: new Map(selections), conditions, logsource };
      this.correlation = null;
    } else {
      this.attributes = Object.assign(Object.create(null), rule);
      this.tags = rule.tags;
      this.fields = rule.fields;
      this.detection = null;
      this.correlation = rule;
    }
    this.#logsources = logsources;
  }

  get logsources(): readonly LogSource[] {
    return this.detection === null ? this.#logsources : [this.detection.logsource];
  }

  run(steps: readonly Step[]): void {
    for (const step of steps) {
      if (!step.applies(this)) continue;
      this.applied.add(step.id);
      step.transform(this, step);
    }
  }

  itemWasTouchedBy(item: ParsedItem, id: string): boolean {
    return (this.#itemIds.get(item) ?? NONE).has(id);
  }

  fieldWasTouchedBy(field: string | null, id: string): boolean {
    return field !== null && (this.#fieldIds.get(field) ?? NONE).has(id);
  }

  fieldBecame(from: string, to: readonly string[], id: string): void {
    const ids = new Set([...(this.#fieldIds.get(from) ?? NONE), id]);
    for (const field of to) this.#fieldIds.set(field, ids);
  }

  /** Every item of the rule, whatever a step's conditions say. */
  *items(): Generator<ParsedItem, undefined> {
    const stack: ParsedNode[] = this.detection === null ? [] : [...this.detection.selections.values()].reverse();
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.kind === 'item') yield node;
      else stack.push(...node.nodes.toReversed());
    }
  }

  /** Replaces items the step applies to: undefined leaves one, null takes it away. What was replaced is marked as touched. */
  changeItems(step: Step, change: (item: ParsedItem) => ParsedNode | null | undefined): void {
    const { detection } = this;
    if (detection === null) return;
    const gone: string[] = [];
    for (const [name, node] of detection.selections) {
      const changed = this.#changed(node, step, change);
      if (changed === null) gone.push(name);
      else if (changed !== node) detection.selections.set(name, changed);
    }
    if (gone.length > 0) this.#drop(detection, new Set(gone));
  }

  /** ANDs a selection to every condition. */
  addCondition(name: string | null, node: ParsedNode, negated: boolean, step: Step): void {
    const { detection } = this;
    if (detection === null) return;
    let free = name ?? `_cond_${this.#conditionCount++}`;
    while (name === null && detection.selections.has(free)) free = `_cond_${this.#conditionCount++}`;
    this.#mark(node, step.id, NONE);
    detection.selections.set(free, node);
    const selection: Condition = { op: 'selection', name: free };
    const added: Condition = negated ? { op: 'not', arg: selection } : selection;
    detection.conditions = detection.conditions.map((condition) => ({ op: 'and', args: [added, condition] }));
  }

  #changed(
    node: ParsedNode,
    step: Step,
    change: (item: ParsedItem) => ParsedNode | null | undefined,
  ): ParsedNode | null {
    if (node.kind === 'item') {
      if (!step.appliesToItem(this, node)) return node;
      const changed = change(node);
      if (changed === undefined) return node;
      if (changed !== null) this.#mark(changed, step.id, this.#itemIds.get(node) ?? NONE);
      return changed;
    }
    const nodes = node.nodes.map((inner) => this.#changed(inner, step, change));
    if (nodes.every((inner, i) => inner === node.nodes[i])) return node;
    const left = nodes.filter((inner) => inner !== null);
    if (left.length === 0) return null;
    return left.length === 1 ? left[0] : { kind: node.kind, nodes: left };
  }

  #mark(node: ParsedNode, id: string, before: ReadonlySet<string>): void {
    if (node.kind === 'item') this.#itemIds.set(node, new Set([...before, id]));
    else for (const inner of node.nodes) this.#mark(inner, id, before);
  }

  /** Selections of which nothing is left go, and with them what conditions say of them, as in pySigma. */
  #drop(detection: DetectionDraft, gone: ReadonlySet<string>): void {
    const before = [...detection.selections.keys()];
    for (const name of gone) detection.selections.delete(name);
    const left = detection.conditions.map((condition) => without(condition, gone, before)).filter((c) => c !== null);
    if (left.length === 0) throw new RuleError('the pipeline leaves nothing of the rule');
    detection.conditions = left;
  }
}

function without(condition: Condition, gone: ReadonlySet<string>, names: readonly string[]): Condition | null {
  switch (condition.op) {
    case 'and':
    case 'or': {
      const args = condition.args.map((arg) => without(arg, gone, names)).filter((arg) => arg !== null);
      if (args.length === 0) return null;
      return args.length === 1 ? args[0] : { op: condition.op, args };
    }
    case 'not': {
      const arg = without(condition.arg, gone, names);
      return arg === null ? null : { op: 'not', arg };
    }
    case 'selection':
      return gone.has(condition.name) ? null : condition;
    case 'of': {
      const found = selectionsOf(condition.pattern, names);
      return found.length > 0 && found.every((name) => gone.has(name)) ? null : condition;
    }
  }
}
