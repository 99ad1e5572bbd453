/**
 * Parser for the regular expressions of rules: the PCRE subset of the specification's appendix and what rules use
 * beyond it. What cannot be run in linear time is an error that names it.
 */
import { limits } from '../../base/index.ts';
import { foldClass } from './fold.ts';

/** Code points as ranges, with named classes (`\d` …) beside them; named classes are never folded. */
export interface CharSet {
  readonly kind: 'set';
  readonly negated: boolean;
  /** Inclusive ranges: from, to, from, to … */
  readonly ranges: readonly number[];
  readonly named: readonly string[];
}

export type RegexNode =
  | CharSet
  | { readonly kind: 'seq'; readonly nodes: readonly RegexNode[] }
  | { readonly kind: 'alt'; readonly nodes: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly node: RegexNode;
      readonly min: number;
      readonly max: number;
      readonly lazy?: boolean;
    }
  /** What is asked for by its number; only where groups are. */
  | { readonly kind: 'group'; readonly node: RegexNode }
  | { readonly kind: 'assert'; readonly text: '^' | '$' | '\\b' | '\\B' }
  | { readonly kind: 'dot'; readonly all: boolean }
  /** Lookaround and atomic groups: only what `regex.ts` can rewrite survives. */
  | {
      readonly kind: 'look';
      readonly written: string;
      readonly behind: boolean;
      readonly negative: boolean;
      readonly node: RegexNode;
    }
  | { readonly kind: 'atomic'; readonly written: string; readonly node: RegexNode };

export const EMPTY: RegexNode = { kind: 'seq', nodes: [] };

export interface RegexFlags {
  readonly ignoreCase: boolean;
  readonly multiLine: boolean;
  readonly dotAll: boolean;
}

export class RegexError extends Error {}

/** Groups within groups. */
const DEPTH_MAX = 100;

const POSIX: Readonly<Record<string, readonly number[]>> = {
  alpha: [65, 90, 97, 122],
  digit: [48, 57],
  alnum: [48, 57, 65, 90, 97, 122],
  upper: [65, 90],
  lower: [97, 122],
  xdigit: [48, 57, 65, 70, 97, 102],
  space: [9, 13, 32, 32],
  blank: [9, 9, 32, 32],
  cntrl: [0, 31, 127, 127],
  print: [32, 126],
  graph: [33, 126],
  punct: [33, 47, 58, 64, 91, 96, 123, 126],
  word: [48, 57, 65, 90, 95, 95, 97, 122],
};

const CONTROL: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, a: 7, e: 27 };
const HORIZONTAL = [
  9, 9, 32, 32, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x202f, 0x202f, 0x205f, 0x205f, 0x3000, 0x3000,
];
const LINE_BREAKS = [10, 13, 0x85, 0x85, 0x2028, 0x2029];

/**
 * Tree of the pattern, and whether `^` and `$` also match at line breaks (`m`, or a leading `(?m)`).
 * @param groups whether it matters what groups match, and so which of several matches is found
 */
export function parseRegex(
  written: string,
  flags: RegexFlags,
  groups = false,
): { node: RegexNode; multiLine: boolean; groups: number } {
  const most = limits.regexBytesMax;
  if (Buffer.byteLength(written) > most) throw new RegexError(`longer than ${most} bytes`);
  const parser = new Parser(written, flags, groups);
  return { node: parser.parse(), multiLine: parser.multiLine, groups: parser.groups };
}

interface Scope {
  ignoreCase: boolean;
  dotAll: boolean;
}

class Parser {
  multiLine: boolean;
  groups = 0;
  private readonly keepsGroups: boolean;
  private readonly text: string;
  private scope: Scope;
  private at = 0;
  private depth = 0;

  constructor(text: string, flags: RegexFlags, keepsGroups: boolean) {
    this.text = text;
    this.keepsGroups = keepsGroups;
    this.multiLine = flags.multiLine;
    this.scope = { ignoreCase: flags.ignoreCase, dotAll: flags.dotAll };
  }

  parse(): RegexNode {
    const leading = /^\(\?([imsU]+)\)/.exec(this.text);
    if (leading?.[1].includes('m')) this.multiLine = true;
    const node = this.alternatives();
    if (this.at < this.text.length) throw new RegexError('unmatched )');
    return node;
  }

  private alternatives(): RegexNode {
    if (++this.depth > DEPTH_MAX) throw new RegexError(`groups nested deeper than ${DEPTH_MAX}`);
    const outer = this.scope;
    this.scope = { ...outer };
    const nodes: RegexNode[] = [this.sequence()];
    while (this.eat('|')) nodes.push(this.sequence());
    this.scope = outer;
    this.depth--;
    return nodes.length === 1 ? nodes[0] : { kind: 'alt', nodes };
  }

  private sequence(): RegexNode {
    const nodes: RegexNode[] = [];
    while (this.at < this.text.length && this.text[this.at] !== '|' && this.text[this.at] !== ')') {
      const atom = this.atom();
      if (atom !== null) nodes.push(this.quantified(atom));
    }
    return nodes.length === 1 ? nodes[0] : { kind: 'seq', nodes };
  }

  /** One atom, or null for what stands for nothing (comments, flag settings, `\E`). */
  private atom(): RegexNode | null {
    const c = this.next();
    switch (c) {
      case '(':
        return this.group();
      case '[':
        return this.characterClass();
      case '.':
        return { kind: 'dot', all: this.scope.dotAll };
      case '^':
      case '$':
        return { kind: 'assert', text: c };
      case '\\':
        return this.escape();
      case '*':
      case '+':
      case '?':
        throw new RegexError(`nothing to repeat before ${c}`);
      default:
        return this.literal(c.codePointAt(0) ?? 0);
    }
  }

  private group(): RegexNode | null {
    const start = this.at - 1;
    if (!this.eat('?')) {
      if (this.text[this.at] === '*')
        throw new RegexError(`${this.text.slice(start, start + 12)}: verbs are not supported`);
      return this.numbered();
    }
    if (this.eat('#')) {
      const end = this.text.indexOf(')', this.at);
      if (end < 0) throw new RegexError('comment without )');
      this.at = end + 1;
      return null;
    }
    if (this.eat(':')) return this.closed(this.alternatives());
    if (this.eat('>')) return { kind: 'atomic', written: 'atomic group (?>', node: this.closed(this.alternatives()) };
    const look = /^(<?)([=!])/.exec(this.text.slice(this.at, this.at + 2));
    if (look !== null) {
      this.at += look[0].length;
      const node = this.closed(this.alternatives());
      const [, behind, sign] = look;
      return { kind: 'look', written: `lookaround (?${look[0]}`, behind: behind === '<', negative: sign === '!', node };
    }
    const name = /^(?:P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/.exec(this.text.slice(this.at, this.at + 64));
    if (name !== null) {
      this.at += name[0].length;
      return this.numbered();
    }
    return this.flagSetting(start);
  }

  private numbered(): RegexNode {
    this.groups++;
    const node = this.closed(this.alternatives());
    return this.keepsGroups ? { kind: 'group', node } : node;
  }

  /** `(?i)` to the end of the group it stands in, `(?i:…)` for its own. */
  private flagSetting(start: number): RegexNode | null {
    const setting = /^([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/.exec(this.text.slice(this.at, this.at + 32));
    if (setting === null) throw new RegexError(`${this.text.slice(start, start + 5)} is not supported`);
    const [whole, on, off = '', end] = setting;
    this.at += whole.length;
    for (const flag of on + off) {
      if (!'imsU'.includes(flag)) throw new RegexError(`the flag (?${flag}) is not supported`);
      if (flag === 'm' && (start > 0 || off.includes('m') || end === ':')) {
        throw new RegexError('(?m) is only supported at the very beginning');
      }
    }
    const changed: Scope = { ...this.scope };
    if (on.includes('i')) changed.ignoreCase = true;
    if (on.includes('s')) changed.dotAll = true;
    if (off.includes('i')) changed.ignoreCase = false;
    if (off.includes('s')) changed.dotAll = false;
    if (end === ')') {
      this.scope = changed;
      return null;
    }
    const outer = this.scope;
    this.scope = changed;
    const node = this.closed(this.alternatives());
    this.scope = outer;
    return node;
  }

  private closed(node: RegexNode): RegexNode {
    if (!this.eat(')')) throw new RegexError('group without )');
    return node;
  }

  private quantified(atom: RegexNode): RegexNode {
    let node = atom;
    for (let first = true; ; first = false) {
      const range = this.quantifier();
      if (range === null) return node;
      if (!first) throw new RegexError('quantifier after a quantifier');
      const [min, max] = range;
      if (node.kind === 'assert' || node.kind === 'look') node = min === 0 ? EMPTY : node;
      else node = { kind: 'repeat', node, min, max };
      // Laziness decides which match is found, never whether there is one.
      if (this.eat('?')) {
        if (this.keepsGroups && node.kind === 'repeat') node = { ...node, lazy: true };
        continue;
      }
      if (this.eat('+')) node = { kind: 'atomic', written: 'possessive quantifier', node };
    }
  }

  private quantifier(): [number, number] | null {
    if (this.eat('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.eat('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.eat('?')) return [0, 1];
    const braces = /^\{(\d{1,7})(,(\d{0,7}))?\}/.exec(this.text.slice(this.at, this.at + 20));
    if (braces === null) return null;
    this.at += braces[0].length;
    const min = Number(braces[1]);
    const max = braces[2] === undefined ? min : braces[3] === '' ? Number.POSITIVE_INFINITY : Number(braces[3]);
    if (max < min) throw new RegexError(`${braces[0]}: numbers out of order`);
    return [min, max];
  }

  private escape(): RegexNode | null {
    const c = this.next();
    if (/[dDwWsS]/.test(c)) return { kind: 'set', negated: false, ranges: [], named: [`\\${c}`] };
    if (c === 'b' || c === 'B') return { kind: 'assert', text: c === 'b' ? '\\b' : '\\B' };
    if (c === 'A' || c === 'Z' || c === 'z') {
      if (this.multiLine) throw new RegexError(`\\${c} together with the m flag is not supported`);
      return { kind: 'assert', text: c === 'A' ? '^' : '$' };
    }
    if (c === 'h' || c === 'H') return { kind: 'set', negated: c === 'H', ranges: HORIZONTAL, named: [] };
    if (c === 'N') return { kind: 'dot', all: false };
    if (c === 'R') {
      const crlf: RegexNode = { kind: 'seq', nodes: [single(13), single(10)] };
      return { kind: 'alt', nodes: [crlf, { kind: 'set', negated: false, ranges: LINE_BREAKS, named: [] }] };
    }
    if (c === 'K' || c === 'E') return null;
    if (c === 'Q') {
      const end = this.text.indexOf('\\E', this.at);
      const quoted = this.text.slice(this.at, end < 0 ? undefined : end);
      this.at = end < 0 ? this.text.length : end + 2;
      return { kind: 'seq', nodes: [...quoted].map((q) => this.literal(q.codePointAt(0) ?? 0)) };
    }
    if (/[1-9k]/.test(c) || c === 'g') throw new RegexError(`back-reference \\${c} is not supported`);
    return this.literal(this.escapedCode(c));
  }

  /** Code point of an escape that stands for one character, in or outside of a class. */
  private escapedCode(c: string): number {
    const control = CONTROL[c];
    if (control !== undefined) return control;
    const rest = this.text.slice(this.at, this.at + 10);
    const hex =
      c === 'x'
        ? /^(?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{1,2}))/.exec(rest)
        : c === 'u'
          ? /^()([0-9a-fA-F]{4})/.exec(rest)
          : null;
    if (hex !== null) {
      this.at += hex[0].length;
      const code = Number.parseInt(hex[1] || hex[2], 16);
      if (code > 0x10ffff) throw new RegexError(`\\${c}${hex[0]} is no character`);
      return code;
    }
    const octal = c === '0' ? /^[0-7]{0,2}/.exec(rest) : null;
    if (octal !== null) {
      this.at += octal[0].length;
      return Number.parseInt(`0${octal[0]}`, 8);
    }
    if (c === 'c' && /^[A-Za-z]/.test(rest)) return this.next().charCodeAt(0) & 31;
    if (/[A-Za-z0-9]/.test(c)) throw new RegexError(`the escape \\${c} is not supported`);
    return c.codePointAt(0) ?? 0;
  }

  private characterClass(): RegexNode {
    const negated = this.eat('^');
    const ranges: number[] = [];
    const named: string[] = [];
    for (let first = true; ; first = false) {
      if (this.at >= this.text.length) throw new RegexError('character class without ]');
      if (!first && this.eat(']')) break;
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.text.slice(this.at, this.at + 16));
      if (posix !== null) {
        const known = Object.hasOwn(POSIX, posix[2]) ? POSIX[posix[2]] : undefined;
        if (known === undefined || posix[1] === '^') throw new RegexError(`${posix[0]} is not supported`);
        this.at += posix[0].length;
        ranges.push(...known);
        continue;
      }
      const from = this.classMember(named, ranges);
      if (from === null) continue;
      if (this.text[this.at] !== '-' || this.text[this.at + 1] === ']' || this.at + 1 >= this.text.length) {
        ranges.push(from, from);
        continue;
      }
      this.at++;
      const to = this.classMember(named, ranges);
      if (to === null) ranges.push(from, from, 45, 45);
      else if (to < from) throw new RegexError('character range out of order');
      else ranges.push(from, to);
    }
    return { kind: 'set', negated, ranges: normalise(this.scope.ignoreCase ? foldRanges(ranges) : ranges), named };
  }

  /** Code point of one member, or null for a named class, which is put where it belongs. */
  private classMember(named: string[], ranges: number[]): number | null {
    const c = this.next();
    if (c !== '\\') return c.codePointAt(0) ?? 0;
    const escaped = this.next();
    if (/[dDwWsS]/.test(escaped)) {
      named.push(`\\${escaped}`);
      return null;
    }
    if (escaped === 'h') {
      ranges.push(...HORIZONTAL);
      return null;
    }
    if (escaped === 'b') return 8;
    if (/[1-7]/.test(escaped)) throw new RegexError(`the escape \\${escaped} is not supported`);
    return this.escapedCode(escaped);
  }

  private literal(code: number): CharSet {
    if (!this.scope.ignoreCase) return single(code);
    return { kind: 'set', negated: false, ranges: normalise(foldClass(code).flatMap((c) => [c, c])), named: [] };
  }

  /** The next code point. */
  private next(): string {
    const code = this.text.codePointAt(this.at);
    if (code === undefined) throw new RegexError('ends in the middle');
    const c = String.fromCodePoint(code);
    this.at += c.length;
    return c;
  }

  private eat(c: string): boolean {
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }
}

function single(code: number): CharSet {
  return { kind: 'set', negated: false, ranges: [code, code], named: [] };
}

/** Ranges closed under simple case folding. */
function foldRanges(ranges: readonly number[]): number[] {
  const closed = [...ranges];
  for (let i = 0; i < ranges.length; i += 2) {
    // Nothing folds above Adlam (U+1E943) nor between the blocks; a wide range is walked once, at rule load.
    for (let code = ranges[i]; code <= Math.min(ranges[i + 1], 0x1e943); code++) {
      const members = foldClass(code);
      if (members.length > 1) for (const member of members) closed.push(member, member);
    }
  }
  return closed;
}

/** Sorted, and with overlapping and touching ranges joined. */
function normalise(ranges: readonly number[]): number[] {
  const pairs: [number, number][] = [];
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i], ranges[i + 1]]);
  pairs.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [from, to] of pairs) {
    if (out.length > 0 && from <= out[out.length - 1] + 1) out[out.length - 1] = Math.max(out[out.length - 1], to);
    else out.push(from, to);
  }
  return out;
}
