/**
 * What `parse … with` finds in a text: its pieces in order from the beginning, each column taking what stands between. As little as
 * possible is skipped; where a value is not of its type, a later place is tried.
 */
import type { Value } from '../../value.ts';
import type { ColumnType, ParsePiece } from '../tree.ts';
import { convert } from './convert.ts';

/** Values of the columns in their order, or null where the text does not fit. */
export type Parse = (text: string) => readonly Value[] | null;

/** Nothing longer is a number, a date, a span or a condition, and each begins with one of these. */
const TYPED_LENGTH_MAX = 64;
const TYPED_START = /[-0-9tTfF]/;

/**
 * @param relaxed a value that is not of its type is null; otherwise the text does not fit
 */
export function textPattern(pieces: readonly ParsePiece[], relaxed: boolean): Parse {
  return (text) => new Matcher(pieces, relaxed, text).match();
}

/** Whether anything may stand for a piece, or only what can be read as a type. */
function isOpen(piece: ParsePiece): boolean {
  return piece.kind === 'skip' || (piece.kind === 'column' && (piece.type === 'string' || piece.type === 'dynamic'));
}

class Matcher {
  readonly #pieces: readonly ParsePiece[];
  readonly #relaxed: boolean;
  readonly #text: string;
  readonly #found: Value[];
  /**
   * From where on an open piece is known not to fit. What does not fit from one place does not from a later one either, since fewer places
   * are left: this keeps the time linear in the text for each piece.
   */
  readonly #failsFrom: number[];

  constructor(pieces: readonly ParsePiece[], relaxed: boolean, text: string) {
    this.#pieces = pieces;
    this.#relaxed = relaxed;
    this.#text = text;
    this.#found = pieces.map(() => null);
    this.#failsFrom = pieces.map(() => Number.POSITIVE_INFINITY);
  }

  match(): readonly Value[] | null {
    return this.#from(0, 0) ? this.#found.filter((_, i) => this.#pieces[i].kind === 'column') : null;
  }

  #from(index: number, at: number): boolean {
    const piece = this.#pieces[index];
    if (piece === undefined) return true;
    if (piece.kind === 'text') {
      return this.#text.startsWith(piece.text, at) && this.#from(index + 1, at + piece.text.length);
    }
    if (!isOpen(piece) && this.#typed(index, at)) return true;
    if (!isOpen(piece) && !this.#relaxed) return false;
    if (at >= this.#failsFrom[index]) return false;
    if (this.#open(index, at)) return true;
    this.#failsFrom[index] = at;
    return false;
  }

  /** A piece that takes anything: up to the next text, the first place first. */
  #open(index: number, at: number): boolean {
    const next = this.#pieces[index + 1];
    if (next === undefined) return this.#take(index, at, this.#text.length);
    if (next.kind === 'text') {
      for (let end = this.#text.indexOf(next.text, at); end >= 0; end = this.#text.indexOf(next.text, end + 1)) {
        if (this.#take(index, at, end) && this.#from(index + 2, end + next.text.length)) return true;
        if (next.text === '' && end >= this.#text.length) break;
      }
      return false;
    }
    const last = this.#pieces[index].kind === 'skip' && !isOpen(next) ? this.#text.length : at;
    for (let end = at; end <= last; end++) if (this.#take(index, at, end) && this.#from(index + 1, end)) return true;
    return false;
  }

  /** A column that takes only what can be read as its type, the longest first. */
  #typed(index: number, at: number): boolean {
    if (!TYPED_START.test(this.#text[at] ?? '')) return false;
    const next = this.#pieces[index + 1];
    const longest = Math.min(this.#text.length, at + TYPED_LENGTH_MAX);
    if (next === undefined) return this.#text.length === longest && this.#reads(index, at, longest);
    if (next.kind === 'text') {
      for (
        let end = this.#text.indexOf(next.text, at);
        end >= 0 && end <= longest;
        end = this.#text.indexOf(next.text, end + 1)
      ) {
        if (this.#reads(index, at, end) && this.#from(index + 2, end + next.text.length)) return true;
        if (next.text === '' && end >= this.#text.length) break;
      }
      return false;
    }
    for (let end = longest; end > at; end--) if (this.#reads(index, at, end) && this.#from(index + 1, end)) return true;
    return false;
  }

  #reads(index: number, start: number, end: number): boolean {
    return this.#take(index, start, end) && this.#found[index] !== null;
  }

  #take(index: number, start: number, end: number): true {
    const piece = this.#pieces[index];
    if (piece.kind === 'column') this.#found[index] = convert(this.#text.slice(start, end), piece.type);
    return true;
  }
}

/** What stands for a column in an expression; types that are not here take anything and are read afterwards. */
const TYPE_PATTERNS: Partial<Record<ColumnType, string>> = {
  long: '-?[0-9]+',
  real: '-?[0-9]+(?:[.][0-9]+)?(?:[eE][-+]?[0-9]+)?',
  bool: '[tT]rue|[fF]alse',
};

/**
 * The same with texts that are regular expressions, as one expression.
 * @param compile throws where it cannot be run
 */
export function regexPattern(
  pieces: readonly ParsePiece[],
  compile: (pattern: string) => (text: string) => readonly (string | undefined)[] | null,
): Parse {
  let source = '^';
  let groups = 0;
  const columns: { readonly group: number; readonly type: ColumnType }[] = [];
  for (const [i, piece] of pieces.entries()) {
    const last = i === pieces.length - 1;
    if (piece.kind === 'text') {
      source += `(?:${piece.text})`;
      groups += groupsIn(piece.text);
    } else if (piece.kind === 'skip') {
      source += last ? '' : '[\\s\\S]*?';
    } else {
      source += `(${TYPE_PATTERNS[piece.type] ?? (last ? '[\\s\\S]*' : '[\\s\\S]*?')})`;
      columns.push({ group: ++groups, type: piece.type });
    }
  }
  const find = compile(source);
  return (text) => {
    const found = find(text);
    if (found === null) return null;
    const values = columns.map(({ group, type }) => convert(found[group] ?? null, type));
    return values.some((value, i) => value === null && columns[i].type !== 'string') ? null : values;
  };
}

/** Groups of an expression that take part in the numbering. */
function groupsIn(pattern: string): number {
  let groups = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i];
    if (char === '\\') i++;
    else if (inClass) inClass = char !== ']';
    else if (char === '[') inClass = true;
    else if (char === '(' && (pattern[i + 1] !== '?' || /^\?P?<[^=!]/.test(pattern.slice(i + 1, i + 5)))) groups++;
  }
  return groups;
}
