/** What an event is as far as rules are concerned: from discriminating values to facts, and from facts to rules. */
import { SOURCES } from './sources/index.ts';
import type { Fact, LaneRow, SourceType } from './types.ts';

/** The three attributes of a rule's logsource that route. */
export interface Routing {
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
}

/** Values of a source type's discriminators in one event: text, or null where absent or JSON null. */
export type Discriminators = Readonly<Record<string, string | null>>;

function matches(pattern: string, value: string | null): boolean {
  if (value === null) return false;
  const wanted = pattern.toLowerCase();
  const text = value.toLowerCase();
  return wanted.endsWith('*') ? text.startsWith(wanted.slice(0, -1)) : text === wanted;
}

function holds(row: LaneRow, values: Discriminators): boolean {
  const isOneOf = ([name, patterns]: [string, readonly string[]]) =>
    patterns.some((pattern) => matches(pattern, values[name] ?? null));
  return Object.entries(row.when).every(isOneOf) && !Object.entries(row.unless ?? {}).some(isOneOf);
}

/** All facts of an event of this source type with these discriminators, each once. */
export function factsFor(source: SourceType, values: Discriminators): Fact[] {
  return distinct(source.lanes.filter((row) => holds(row, values)).flatMap((row) => row.facts));
}

function distinct(facts: readonly Fact[]): Fact[] {
  const seen = new Map<string, Fact>();
  for (const fact of facts) {
    const { product, category, service, rewrite, where } = fact;
    const key = JSON.stringify([product, category, service, rewrite, where]);
    if (!seen.has(key)) seen.set(key, fact);
  }
  return [...seen.values()];
}

/** `product/category/service`, parts that are not set left out. */
export function factName(fact: Routing): string {
  return [fact.product, fact.category, fact.service].filter((part) => part !== undefined).join('/');
}

/** The name of a lane: its most specific facts, `none` where an event belongs to no logsource. */
export function laneName(facts: readonly Fact[]): string {
  const names = facts.filter((fact) => !facts.some((other) => isWider(fact, other))).map(factName);
  return names.length === 0 ? 'none' : [...new Set(names)].sort().join(' + ');
}

const ATTRIBUTES = ['product', 'category', 'service'] as const;

/** Whether everything `fact` states is stated by `other`, which states more. */
function isWider(fact: Fact, other: Fact): boolean {
  return (
    ATTRIBUTES.every((name) => fact[name] === undefined || fact[name] === other[name]) &&
    ATTRIBUTES.some((name) => fact[name] !== other[name])
  );
}

/** Whether rules of this logsource apply to events with this fact. Attributes compare case-insensitively. */
export function applies(logsource: Routing, fact: Fact): boolean {
  if ((fact.rewrite !== undefined || fact.where !== undefined) && logsource.category === undefined) return false;
  return ATTRIBUTES.every((name) => {
    const wanted = logsource[name];
    return wanted === undefined || wanted.toLowerCase() === fact[name]?.toLowerCase();
  });
}

const KNOWN: readonly Fact[] = distinct(SOURCES.flatMap((source) => source.lanes.flatMap((row) => row.facts)));

/** Every fact that some source type can produce: a logsource that applies to none of them can never fire. */
export function knownFacts(): readonly Fact[] {
  return KNOWN;
}

/** The known facts a logsource applies to, by name: two logsources with the same are one lane. Empty: it can never fire. */
export function laneFacts(logsource: Routing): string {
  const names = knownFacts()
    .filter((fact) => applies(logsource, fact))
    .map(factName);
  return [...new Set(names)].sort().join(' ');
}
