import { type EvtxReport, readEvtx } from '../../src/formats/evtx/index.ts';

export interface Read {
  /** Lines without their line feed, and the record id of each. */
  readonly lines: string[];
  readonly ids: number[];
  readonly carved: string[];
  readonly carvedIds: number[];
  /** `position: reason`. */
  readonly unparsed: string[];
  readonly report: EvtxReport;
}

/** Reads a whole EVTX file in memory, `blockBytes` at a time, and checks that chunks hold what they say. */
export async function readAll(
  file: Uint8Array,
  options: { recover?: boolean; blockBytes?: number } = {},
): Promise<Read> {
  const { recover = false, blockBytes = file.length } = options;
  const unparsed: string[] = [];
  const lines: string[] = [];
  const ids: number[] = [];
  const carved: string[] = [];
  const carvedIds: number[] = [];
  function* blocks(): Generator<Uint8Array> {
    for (let at = 0; at < file.length; at += blockBytes) yield file.subarray(at, at + blockBytes);
  }
  const chunks = readEvtx(blocks(), {
    recover,
    report: ({ position, reason }) => unparsed.push(`${position}: ${reason}`),
  });
  for (;;) {
    const next = await chunks.next();
    if (next.done === true) return { lines, ids, carved, carvedIds, unparsed, report: next.value };
    const chunk = next.value;
    const toLines = chunk.carved === true ? carved : lines;
    const toIds = chunk.carved === true ? carvedIds : ids;
    const text = new TextDecoder('utf-8', { fatal: true }).decode(chunk.bytes).split('\n');
    const { records } = chunk;
    if (records === undefined || text.pop() !== '' || text.length !== records.length) {
      throw new Error('a chunk has another number of lines than of records');
    }
    if (chunk.firstRecord !== toLines.length + 1) throw new Error('a chunk begins with the wrong number');
    toLines.push(...text);
    toIds.push(...records);
  }
}
