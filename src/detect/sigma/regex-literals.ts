/**
 * Literals a regular expression cannot match without: a cheap test (or an automaton over many patterns) before the
 * expression itself. Every value that matches holds, folded, at least one literal of the set.
 */
import { foldCodePoint } from './fold.ts';
import type { RegexNode } from './regex-parse.ts';

/** Shorter literals are in nearly every value. */
const LITERAL_CHARACTERS_MIN = 3;
/** Alternatives kept; `[ab][cd]…` would otherwise grow without end. */
const ALTERNATIVES_MAX = 16;
/** Longer literals find no less. */
const LITERAL_CHARACTERS_MAX = 64;

interface Info {
  /** Every folded text the node can match, where they are few. */
  readonly exact: readonly string[] | null;
  /** Folded texts one of which is in everything the node matches. */
  readonly required: readonly string[] | null;
  /** Sets of folded texts of each of which one is in everything the node matches, behind that of the set before. */
  readonly order: readonly (readonly string[])[];
}

const UNKNOWN: Info = { exact: null, required: null, order: [] };
const NOTHING: Info = { exact: [''], required: null, order: [] };

/**
 * Every set of literals that a match must hold, in the order it holds them: `set.*&&.*(?:on|off)` needs a `set`, then an
 * `&&`, then one of the two. Looking for them all costs next to nothing beside the expression.
 */
export function literalOrder(node: RegexNode): readonly (readonly string[])[] {
  const info = describe(node);
  return info.exact === null ? info.order : setOf(info.exact);
}

function setOf(exact: readonly string[]): readonly (readonly string[])[] {
  return exact.length > 0 && shortest(exact) > 0 ? [exact] : [];
}

/** The best set of literals of at least 3 characters, or an empty list. */
export function requiredLiterals(node: RegexNode): string[] {
  const info = describe(node);
  const best = better(info.exact, info.required);
  return best === null || shortest(best) < LITERAL_CHARACTERS_MIN ? [] : [...new Set(best)];
}

function describe(node: RegexNode): Info {
  switch (node.kind) {
    case 'set': {
      if (node.negated || node.named.length > 0) return UNKNOWN;
      const folded = new Set<string>();
      for (let i = 0; i < node.ranges.length; i += 2) {
        if (node.ranges[i + 1] - node.ranges[i] > ALTERNATIVES_MAX) return UNKNOWN;
        for (let code = node.ranges[i]; code <= node.ranges[i + 1]; code++)
          folded.add(String.fromCodePoint(foldCodePoint(code)));
      }
      return folded.size > ALTERNATIVES_MAX ? UNKNOWN : { exact: [...folded], required: null, order: [] };
    }
    case 'assert':
      return NOTHING;
    case 'seq':
      return sequence(node.nodes.map(describe));
    case 'alt': {
      const infos = node.nodes.map(describe);
      const exact = infos.every((info) => info.exact !== null) ? infos.flatMap((info) => info.exact ?? []) : null;
      const best = infos.map((info) => better(info.exact, info.required));
      const required = best.every((set) => set !== null) ? best.flatMap((set) => set ?? []) : null;
      return { exact: bounded(exact), required: bounded(required), order: required === null ? [] : setOf(required) };
    }
    case 'repeat': {
      if (node.max === 0) return NOTHING;
      const info = describe(node.node);
      if (node.min === 0)
        return { ...NOTHING, exact: node.max === 1 && info.exact !== null ? bounded(['', ...info.exact]) : null };
      const copies = sequence(Array.from({ length: Math.min(node.min, LITERAL_CHARACTERS_MAX) }, () => info));
      if (node.min === node.max && node.min <= LITERAL_CHARACTERS_MAX) return copies;
      const order = copies.exact === null ? copies.order : setOf(copies.exact);
      return { exact: null, required: better(copies.exact, copies.required), order };
    }
    default:
      return UNKNOWN;
  }
}

/** Texts that follow one another: products while they stay few, the best set seen otherwise. */
function sequence(infos: readonly Info[]): Info {
  let run: readonly string[] = [''];
  let required: readonly string[] | null = null;
  let whole = true;
  const order: (readonly string[])[] = [];
  for (const info of infos) {
    required = better(required, info.required);
    const next = info.exact === null ? null : bounded(product(run, info.exact));
    if (next !== null) {
      run = next;
      continue;
    }
    whole = false;
    required = better(required, run);
    order.push(...setOf(run), ...info.order);
    run = info.exact ?? [''];
  }
  return { exact: whole ? run : null, required: better(required, run), order: [...order, ...setOf(run)] };
}

function product(a: readonly string[], b: readonly string[]): string[] | null {
  if (a.length * b.length > ALTERNATIVES_MAX) return null;
  return a.flatMap((x) => b.map((y) => x + y));
}

function bounded(set: readonly string[] | null): readonly string[] | null {
  if (set === null || set.length > ALTERNATIVES_MAX || set.some((text) => text.length > LITERAL_CHARACTERS_MAX))
    return null;
  return set;
}

/** The set whose shortest literal is longest. */
function better(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return shortest(b) > shortest(a) ? b : a;
}

function shortest(set: readonly string[]): number {
  return set.reduce((least, text) => Math.min(least, text.length), Number.POSITIVE_INFINITY);
}
