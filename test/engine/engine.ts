/** The engine in this process, one piece of input at a time: for thousands of small comparisons. */

import { loadKernelModule } from '../../src/batch/index.ts';
import { loadRules, type RuleFile, type RuleSet } from '../../src/detect/index.ts';
import { packRules } from '../../src/pipeline/rules.ts';
import { type RulePackage, Scanner } from '../../src/pipeline/scanner.ts';

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
