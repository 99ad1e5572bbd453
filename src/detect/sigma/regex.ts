/**
 * Regular expressions of rules, translated for V8's linear engine (flag `l`). That engine takes neither `i` nor `u`,
 * look-around, back-references nor repeats above 16 (nested ones multiply), so case folding becomes character classes and
 * `x{n,m}` becomes runs of at most 16. Everything else means what ECMAScript without `u` says. `/^(a+)+$/` on 27
 * characters takes 5,616 ms in the default engine and 1.6 ms here.
 */
import { setUpV8 } from '../../base/index.ts';
import type { RegexTest } from './model.ts';
import { literalOrder, requiredLiterals } from './regex-literals.ts';
import { type CharSet, EMPTY, parseRegex, RegexError, type RegexFlags, type RegexNode } from './regex-parse.ts';

export { RegexError } from './regex-parse.ts';

/** Atoms of a pattern with its repeats written out. Time is text length times this at the worst. */
const ATOMS_MAX = 1024;
/** Largest repeat count the engine takes. */
const RUN_MAX = 16;

/** Translates a pattern; throws a {@link RegexError} that names what cannot be run. */
export function translateRegex(written: string, flags: RegexFlags): RegexTest {
  const parsed = parseRegex(written, flags);
  const node = trim(trim(parsed.node, 'start'), 'end');
  refuseUnsupported(node);
  refuseTooLarge(node);
  const source = print(node, false) || '(?:)';
  const engineFlags = parsed.multiLine ? 'ml' : 'l';
  compiled(source, engineFlags);
  return {
    written,
    ...flags,
    source,
    flags: engineFlags,
    literals: requiredLiterals(node),
    order: literalOrder(node),
    least: shortestMatch(node),
  };
}

/**
 * The same for an expression whose groups are asked for: nothing is left out that decides what they match.
 * @returns source and flags for the linear engine
 */
export function translateGroups(written: string): { readonly source: string; readonly flags: string } {
  const parsed = parseRegex(written, { ignoreCase: false, multiLine: false, dotAll: false }, true);
  refuseUnsupported(parsed.node);
  refuseTooLarge(parsed.node);
  const source = print(parsed.node, false) || '(?:)';
  const flags = parsed.multiLine ? 'ml' : 'l';
  // Repeats written out double the groups inside them.
  if (compiled(`(?:${source})|`, flags).exec('')?.length !== parsed.groups + 1) {
    throw new RegexError('a group inside a repeat that has to be written out is not supported');
  }
  return { source, flags };
}

function refuseTooLarge(node: RegexNode): void {
  const atoms = size(node);
  if (atoms <= ATOMS_MAX) return;
  throw new RegexError(`${atoms} atoms with its repeats written out; at most ${ATOMS_MAX} are allowed`);
}

function compiled(source: string, flags: string): RegExp {
  setUpV8();
  try {
    return new RegExp(source, flags);
  } catch (cause) {
    throw new RegexError(cause instanceof Error ? cause.message : String(cause));
  }
}

/** UTF-16 units of the shortest text the node matches, or a smaller number. */
function shortestMatch(node: RegexNode): number {
  switch (node.kind) {
    case 'set':
    case 'dot':
      return 1;
    case 'seq':
      return node.nodes.reduce((sum, child) => sum + shortestMatch(child), 0);
    case 'alt':
      return Math.min(...node.nodes.map(shortestMatch));
    case 'repeat':
      return node.min * shortestMatch(node.node);
    default:
      return 0;
  }
}

/**
 * Drops from one side what an unanchored search makes superfluous: `x{n,m}…` finds a match exactly where `x{n}…` does, a
 * leading lookbehind or last lookahead is the same as its content, and a last atomic group has nothing to give back to.
 */
function trim(node: RegexNode, side: 'start' | 'end'): RegexNode {
  switch (node.kind) {
    case 'seq': {
      const nodes = [...node.nodes];
      while (nodes.length > 0) {
        const edge = side === 'start' ? 0 : nodes.length - 1;
        nodes[edge] = trim(nodes[edge], side);
        if (!isEmpty(nodes[edge])) break;
        nodes.splice(edge, 1);
      }
      return nodes.length === 1 ? nodes[0] : { kind: 'seq', nodes };
    }
    case 'alt': {
      const nodes = node.nodes.map((n) => trim(n, side));
      return nodes.some(isEmpty) ? EMPTY : { kind: 'alt', nodes };
    }
    case 'repeat':
      if (node.min === 0) return EMPTY;
      return node.min === 1 ? trim(node.node, side) : { ...node, max: node.min };
    case 'look':
      return !node.negative && node.behind === (side === 'start') ? trim(node.node, side) : node;
    case 'atomic':
      return side === 'end' ? trim(node.node, side) : node;
    default:
      return node;
  }
}

function isEmpty(node: RegexNode): boolean {
  return node.kind === 'seq' && node.nodes.every(isEmpty);
}

function refuseUnsupported(node: RegexNode): void {
  if (node.kind === 'look' || node.kind === 'atomic') throw new RegexError(`${node.written} is not supported`);
  if (node.kind === 'repeat' || node.kind === 'group') refuseUnsupported(node.node);
  if (node.kind === 'seq' || node.kind === 'alt') for (const child of node.nodes) refuseUnsupported(child);
}

function size(node: RegexNode): number {
  switch (node.kind) {
    case 'seq':
    case 'alt':
      return node.nodes.reduce((sum, child) => sum + size(child), 0);
    case 'repeat':
      return Math.max(1, size(node.node)) * (node.max === Number.POSITIVE_INFINITY ? Math.max(node.min, 1) : node.max);
    case 'group':
      return size(node.node);
    default:
      return 1;
  }
}

/** Source text; inside a counted repeat, further counted repeats are written out, since the engine multiplies them. */
function print(node: RegexNode, counted: boolean): string {
  switch (node.kind) {
    case 'assert':
      return node.text;
    case 'dot':
      return node.all ? '[^]' : '.';
    case 'set':
      return printSet(node);
    case 'seq':
      return node.nodes.map((n) => (n.kind === 'alt' ? `(?:${print(n, counted)})` : print(n, counted))).join('');
    case 'alt':
      return node.nodes.map((n) => print(n, counted)).join('|');
    case 'repeat':
      return printRepeat(node.node, node.min, node.max, counted, node.lazy === true ? '?' : '');
    case 'group':
      return `(${print(node.node, counted)})`;
    default:
      throw new RegexError(`${node.written} is not supported`);
  }
}

function printRepeat(node: RegexNode, min: number, max: number, counted: boolean, lazy: string): string {
  if (max === 0 || isEmpty(node)) return '';
  const inner = print(node, counted || !isPlain(min, max));
  const atom =
    node.kind === 'dot' || (node.kind === 'set' && !inner.startsWith('(?:') && isOneUnit(node))
      ? inner
      : `(?:${inner})`;
  if (isPlain(min, max)) return atom + (max === 1 ? (min === 1 ? '' : `?${lazy}`) : (min === 0 ? '*' : '+') + lazy);
  if (counted) {
    const tail = max === Number.POSITIVE_INFINITY ? `${atom}*${lazy}` : `${atom}?${lazy}`.repeat(max - min);
    return atom.repeat(min) + tail;
  }
  const fixed = runs(atom, min, (n) => `{${n}}`);
  const open = max === Number.POSITIVE_INFINITY;
  return fixed + (open ? `${atom}*${lazy}` : runs(atom, max - min, (n) => `{0,${n}}${lazy}`));
}

/** `?`, `*`, `+` and nothing: what needs no count. */
function isPlain(min: number, max: number): boolean {
  return min <= 1 && (max === 1 || max === Number.POSITIVE_INFINITY);
}

function runs(atom: string, count: number, braces: (n: number) => string): string {
  const whole = (atom + braces(RUN_MAX)).repeat(Math.floor(count / RUN_MAX));
  const rest = count % RUN_MAX;
  return rest === 0 ? whole : whole + atom + (rest === 1 && braces(1) === '{1}' ? '' : braces(rest));
}

function isOneUnit(set: CharSet): boolean {
  return set.ranges.length === 0 || set.ranges[set.ranges.length - 1] <= 0xffff;
}

function printSet(set: CharSet): string {
  const { ranges, named, negated } = set;
  if (ranges.length === 2 && ranges[0] === ranges[1] && named.length === 0 && !negated) return printText(ranges[0]);
  if (ranges.length === 0 && named.length === 1 && !negated) return named[0];
  if (isOneUnit(set)) return `[${negated ? '^' : ''}${named.join('')}${printRanges(ranges)}]`;
  // Without `u` a character beyond U+FFFF is two units.
  if (negated) throw new RegexError('a negated class with characters beyond U+FFFF is not supported');
  const units: number[] = [];
  const pairs: string[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    if (ranges[i] <= 0xffff) units.push(ranges[i], Math.min(ranges[i + 1], 0xffff));
    if (ranges[i + 1] > 0xffff) pairs.push(...surrogateRanges(Math.max(ranges[i], 0x10000), ranges[i + 1]));
  }
  if (units.length + named.length > 0) pairs.push(`[${named.join('')}${printRanges(units)}]`);
  return `(?:${pairs.join('|')})`;
}

/** Alternatives of surrogate pairs that cover a range beyond U+FFFF. */
function surrogateRanges(from: number, to: number): string[] {
  const out: string[] = [];
  for (let start = from; start <= to; ) {
    const high = start >> 10;
    const wholeRows = (start & 0x3ff) === 0 ? ((to + 1) >> 10) - high : 0;
    const end = wholeRows > 0 ? ((high + wholeRows) << 10) - 1 : Math.min(to, (high << 10) | 0x3ff);
    const unit = (code: number) => printCode(0xd800 + ((code - 0x10000) >> 10));
    const low = (code: number) => printCode(0xdc00 + (code & 0x3ff));
    out.push(`[${unit(start)}-${unit(end)}][${low(start)}-${low(end)}]`);
    start = end + 1;
  }
  return out;
}

function printRanges(ranges: readonly number[]): string {
  let text = '';
  for (let i = 0; i < ranges.length; i += 2) {
    text += printCode(ranges[i]);
    if (ranges[i + 1] > ranges[i]) text += (ranges[i + 1] > ranges[i] + 1 ? '-' : '') + printCode(ranges[i + 1]);
  }
  return text;
}

function printText(code: number): string {
  return [...String.fromCodePoint(code)].length === 1 && code > 0xffff
    ? String.fromCodePoint(code)
        .split('')
        .map((unit) => printCode(unit.charCodeAt(0)))
        .join('')
    : printCode(code);
}

function printCode(code: number): string {
  const c = String.fromCharCode(code);
  if (/[A-Za-z0-9_ ]/.test(c)) return c;
  if (code > 32 && code < 127) return `\\${c}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
