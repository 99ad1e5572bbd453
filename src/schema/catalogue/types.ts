/** What the catalogue says of a field, and how its files write that down. Pure data. */

export type EventClass =
  | 'base'
  | 'endpoint'
  | 'network'
  | 'web'
  | 'cloud'
  | 'email'
  | 'identity'
  | 'vulnerability'
  | 'threat';

/** As ECS names them. `object` and `flattened` hold keys of any name, `nested` is a list of objects. */
export type FieldType =
  | 'keyword'
  | 'wildcard'
  | 'match_only_text'
  | 'long'
  | 'float'
  | 'boolean'
  | 'date'
  | 'ip'
  | 'geo_point'
  | 'object'
  | 'flattened'
  | 'nested';

/** `required`: in every event once weir has it; `recommended`: what detections and people look for; `optional`: the rest. */
export type Requirement = 'required' | 'recommended' | 'optional';

/** Shape of a text that is checked as data integrity. */
export type Format = 'md5' | 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'imphash' | 'mac' | 'port' | 'attack_technique';

export interface Field {
  /** Dotted path: `source.ip`. */
  readonly name: string;
  readonly type: FieldType;
  readonly class: EventClass;
  readonly requirement: Requirement;
  /** `ecs`: as in the Elastic Common Schema; `weir`: ours, below `weir.`. */
  readonly origin: 'ecs' | 'weir';
  /** Whether it can hold data about a person. */
  readonly personal: boolean;
  /** Whether an event may have several values. */
  readonly list: boolean;
  readonly about: string;
  readonly example: string;
  readonly format: Format | null;
  /** Where only these values are possible. */
  readonly values: readonly string[] | null;
}

/** Words of a row: requirement, `personal`, `list`, `format:…`. */
export type Flags = string;

/** Name behind the set's prefix, type, flags, description, example. */
export type Row = readonly [
  name: string,
  type: FieldType,
  flags: Flags,
  about: string,
  example: string,
  values?: readonly string[],
];

/** Rows that stand at several places; `{of}` in a description is the place's. */
export interface FieldSet {
  /** Prefix with its dot, or ''. */
  readonly at: string;
  readonly class: EventClass;
  readonly of?: string;
  readonly rows: readonly Row[];
}

/** Rows at several places: `[prefix, of]`. */
export function at(
  eventClass: EventClass,
  places: readonly (readonly [at: string, of: string])[],
  rows: readonly Row[],
): FieldSet[] {
  return places.map(([prefix, of]) => ({ at: `${prefix}.`, class: eventClass, of, rows }));
}
