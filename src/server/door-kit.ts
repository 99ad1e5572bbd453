/** What doors have in common: names of sources, and what threads say as what senders are told. */
import type * as http from 'node:http';
import { elapsedMs, limits, WeirError } from '../base/index.ts';
import { Problem } from '../gateway/index.ts';
import { type Admission, type Arrival, Refused, readBody, type Ticket } from '../ingest/index.ts';
import type { SourcePolicy } from './config/index.ts';

const SOURCE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;

/** Letters, digits and `_ . : / -`, at most 128, a letter or digit first. */
export const isSource = (name: string): boolean => SOURCE.test(name);

/** How long a sender waits where the disk or the journal cannot take anything now. */
export const UNAVAILABLE_S = 5;

/** Errors of the node, as a `Refused` or `Problem` where they are meant for the sender. */
export function refusalOf(error: unknown): unknown {
  if (error instanceof Refused || error instanceof Problem) return error;
  if (!(error instanceof WeirError)) return error;
  const { code, message, hint } = error;
  if (code.startsWith('body.') || code.startsWith('admission.')) return asRefused(error);
  if (code.startsWith('batch.')) return new Refused('body.damaged', message, { cause: error });
  if (code.startsWith('disk.') || code.startsWith('journal.') || code.startsWith('server.')) {
    const options = { cause: error, retryAfterSeconds: UNAVAILABLE_S, ...(hint === undefined ? {} : { hint }) };
    return new Problem('http.unavailable', message, options);
  }
  return error;
}

export interface Answering {
  /**
   * A body that was admitted and read was answered: milliseconds since its last byte, and the status. What was refused is not told,
   * nor how long a sender took: neither says how the server is, and refusing would feed itself.
   */
  onAnswer(took: { readonly ms: number; readonly status: number }): void;
}

/** Answers a request by `work`, which calls what it is given once the body is read; throws what it throws as senders are told it. */
export async function answering({ onAnswer }: Answering, work: (onRead: () => void) => Promise<void>): Promise<void> {
  let readAt: number | null = null;
  let status = 200;
  try {
    await work(() => {
      readAt = elapsedMs();
    });
  } catch (error) {
    const problem = refusalOf(error);
    status = statusOf(problem);
    throw problem;
  } finally {
    if (readAt !== null) onAnswer({ ms: elapsedMs() - readAt, status });
  }
}

/** Said until the journal is open. */
export const notOpen = (): Refused =>
  new Refused('admission.closed', 'the journal is not open yet', { retryAfterSeconds: 1 });

export interface Admitting {
  readonly admission: Admission;
  /** What the events of a source are worth; all the same by default. */
  readonly worthOf?: (tenant: string, source: string) => Pick<SourcePolicy, 'severity' | 'class'>;
}

/** Admits a request, or throws why not. `shed`: the policy that leaves its events out, once they are counted. */
export function admit(
  { admission, worthOf }: Admitting,
  arrival: Omit<Arrival, 'severity' | 'class'>,
): { readonly ticket: Ticket; readonly shed: string | null } {
  const worth = worthOf?.(arrival.tenant, arrival.source) ?? { severity: 'medium', class: '' };
  const decision = admission.decide({ ...arrival, severity: worth.severity, class: worth.class });
  if (decision.kind === 'refuse') throw decision.refusal;
  return { ticket: decision.ticket, shed: decision.kind === 'shed' ? decision.policy.id : null };
}

/** A refusal that crossed a thread is one again. */
function asRefused(error: WeirError): Refused {
  return new Refused(error.code as ConstructorParameters<typeof Refused>[0], error.message, { cause: error });
}

export function statusOf(error: unknown): number {
  if (error instanceof Problem) return error.kind.status;
  return error instanceof Refused ? error.status : 500;
}

/** Where several came there is none. */
export function traceparentOf({ headers: { traceparent } }: http.IncomingMessage): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** Bytes the sender says the body has; 0 where it does not say. One that no waiting makes small enough is refused for good. */
export function lengthOf(request: http.IncomingMessage): number {
  const bytes = Number(request.headers['content-length'] ?? 0);
  if (bytes <= limits.bodyBytesMax) return bytes;
  throw new Refused('body.too_large', `the body is longer than ${limits.bodyBytesMax} bytes`);
}

/**
 * The body of a request that was admitted, as it was sent; `bytes` of `lengthOf`. `onPiece` has each piece before anything else. A
 * small one mostly came with its head and is there as a whole: without the machinery of streams, 40 µs less.
 */
export async function bodyOf(
  request: http.IncomingMessage,
  bytes: number,
  ticket: Ticket,
  onPiece: (piece: Uint8Array) => void = () => {},
): Promise<Buffer> {
  const arrived = request.complete ? (request.read() as Buffer | null) : null;
  if (arrived !== null) {
    ticket.grow(arrived.length);
    onPiece(arrived);
    return arrived;
  }
  const grow = (size: number): void => ticket.grow(size);
  return readBody(piecesOf(request, onPiece), bytes > 0 ? { expectBytes: bytes, grow } : { grow });
}

async function* piecesOf(
  request: AsyncIterable<Uint8Array>,
  onPiece: (piece: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for await (const piece of request) {
    onPiece(piece);
    yield piece;
  }
}
