/** From column paths to the names rules use: the compiled form of a source type's `names`. */
import { keysOf, unescaped } from './path.ts';
import type { NameRow, Path, SourceType } from './types.ts';

/** One name of a column. The lowest rank present in an event supplies the field; equal ranks supply it together. */
export interface RankedName {
  readonly name: string;
  readonly rank: number;
}

/** A hole of a template: one key or part of one, or (`many`) one or more whole keys. */
interface Hole {
  readonly hole: string;
  readonly many: boolean;
}

type Piece = string | Hole;
type Captures = Readonly<Record<string, string>>;

interface Compiled {
  readonly keys: readonly (readonly Piece[])[];
  readonly name: readonly Piece[];
}

function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/\{(\w+)(\*?)\}/g)) {
    if (match.index > from) found.push(text.slice(from, match.index));
    found.push({ hole: match[1] ?? '', many: match[2] === '*' });
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push(text.slice(from));
  return found;
}

function compile(row: NameRow): Compiled {
  return { keys: keysOf(row.path).map(pieces), name: pieces(row.name) };
}

/** What the holes of one template key stand for in `key`, or null; a hole inside a key takes the longest text it can. */
function matchKey(template: readonly Piece[], key: string, at = 0): Captures | null {
  const [piece, ...rest] = template;
  if (piece === undefined) return at === key.length ? {} : null;
  if (typeof piece === 'string') return key.startsWith(piece, at) ? matchKey(rest, key, at + piece.length) : null;
  for (let end = key.length; end > at; end--) {
    const found = matchKey(rest, key, end);
    if (found !== null) return { ...found, [piece.hole]: key.slice(at, end) };
  }
  return null;
}

/** What the holes of a template stand for in a path, or null. `{x*}` takes the fewest keys that let the rest match. */
function matchKeys(template: readonly (readonly Piece[])[], keys: readonly string[]): Captures | null {
  const [first, ...rest] = template;
  if (first === undefined) return keys.length === 0 ? {} : null;
  const only = first.length === 1 ? first[0] : undefined;
  if (typeof only === 'object' && only.many) {
    for (let taken = 1; taken <= keys.length - rest.length; taken++) {
      const found = matchKeys(rest, keys.slice(taken));
      if (found !== null) return { ...found, [only.hole]: keys.slice(0, taken).join('.') };
    }
    return null;
  }
  const [key] = keys;
  if (key === undefined) return null;
  const here = matchKey(first, key);
  if (here === null) return null;
  const found = matchKeys(rest, keys.slice(1));
  return found === null ? null : { ...found, ...here };
}

function fill(name: readonly Piece[], captures: Captures): string {
  const text = name.map((piece) => (typeof piece === 'string' ? piece : (captures[piece.hole] ?? ''))).join('');
  return text.replaceAll(' ', '');
}

/**
 * The matcher of a source type (of none: raw paths only). A column always also goes by its own path, with and without
 * escapes and spaces, after every other name. Templates are tried on the keys as they are, then with escaped dots read
 * as separators, because ECS is often flattened into dotted keys.
 */
export function namesOf(source: SourceType | null): (path: Path) => RankedName[] {
  const rows = (source?.names ?? []).map(compile);
  return (path) => {
    const ranks = new Map<string, number>();
    const add = (name: string, rank: number) => {
      if (name !== '' && !ranks.has(name)) ranks.set(name, rank);
    };
    const keys = keysOf(path);
    const dotted = path.includes('\\.') ? unescaped(path).split('.') : null;
    rows.forEach((row, rank) => {
      const captures = matchKeys(row.keys, keys) ?? (dotted === null ? null : matchKeys(row.keys, dotted));
      if (captures !== null) add(fill(row.name, captures), rank);
    });
    for (const raw of [path, unescaped(path)]) {
      add(raw, rows.length);
      add(raw.replaceAll(' ', ''), rows.length);
    }
    return [...ranks].map(([name, rank]) => ({ name, rank }));
  };
}
