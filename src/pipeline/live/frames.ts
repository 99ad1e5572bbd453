/**
 * A request of `EventBatch` frames, whose sender has done the scanning: opened and checked in the kernel, evaluated there, and kept
 * under the labels of its credential. No event becomes text on the way, but those that rules match.
 */
import { crc32Combine, eachFrameIn, relabelFrame } from '../../batch/index.ts';
import type { RowTimes } from '../../detect/index.ts';
import { countFrameRows, Refused } from '../../ingest/index.ts';
import type { Scanner } from '../scanner.ts';
import { evaluatedBatch, receiptOf, type Taken } from './taken.ts';
import type { Delivery, EntryDraft, EvaluatedBatch } from './types.ts';

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
): Taken {
  if (delivery.policy !== null) {
    throw new Refused(
      'body.encoding',
      'events of this source are validated, which frames are not yet: send them as lines',
    );
  }
  const { engine } = scanner;
  const { tenant, source, unit, receivedAt } = delivery;
  const meta = { tenant, source, mapping: '', timeOf: (row: number) => times.timeOf(row) };
  const received = countFrameRows(body);
  const entries: EntryDraft[] = [];
  const batches: EvaluatedBatch[] = [];
  let crc = 0;
  let accepted = 0;
  engine.takeEvaluations();
  for (const frame of eachFrameIn(body)) {
    scanner.scanFrame(frame, {
      path: null,
      firstRecord: null,
      records: null,
      position: null,
      carved: false,
      onBatch: (scanned) => {
        const held = engine.kernel.get('rowCount');
        accepted += held;
        for (const { frame: payload, rows, columnBytes, columnCrc } of relabelFrame(engine.kernel, meta)) {
          entries.push({ kind: 'events', payload, rows });
          crc = crc32Combine(crc, columnCrc, columnBytes);
        }
        batches.push(evaluatedBatch(held, engine.takeEvaluations(), scanned));
      },
    });
  }
  const receipt = receiptOf(delivery, { received, dead: 0, bytes: body.length, crc, frames: true });
  return {
    draft: { unit, receivedAt, entries, receipt },
    accepted,
    dead: 0,
    outcome: delivery.itemized === true ? { entryRows: entries.map(({ rows }) => rows), dead: [] } : null,
    evaluated: { unit, epoch, batches: epoch === 0 ? [] : batches },
  };
}
