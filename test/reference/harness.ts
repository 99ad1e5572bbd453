/** The reference over whole rule sets and corpora, and the comparison of an engine with it. */
import { readFileSync } from 'node:fs';
import { sharedData } from '../shared.ts';
import { matchesDetection } from './evaluate.ts';
import { type Event, readEvent } from './event.ts';
import { type Json, JsonError, parseJson } from './json.ts';
import { type Rewrite, WindowsLanes } from './lanes.ts';
import { type Correlation, type Filter, type LogSource, type Placeholders, parseDocuments, type Rule } from './rule.ts';
import { Refused } from './yaml.ts';

/** How the rules of a logsource read an event: see `WindowsLanes.routes`. */
export type Router = (logsource: LogSource, event: Event) => readonly Rewrite[];

/** The Windows lanes of thor.yml, or null where ../shared/data is absent. */
export function windowsRouter(): Router | null {
  const path = sharedData('sigma/tests/thor.yml');
  if (path === null) return null;
  const lanes = new WindowsLanes(readFileSync(path, 'utf8'));
  return (logsource, event) => lanes.routes(logsource, event);
}

/** Every event belongs to every rule: for tests of values alone. */
export const anyRouter: Router = () => [new Map()];

export interface ReferenceRules {
  readonly rules: readonly Rule[];
  readonly filters: readonly Filter[];
  readonly correlations: readonly Correlation[];
  /** Index of the text → why it was refused. */
  readonly refused: ReadonlyMap<number, string>;
}

export function parseRules(texts: readonly string[], placeholders: Placeholders = {}): ReferenceRules {
  const rules: Rule[] = [];
  const filters: Filter[] = [];
  const correlations: Correlation[] = [];
  const refused = new Map<number, string>();
  texts.forEach((text, index) => {
    try {
      for (const document of documentsOf(text, placeholders)) {
        if (document.kind === 'detection') rules.push(document);
        else if (document.kind === 'filter') filters.push(document);
        else correlations.push(document);
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused.set(index, error.message);
    }
  });
  return { rules, filters, correlations, refused };
}

/** Whole rule sets are run over many corpora; reading them takes longer than most of these. */
const parsed = new Map<string, ReturnType<typeof parseDocuments>>();

function documentsOf(text: string, placeholders: Placeholders): ReturnType<typeof parseDocuments> {
  if (Object.keys(placeholders).length > 0) return parseDocuments(text, placeholders);
  const known = parsed.get(text) ?? parseDocuments(text);
  if (parsed.size < 10_000) parsed.set(text, known);
  return known;
}

/** Specification of filters: the filter's condition is one more condition of the rule. */
function filtersOf(rule: Rule, filters: readonly Filter[]): Filter[] {
  const equal = (wanted: string | undefined, given: string | undefined): boolean =>
    wanted === undefined || wanted === given;
  return filters.filter(
    ({ rules, logsource }) =>
      (rules === null || rules.some((name) => name === rule.id || name === rule.name)) &&
      equal(logsource.product, rule.logsource.product) &&
      equal(logsource.category, rule.logsource.category) &&
      equal(logsource.service, rule.logsource.service),
  );
}

/** One event, one rule. */
export function matches(rule: Rule, event: Json | Event, router: Router, filters: readonly Filter[] = []): boolean {
  const read = 'shape' in event ? event : readEvent(event);
  const detections = [rule.detection, ...filtersOf(rule, filters).map((filter) => filter.detection)];
  return router(rule.logsource, read).some((rewrite) =>
    detections.every((detection) => matchesDetection(detection, read, rewrite)),
  );
}

/**
 * Rule id → records matched, numbered from 1 by line (blank lines are no records, lines that are no JSON are records
 * without hits). The router is asked once per logsource and event, before any rule of that logsource is looked at.
 */
export function referenceHits(
  texts: readonly string[],
  lines: Iterable<string>,
  router: Router,
  placeholders: Placeholders = {},
): Map<string, Set<number>> {
  const { rules, filters } = parseRules(texts, placeholders);
  const groups = Map.groupBy(rules, (rule) => JSON.stringify(rule.logsource));
  const detections = new Map(
    rules.map((rule) => [rule, [rule.detection, ...filtersOf(rule, filters).map((filter) => filter.detection)]]),
  );
  const hits = new Map<string, Set<number>>();
  let record = 0;
  for (const line of lines) {
    if (line.trim() === '') continue;
    record++;
    const event = eventOf(line);
    if (event === null) continue;
    for (const group of groups.values()) {
      const [first] = group;
      const rewrites = first === undefined ? [] : router(first.logsource, event);
      if (rewrites.length === 0) continue;
      for (const rule of group) {
        const parts = detections.get(rule) ?? [];
        if (!rewrites.some((rewrite) => parts.every((part) => matchesDetection(part, event, rewrite)))) continue;
        const known = hits.get(rule.id);
        if (known === undefined) hits.set(rule.id, new Set([record]));
        else known.add(record);
      }
    }
  }
  return hits;
}

function eventOf(line: string): Event | null {
  try {
    const json = parseJson(line);
    return json.is === 'object' ? readEvent(json) : null;
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}

/** An engine under test: rules as YAML texts and events as NDJSON in, record numbers (from 1) by rule id out. */
export type Engine = (
  rulesYaml: string[],
  ndjson: Uint8Array,
  placeholders: Placeholders,
) => Promise<ReadonlyMap<string, readonly number[]>>;

/**
 * A line as bytes. A lone surrogate from U+DC80 to U+DCFF stands for the byte 80 to FF, so that lines of invalid UTF-8 can
 * be handled as text (PEP 383).
 */
export function bytesOf(line: string): Buffer {
  const parts = line.split(/([\udc80-\udcff]+)/u);
  return Buffer.concat(
    parts.map((part, i) =>
      i % 2 === 0 ? Buffer.from(part) : Buffer.from(Uint8Array.from(part, (unit) => unit.charCodeAt(0) & 0xff)),
    ),
  );
}

/** What UTF-8 does not allow is U+FFFD. */
export function textLines(ndjson: Uint8Array): string[] {
  return new TextDecoder().decode(ndjson).split('\n');
}

export interface Difference {
  readonly rule: string;
  readonly record: number;
  /** Who says that the rule matches. */
  readonly only: 'engine' | 'reference';
  readonly yaml: string;
  readonly line: string;
}

/** Every (rule, record) on which the engine and the reference disagree; rules the engine refuses are the caller's to leave out. */
export async function differences(
  engine: Engine,
  texts: readonly string[],
  lines: readonly string[],
  router: Router,
  placeholders: Placeholders = {},
): Promise<Difference[]> {
  const bytes = Buffer.concat(lines.map((line) => bytesOf(`${line}\n`)));
  const expected = referenceHits(texts, textLines(bytes), router, placeholders);
  const actual = await engine([...texts], bytes, placeholders);
  const yamlOf = new Map(
    texts.flatMap((text) => parseRules([text], placeholders).rules.map((rule) => [rule.id, text] as const)),
  );
  const found: Difference[] = [];
  for (const rule of new Set([...expected.keys(), ...actual.keys()])) {
    const reference = expected.get(rule) ?? new Set<number>();
    const engineHits = new Set(actual.get(rule) ?? []);
    for (const record of new Set([...reference, ...engineHits])) {
      if (reference.has(record) === engineHits.has(record)) continue;
      const only = reference.has(record) ? 'reference' : 'engine';
      found.push({ rule, record, only, yaml: yamlOf.get(rule) ?? '', line: lines[record - 1] ?? '' });
    }
  }
  return found;
}
