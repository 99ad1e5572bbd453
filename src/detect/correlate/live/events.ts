/**
 * The events that live correlations hold: base matches, and firings that others refer to. Columns under a number (`ref`)
 * that is given out again when nobody holds it any more.
 */
import type { FieldTable } from '../grouping.ts';
import type { Members } from '../members.ts';
import type { SnapshotReader, SnapshotWriter } from './codec.ts';
import { grown, Slots } from './columns.ts';
import { Texts } from './texts.ts';

/** Which time an event is correlated at: its own, that of receipt because it has none, or one cut off because it lies too far ahead. */
export type TimeUsed = 'event' | 'receive' | 'skewed';
const TIME_USED: readonly TimeUsed[] = ['event', 'receive', 'skewed'];

export interface LivePosition {
  /** Epoch milliseconds, microseconds as fraction. */
  readonly time: number;
  readonly source: string;
  /** Number of the journal entry, and of the row in it, from 0. */
  readonly position: number;
  readonly row: number;
}

/** What the values of an event are: those of these fields of matches of this rule. */
interface Layout {
  readonly rule: string;
  readonly fields: readonly string[];
  readonly firing: boolean;
}

/** What a firing is beside a position and values. */
interface FiringParts extends Members<string> {
  /** Folded group: orders firings at one position. */
  readonly key: string;
}

/** Columns of one event, and its places in one group and in what waits. */
const EVENT_BYTES = 44;
const LISTED_BYTES = 40;

export class LiveEvents implements FieldTable {
  readonly texts = new Texts();
  readonly #layouts: Layout[] = [];
  readonly #layoutCodes = new Map<string, number>();
  readonly #slots = new Slots();
  readonly #firings = new Map<number, FiringParts>();
  #listed = 0;
  #time = new Float64Array(16);
  #position = new Float64Array(16);
  #row = new Uint32Array(16);
  #source = new Uint32Array(16);
  #layout = new Uint32Array(16);
  #values = new Uint32Array(16);
  #timeUsed = new Uint8Array(16);
  #uses = new Uint32Array(16);

  /** Depends on what is held alone, not on how it came about. */
  get bytes(): number {
    return this.texts.bytes + EVENT_BYTES * this.#slots.used + LISTED_BYTES * this.#listed;
  }

  get count(): number {
    return this.#slots.used;
  }

  layout(rule: string, fields: readonly string[], firing: boolean): number {
    const key = JSON.stringify([rule, fields, firing]);
    const known = this.#layoutCodes.get(key);
    if (known !== undefined) return known;
    this.#layoutCodes.set(key, this.#layouts.length);
    return this.#layouts.push({ rule, fields, firing }) - 1;
  }

  /** A new event with one use. `values`: one list per field of its layout. `parts`: for firings. */
  add(
    layout: number,
    at: LivePosition,
    timeUsed: TimeUsed,
    values: readonly (readonly string[])[],
    parts?: FiringParts,
  ): number {
    const source = this.texts.intern(at.source);
    const ref = this.#push(layout, at, source, TIME_USED.indexOf(timeUsed), this.texts.intern(packed(values)));
    if (parts !== undefined) this.#setParts(ref, parts);
    return ref;
  }

  retain(ref: number): void {
    this.#uses[ref]++;
  }

  release(ref: number): void {
    if (--this.#uses[ref] > 0) return;
    this.texts.release(this.#source[ref]);
    this.texts.release(this.#values[ref]);
    const parts = this.#firings.get(ref);
    if (parts !== undefined) {
      this.#listed -= 1 + parts.list.length;
      this.#firings.delete(ref);
    }
    this.#slots.give(ref);
  }

  layoutOf(ref: number): number {
    return this.#layout[ref];
  }

  ruleOf(layout: number): string {
    return this.#layouts[layout].rule;
  }

  time(ref: number): number {
    return this.#time[ref];
  }

  at(ref: number): LivePosition & { readonly timeUsed: TimeUsed } {
    return {
      time: this.#time[ref],
      source: this.texts.text(this.#source[ref]),
      position: this.#position[ref],
      row: this.#row[ref],
      timeUsed: TIME_USED[this.#timeUsed[ref]],
    };
  }

  isFiring(ref: number): boolean {
    return this.#layouts[this.#layout[ref]].firing;
  }

  /** By (time, source, position, row); 0: at one position. */
  compare(a: number, b: number): number {
    if (this.#time[a] !== this.#time[b]) return this.#time[a] - this.#time[b];
    if (this.#source[a] !== this.#source[b]) {
      return this.texts.text(this.#source[a]) < this.texts.text(this.#source[b]) ? -1 : 1;
    }
    return this.#position[a] - this.#position[b] || this.#row[a] - this.#row[b];
  }

  /** Firings at one position by group, so that the order in which they became known does not matter. */
  compareFirings(a: number, b: number): number {
    const left = this.#firings.get(a)?.key ?? '';
    const right = this.#firings.get(b)?.key ?? '';
    return left < right ? -1 : left > right ? 1 : 0;
  }

  values(ref: number, field: string): readonly string[] {
    const slot = this.#layouts[this.#layout[ref]].fields.indexOf(field);
    return slot < 0 ? [] : unpacked(this.texts.text(this.#values[ref]), slot);
  }

  /** Base events as `position/row`. */
  members(ref: number): Members<string> {
    return this.#firings.get(ref) ?? { list: [`${this.#position[ref]}/${this.#row[ref]}`], count: 1 };
  }

  /** Writes what is held; gives each ref the number it will have when it is read, counted from 0. */
  save(out: SnapshotWriter): Uint32Array {
    out.json(this.#layouts);
    const written = { codes: new Uint32Array(this.texts.end), count: 0 };
    const live: number[] = [];
    for (let ref = 0; ref < this.#slots.end; ref++) if (this.#uses[ref] > 0) live.push(ref);
    const numbers = new Uint32Array(this.#slots.end);
    out.u32(live.length);
    for (const [number, ref] of live.entries()) {
      numbers[ref] = number;
      this.#saveText(out, written, this.#source[ref]);
      this.#saveText(out, written, this.#values[ref]);
      out.f64(this.#time[ref]);
      out.f64(this.#position[ref]);
      out.u32(this.#row[ref]);
      out.u32(this.#layout[ref]);
      out.u32(this.#timeUsed[ref]);
      if (this.isFiring(ref)) out.json(this.#firings.get(ref));
    }
    return numbers;
  }

  /** Into an empty table. Each event has one use, that of the caller, who releases it once everything holds its own. */
  load(from: SnapshotReader): number {
    for (const { rule, fields, firing } of from.json<Layout[]>()) this.layout(rule, fields, firing);
    const codes: number[] = [];
    const count = from.u32();
    for (let i = 0; i < count; i++) {
      const source = this.#loadText(from, codes);
      const values = this.#loadText(from, codes);
      const at = { time: from.f64(), position: from.f64(), row: from.u32() };
      const layout = from.u32();
      const ref = this.#push(layout, at, source, from.u32(), values);
      if (this.#layouts[layout].firing) this.#setParts(ref, from.json<FiringParts>());
    }
    return count;
  }

  /** A text is written where it is first used; after that, its number among those written, from 1. */
  #saveText(out: SnapshotWriter, written: { readonly codes: Uint32Array; count: number }, code: number): void {
    if (written.codes[code] > 0) {
      out.u32(written.codes[code]);
      return;
    }
    written.codes[code] = ++written.count;
    out.u32(0);
    this.texts.save(out, code);
  }

  #loadText(from: SnapshotReader, codes: number[]): number {
    const number = from.u32();
    if (number > 0) {
      this.texts.retain(codes[number - 1]);
      return codes[number - 1];
    }
    return codes[codes.push(this.texts.load(from)) - 1];
  }

  #push(
    layout: number,
    at: { readonly time: number; readonly position: number; readonly row: number },
    source: number,
    timeUsed: number,
    values: number,
  ): number {
    const ref = this.#slots.take();
    if (ref >= this.#time.length) this.#growTo(ref + 1);
    this.#time[ref] = at.time;
    this.#position[ref] = at.position;
    this.#row[ref] = at.row;
    this.#source[ref] = source;
    this.#layout[ref] = layout;
    this.#values[ref] = values;
    this.#timeUsed[ref] = timeUsed;
    this.#uses[ref] = 1;
    return ref;
  }

  #setParts(ref: number, parts: FiringParts): void {
    this.#firings.set(ref, parts);
    this.#listed += 1 + parts.list.length;
  }

  #growTo(size: number): void {
    this.#time = grown(this.#time, size);
    this.#position = grown(this.#position, size);
    this.#row = grown(this.#row, size);
    this.#source = grown(this.#source, size);
    this.#layout = grown(this.#layout, size);
    this.#values = grown(this.#values, size);
    this.#timeUsed = grown(this.#timeUsed, size);
    this.#uses = grown(this.#uses, size);
  }
}

/** Lists of texts as one text: how many, then each with its length before it. */
function packed(values: readonly (readonly string[])[]): string {
  let text = '';
  for (const list of values) {
    text += `${list.length};`;
    for (const value of list) text += `${value.length}:${value}`;
  }
  return text;
}

/** The list number `slot` of packed lists. */
function unpacked(text: string, slot: number): string[] {
  let at = 0;
  for (let list = 0; ; list++) {
    let end = text.indexOf(';', at);
    const found: string[] = [];
    const count = Number(text.slice(at, end));
    at = end + 1;
    for (let i = 0; i < count; i++) {
      end = text.indexOf(':', at);
      const from = end + 1;
      const to = from + Number(text.slice(at, end));
      if (list === slot) found.push(text.slice(from, to));
      at = to;
    }
    if (list === slot) return found;
  }
}
