/**
 * Rule files → RuleSet. Each document is parsed, taken through the processing pipelines, has its placeholders replaced,
 * is lowered, and has filters ANDed in. What cannot be used is refused by path, id, line and reason; the rest goes on.
 */

import { readCollection } from './collection.ts';
import { lowerDetection } from './detection.ts';
import { type DetectionRule, LEVELS, type Level, type Refusal, type RuleSet } from './model.ts';
import { type ParsedNode, type ParsedRule, RuleError, type RuleValue } from './parse.ts';
import { type Document, type Origin, parseRule } from './parse-rule.ts';
import { expandPlaceholders } from './placeholders.ts';
import { lineOf, readYaml, YamlError } from './yaml.ts';

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface LoadOptions {
  /** Rules below are left out, except those a correlation that is kept refers to. */
  readonly minLevel?: Level;
  /** Values of `%name%` under `expand`, after what pipelines supply. */
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
}

export function loadRules(files: Iterable<RuleFile>, options: LoadOptions = {}): RuleSet {
  const loader = new Loader(options);
  for (const file of files) loader.file(file);
  return loader.finish();
}

class Loader {
  private readonly options: LoadOptions;
  private readonly placeholders: ReadonlyMap<string, readonly string[]>;
  private readonly detections: DetectionRule[] = [];
  private readonly refused: Refusal[] = [];
  private readonly notARule: string[] = [];
  private readonly warnings: { path: string; message: string }[] = [];
  /** Id → path of the rule that has it. */
  private readonly ids = new Map<string, string>();

  constructor(options: LoadOptions) {
    this.options = options;
    this.placeholders = new Map(Object.entries(options.placeholders ?? {}));
  }

  file(file: RuleFile): void {
    let documents: unknown[];
    try {
      documents = readYaml(file.text);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      this.refuse(file.path, null, error.message, error.line);
      return;
    }
    const collection = readCollection(documents);
    if (collection.length === 0) this.notARule.push(file.path);
    for (const { kind, document, index } of collection) {
      const origin: Origin = { path: file.path, document: index };
      try {
        if (kind === 'detection') this.detection(document, origin);
      } catch (error) {
        if (!(error instanceof RuleError)) throw error;
        const id = typeof document.id === 'string' ? document.id : null;
        this.refuse(file.path, id, error.message, lineOf(file.text, index, error.at));
      }
    }
  }

  private detection(document: Document, origin: Origin): void {
    const warn = (message: string): void => {
      this.warnings.push({ path: origin.path, message });
    };
    const parsed = parseRule(document, origin, warn);
    const first = this.ids.get(parsed.head.id);
    if (first !== undefined) throw new RuleError(`duplicate id, first used in ${first}`, ['id']);
    const expanded = this.expand(parsed);
    const { items, expr } = lowerDetection(expanded);
    this.ids.set(parsed.head.id, origin.path);
    this.detections.push({
      ...expanded.head,
      kind: 'detection',
      logsource: expanded.logsource,
      items,
      expr,
      filters: [],
    });
  }

  private expand(rule: ParsedRule): ParsedRule {
    const lookup = (name: string): readonly RuleValue[] | undefined => this.placeholders.get(name);
    let selections: Map<string, ParsedNode> | undefined;
    for (const [name, node] of rule.selections) {
      const expanded = hasPlaceholders(node) ? expandPlaceholders(node, lookup) : node;
      if (expanded === node) continue;
      selections ??= new Map(rule.selections);
      selections.set(name, expanded);
    }
    return selections === undefined ? rule : { ...rule, selections };
  }

  private refuse(path: string, id: string | null, reason: string, line: number | undefined): void {
    this.refused.push({ path, id, reason, ...(line === undefined ? {} : { line }) });
  }

  finish(): RuleSet {
    const least = LEVELS.indexOf(this.options.minLevel ?? 'informational');
    return {
      detections: this.detections.filter((rule) => LEVELS.indexOf(rule.level) >= least),
      correlations: [],
      refused: this.refused,
      notARule: this.notARule,
      silencedBy: {},
      warnings: this.warnings,
    };
  }
}

function hasPlaceholders(node: ParsedNode): boolean {
  return node.kind === 'item' ? node.modifiers.includes('expand') : node.nodes.some(hasPlaceholders);
}
