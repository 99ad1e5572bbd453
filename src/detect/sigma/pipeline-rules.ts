/** Transformations of a rule as a whole, of its placeholders, and of the pipeline's own state. */
import type { LogSource } from './model.ts';
import { type ParsedItem, type ParsedNode, RuleError, type RuleValue } from './parse.ts';
import { parseDetection } from './parse-rule.ts';
import { logsourceOf } from './pipeline-conditions.ts';
import type { Transformation, TransformationTable } from './pipeline-fields.ts';
import type { Params } from './pipeline-params.ts';
import type { Run } from './pipeline-run.ts';
import { expandItem, placeholderNames } from './placeholders.ts';

export const ruleTransformations: TransformationTable = {
  add_condition: (params) => {
    const name = params.text('name', null);
    const template = params.flag('template', false);
    const negated = params.flag('negated', false);
    const conditions = params.raw('conditions');
    const { selections } = parseDetection({ conditions, condition: 'conditions' }, params.at, ['condition']);
    const node = selections.get('conditions') ?? { kind: 'all', nodes: [] };
    return (run, step) => {
      const logsource = run.detection?.logsource;
      if (logsource !== undefined) run.addCondition(name, copied(node, template ? logsource : null), negated, step);
    };
  },
  change_logsource: (params) => {
    const logsource = logsourceOf(params);
    return (run) => {
      if (run.detection !== null) run.detection.logsource = logsource;
    };
  },
  set_custom_attribute: (params) => {
    const attribute = params.text('attribute');
    const value = params.raw('value');
    return (run) => {
      run.attributes[attribute] = value;
    };
  },
  set_state: (params) => {
    const key = params.text('key');
    const value = params.raw('val');
    return (run) => {
      run.state.set(key, value);
    };
  },
  rule_failure: (params) => {
    const message = params.text('message');
    return () => {
      throw new RuleError(`pipeline: ${message}`);
    };
  },
  value_placeholders: (params) => placeholders(params, variable),
  wildcard_placeholders: (params) => placeholders(params, () => ['*']),
};

/** A placeholder no variable speaks of stays, for a later step. */
function variable(run: Run, name: string): readonly RuleValue[] | null {
  const value = run.vars.get(name);
  if (value === undefined) return null;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((element) => typeof element === 'string' || typeof element === 'number')) return list;
  throw new RuleError(`pipeline: the variable ${name} holds what is neither text nor number`);
}

function placeholders(
  params: Params,
  valuesOf: (run: Run, name: string) => readonly RuleValue[] | null,
): Transformation {
  const include = params.has('include') ? params.texts('include') : null;
  const exclude = params.has('exclude') ? params.texts('exclude') : null;
  if (include !== null && exclude !== null) throw params.error('exclude', 'cannot stand beside include');
  const handled = (name: string): boolean => include?.includes(name) ?? !(exclude?.includes(name) ?? false);
  return (run, step) =>
    run.changeItems(step, (item) => {
      const values = new Map<string, readonly RuleValue[] | null>();
      for (const value of item.modifiers.includes('expand') ? item.values : []) {
        for (const name of typeof value === 'string' ? placeholderNames(value) : []) {
          values.set(name, handled(name) ? valuesOf(run, name) : null);
        }
      }
      const known = [...values.values()].filter((list) => list !== null);
      if (known.length === 0) return undefined;
      const expanded = expandItem(item, (name) => values.get(name) ?? [`%${name}%`]);
      return known.length === values.size ? expanded : { ...expanded, modifiers: item.modifiers };
    });
}

/** A condition's items for one rule, `$category`, `$product` and `$service` filled in where there is a logsource to take them from. */
function copied(node: ParsedNode, logsource: LogSource | null): ParsedNode {
  if (node.kind !== 'item') return { ...node, nodes: node.nodes.map((inner) => copied(inner, logsource)) };
  const values = node.values.map((value) =>
    typeof value === 'string' && logsource !== null ? filled(value, logsource) : value,
  );
  // The place is in the pipeline's file; in the rule's there is none.
  return { ...node, values, at: [] } satisfies ParsedItem;
}

/** As Python's `string.Template`: `$name`, `${name}`, `$$`. */
function filled(text: string, logsource: LogSource): string {
  return text.replace(
    /\$(?:\$|(category|product|service)\b|\{(category|product|service)\})/g,
    (written, plain, braced) => {
      if (written === '$$') return '$';
      const key: 'category' | 'product' | 'service' = plain ?? braced;
      const value = logsource[key];
      if (value === undefined)
        throw new RuleError(`pipeline: add_condition speaks of $${key}, which the rule's logsource does not state`);
      return value;
    },
  );
}
