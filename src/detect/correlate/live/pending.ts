/** What late events add to groups, and amended firings take away from them, until the groups are judged again. */
import type { SnapshotReader, SnapshotWriter } from './codec.ts';
import type { LiveEvents } from './events.ts';

export interface Pending {
  readonly adds: Set<number>;
  readonly removes: Set<number>;
}

const PENDING_BYTES = 64;

/** Holds each event it names. */
export class PendingChanges {
  readonly #events: LiveEvents;
  readonly #byGroup = new Map<number, Pending>();
  #count = 0;

  constructor(events: LiveEvents) {
    this.#events = events;
  }

  /** Groups with changes. */
  get size(): number {
    return this.#byGroup.size;
  }

  get bytes(): number {
    return PENDING_BYTES * this.#count;
  }

  has(group: number): boolean {
    return this.#byGroup.has(group);
  }

  add(group: number, ref: number): void {
    this.#put(this.#of(group).adds, ref);
  }

  /** Takes an event away: one that is yet to be added, else one that the group has. */
  remove(group: number, ref: number): void {
    const { adds, removes } = this.#of(group);
    if (!adds.delete(ref)) {
      this.#put(removes, ref);
      return;
    }
    this.#count--;
    this.#events.release(ref);
  }

  /** Groups with changes, longest waiting first; what was taken is taken: its events are the caller's to release. */
  *take(): Iterable<readonly [group: number, changes: Pending]> {
    for (const [group, changes] of this.#byGroup) {
      this.#byGroup.delete(group);
      this.#count -= changes.adds.size + changes.removes.size;
      yield [group, changes];
    }
  }

  drop(group: number): void {
    const changes = this.#byGroup.get(group);
    if (changes === undefined) return;
    this.#byGroup.delete(group);
    this.#count -= changes.adds.size + changes.removes.size;
    for (const ref of [...changes.adds, ...changes.removes]) this.#events.release(ref);
  }

  save(out: SnapshotWriter, groups: Uint32Array, numbers: Uint32Array): void {
    out.u32(this.#byGroup.size);
    for (const [group, { adds, removes }] of this.#byGroup) {
      out.u32(groups[group]);
      saveRefs(out, numbers, [...adds]);
      saveRefs(out, numbers, [...removes]);
    }
  }

  load(from: SnapshotReader, groups: Uint32Array): void {
    for (let left = from.u32(); left > 0; left--) {
      const group = groups[from.u32()];
      const changes = this.#of(group);
      for (const ref of loadRefs(from)) this.#put(changes.adds, ref);
      for (const ref of loadRefs(from)) this.#put(changes.removes, ref);
    }
  }

  #of(group: number): Pending {
    const changes = this.#byGroup.get(group) ?? { adds: new Set(), removes: new Set() };
    this.#byGroup.set(group, changes);
    return changes;
  }

  #put(set: Set<number>, ref: number): void {
    if (set.has(ref)) return;
    set.add(ref);
    this.#events.retain(ref);
    this.#count++;
  }
}

export function saveRefs(out: SnapshotWriter, numbers: Uint32Array, refs: readonly number[]): void {
  out.u32(refs.length);
  for (const ref of refs) out.u32(numbers[ref]);
}

export function loadRefs(from: SnapshotReader): number[] {
  return Array.from({ length: from.u32() }, () => from.u32());
}
