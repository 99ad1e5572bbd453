/** What could stand at a place in a query, with the fields and values there are. */
import {
  type CompletionCatalogue,
  type Completions,
  complete,
  type FieldCatalogue,
  nearest,
  type StaticType,
  type TableName,
} from '../../lang/index.ts';
import type { Sources } from './ask.ts';
import { fieldsOfEvents, type NamedField, topValues } from './fields.ts';
import { TABLE_FIELDS } from './tables/index.ts';

export interface Place {
  readonly text: string;
  /** UTF-16 units; what is completed ends there. */
  readonly offset: number;
  readonly tenant: string;
  readonly now: number;
  readonly signal?: AbortSignal;
  /** Titles of rules and names of packs. */
  readonly targets: (kind: 'rule' | 'pack') => readonly string[];
}

const VALUES_MAX = 20;
const TARGETS_MAX = 50;

/** Values are asked for where the language wants them: it is asked once without, and once with them. */
export async function completeQuery(sources: Sources, place: Place): Promise<Completions> {
  const { tenant, now, signal, text, offset } = place;
  const { fields } = await fieldsOfEvents(sources.history, tenant);
  const events = eventCatalogue(fields);
  let wanted: { readonly path: string; readonly prefix: string } | null = null;
  const catalogue: CompletionCatalogue = {
    fieldsOf: (table: TableName) => (table === 'events' ? events : TABLE_FIELDS.fieldsOf(table)),
    valuesOf(table, path, prefix) {
      if (table === 'events' && events.typeOf(path) !== null) wanted = { path, prefix };
      return [];
    },
    targetsOf: (kind, prefix) => beginning(place.targets(kind), prefix),
  };
  const first = complete(text, offset, catalogue);
  const asked = wanted as { readonly path: string; readonly prefix: string } | null;
  if (asked === null) return first;
  const values = await topValues(sources, {
    tenant,
    now,
    since: null,
    field: asked.path,
    prefix: asked.prefix,
    limit: VALUES_MAX,
    ...(signal === undefined ? {} : { signal }),
  });
  return complete(text, offset, { ...catalogue, valuesOf: () => values.map(({ value }) => value) });
}

const TYPES: Readonly<Partial<Record<NamedField['kinds'][number], StaticType>>> = {
  integer: 'long',
  float: 'real',
  boolean: 'bool',
  string: 'string',
};

function eventCatalogue(fields: readonly NamedField[]): FieldCatalogue {
  const types = new Map<string, StaticType>([
    ['@timestamp', 'datetime'],
    ['weir.id', 'string'],
    ['weir.source.id', 'string'],
    ['weir.received', 'datetime'],
  ]);
  for (const { path, kinds, aliases } of fields) {
    const [kind] = kinds;
    const type = kinds.length === 1 && kind !== undefined ? (TYPES[kind] ?? 'dynamic') : 'dynamic';
    for (const name of [path, ...aliases]) if (!types.has(name)) types.set(name, type);
  }
  return { typeOf: (path) => types.get(path) ?? null, names: types.keys().toArray(), unknown: 'warning' };
}

function beginning(names: readonly string[], prefix: string): readonly string[] {
  const wanted = prefix.toLowerCase();
  const found = names.filter((name) => name.toLowerCase().startsWith(wanted)).slice(0, TARGETS_MAX);
  const near = found.length === 0 && prefix !== '' ? nearest(prefix, names) : null;
  return near === null ? found : [near];
}
