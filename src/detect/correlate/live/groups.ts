/**
 * Groups of one correlation and their events (*entries*), in order of position in each group. Each entry carries a *mark*,
 * all that judging the next one needs beside the entries inside the window: when the condition last came true (NaN: it is
 * false), or when the window it stands in opened, where conditions are judged at the end. So judging can begin anew at any entry.
 */
import type { SnapshotReader, SnapshotWriter } from './codec.ts';
import { grown, NONE, Order, Slots } from './columns.ts';
import type { Texts } from './texts.ts';

export { NONE };

/** Columns, and the entry of `Map`. */
const GROUP_BYTES = 72;
const ENTRY_BYTES = 44;
/** An entry's place in a window that is kept. */
const WIDE_BYTES = 48;

export class Groups {
  readonly #byKey = new Map<number, number>();
  readonly #groupSlots = new Slots();
  readonly #entrySlots = new Slots();
  #key = new Uint32Array(0);
  #head = new Int32Array(0);
  #tail = new Int32Array(0);
  #judged = new Float64Array(0);
  #wide = new Uint32Array(0);
  #wideTotal = 0;
  #ref = new Uint32Array(0);
  #group = new Uint32Array(0);
  #next = new Int32Array(0);
  #prev = new Int32Array(0);
  #mark = new Float64Array(0);
  /** Groups, longest untouched first. */
  readonly touched = new Order();
  /** Entries in the order they came. */
  readonly arrived = new Order();

  /** Depends on what is held alone. */
  get bytes(): number {
    return GROUP_BYTES * this.#groupSlots.used + ENTRY_BYTES * this.#entrySlots.used + WIDE_BYTES * this.#wideTotal;
  }

  get count(): number {
    return this.#groupSlots.used;
  }

  find(key: number): number {
    return this.#byKey.get(key) ?? NONE;
  }

  open(key: number): number {
    const group = this.#groupSlots.take();
    if (group >= this.#key.length) this.#growGroups(group + 1);
    this.#key[group] = key;
    this.#head[group] = NONE;
    this.#tail[group] = NONE;
    this.#judged[group] = Number.NaN;
    this.#wide[group] = 0;
    this.#byKey.set(key, group);
    this.touched.push(group);
    return group;
  }

  /** Its entries must be gone. */
  close(group: number): void {
    this.setWide(group, 0);
    this.#byKey.delete(this.#key[group]);
    this.touched.remove(group);
    this.#groupSlots.give(group);
  }

  touch(group: number): void {
    this.touched.remove(group);
    this.touched.push(group);
  }

  key(group: number): number {
    return this.#key[group];
  }

  head(group: number): number {
    return this.#head[group];
  }

  tail(group: number): number {
    return this.#tail[group];
  }

  /** Opening of the last window that was judged at its end. */
  judged(group: number): number {
    return this.#judged[group];
  }

  setJudged(group: number, opened: number): void {
    this.#judged[group] = opened;
  }

  /** Entries of the window that is kept for a group; 0: none is. */
  wide(group: number): number {
    return this.#wide[group];
  }

  setWide(group: number, entries: number): void {
    this.#wideTotal += entries - this.#wide[group];
    this.#wide[group] = entries;
  }

  /** Puts an event before an entry of the group, or at the end (`NONE`). */
  insert(group: number, ref: number, before: number): number {
    const entry = this.#entrySlots.take();
    if (entry >= this.#ref.length) this.#growEntries(entry + 1);
    const prev = before === NONE ? this.#tail[group] : this.#prev[before];
    this.#ref[entry] = ref;
    this.#group[entry] = group;
    this.#mark[entry] = Number.NaN;
    this.#prev[entry] = prev;
    this.#next[entry] = before;
    if (prev === NONE) this.#head[group] = entry;
    else this.#next[prev] = entry;
    if (before === NONE) this.#tail[group] = entry;
    else this.#prev[before] = entry;
    this.arrived.push(entry);
    return entry;
  }

  remove(entry: number): void {
    const group = this.#group[entry];
    const prev = this.#prev[entry];
    const next = this.#next[entry];
    if (prev === NONE) this.#head[group] = next;
    else this.#next[prev] = next;
    if (next === NONE) this.#tail[group] = prev;
    else this.#prev[next] = prev;
    this.arrived.remove(entry);
    this.#entrySlots.give(entry);
  }

  ref(entry: number): number {
    return this.#ref[entry];
  }

  group(entry: number): number {
    return this.#group[entry];
  }

  next(entry: number): number {
    return this.#next[entry];
  }

  prev(entry: number): number {
    return this.#prev[entry];
  }

  mark(entry: number): number {
    return this.#mark[entry];
  }

  setMark(entry: number, mark: number): void {
    this.#mark[entry] = mark;
  }

  /** Writes groups by when they were touched, each with its entries; returns the number of each group in that order. */
  save(out: SnapshotWriter, texts: Texts, refs: Uint32Array): Uint32Array {
    const groups = new Uint32Array(this.#groupSlots.end);
    const entries = new Uint32Array(this.#entrySlots.end);
    let groupCount = 0;
    let entryCount = 0;
    out.u32(this.#groupSlots.used);
    out.u32(this.#entrySlots.used);
    for (let group = this.touched.first; group !== NONE; group = this.touched.next(group)) {
      groups[group] = groupCount++;
      texts.save(out, this.#key[group]);
      out.f64(this.#judged[group]);
      out.u32(this.#wide[group]);
      for (let entry = this.#head[group]; entry !== NONE; entry = this.#next[entry]) {
        entries[entry] = entryCount++;
        out.u32(1 + refs[this.#ref[entry]]);
        out.f64(this.#mark[entry]);
      }
      out.u32(0);
    }
    for (let entry = this.arrived.first; entry !== NONE; entry = this.arrived.next(entry)) out.u32(entries[entry]);
    return groups;
  }

  /** Into an empty table; returns the groups by the numbers that `save` gave them. */
  load(from: SnapshotReader, texts: Texts, retain: (ref: number) => void): Uint32Array {
    const groups = new Uint32Array(from.u32());
    const entryCount = from.u32();
    for (let i = 0; i < groups.length; i++) {
      const group = this.open(texts.load(from));
      groups[i] = group;
      this.#judged[group] = from.f64();
      this.setWide(group, from.u32());
      for (let ref = from.u32(); ref > 0; ref = from.u32()) {
        retain(ref - 1);
        const entry = this.insert(group, ref - 1, NONE);
        this.#mark[entry] = from.f64();
      }
    }
    // Slots of an empty table are given out in order, so entry number n stands in slot n.
    for (let entry = 0; entry < entryCount; entry++) this.arrived.remove(entry);
    for (let i = 0; i < entryCount; i++) this.arrived.push(from.u32());
    return groups;
  }

  #growGroups(size: number): void {
    this.#key = grown(this.#key, size);
    this.#head = grown(this.#head, size);
    this.#tail = grown(this.#tail, size);
    this.#judged = grown(this.#judged, size);
    this.#wide = grown(this.#wide, size);
  }

  #growEntries(size: number): void {
    this.#ref = grown(this.#ref, size);
    this.#group = grown(this.#group, size);
    this.#next = grown(this.#next, size);
    this.#prev = grown(this.#prev, size);
    this.#mark = grown(this.#mark, size);
  }
}
