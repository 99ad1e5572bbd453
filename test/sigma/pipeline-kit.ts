/** For the pipelines' tests: a rule through pipelines, and what came out, in words. */
import assert from 'node:assert/strict';
import type { Condition, ParsedNode, ParsedRule } from '../../src/detect/sigma/parse.ts';
import { isMap, parseRule } from '../../src/detect/sigma/parse-rule.ts';
import { applyPipelines, parsePipeline } from '../../src/detect/sigma/pipeline.ts';
import { readYaml } from '../../src/detect/sigma/yaml.ts';

/** A rule from the body of its `detection` (a one-selection map is enough) and further top-level lines. */
export function ruleOf(
  selection: string,
  condition = 'sel',
  more = 'logsource: {product: windows, category: process_creation}',
): ParsedRule {
  const body = selection.includes('\n') ? selection : `  sel: ${selection}`;
  const [document] = readYaml(`title: T\nid: r\n${more}\ndetection:\n${body}\n  condition: ${condition}\n`);
  assert.ok(isMap(document));
  return parseRule(document, { path: 'r.yml', document: 0 });
}

/** A pipeline from its transformations, each a flow map. */
export function pipelineOf(...transformations: string[]) {
  return parsePipeline({
    path: 'p.yml',
    text: `name: p\ntransformations:\n${transformations.map((t) => `  - ${t}\n`).join('')}`,
  });
}

/** What a rule's selection (or the body of its detection) becomes. */
export function through(selection: string, ...transformations: string[]): string {
  return shown(applyPipelines(ruleOf(selection), [pipelineOf(...transformations)]));
}

/** Selections in words; conditions only where they are not just `sel`. */
export function shown(rule: ParsedRule): string {
  const selections = [...rule.selections].map(([name, node]) => (name === 'sel' ? '' : `${name}: `) + node_(node));
  const conditions = rule.conditions.map(words).filter((text) => text !== 'sel');
  return [...selections, ...conditions.map((text) => `if ${text}`)].join('; ');
}

function node_(node: ParsedNode): string {
  if (node.kind === 'item')
    return `${[node.field ?? '', ...node.modifiers].join('|')}=${node.values.map(value).join(',')}`;
  return `(${node.nodes.map(node_).join(node.kind === 'all' ? ' & ' : ' | ')})`;
}

/** Texts bare, all else as JSON in angle brackets. */
function value(one: unknown): string {
  return typeof one === 'string' ? one : `<${JSON.stringify(one)}>`;
}

export function words(condition: Condition): string {
  if (condition.op === 'selection') return condition.name;
  if (condition.op === 'not') return `not ${words(condition.arg)}`;
  if (condition.op === 'of') return `${condition.quantifier} of ${condition.pattern ?? 'them'}`;
  return `(${condition.args.map(words).join(` ${condition.op} `)})`;
}
