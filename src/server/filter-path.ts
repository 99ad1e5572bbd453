/**
 * `filter_path` as Elasticsearch has it: names with dots between them, commas between paths. `*` stands for any part of a name, `**`
 * for any names; lists are passed through; `-` before a path takes away. What becomes empty is left out.
 */
import { Problem } from '../gateway/index.ts';

const PATHS_MAX = 32;
const NAMES_MAX = 16;

type Pattern = readonly string[];

export interface PathFilter {
  readonly includes: readonly Pattern[];
  readonly excludes: readonly Pattern[];
}

/** Null for none. Throws `http.invalid`. */
export function readFilterPath(text: string | null): PathFilter | null {
  const paths = (text ?? '')
    .split(',')
    .map((path) => path.trim())
    .filter((path) => path !== '');
  if (paths.length === 0) return null;
  const patterns = paths.map((path) => path.replace(/^-/, '').split('.'));
  if (paths.length > PATHS_MAX || patterns.some((names) => names.length > NAMES_MAX)) {
    throw new Problem('http.invalid', `filter_path has more than ${PATHS_MAX} paths, or ${NAMES_MAX} names in one`);
  }
  const of = (excluding: boolean): Pattern[] => patterns.filter((_, i) => paths[i].startsWith('-') === excluding);
  return { includes: of(false), excludes: of(true) };
}

/** What is left of a JSON value; undefined: nothing. */
export function filtered(value: unknown, { includes, excludes }: PathFilter): unknown {
  const included = includes.length === 0 ? value : keep(value, includes);
  return excludes.length === 0 ? included : without(included, excludes);
}

/** What of the patterns is left behind a name. */
function behind(patterns: readonly Pattern[], name: string): Pattern[] {
  return patterns.flatMap((pattern) => {
    const [first, ...rest] = pattern;
    if (first === '**') return [pattern, ...behind([rest], name)];
    return first !== undefined && fits(first, name) ? [rest] : [];
  });
}

function fits(pattern: string, name: string): boolean {
  if (!pattern.includes('*')) return pattern === name;
  const [head, ...parts] = pattern.split('*');
  if (!name.startsWith(head)) return false;
  let at = head.length;
  const tail = parts.pop() ?? '';
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}

const ends = (patterns: readonly Pattern[]): boolean =>
  patterns.some((pattern) => pattern.length === 0 || (pattern.length === 1 && pattern[0] === '**'));

function keep(value: unknown, patterns: readonly Pattern[]): unknown {
  if (ends(patterns)) return value;
  return mapped(value, (inner, name) => {
    const rest = name === null ? [...patterns] : behind(patterns, name);
    return rest.length === 0 ? undefined : keep(inner, rest);
  });
}

function without(value: unknown, patterns: readonly Pattern[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return mapped(value, (inner, name) => {
    const rest = name === null ? [...patterns] : behind(patterns, name);
    return ends(rest) ? undefined : without(inner, rest);
  });
}

/** Elements and members as `change` has them, `name` null for elements; undefined for what is empty then, and for scalars. */
function mapped(value: unknown, change: (inner: unknown, name: string | null) => unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Array.isArray(value)) {
    const elements = value.map((inner) => change(inner, null)).filter((inner) => inner !== undefined);
    return elements.length === 0 ? undefined : elements;
  }
  const members = Object.entries(value).flatMap(([name, inner]) => {
    const left = change(inner, name);
    return left === undefined ? [] : [[name, left] as const];
  });
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
