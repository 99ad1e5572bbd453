/** docs/schema/security-event.schema.json, from the catalogue. */
import { CATALOGUE_VERSION, CLASSES, catalogue, type Field, type FieldType } from '../../src/schema/index.ts';
import { type Node, treeOf } from './tree.ts';

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { [key: string]: Json };

const SCALARS: Readonly<Record<FieldType, JsonObject>> = {
  keyword: { type: ['string', 'number', 'boolean'] },
  wildcard: { type: 'string' },
  match_only_text: { type: 'string' },
  long: { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?[0-9]+$' }] },
  float: { type: ['number', 'string'] },
  boolean: { anyOf: [{ type: 'boolean' }, { enum: ['true', 'false'] }] },
  date: { anyOf: [{ type: 'string' }, { type: 'number' }] },
  ip: {
    anyOf: [
      { type: 'string', format: 'ipv4' },
      { type: 'string', format: 'ipv6' },
    ],
  },
  geo_point: { type: ['object', 'string', 'array'] },
  object: { type: 'object' },
  flattened: { type: ['object', 'string'] },
  nested: { type: 'object' },
};

function definitions(): JsonObject {
  return Object.fromEntries(
    Object.keys(SCALARS).flatMap((type): [string, Json][] => [
      [type, SCALARS[type as FieldType]],
      // As in Elasticsearch, a list may be written as its one value.
      [`${type}_list`, { anyOf: [{ $ref: `#/$defs/${type}` }, { type: 'array', items: { $ref: `#/$defs/${type}` } }] }],
    ]),
  );
}

function leaf(field: Field): JsonObject {
  const { type, list, values, about, example, personal, requirement, origin } = field;
  const schema: JsonObject = { description: about };
  if (values === null) schema['$ref'] = `#/$defs/${type}${list ? '_list' : ''}`;
  else if (list) schema['anyOf'] = [{ enum: values }, { type: 'array', items: { enum: values } }];
  else schema['enum'] = values;
  if (example !== '') schema['examples'] = [example];
  schema['x-weir'] = { type, requirement, origin, personal };
  return schema;
}

function schemaOf(node: Node): JsonObject {
  if (node.children.size === 0) return node.field === null ? {} : leaf(node.field);
  const properties = Object.fromEntries([...node.children].map(([key, child]) => [key, schemaOf(child)]));
  const { field } = node;
  if (field === null) return { type: 'object', properties };
  const inner: JsonObject = { type: 'object', properties };
  return field.list
    ? { description: field.about, anyOf: [inner, { type: 'array', items: inner }] }
    : { description: field.about, ...inner };
}

/** A schema that a field is there, by its path. */
function present(name: string): JsonObject {
  return name
    .split('.')
    .reverse()
    .reduce<JsonObject>(
      (inner, key) => ({
        required: [key],
        ...(Object.keys(inner).length === 0 ? {} : { properties: { [key]: inner } }),
      }),
      {},
    );
}

/** What each class of events must have, besides what every event has. */
function classes(): Json[] {
  return CLASSES.filter(({ requires }) => requires.length > 0).map(({ id, requires }) => ({
    if: { required: ['weir'], properties: { weir: { required: ['class'], properties: { class: { const: id } } } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { allOf: requires.map((names) => ({ anyOf: names.map(present) })) },
  }));
}

export function jsonSchema(): JsonObject {
  const fields = [...catalogue().values()];
  const tree = schemaOf(treeOf(fields));
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:weir:security-event:${CATALOGUE_VERSION}`,
    title: 'SecurityEvent',
    description:
      'An event as weir unifies it: a profile of the Elastic Common Schema with fields of weir’s own below `weir`. Fields of the source itself may stand beside them.',
    type: 'object',
    allOf: [
      ...fields.filter(({ requirement }) => requirement === 'required').map(({ name }) => present(name)),
      ...classes(),
    ],
    properties: tree['properties'] ?? {},
    $defs: definitions(),
  };
}
