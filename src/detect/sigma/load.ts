/**
 * Rule files → RuleSet. Each document is parsed; filters are ANDed in, processing pipelines and placeholders applied, and
 * the result lowered, in pySigma's order. What cannot be used is refused by path, id, line and reason; the rest goes on.
 */
import { readCollection } from './collection.ts';
import { parseCorrelation } from './correlation.ts';
import { type LinkedCorrelations, linkCorrelations, type Referable } from './correlation-link.ts';
import { lowerDetection } from './detection.ts';
import { applyFilters, type ParsedFilter, parseFilter, targetFilters } from './filter.ts';
import {
  type CorrelationRule,
  type DetectionRule,
  LEVELS,
  type Level,
  type LogSource,
  type Refusal,
  type RuleSet,
} from './model.ts';
import { type ParsedNode, type ParsedRule, RuleError, type RuleValue } from './parse.ts';
import { type Document, type Origin, parseRule } from './parse-rule.ts';
import { applyPipelines, applyPipelinesToCorrelation, type Pipeline } from './pipeline.ts';
import { expandPlaceholders } from './placeholders.ts';
import { lineOf, readYaml, YamlError } from './yaml.ts';

export interface RuleFile {
  /** As given on the command line, or `archive.zip!inner/path.yml`. */
  readonly path: string;
  readonly text: string;
}

export interface LoadOptions {
  /** Processing pipelines, from `parsePipeline`. */
  readonly pipelines?: readonly Pipeline[];
  /** Rules below are left out, except those that a correlation which is kept refers to. */
  readonly minLevel?: Level;
  /** Values of `%name%` under `expand`, for what pipelines leave. */
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
  /** Rules to leave out although they are sound; correlations that refer to them are refused. */
  readonly leaveOut?: (rule: DetectionRule) => boolean;
}

/** Loads rules; never throws for what stands in them. */
export function loadRules(files: Iterable<RuleFile>, options: LoadOptions = {}): RuleSet {
  const loader = new Loader(options);
  for (const file of files) loader.read(file);
  return loader.finish();
}

/** What an error has to be reported with. */
interface Source {
  readonly file: RuleFile;
  readonly index: number;
}

class Loader {
  private readonly options: LoadOptions;
  private readonly placeholders: ReadonlyMap<string, readonly string[]>;
  private readonly parsed: ParsedRule[] = [];
  private readonly correlations: CorrelationRule[] = [];
  private readonly filters: ParsedFilter[] = [];
  private readonly refused: Refusal[] = [];
  private readonly notARule: string[] = [];
  private readonly warnings: { path: string; message: string }[] = [];
  /** Ids and names of what is refused, so that others are told why their reference leads nowhere. */
  private readonly lost: Referable[] = [];
  private readonly leftOut: NonNullable<RuleSet['leftOut']>[number][] = [];
  /** Id → path of what has it. */
  private readonly ids = new Map<string, string>();
  /** Path and document → where its text is, for lines of errors found later. */
  private readonly sources = new Map<string, Source>();

  constructor(options: LoadOptions) {
    this.options = options;
    this.placeholders = new Map(Object.entries(options.placeholders ?? {}));
  }

  read(file: RuleFile): void {
    let documents: unknown[];
    try {
      documents = readYaml(file.text);
    } catch (error) {
      if (!(error instanceof YamlError)) throw error;
      this.refuse({ path: file.path, id: null, reason: error.message, line: error.line });
      return;
    }
    const collection = readCollection(documents);
    if (collection.length === 0) this.notARule.push(file.path);
    for (const { kind, document, index } of collection) {
      const origin: Origin = { path: file.path, document: index };
      this.sources.set(sourceKey(origin), { file, index });
      this.guarded(document, origin, () => this.parse(kind, document, origin));
    }
  }

  private parse(kind: 'detection' | 'correlation' | 'filter', document: Document, origin: Origin): void {
    const warn = (message: string): void => {
      this.warnings.push({ path: origin.path, message });
    };
    if (kind === 'detection') {
      const rule = parseRule(document, origin, warn);
      this.claim(rule.head);
      this.parsed.push(rule);
    } else if (kind === 'correlation') {
      const rule = parseCorrelation(document, origin, warn);
      this.claim(rule);
      this.correlations.push(rule);
    } else {
      const filter = parseFilter(document, origin, warn);
      this.claim(filter.head);
      this.filters.push(filter);
    }
  }

  private claim(head: { readonly id: string; readonly path: string }): void {
    const first = this.ids.get(head.id);
    if (first !== undefined) throw new RuleError(`duplicate id ${head.id}, first used in ${first}`, ['id']);
    this.ids.set(head.id, head.path);
  }

  finish(): RuleSet {
    const targets = targetFilters(this.filters, this.parsed, this.correlations, this.lost);
    for (const { filter, error } of targets.refused) this.refuseRule(filter.head, error);
    this.warnings.push(...targets.warnings);
    const detections: DetectionRule[] = [];
    for (const rule of this.parsed) {
      this.guarded(rule.head, rule.head, () => {
        const lowered = this.lower(rule, targets.of(rule));
        if (this.options.leaveOut?.(lowered) === true) this.leave(lowered);
        else detections.push(lowered);
      });
    }
    let linked = this.link(this.correlations, detections);
    const piped = this.pipedCorrelations(linked.correlations, detections);
    // What rests on a correlation that a pipeline refused falls with it.
    if (piped !== linked.correlations) linked = this.link(piped, detections);
    return {
      ...this.aboveLevel(detections, linked.correlations, linked.silencedBy),
      refused: this.refused,
      ...(this.leftOut.length === 0 ? {} : { leftOut: this.leftOut }),
      notARule: this.notARule,
      warnings: this.warnings,
    };
  }

  private leave({ id, name, title, level, path }: DetectionRule): void {
    this.leftOut.push({ id, title, level, path });
    this.lost.push({ id, ...(name === undefined ? {} : { name }), why: 'is quarantined' });
  }

  private link(correlations: readonly CorrelationRule[], detections: readonly DetectionRule[]): LinkedCorrelations {
    const linked = linkCorrelations(correlations, detections, this.lost);
    for (const { rule, error } of linked.refused) this.refuseRule(rule, error);
    return linked;
  }

  private lower(rule: ParsedRule, filters: readonly ParsedFilter[]): DetectionRule {
    const expanded = this.expand(applyPipelines(applyFilters(rule, filters), this.options.pipelines ?? []));
    const { items, expr } = lowerDetection(expanded);
    const titles = filters.map((filter) => filter.head.title);
    return { ...expanded.head, kind: 'detection', logsource: expanded.logsource, items, expr, filters: titles };
  }

  /** Correlations through the pipelines, whose logsource conditions look at the rules referred to. */
  private pipedCorrelations(
    correlations: readonly CorrelationRule[],
    detections: readonly DetectionRule[],
  ): readonly CorrelationRule[] {
    const { pipelines } = this.options;
    if (pipelines === undefined || pipelines.length === 0) return correlations;
    const byId = new Map<string, DetectionRule | CorrelationRule>();
    for (const rule of [...detections, ...correlations]) byId.set(rule.id, rule);
    const logsources = (rule: DetectionRule | CorrelationRule | undefined): LogSource[] => {
      if (rule === undefined) return [];
      return rule.kind === 'detection' ? [rule.logsource] : rule.rules.flatMap((id) => logsources(byId.get(id)));
    };
    const piped: CorrelationRule[] = [];
    for (const rule of correlations) {
      this.guarded(rule, rule, () => piped.push(applyPipelinesToCorrelation(rule, pipelines, logsources(rule))));
    }
    return piped;
  }

  private expand(rule: ParsedRule): ParsedRule {
    const lookup = (name: string): readonly RuleValue[] | undefined => this.placeholders.get(name);
    let selections: Map<string, ParsedNode> | undefined;
    for (const [name, node] of rule.selections) {
      if (!hasPlaceholders(node)) continue;
      selections ??= new Map(rule.selections);
      selections.set(name, expandPlaceholders(node, lookup));
    }
    return selections === undefined ? rule : { ...rule, selections };
  }

  /** Leaves out what is below the asked level and serves no correlation that stays. */
  private aboveLevel(
    detections: readonly DetectionRule[],
    correlations: readonly CorrelationRule[],
    silencedBy: RuleSet['silencedBy'],
  ): Pick<RuleSet, 'detections' | 'correlations' | 'silencedBy'> {
    const least = LEVELS.indexOf(this.options.minLevel ?? 'informational');
    if (least === 0) return { detections, correlations, silencedBy };
    const byId = new Map(correlations.map((rule) => [rule.id, rule]));
    const needed = new Set<string>();
    const need = (rule: CorrelationRule): void => {
      for (const id of rule.rules) {
        if (needed.has(id)) continue;
        needed.add(id);
        const inner = byId.get(id);
        if (inner !== undefined) need(inner);
      }
    };
    for (const rule of correlations) if (LEVELS.indexOf(rule.level) >= least) need(rule);
    const stays = (rule: { id: string; level: Level }): boolean =>
      LEVELS.indexOf(rule.level) >= least || needed.has(rule.id);
    const left = correlations.filter(stays);
    const ids = new Set(left.map((rule) => rule.id));
    const silenced = Object.entries(silencedBy).map(([id, by]) => [id, by.filter((other) => ids.has(other))] as const);
    return {
      detections: detections.filter(stays),
      correlations: left,
      silencedBy: Object.fromEntries(silenced.filter(([, by]) => by.length > 0)),
    };
  }

  /** Runs work on one document; what it throws about the rule becomes a refusal. */
  private guarded(named: { readonly id?: unknown; readonly name?: unknown }, origin: Origin, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof RuleError)) throw error;
      const id = typeof named.id === 'string' ? named.id : null;
      this.refuseRule({ id, path: origin.path, document: origin.document, name: named.name }, error);
    }
  }

  private refuseRule(
    rule: { readonly id: string | null; readonly path: string; readonly document: number; readonly name?: unknown },
    error: RuleError,
  ): void {
    const source = this.sources.get(sourceKey(rule));
    const line = source === undefined ? undefined : lineOf(source.file.text, source.index, error.at);
    const reason = error.hint === undefined ? error.message : `${error.message}. ${error.hint}`;
    if (rule.id !== null)
      this.lost.push({ id: rule.id, ...(typeof rule.name === 'string' ? { name: rule.name } : {}) });
    this.refuse({ path: rule.path, id: rule.id, reason, line });
  }

  private refuse(refusal: { path: string; id: string | null; reason: string; line: number | undefined }): void {
    const { path, id, reason, line } = refusal;
    this.refused.push({ path, id, reason, ...(line === undefined ? {} : { line }) });
  }
}

function sourceKey(origin: { readonly path: string; readonly document: number }): string {
  return `${origin.document} ${origin.path}`;
}

function hasPlaceholders(node: ParsedNode): boolean {
  return node.kind === 'item' ? node.modifiers.includes('expand') : node.nodes.some(hasPlaceholders);
}
