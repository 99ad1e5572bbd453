/** Every way in which admission says no: code, HTTP status and what the sender can do. */
import { WeirError } from '../../base/index.ts';

export const REFUSALS = {
  'admission.rate': [429, 'Send more slowly, or ask for a higher rate.'],
  'admission.policy': [429, 'A shedding policy lets this wait; send again after the time in Retry-After.'],
  'admission.pressure': [503, 'weir takes less than comes at the moment; send again after the time in Retry-After.'],
  'admission.memory': [503, 'Too many bytes are in work at once; send again after the time in Retry-After.'],
  'admission.closed': [503, 'Nothing is lost: keep the events and send again after the time in Retry-After.'],
  'body.encoding': [415, 'Send the body as it is, or with Content-Encoding gzip, zstd or lz4.'],
  'body.too_large': [413, 'Split the events over several requests.'],
  'body.bomb': [413, 'Split the events over several requests, or send them with less compression.'],
  'body.damaged': [400, 'Compress the body again and send it again; nothing of it was taken.'],
  'body.no_events': [
    400,
    'Send JSON objects, one a line, or an array of them as application/json; nothing of it was taken.',
  ],
  'body.dead_letters': [413, 'Split the events over several requests; nothing of it was taken.'],
  'body.cut': [400, 'The sender stopped before the end; send it again, nothing of it was taken.'],
  'body.slow': [408, 'Send the body at more than the least rate; nothing of it was taken.'],
  'idempotency.conflict': [422, 'Use a new Idempotency-Key for other events.'],
  'idempotency.busy': [
    503,
    'The first request with this key is still in work; send again after the time in Retry-After.',
  ],
} as const satisfies Record<string, readonly [status: number, hint: string]>;

export type RefusalCode = keyof typeof REFUSALS;

/** Becomes an RFC 9457 answer: `status`, `code`, `message`, `hint`, and `Retry-After` where it is known. */
export class Refused extends WeirError {
  readonly status: number;
  /** Whole seconds for `Retry-After`; null where waiting does not help. */
  readonly retryAfterSeconds: number | null;

  constructor(code: RefusalCode, message: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    const [status, hint] = REFUSALS[code];
    super(code, message, { hint, cause: options.cause });
    this.status = status;
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}
