/**
 * Rows of a row group that may have what is necessary, found in the distinct values of its columns without making rows of them: codes
 * are looked at only where a value of the dictionary is one of those wanted. What is found may be too much, never too little.
 */
import { type Kernel, placesOf } from '../../batch/index.ts';
import { type SegmentColumn, type SegmentReader, Texts, type Values } from '../../store/index.ts';
import type { Necessary } from './necessary.ts';

type Atom = Extract<Necessary, { kind: 'value' }>;

/** What is wanted, and the rows that may have it. */
interface Wanted {
  readonly atom: Atom;
  readonly marks: Uint8Array;
}

/** Signs of the text of any number. */
const OF_NUMBER = /^[0-9.e+-]*$|^[infaty]+$/;
/** What a list may have as text that is shown otherwise: escapes, and numbers that are written in another way. */
const ESCAPED = /["\\/]/;
const ODD_NUMBER = /\d[.eE]|\d{16}/;
/** Signs beyond ASCII that fold into it: long s, Kelvin. */
const FOLDING: readonly (readonly [string, Uint8Array])[] = [
  ['s', Buffer.from('\u017f')],
  ['k', Buffer.from('\u212a')],
];

/**
 * @param folds whether values may hold letters that fold into ASCII ones
 * @param breathe called between columns
 * @returns rows in ascending order
 */
export async function sweep(
  segment: SegmentReader,
  group: number,
  necessary: Necessary,
  {
    kernel,
    folds,
    breathe,
  }: { readonly kernel: Kernel; readonly folds: boolean; readonly breathe: () => Promise<void> },
): Promise<Uint32Array> {
  const { rows } = segment.groups[group];
  const wanted = atomsOf(necessary).map((atom) => ({ atom, marks: new Uint8Array(rows) }));
  for (const column of segment.columns) {
    const own = wanted.filter(({ atom }) => isFor(atom, column));
    if (own.length === 0 || segment.statistics(group, column.name).values === 0) continue;
    await breathe();
    new ColumnSweep(segment, group, column, kernel, folds).mark(own);
  }
  const byAtom = new Map(wanted.map(({ atom, marks }) => [atom, marks]));
  const marks = together(necessary, byAtom, rows);
  return Uint32Array.from(marks.keys().filter((row) => marks[row] !== 0));
}

function atomsOf(necessary: Necessary): Atom[] {
  return necessary.kind === 'value' ? [necessary] : necessary.of.flatMap(atomsOf);
}

function isFor({ columns, piece }: Atom, { name, kind }: SegmentColumn): boolean {
  if (kind === 'raw' || kind === 'boolean') return false;
  if ((kind === 'integer' || kind === 'float') && !OF_NUMBER.test(piece)) return false;
  return columns === null || columns.includes(name);
}

function together(necessary: Necessary, byAtom: ReadonlyMap<Atom, Uint8Array>, rows: number): Uint8Array {
  if (necessary.kind === 'value') return byAtom.get(necessary) ?? new Uint8Array(rows);
  const isAll = necessary.kind === 'all';
  const marks = new Uint8Array(rows).fill(isAll ? 1 : 0);
  for (const part of necessary.of) {
    const own = together(part, byAtom, rows);
    for (let row = 0; row < rows; row++) marks[row] = isAll ? marks[row] & own[row] : marks[row] | own[row];
  }
  return marks;
}

class ColumnSweep {
  readonly #segment: SegmentReader;
  readonly #group: number;
  readonly #column: SegmentColumn;
  readonly #kernel: Kernel;
  readonly #folds: boolean;

  constructor(segment: SegmentReader, group: number, column: SegmentColumn, kernel: Kernel, folds: boolean) {
    this.#segment = segment;
    this.#group = group;
    this.#column = column;
    this.#kernel = kernel;
    this.#folds = folds;
  }

  mark(wanted: readonly Wanted[]): void {
    const { name } = this.#column;
    const pages = this.#segment.textPagesOf(this.#group, name);
    if (pages !== null) {
      const found: number[][] = wanted.map(() => []);
      let first = 0;
      let next = pages.next();
      for (; next.done !== true; next = pages.next()) {
        const { texts } = next.value;
        for (const [i, { atom }] of wanted.entries())
          for (const index of this.#matching(texts, atom)) found[i].push(first + index);
        first += texts.length;
      }
      for (const [i, { marks }] of wanted.entries()) markValues(marks, next.value, found[i]);
      return;
    }
    const dictionary = this.#segment.dictionaryOf(this.#group, name);
    const values = dictionary ?? this.#segment.columnOf(this.#group, name).values;
    const found = wanted.map(({ atom }) => this.#matching(values, atom));
    if (found.every((indices) => indices.length === 0)) return;
    const { present, codes } = this.#segment.columnOf(this.#group, name);
    for (const [i, { marks }] of wanted.entries()) {
      if (found[i].length === 0) continue;
      if (codes === null) markValues(marks, present, found[i]);
      else {
        const isWanted = new Uint8Array(values.length);
        for (const index of found[i]) isWanted[index] = 1;
        markCodes(marks, present, codes, isWanted);
      }
    }
  }

  /** Which of some values may be what is wanted, ascending. */
  #matching(values: Values, atom: Atom): readonly number[] {
    if (values instanceof Texts) return this.#texts(values, atom.piece);
    const found: number[] = [];
    // Kinds of numbers only: the same texts as those of their values.
    for (let i = 0; i < values.length; i++) if (String(values[i]).toLowerCase().includes(atom.piece)) found.push(i);
    return found;
  }

  #texts(texts: Texts, piece: string): readonly number[] {
    const isList = this.#column.kind === 'list';
    if (piece === '' || (isList && ESCAPED.test(piece))) return Array.from({ length: texts.length }, (_, i) => i);
    const found = new Set<number>();
    inTexts(texts, placesOf(this.#kernel, texts.bytes, piece), piece.length, found);
    if (this.#folds) {
      for (const [letter, sign] of FOLDING) {
        if (!piece.includes(letter)) continue;
        inTexts(texts, placesIn(texts.bytes, sign), sign.length, found);
      }
    }
    if (isList) {
      for (let i = 0; i < texts.length; i++) {
        const text = Buffer.from(texts.at(i)).toString('latin1');
        if (text.includes('\\u') || (OF_NUMBER.test(piece) && ODD_NUMBER.test(text))) found.add(i);
      }
    }
    return [...found].sort((a, b) => a - b);
  }
}

function* placesIn(bytes: Uint8Array, sign: Uint8Array): Generator<number> {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = all.indexOf(sign); at >= 0; at = all.indexOf(sign, at + 1)) yield at;
}

/** Texts that hold one of some places, ascending; a place may lie between texts, in a length. */
function inTexts({ starts, ends }: Texts, places: Iterable<number>, length: number, found: Set<number>): void {
  let text = 0;
  for (const place of places) {
    while (text < ends.length && ends[text] < place + length) text++;
    if (text < ends.length && starts[text] <= place) found.add(text);
  }
}

type Present = ReturnType<SegmentReader['columnOf']>['present'];

/** Rows of the values with these numbers, ascending. */
function markValues(marks: Uint8Array, { runs }: Present, values: readonly number[]): void {
  let run = 0;
  for (const value of values) {
    while (value - runs[run + 2] >= runs[run + 1] - runs[run]) run += 3;
    marks[runs[run] + value - runs[run + 2]] = 1;
  }
}

function markCodes(marks: Uint8Array, { runs }: Present, codes: Uint32Array, isWanted: Uint8Array): void {
  for (let run = 0; run < runs.length; run += 3) {
    const [from, to, first] = runs.subarray(run, run + 3);
    for (let row = from; row < to; row++) if (isWanted[codes[first + row - from]] !== 0) marks[row] = 1;
  }
}
