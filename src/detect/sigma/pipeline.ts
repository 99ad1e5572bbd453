/**
 * Processing pipelines in pySigma's YAML format
 * (https://sigmahq-pysigma.readthedocs.io/en/latest/Processing_Pipelines.html): what they do to rules before these are
 * lowered. Postprocessing and finalizers are about query text and are ignored with a warning; anything unknown refuses
 * the pipeline.
 */
import { WeirError } from '../../base/index.ts';
import type { CorrelationRule, LogSource } from './model.ts';
import { type At, type ParsedRule, RuleError } from './parse.ts';
import { stepConditions } from './pipeline-conditions.ts';
import { fieldTransformations, type Transformation, type TransformationTable } from './pipeline-fields.ts';
import { itemTransformations } from './pipeline-items.ts';
import { Params } from './pipeline-params.ts';
import { ruleTransformations } from './pipeline-rules.ts';
import { Run, type Step } from './pipeline-run.ts';
import { lineOf, readYaml, YamlError } from './yaml.ts';

export interface Pipeline {
  /** As given on the command line. */
  readonly path: string;
  readonly name: string;
  /** Lower runs first. */
  readonly priority: number;
  readonly vars: ReadonlyMap<string, unknown>;
  readonly steps: readonly Step[];
  readonly warnings: readonly string[];
}

/** A pipeline that cannot be used; the message starts with `path:line`. */
export class PipelineError extends WeirError {
  constructor(path: string, line: number | undefined, message: string, cause: unknown) {
    super('sigma.pipeline', `${path}${line === undefined ? '' : `:${line}`}: ${message}`, { cause });
  }
}

const TRANSFORMATIONS: TransformationTable = {
  ...fieldTransformations,
  ...itemTransformations,
  ...ruleTransformations,
  nest: (params) => {
    const steps = parseSteps(params.raw('items'), [...params.at, 'items']);
    return (run) => run.run(steps);
  },
};

/** Known to pySigma, and why not here. */
const REFUSED: Readonly<Record<string, string>> = {
  query_expression_placeholders: 'it writes text of a query language',
  file_placeholders: 'values come from vars only',
  http_placeholders: 'values come from vars only',
  command_placeholders: 'values come from vars only',
  extract_fields: 'it is not supported',
};

/** Pipelines within pipelines. */
const NEST_MAX = 8;

/** Reads a pipeline; throws {@link PipelineError} for what is unknown or wrong. */
export function parsePipeline(file: { readonly path: string; readonly text: string }): Pipeline {
  try {
    const documents = readYaml(file.text);
    if (documents.length !== 1) throw new YamlError(`${documents.length} documents; a pipeline is one`);
    return { path: file.path, ...parse(new Params(documents[0], []), file.path) };
  } catch (error) {
    if (error instanceof RuleError) {
      throw new PipelineError(file.path, lineOf(file.text, 0, error.at), error.message, error);
    }
    if (error instanceof YamlError) throw new PipelineError(file.path, error.line, error.message, error);
    throw error;
  }
}

function parse(params: Params, path: string): Omit<Pipeline, 'path'> {
  const priority = params.raw('priority') ?? 0;
  if (typeof priority !== 'number') throw params.error('priority', 'is no number');
  const vars = params.has('vars') ? new Params(params.raw('vars'), ['vars']) : null;
  const pipeline = {
    name: params.text('name', path),
    priority,
    vars: new Map(vars === null ? [] : vars.entries()),
    steps: parseSteps(params.raw('transformations') ?? [], ['transformations']),
    warnings: ['postprocessing', 'finalizers']
      .filter((key) => params.has(key))
      .map((key) => `${path}: ${key} is about the text of queries and is ignored`),
  };
  params.raw('allowed_backends');
  params.done('pipeline');
  return pipeline;
}

function parseSteps(list: unknown, at: At): Step[] {
  if (!Array.isArray(list)) throw new RuleError('this is no list of transformations', at);
  if (at.length > 2 * NEST_MAX + 1) throw new RuleError(`nested deeper than ${NEST_MAX}`, at);
  return list.map((entry, i) => {
    const params = new Params(entry, [...at, i]);
    const type = params.text('type');
    const step = {
      id: params.text('id', `#${[...at, i].join('.')}`),
      ...stepConditions(params),
      transform: transformation(type, params),
    };
    params.done(type);
    return step;
  });
}

function transformation(type: string, params: Params): Transformation {
  if (Object.hasOwn(REFUSED, type)) throw params.error('type', `${type}: ${REFUSED[type]}`);
  if (!Object.hasOwn(TRANSFORMATIONS, type)) throw params.error('type', `is the unknown transformation "${type}"`);
  return TRANSFORMATIONS[type](params);
}

/** Several pipelines act as one: in order of priority, with common variables (a later one's win) and state. */
function joined(pipelines: readonly Pipeline[]): { steps: Step[]; vars: Map<string, unknown> } {
  const sorted = [...pipelines].sort((a, b) => a.priority - b.priority);
  return {
    steps: sorted.flatMap((pipeline) => pipeline.steps),
    vars: new Map(sorted.flatMap((pipeline) => [...pipeline.vars])),
  };
}

/** The rule as the pipelines leave it. Throws a {@link RuleError} where they refuse it. */
export function applyPipelines(rule: ParsedRule, pipelines: readonly Pipeline[]): ParsedRule {
  if (pipelines.length === 0) return rule;
  const { steps, vars } = joined(pipelines);
  const run = new Run(rule, vars, []);
  run.run(steps);
  if (run.detection === null) throw new Error('a detection rule has no detection');
  const { selections, conditions, logsource } = run.detection;
  return { head: { ...rule.head, fields: run.fields }, logsource, document: run.attributes, selections, conditions };
}

/**
 * The same for a correlation: field names in `group-by`, `aliases` and the condition's `field` are mapped. `logsources`
 * are those of the rules it refers to, one of which a `logsource` condition must match.
 */
export function applyPipelinesToCorrelation(
  rule: CorrelationRule,
  pipelines: readonly Pipeline[],
  logsources: readonly LogSource[],
): CorrelationRule {
  if (pipelines.length === 0) return rule;
  const { steps, vars } = joined(pipelines);
  const run = new Run(rule, vars, logsources);
  run.run(steps);
  return { ...(run.correlation ?? rule), fields: run.fields };
}
