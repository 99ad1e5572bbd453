/** The engine in this process, one piece of input at a time: for thousands of small comparisons. */

import { encodeFrames, kernelWithoutRules, loadKernelModule } from '../../src/batch/index.ts';
import { loadRules, type RuleFile, type RuleSet } from '../../src/detect/index.ts';
import { Hunter, type HuntSize } from '../../src/pipeline/hunt/hunter.ts';
import { packRules } from '../../src/pipeline/rules.ts';
import { type RulePackage, Scanner } from '../../src/pipeline/scanner.ts';
import { openSegment, RowGroup, readerOfBytes, type SegmentReader, SegmentWriter } from '../../src/store/index.ts';

const kernel = loadKernelModule();

export interface Loaded {
  readonly rules: RuleSet;
  readonly pack: RulePackage;
}

export function load(
  files: readonly RuleFile[],
  placeholders: Readonly<Record<string, readonly string[]>> = {},
): Loaded {
  const rules = loadRules(files, { placeholders });
  return { rules, pack: packRules(rules) };
}

/** Hit lines of NDJSON text scanned in pieces of `pieceBytes`, as parsed JSON. */
export function hitLines({ pack }: Loaded, ndjson: Uint8Array, pieceBytes = 1 << 21): Record<string, unknown>[] {
  const scanner = new Scanner(pack, Math.max(pieceBytes * 2, 1 << 18), kernel);
  const lines: Record<string, unknown>[] = [];
  let record = 1;
  for (let from = 0; from < ndjson.length; ) {
    let to = Math.min(ndjson.length, from + pieceBytes);
    if (to < ndjson.length) to = ndjson.indexOf(0x0a, to - 1) + 1 || ndjson.length;
    scanner.engine.kernel.load(ndjson.subarray(from, to));
    const piece = { path: 'test', firstRecord: record, records: null, position: from, carved: false };
    const result = scanner.scan(piece);
    record += result.records;
    for (const line of new TextDecoder().decode(result.lines).split('\n')) {
      if (line !== '') lines.push(JSON.parse(line) as Record<string, unknown>);
    }
    from = to;
  }
  return lines;
}

/** The same by way of frames: lines are scanned, encoded, and what is opened of them is evaluated. */
export function frameHitLines({ pack }: Loaded, ndjson: Uint8Array, batchBytes = 1 << 19): Record<string, unknown>[] {
  const source = kernelWithoutRules(1 << 18, kernel);
  source.batchBytes = batchBytes;
  const scanner = new Scanner(pack, 1 << 18, kernel);
  const lines: Record<string, unknown>[] = [];
  let record = 1;
  source.load(ndjson);
  while (source.scan()) {
    // Numbers of lines, bad ones counted but not blank ones.
    const errors = source.errors().map((error) => error.row);
    const numbers = Array.from(
      { length: source.get('rowCount') },
      (_, row) => record + row + errors.filter((before) => before <= row).length,
    );
    record += numbers.length + errors.length;
    for (const { frame, from, to } of encodeFrames(source, { tenant: 't', source: 's', mapping: '' })) {
      const records = Float64Array.from(numbers.slice(from, to));
      const piece = { path: 'test', firstRecord: null, records, position: null, carved: false };
      for (const line of new TextDecoder().decode(scanner.scanFrame(new Uint8Array(frame), piece).lines).split('\n')) {
        if (line !== '') lines.push(JSON.parse(line) as Record<string, unknown>);
      }
    }
  }
  return lines;
}

let group: RowGroup | null = null;

/** A segment of these lines: one in each place is what its record number is. Row groups of so many rows at most. */
export function segmentOf(ndjson: Uint8Array, groupRows: number): { segment: SegmentReader; numbers: number[][] } {
  const source = kernelWithoutRules(1 << 18, kernel);
  source.batchBytes = 4096;
  group ??= new RowGroup(kernelWithoutRules(1 << 18, kernel), {
    bytes: 16 << 20,
    rows: 1 << 15,
  });
  const target = group;
  target.clear();
  const writer = new SegmentWriter({ level: 1, terms: true });
  const end = (): void => {
    if (target.rows > 0) writer.add(target);
    target.clear();
  };
  const numbers: number[][] = [];
  let record = 1;
  source.load(ndjson);
  while (source.scan()) {
    const errors = source.errors().map((error) => error.row);
    const own = Array.from(
      { length: source.get('rowCount') },
      (_, row) => record + row + errors.filter((before) => before <= row).length,
    );
    record += own.length + errors.length;
    for (const { frame, from, to } of encodeFrames(source, { tenant: 't', source: 's', mapping: '' })) {
      target.kernel.openFrame(new Uint8Array(frame));
      const position = numbers.push(own.slice(from, to)) - 1;
      target.add(
        position,
        1_700_000_000_000,
        () => null,
        () => null,
        end,
      );
      if (target.rows >= groupRows) end();
    }
  }
  end();
  return { segment: openSegment(readerOfBytes('segment', Buffer.concat(writer.finish('log/0').parts))), numbers };
}

const ALL = { from: -(2n ** 63n), to: 2n ** 63n - 1n };

/** The same by way of segments: hits of a hunt, as those of a scan would be. */
export function huntHitLines(
  { pack }: Loaded,
  ndjson: Uint8Array,
  groupRows = 1 << 14,
  size: HuntSize = { entries: 1 << 18, textBytes: 16 << 20, tokenBytes: 4 << 20 },
): Record<string, unknown>[] {
  const { segment, numbers } = segmentOf(ndjson, groupRows);
  const hunter = new Hunter(pack, kernel, undefined, size);
  const lines: Record<string, unknown>[] = [];
  for (let index = 0; index < segment.groups.length; index++) {
    const result = hunter.hunt({ segment, group: index, source: 's', span: ALL, after: null });
    for (const line of new TextDecoder().decode(result.lines).split('\n')) {
      if (line === '') continue;
      const { id, event_id, retrospective, received: _, source, ...hit } = JSON.parse(line) as Record<string, unknown>;
      const { record, row } = source as { record: number; row: number };
      if (event_id !== `log/0/${record}/${row}` || !String(id).endsWith(`-${record}-${row}`) || retrospective !== true)
        throw new Error(`a hit of ${String(event_id)} is called ${String(id)}`);
      lines.push({ ...hit, source: { path: 'test', record: numbers[record][row] } });
    }
  }
  return lines;
}

/** Rule id → record numbers, in order. */
export function recordsByRule(lines: readonly Record<string, unknown>[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const line of lines) {
    const { id } = line['rule'] as { id: string };
    const { record } = line['source'] as { record: number };
    const known = found.get(id);
    if (known === undefined) found.set(id, [record]);
    else known.push(record);
  }
  return found;
}

/**
 * As test/reference/harness.ts wants an engine. Pieces of a few events each: what batches hand on to the next is part of
 * what is compared.
 */
export async function engine(
  texts: readonly string[],
  ndjson: Uint8Array,
  placeholders: Readonly<Record<string, readonly string[]>> = {},
): Promise<Map<string, number[]>> {
  const files = texts.map((text, i) => ({ path: `rule-${i}.yml`, text }));
  const loaded = load(files, placeholders);
  const [refused] = loaded.rules.refused;
  if (refused !== undefined) throw new Error(`refused: ${refused.reason}`);
  return recordsByRule(hitLines(loaded, ndjson, 4096));
}
