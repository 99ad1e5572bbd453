/**
 * A request of `EventBatch` frames, whose sender has done the scanning: opened and checked in the kernel, evaluated there, and kept
 * under the labels of its credential. No event becomes text on the way, but those that rules match.
 */
import { limits } from '../../base/index.ts';
import { crc32Combine, eachFrameIn, encodeFrames, openBatch, relabelFrame } from '../../batch/index.ts';
import type { RowTimes } from '../../detect/index.ts';
import { countFrameRows } from '../../ingest/index.ts';
import type { ScannedBatch, Scanner } from '../scanner.ts';
import { DeadLetters } from './dead-letters.ts';
import { withoutRows } from './left-out.ts';
import { digestEvent } from './survey.ts';
import { evaluatedBatch, receiptOf, saidOf, type Taken, type Watch } from './taken.ts';
import type { Delivery, EntryDraft, EvaluatedBatch } from './types.ts';
import type { Rejected } from './validation.ts';

/**
 * @param epoch of the rules in `scanner`; 0: they are run later
 * @throws WeirError `batch.damaged`, `batch.version`: nothing of the request is kept then
 */
export function takeFrames(
  scanner: Scanner,
  times: RowTimes,
  delivery: Delivery,
  body: Uint8Array,
  epoch: number,
  { held, arrivals, tenant: toldOf }: Watch,
): Taken {
  const { kernel } = scanner.engine;
  const { tenant, source, unit, receivedAt } = delivery;
  const meta = { tenant, source, mapping: '', timeOf: (row: number) => times.timeOf(row) };
  const received = countFrameRows(body);
  const entries: EntryDraft[] = [];
  const batches: EvaluatedBatch[] = [];
  const dead = new DeadLetters(delivery.itemized === true);
  let crc = 0;
  let accepted = 0;
  let passed = 0;
  const keep = (scanned: ScannedBatch, rejected: readonly Rejected[]): void => {
    const all = kernel.get('rowCount');
    for (const { row, code, reason } of rejected) {
      dead.add(passed + row, code, reason, kernel.line(row), limits.lineBytesMax);
    }
    const leaveOut = rejected.map(({ row }) => row);
    const arrived = arrivals.take(scanner, leaveOut, toldOf, receivedAt);
    passed += all;
    accepted += all - leaveOut.length;
    if (leaveOut.length === 0) {
      for (const { frame: payload, rows, columnBytes, columnCrc } of relabelFrame(kernel, meta)) {
        entries.push({ kind: 'events', payload, rows });
        crc = crc32Combine(crc, columnCrc, columnBytes);
      }
      batches.push(evaluatedBatch(all, arrived, scanned));
      return;
    }
    for (const { frame: payload, rows } of encodeFrames(kernel, { ...meta, leaveOut })) {
      entries.push({ kind: 'events', payload, rows });
    }
    const found = withoutRows(scanned, leaveOut, all);
    if (all > leaveOut.length) batches.push(evaluatedBatch(all - leaveOut.length, arrived, found));
  };
  scanner.takeRows();
  for (const frame of eachFrameIn(body)) {
    scanner.scanFrame(frame, {
      path: null,
      firstRecord: null,
      records: null,
      position: null,
      carved: false,
      onBatch: (scanned) => keep(scanned, held?.check() ?? []),
    });
  }
  // Without the rows that were set aside no frame's columns are what they were: then the events are digested, as they came.
  const digest = dead.count === 0 ? { crc, frames: true as const } : { crc: textDigest(body), compact: true as const };
  const receipt = receiptOf(delivery, {
    received,
    dead: dead.count,
    bytes: body.length,
    ...digest,
    ...(held === null ? {} : { validation: held.receipt() }),
  });
  return {
    draft: { unit, receivedAt, entries: [...entries, ...dead.entries()], receipt },
    accepted,
    dead: dead.count,
    filtered: 0,
    ...saidOf(delivery, entries, dead),
    evaluated: { unit, epoch, batches: epoch === 0 ? [] : batches },
  };
}

/** CRC-32 over the events of frames in order, as text; not from the kernel, whose rows the journal keeps. */
function textDigest(body: Uint8Array): number {
  let crc = 0;
  for (const frame of eachFrameIn(body)) {
    openBatch(Uint8Array.from(frame).buffer).eachRowText((text) => {
      crc = digestEvent(crc, text, true);
    });
  }
  return crc;
}
