/** What was found in a batch of which some rows are not kept: as if they had never been in it. */
import type { HitColumns } from '../../detect/index.ts';
import type { ScannedBatch } from '../scanner.ts';

type Found = Omit<ScannedBatch, 'errors'>;

/** @param leftOut numbers of rows, ascending */
export function withoutRows(batch: Found, leftOut: readonly number[], rows: number): Found {
  const numbers = new Int32Array(rows);
  let next = 0;
  let left = 0;
  for (let row = 0; row < rows; row++) {
    const out = left < leftOut.length && leftOut[left] === row;
    if (out) left++;
    numbers[row] = out ? -1 : next++;
  }
  const kept = { hitRows: [] as number[], hitRules: [] as number[], hitEnds: [] as number[], hitTimes: [] as number[] };
  const lines = new Uint8Array(batch.lines.length);
  let length = 0;
  batch.hitRows.forEach((row, i) => {
    if (numbers[row] < 0) return;
    const line = batch.lines.subarray(i === 0 ? 0 : batch.hitEnds[i - 1], batch.hitEnds[i]);
    lines.set(line, length);
    length += line.length;
    kept.hitRows.push(numbers[row]);
    kept.hitRules.push(batch.hitRules[i]);
    kept.hitEnds.push(length);
    kept.hitTimes.push(batch.hitTimes[i]);
  });
  return {
    ...kept,
    lines: lines.slice(0, length),
    base: batch.base === null ? null : baseWithout(batch.base, numbers),
  };
}

function baseWithout(base: HitColumns, numbers: Int32Array): HitColumns {
  const kept = Array.from({ length: base.count }, (_, hit) => hit).filter((hit) => numbers[base.record[hit]] >= 0);
  const codes = (of: Uint32Array) => Uint32Array.from(kept, (hit) => of[hit]);
  const record = Float64Array.from(kept, (hit) => numbers[base.record[hit]]);
  return {
    ...base,
    count: kept.length,
    rule: codes(base.rule),
    path: codes(base.path),
    start: codes(base.start),
    time: Float64Array.from(kept, (hit) => base.time[hit]),
    record,
    event: record,
  };
}
