/** The catalogue: every field of a SecurityEvent, from the files of this folder. */
import { BASE } from './base.ts';
import { CLOUD_FIELDS } from './cloud.ts';
import { EMAIL_FIELDS } from './email.ts';
import { ENDPOINT_FIELDS } from './endpoint.ts';
import { IDENTITY_FIELDS } from './identity.ts';
import { NETWORK_FIELDS, WEB_FIELDS } from './network.ts';
import type { Field, FieldSet, Format, Requirement, Row } from './types.ts';
import { THREAT_FIELDS, VULNERABILITY_FIELDS } from './vulnerability.ts';

export { CLASSES, type ClassEntry, classOfFacts } from './classes.ts';
export type { EventClass, Field, FieldType, Format, Requirement } from './types.ts';

/** Version of the catalogue: a field added raises the second number, one changed or removed the first. */
export const CATALOGUE_VERSION = '1.0';

const SETS: readonly FieldSet[] = [
  ...BASE,
  ...ENDPOINT_FIELDS,
  ...NETWORK_FIELDS,
  ...WEB_FIELDS,
  ...CLOUD_FIELDS,
  ...EMAIL_FIELDS,
  ...IDENTITY_FIELDS,
  ...VULNERABILITY_FIELDS,
  ...THREAT_FIELDS,
];

let known: ReadonlyMap<string, Field> | undefined;

/** All fields by name, in the order of the documents. Built when first asked for. */
export function catalogue(): ReadonlyMap<string, Field> {
  known ??= new Map(
    SETS.flatMap((set) => set.rows.map((row) => fieldOf(set, row))).map((field) => [field.name, field]),
  );
  return known;
}

function fieldOf(set: FieldSet, [name, type, flags, about, example, values]: Row): Field {
  const words = new Set(flags.split(' '));
  const requirement: Requirement = words.has('required')
    ? 'required'
    : words.has('recommended')
      ? 'recommended'
      : 'optional';
  const format = [...words].find((word) => word.startsWith('format:'))?.slice('format:'.length);
  const text = about.replaceAll('{of}', set.of ?? '');
  return {
    name: set.at + name,
    type,
    class: set.class,
    requirement,
    origin: set.at.startsWith('weir.') ? 'weir' : 'ecs',
    personal: words.has('personal'),
    list: words.has('list'),
    about: text.charAt(0).toUpperCase() + text.slice(1),
    example,
    format: (format as Format | undefined) ?? null,
    values: values ?? null,
  };
}

/** A field by its name, or null. */
export function fieldNamed(name: string): Field | null {
  return catalogue().get(name) ?? null;
}
