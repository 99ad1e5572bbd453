/** Transformations of field names, in items, `fieldref` values, the rule's `fields`, and what correlations name. */
import type { CorrelationRule } from './model.ts';
import { ANY } from './model.ts';
import { type ParsedItem, type ParsedNode, RuleError, type RuleValue } from './parse.ts';
import { patternText } from './pattern.ts';
import type { Params } from './pipeline-params.ts';
import type { Run, Step } from './pipeline-run.ts';
import { normalised, textForm } from './pipeline-values.ts';

export type Transformation = Step['transform'];
export type TransformationTable = Record<string, (params: Params) => Transformation>;

/** Names in place of a name (null: a keyword's), or null to leave it; none: what bears the name goes. */
type Mapping = (field: string | null) => readonly string[] | null;

/** YAML's key for keywords, which have no field. */
const KEYWORD = 'null';

const FUNCTIONS: Readonly<Record<string, (field: string) => string>> = {
  lower: (field) => field.toLowerCase(),
  upper: (field) => field.toUpperCase(),
  title: (field) => field.replace(/[\p{L}\p{N}]+/gu, (word) => word[0].toUpperCase() + word.slice(1).toLowerCase()),
  snake_case: snakeCase,
};

export const fieldTransformations: TransformationTable = {
  field_name_mapping: (params) => {
    const mapping = params.mapping('mapping');
    return (run, step) => mapFields(run, step, (field) => mapping.get(field ?? KEYWORD) ?? null);
  },
  field_name_prefix_mapping: (params) => {
    const mapping = [...params.mapping('mapping')];
    return (run, step) =>
      mapFields(run, step, (field) => {
        const found = field === null ? undefined : mapping.find(([prefix]) => field.startsWith(prefix));
        return found === undefined || field === null
          ? null
          : found[1].map((prefix) => prefix + field.slice(found[0].length));
      });
  },
  /** pySigma takes a Python function, which YAML cannot hold; here one of four by name. */
  field_name_transform: (params) => {
    const apply = FUNCTIONS[params.oneOf('transform_func', Object.keys(FUNCTIONS))];
    const mapping = params.mapping('mapping', new Map());
    return (run, step) =>
      mapFields(run, step, (field) => (field === null ? null : (mapping.get(field) ?? [apply(field)])));
  },
  field_name_prefix: (params) => {
    const prefix = params.text('prefix');
    return (run, step) => mapFields(run, step, (field) => (field === null ? null : [prefix + field]));
  },
  field_name_suffix: (params) => {
    const suffix = params.text('suffix');
    return (run, step) => mapFields(run, step, (field) => (field === null ? null : [field + suffix]));
  },
  add_field: (params) => {
    const fields = params.texts('field');
    return (run) => {
      run.fields = [...run.fields, ...fields];
    };
  },
  remove_field: (params) => {
    const fields = params.texts('field');
    return (run) => {
      run.fields = run.fields.filter((field) => !fields.includes(field));
    };
  },
  set_field: (params) => {
    const fields = params.texts('fields');
    return (run) => {
      run.fields = fields;
    };
  },
  strict_field_mapping_failure: () => (run) => {
    const unmapped = new Set(
      run.items().flatMap((item) => (item.field === null || run.mapped.has(item.field) ? [] : [item.field])),
    );
    if (unmapped.size > 0) throw new RuleError(`pipeline: these fields are not mapped: ${[...unmapped].join(', ')}`);
  },
};

/** `camelCase` and `PascalCase` to `snake_case`. */
export function snakeCase(text: string): string {
  return text
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2')
    .toLowerCase();
}

function mapFields(run: Run, step: Step, mapping: Mapping): void {
  /** Names outside of items. */
  const rename = (field: string): readonly string[] => {
    const names = step.appliesToField(run, field) ? mapping(field) : null;
    if (names === null) return [field];
    run.fieldBecame(field, names, step.id);
    return names;
  };
  run.changeItems(step, (item) => mapItem(run, step, item, mapping, rename));
  run.fields = run.fields.flatMap(rename);
  if (run.correlation !== null) run.correlation = mapCorrelation(run.correlation, rename);
}

function mapItem(
  run: Run,
  step: Step,
  item: ParsedItem,
  mapping: Mapping,
  rename: (field: string) => readonly string[],
): ParsedNode | null | undefined {
  const referring: ParsedItem = item.modifiers.includes('fieldref')
    ? { ...item, values: item.values.flatMap((v): readonly RuleValue[] => (typeof v === 'string' ? rename(v) : [v])) }
    : item;
  const names = step.appliesToField(run, item.field) ? mapping(item.field) : null;
  if (names === null) {
    return referring.values.every((value, i) => value === item.values[i]) ? undefined : referring;
  }
  for (const name of item.field === null ? names : [item.field, ...names]) run.mapped.add(name);
  const value = item.field === null ? anywhere(referring) : referring;
  const items = names.map((field): ParsedItem => ({ ...value, field }));
  if (items.length === 0) return null;
  return items.length === 1 ? items[0] : { kind: 'any', nodes: items };
}

/** A keyword is sought inside values; as a field's value it needs the wildcards that say so. */
function anywhere(item: ParsedItem): ParsedItem {
  const values = item.values.map((value) => {
    const text = textForm(item, value);
    return text === null ? value : patternText(normalised([ANY, ...text, ANY]));
  });
  return { ...item, values };
}

function mapCorrelation(rule: CorrelationRule, rename: (field: string) => readonly string[]): CorrelationRule {
  const one = (field: string, what: string): string => {
    const names = rename(field);
    if (names.length !== 1)
      throw new RuleError(`pipeline: ${what} ${field} is mapped to ${names.length} fields; it can only be one`);
    return names[0];
  };
  const aliases: Record<string, Record<string, string>> = Object.create(null);
  for (const [alias, fields] of Object.entries(rule.aliases)) {
    aliases[alias] = Object.create(null);
    for (const [id, field] of Object.entries(fields)) aliases[alias][id] = one(field, `the field of alias ${alias},`);
  }
  return {
    ...rule,
    aliases,
    groupBy: rule.groupBy.flatMap((field) => (field in aliases ? [field] : rename(field))),
    field: rule.field.map((field) => one(field, 'the counted field')),
  };
}
