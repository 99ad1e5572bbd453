/**
 * One name for a request, in the answer, the log and the trace. A sender may choose it (`x-request-id`); otherwise it is the
 * trace id of W3C Trace Context (`traceparent`), or a new one that is fit to be a trace id.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { randomBytes } from '../base/index.ts';

export interface Trace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The sender's span, 16 hexadecimal digits; null where the sender has no trace. */
  readonly parentId: string | null;
  /** The sender's own decision; null where it made none. */
  readonly sampled: boolean | null;
}

const REQUEST_ID = /^[\w.:+/=@-]{1,128}$/;
// https://www.w3.org/TR/trace-context/#traceparent-header: a version other than ff; zeros are no ids.
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:$|-)/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/** Unique within the process by its count, among processes by its random start: half a microsecond cheaper than asking for new bits. */
const start = Buffer.from(randomBytes(8)).toString('hex');
let count = 0;

/** 32 hexadecimal digits. */
export function newRequestId(): string {
  count++;
  return start + count.toString(16).padStart(16, '0');
}

export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
  return parentOf(headers)?.[1] ?? newRequestId();
}

/** The trace a request belongs to; `requestId` is what {@link requestIdOf} said. */
export function traceOf(headers: IncomingHttpHeaders, requestId: string): Trace {
  const parent = parentOf(headers);
  const [, traceId, parentId, flags] = parent ?? [];
  if (traceId !== undefined && parentId !== undefined) {
    return { traceId, parentId, sampled: (Number.parseInt(flags ?? '0', 16) & 1) === 1 };
  }
  return { traceId: TRACE_ID.test(requestId) ? requestId : newRequestId(), parentId: null, sampled: null };
}

function parentOf(headers: IncomingHttpHeaders): RegExpExecArray | null {
  const given = headers['traceparent'];
  // Version 00 has exactly 55 characters; later ones may add fields.
  if (typeof given !== 'string' || given.length > 512 || (given.startsWith('00') && given.length !== 55)) return null;
  return TRACEPARENT.exec(given);
}
