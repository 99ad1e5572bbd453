import { isAlias, isMap, isScalar, isSeq, type Node, parseAllDocuments } from 'yaml';
import { canonical } from './decimal.ts';

/** A YAML value with numbers as canonical decimals, exact at any size. */
export type Yaml =
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'number'; readonly text: string }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'null' }
  | { readonly is: 'list'; readonly items: readonly Yaml[] }
  | YamlMap;
export interface YamlMap {
  readonly is: 'map';
  readonly entries: readonly (readonly [string, Yaml])[];
}

/** A rule this evaluator does not take, and why. */
export class Refused extends Error {}

/** All documents of a file (YAML 1.2 core schema). Throws `Refused`. */
export function readYaml(text: string): Yaml[] {
  const documents = parseAllDocuments(text, { uniqueKeys: true, intAsBigInt: true });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const error = document.errors[0];
    if (error !== undefined) throw new Refused(error.message);
    const convert = (node: unknown, depth: number): Yaml => {
      if (depth > 50) throw new Refused('more than 50 levels');
      if (node === null || node === undefined) return { is: 'null' };
      if (isAlias(node)) return convert(node.resolve(document), depth + 1);
      if (isSeq(node)) return { is: 'list', items: node.items.map((item) => convert(item, depth + 1)) };
      if (isMap(node)) {
        return {
          is: 'map',
          entries: node.items.map((pair) => [keyText(pair.key as Node), convert(pair.value, depth + 1)] as const),
        };
      }
      if (!isScalar(node)) throw new Refused('a YAML node of no known kind');
      return scalar(node.value, node.source);
    };
    return convert(document.contents, 0);
  });
}

function keyText(key: unknown): string {
  if (!isScalar(key)) throw new Refused('a key that is no plain text');
  return key.source ?? String(key.value);
}

function scalar(value: unknown, source: string | undefined): Yaml {
  if (value === null) return { is: 'null' };
  if (typeof value === 'boolean') return { is: 'boolean', value };
  if (typeof value === 'bigint') return { is: 'number', text: value.toString() };
  if (typeof value === 'number') return { is: 'number', text: canonical(source ?? String(value)) ?? String(value) };
  return { is: 'string', text: String(value).toWellFormed() };
}

export function get(map: Yaml | undefined, key: string): Yaml | undefined {
  return map?.is === 'map' ? map.entries.find(([name]) => name === key)?.[1] : undefined;
}

export function textOf(value: Yaml | undefined): string | undefined {
  return value?.is === 'string' || value?.is === 'number' ? value.text : undefined;
}

export function listOf(value: Yaml | undefined): readonly Yaml[] {
  if (value === undefined) return [];
  return value.is === 'list' ? value.items : [value];
}
