/** What every input format delivers: events as JSON text, one a line, with where each came from. */

/** A piece of input ready to scan. `bytes` is NDJSON: one event a line, `\n` after each, never more than `limits.lineBytesMax` a line. */
export interface Chunk {
  readonly bytes: Uint8Array;
  /** Number of the first event, from 1, counted over the whole input. */
  readonly firstRecord: number;
  /** Record numbers where they are not consecutive (EVTX record ids); one per line. */
  readonly records?: Float64Array;
  /** Byte position of the first line in the (decompressed) input, for messages. */
  readonly position: number;
  /** Marks events carved from free space (`--recover`). */
  readonly carved?: boolean;
}

/** A part of the input that could not be read; everything else goes on. */
export interface Unparsed {
  /** Path as given; members of archives as `outer.zip!inner.json`. */
  readonly path: string;
  /** `byte 1234`, `line 7`, `record 12`, … or '' when the whole input is meant. */
  readonly position: string;
  readonly reason: string;
}

/** One input: a file, a member of an archive, or standard input. */
export interface Input {
  /** As given; members of archives as `outer.zip!inner.json`; `-` for standard input. */
  readonly path: string;
  readonly format: string;
  chunks(): AsyncIterable<Chunk>;
}
