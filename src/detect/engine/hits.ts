/** From a hit in the kernel to its line of output: the rule, when, where, why, and the event as it came in. */
import { isUtf8 } from 'node:buffer';
import type { Fact } from '../../schema/index.ts';
import type { EventView } from '../sigma/evaluate.ts';
import { explain } from '../sigma/explain.ts';
import type { DetectionRule, Value } from '../sigma/model.ts';
import type { Engine, ShapeInfo } from './engine.ts';
import { timeFields } from './row-times.ts';
import { formatTime, parseTime } from './time.ts';

type PathValue = Value & { path: string };

const NOTHING: readonly PathValue[] = [];

/** One row of the batch at hand, as rules see it. Valid until the next scan. */
export class RowView implements EventView {
  readonly #engine: Engine;
  readonly #row: number;
  readonly #info: ShapeInfo;
  readonly #rewrite: Readonly<Record<string, string>> | undefined;

  constructor(engine: Engine, row: number, rewrite?: Readonly<Record<string, string>>) {
    this.#engine = engine;
    this.#row = row;
    this.#info = engine.shapeOf(row);
    this.#rewrite = rewrite;
  }

  #fieldOf(name: string): string {
    return this.#rewrite !== undefined && Object.hasOwn(this.#rewrite, name) ? this.#rewrite[name] : name;
  }

  #at(position: number): PathValue[] {
    const path = this.#info.pathAt.get(position) ?? '';
    return this.#engine.valuesOf(this.#engine.codeAt(this.#row, position)).map((value) => ({ ...value, path }));
  }

  values(field: string): readonly PathValue[] {
    const positions = this.#info.fields.get(this.#fieldOf(field));
    if (positions === undefined) return NOTHING;
    return positions.length === 1 ? this.#at(positions[0]) : positions.flatMap((position) => this.#at(position));
  }

  present(field: string): boolean {
    const name = this.#fieldOf(field);
    return this.#info.fields.has(name) || this.#info.containers.has(name);
  }

  *all(): Iterable<PathValue> {
    for (const { position } of this.#info.columns.slots) yield* this.#at(position);
  }

  /** Codes of the values of a field: equal codes in one batch are equal values of one column. */
  codes(field: string): readonly number[] {
    const positions = this.#info.fields.get(this.#fieldOf(field)) ?? [];
    return positions.map((position) => this.#engine.codeAt(this.#row, position));
  }

  /** Event time in milliseconds; null when no field holds one. */
  time(): number | null {
    for (const field of timeFields(this.#info)) {
      for (const value of this.values(field)) {
        const ms = value.kind === 'null' ? null : parseTime(value.text);
        if (ms !== null) return ms;
      }
    }
    return null;
  }

  host(): string | null {
    for (const field of this.#info.source?.host ?? []) {
      for (const value of this.values(field)) if (value.kind !== 'null' && value.text !== '') return value.text;
    }
    return null;
  }
}

/** The facts of a row and what a rule's fields are called there. */
export function viewFor(engine: Engine, row: number, rule: DetectionRule, facts: readonly Fact[]): RowView {
  return new RowView(engine, row, engine.factOf(rule, facts)?.rewrite);
}

/** Where the event of a row comes from. */
export interface Origin {
  readonly path: string;
  /** Record number; null when only the reader of the results knows it (see HitLines.marks). */
  readonly record: number | null;
}

const encoder = new TextEncoder();

/** Grows a buffer of hit lines. Where a record number is left out, its place is in `marks`: (offset, number from 0 in this batch). */
export class HitLines {
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;
  readonly marks: number[] = [];
  readonly #heads: (Uint8Array | undefined)[] = [];
  readonly #fields: (readonly string[] | null | undefined)[] = [];
  /** Matches of one rule over equal values are equal; kept for the batch at hand. */
  readonly #matches = new Map<string, string>();
  #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Forgets what was kept for the last batch. */
  nextBatch(): void {
    this.#matches.clear();
  }

  get length(): number {
    return this.#length;
  }

  /** Takes back what was added beyond a length. */
  cut(length: number): void {
    this.#length = length;
  }

  /** The lines so far; starts anew. */
  take(): { bytes: Uint8Array<ArrayBuffer>; marks: number[] } {
    const taken = { bytes: this.#bytes.slice(0, this.#length), marks: this.marks.splice(0) };
    this.#length = 0;
    return taken;
  }

  /** @param origin null where events have ids: the line then names no source */
  add(index: number, view: RowView, origin: Origin | null, localRecord: number, event: Uint8Array): void {
    const rule = this.#engine.rule(index);
    let head = this.#heads[index];
    if (head === undefined) {
      const { id, title, level, tags } = rule;
      head = encoder.encode(
        `{"rule":${JSON.stringify({ id, title, level, tags, logsource: rule.logsource.raw })},"time":`,
      );
      this.#heads[index] = head;
    }
    this.#put(head);
    const time = view.time();
    this.#text(time === null ? 'null,' : `"${formatTime(time)}",`);
    if (origin !== null) {
      this.#text(`"source":{"path":${JSON.stringify(origin.path)},"record":`);
      if (origin.record === null) this.marks.push(this.#length, localRecord);
      else this.#text(String(origin.record));
      this.#text('},');
    }
    this.#text(`"host":${JSON.stringify(view.host())},"matches":`);
    this.#text(this.#matchesOf(rule, index, view));
    this.#text(',"event":');
    const trimmed = trim(event);
    if (isUtf8(trimmed)) this.#put(trimmed);
    else this.#text(new TextDecoder().decode(trimmed));
    this.#text('}\n');
  }

  #matchesOf(rule: DetectionRule, index: number, view: RowView): string {
    const fields = this.#fieldsOf(rule, index);
    if (fields === null) return JSON.stringify(explain(rule, view));
    let key = `${index}`;
    for (const field of fields) key += `,${view.codes(field).join('+')}`;
    let text = this.#matches.get(key);
    if (text === undefined) {
      text = JSON.stringify(explain(rule, view));
      this.#matches.set(key, text);
    }
    return text;
  }

  /** The fields a rule reads, those it compares others with among them, each once; null where it reads all. */
  #fieldsOf(rule: DetectionRule, index: number): readonly string[] | null {
    let fields = this.#fields[index];
    if (fields === undefined) {
      const names = rule.items.flatMap(({ field, test }) =>
        test.kind === 'fieldref' ? [field, ...test.fields] : [field],
      );
      fields = names.includes(null) ? null : [...new Set(names.flatMap((name) => name ?? []))];
      this.#fields[index] = fields;
    }
    return fields;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + size));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  #put(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #text(text: string): void {
    this.#reserve(text.length * 3);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }
}

/** Without the blanks around the event. */
function trim(line: Uint8Array): Uint8Array {
  let from = 0;
  let to = line.length;
  while (from < to && line[from] <= 0x20) from++;
  while (to > from && line[to - 1] <= 0x20) to--;
  return from === 0 && to === line.length ? line : line.subarray(from, to);
}
