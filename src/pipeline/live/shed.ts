/**
 * A request whose events a shedding policy leaves out: they are counted, twice and apart, and that is kept. A body that is broken is
 * refused like any other.
 */
import { eachFrameIn, openBatch } from '../../batch/index.ts';
import { countEvents, countFrameRows } from '../../ingest/index.ts';
import { encodeControl } from './control.ts';
import { splitJson } from './split-json.ts';
import { receiptOf, type Taken } from './taken.ts';
import type { Delivery, EntryDraft, Measure } from './types.ts';

/** @throws Refused `body.…`, WeirError `batch.…` */
export function leaveOut(delivery: Delivery, policy: string, body: Uint8Array, taken: Measure | null): Taken {
  const { unit, receivedAt, sent } = delivery;
  const { received, events } = counts(delivery, body);
  const receipt = receiptOf(delivery, {
    received,
    dead: 0,
    bytes: body.length,
    crc: 0,
    filtered: { [policy]: events },
    ...(sent === undefined || taken === null ? {} : { sent, taken }),
  });
  const payload = encodeControl({ kind: 'filtered', policy, events });
  const entries: EntryDraft[] = events === 0 ? [] : [{ kind: 'control', payload, rows: 0 }];
  return {
    draft: { unit, receivedAt, entries, receipt },
    accepted: 0,
    dead: 0,
    filtered: events,
    outcome: null,
    letters: [],
    evaluated: { unit, epoch: 0, batches: [] },
  };
}

/** As admission counts them, and by another way: neither count can hide what the other lost. */
function counts({ format }: Delivery, body: Uint8Array): { readonly received: number; readonly events: number } {
  if (format === 'frames') {
    let events = 0;
    for (const frame of eachFrameIn(body)) events += openBatch(Uint8Array.from(frame).buffer).rows;
    return { received: countFrameRows(body), events };
  }
  const { pieces, unwrapped } = format === 'ndjson' ? { pieces: [body], unwrapped: false } : splitJson(body);
  const events = pieces.reduce((sum, piece) => sum + filledLines(piece), 0);
  return { received: unwrapped ? events : countEvents(body, format), events };
}

function filledLines(bytes: Uint8Array): number {
  let lines = 0;
  let from = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (from < bytes.length) {
    const newline = bytes.indexOf(0x0a, from);
    const to = newline < 0 ? bytes.length : newline;
    while (from < to && (bytes[from] === 0x20 || bytes[from] === 0x09 || bytes[from] === 0x0d)) from++;
    if (from < to) lines++;
    from = to + 1;
  }
  return lines;
}
