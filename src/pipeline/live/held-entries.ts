/** A journal as whoever verifies it reads it: entries as they are, and what is left of those whose events are released. */
import type { EntryHeader, JournalReader } from '../../journal/index.ts';

/** All of a frame's header: three labels. */
const HEAD_BYTES_MAX = 4096;

export interface HeldEntry extends EntryHeader {
  /** Its file is released: of events the payload is not there. */
  readonly released: boolean;
  readonly payload: ArrayBuffer | null;
  /** Of released events what their frame's header says; else empty. */
  readonly start: Uint8Array;
}

const NONE = new Uint8Array(0);

/** From position `from` up to, not including, `to`. Throws as `JournalReader.read` does. */
export function* heldEntries(reader: JournalReader, from: number, to: number): Generator<HeldEntry> {
  const upTo = Math.min(to, Math.max(from, reader.releasedUpTo()));
  for (const entry of reader.headers(from, upTo, HEAD_BYTES_MAX)) {
    if (entry.kind === 'events') yield { ...entry, released: true, payload: null };
    else yield { ...entry, released: true, payload: reader.payload(entry.position), start: NONE };
  }
  for (const entry of reader.read(upTo, to)) yield { ...entry, released: false, start: NONE };
}
