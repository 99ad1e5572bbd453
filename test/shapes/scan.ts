/**
 * The mappings put to work the plainest way: source type, names and facts from src/schema, rules by the reference
 * evaluator. What the engine finds must be what this finds.
 */
import { eventXmlToJson } from '../../src/formats/xml.ts';
import {
  applies,
  type Fact,
  factsFor,
  isEventXml,
  namesOf,
  type Routing,
  recognise,
  type SourceType,
  xmlColumns,
} from '../../src/schema/index.ts';
import { canonical } from '../reference/decimal.ts';
import { matchesDetection } from '../reference/evaluate.ts';
import { type Event, Value } from '../reference/event.ts';
import { fold } from '../reference/fold.ts';
import { type Json, lastWins, parseJson } from '../reference/json.ts';
import type { LogSource, Rule } from '../reference/rule.ts';

export interface Recognised {
  readonly source: SourceType | null;
  readonly facts: readonly Fact[];
  readonly event: Event;
}

/** Columns with their values; a list is a column even when empty. `containers` gets the paths of objects, which hold no value themselves. */
function columnsOf(json: Json, path: string, out: Map<string, Value[]>, containers: Set<string>): void {
  if (json.is === 'object') {
    if (path !== '') containers.add(path);
    for (const [key, item] of lastWins(json.entries)) {
      const escaped = key.replaceAll('.', '\\.');
      columnsOf(item, path === '' ? escaped : `${path}.${escaped}`, out, containers);
    }
    return;
  }
  const values = out.get(path) ?? [];
  out.set(path, values);
  if (json.is === 'array') for (const item of json.items) columnsOf(item, path, out, containers);
  else values.push(valueFrom(json));
}

function valueFrom(json: Json): Value {
  if (json.is === 'string') return new Value('string', json.text);
  if (json.is === 'number') return new Value('number', canonical(json.text) ?? json.text);
  if (json.is === 'boolean') return new Value('boolean', String(json.value));
  return new Value('null', '');
}

export function readWithSchema(line: string): Recognised {
  const columns = new Map<string, Value[]>();
  const containers = new Set<string>();
  columnsOf(parseJson(line), '', columns, containers);
  const paths = new Set(columns.keys());
  const xml = xmlColumns(paths).find((path) => (columns.get(path) ?? []).some((value) => isEventXml(value.text)));
  const source = recognise(paths, (path) => path === xml);
  if (source?.xml !== undefined && xml !== undefined) {
    return readWithSchema(eventXmlToJson(columns.get(xml)?.[0]?.text ?? ''));
  }
  const names = namesOf(source);
  const fields = new Map<string, { rank: number; values: Value[] }>();
  for (const [path, values] of columns) {
    for (const { name, rank } of names(path)) {
      const known = fields.get(name);
      if (known === undefined || rank < known.rank) fields.set(name, { rank, values: [...values] });
      else if (rank === known.rank) known.values.push(...values);
    }
  }
  for (const path of containers) {
    for (const { name, rank } of names(path)) if (!fields.has(name)) fields.set(name, { rank, values: [] });
  }
  const field = (name: string) => fields.get(name)?.values;
  const first = (name: string) => field(name)?.find((value) => value.is !== 'null')?.text ?? null;
  const discriminators = Object.fromEntries((source?.discriminators ?? []).map((name) => [name, first(name)]));
  return {
    source,
    facts: source === null ? [] : factsFor(source, discriminators),
    event: { shape: 'other', all: [...columns.values()].flat(), field },
  };
}

/** A rule's logsource without the attributes it does not give. */
export function routing({ product, category, service }: LogSource): Routing {
  return { ...(product && { product }), ...(category && { category }), ...(service && { service }) };
}

/** The facts through which rules of a logsource see an event. */
export function routes(logsource: LogSource, { facts, event }: Recognised): Fact[] {
  return facts.filter(
    (fact) =>
      applies(routing(logsource), fact) &&
      Object.entries(fact.where ?? {}).every(([name, wanted]) =>
        (event.field(name) ?? []).some((value) => wanted.some((text) => fold(text) === value.folded)),
      ),
  );
}

export function matchesThrough(rule: Rule, recognised: Recognised): boolean {
  return routes(rule.logsource, recognised).some((fact) =>
    matchesDetection(rule.detection, recognised.event, new Map(Object.entries(fact.rewrite ?? {}))),
  );
}
