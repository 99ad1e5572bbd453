/** One sender of frames: handshake, credit, requests in flight, answers; protocol in src/ingest/frames/protocol.ts. */
import type net from 'node:net';
import { crc32 } from 'node:zlib';
import { elapsedMs, limits, now, randomBytes, releaseChunk, WeirError } from '../base/index.ts';
import { demandScope, type Principal, Problem } from '../gateway/index.ts';
import {
  type DeliverHead,
  encodeSmall,
  type FramesAck,
  type FramesRefusal,
  MessageReader,
  protocolError,
  Refused,
  type SmallMessage,
  slowness,
  type Ticket,
} from '../ingest/index.ts';
import type { Deliveries } from '../pipeline/index.ts';
import { admit, isSource, notOpen, refusalOf } from './door-kit.ts';
import type { FramesDoorOptions } from './frames-door.ts';

/** A request whose frames are coming in, or are thrown away since it is refused. */
type Incoming =
  | {
      readonly head: DeliverHead;
      readonly body: Uint8Array<ArrayBuffer>;
      readonly live: Pick<Deliveries, 'ingest'>;
      readonly ticket: Ticket;
      readonly shed: string | null;
    }
  | { readonly head: DeliverHead; readonly refusal: Refused };

/** Counted for all connections. */
export interface FramesTotals {
  requests: number;
  refusals: number;
  bytes: number;
}

const REFUSED_LINGER_MS = 1000;

export class FramesConnection {
  readonly #socket: net.Socket;
  readonly #options: FramesDoorOptions;
  readonly #totals: FramesTotals;
  readonly #reader: MessageReader;
  /** Names of requests begin with it. */
  readonly #name = Buffer.from(randomBytes(8)).toString('hex');
  readonly #sinceMs = elapsedMs();
  #header = '';
  #source = '';
  #greeted: 'no' | 'asked' = 'no';
  /** Null until the welcome. */
  #principal: Principal | null = null;
  #sequence = 0;
  /** Bytes of messages that are not answered. */
  #unanswered = 0;
  #incoming: Incoming | null = null;
  /** Of the message that is coming in. */
  #begunMs = 0;
  #bytes = 0;
  #lastMs = 0;
  #refusedMs: number | null = null;

  constructor(socket: net.Socket, options: FramesDoorOptions, totals: FramesTotals) {
    this.#socket = socket;
    this.#options = options;
    this.#totals = totals;
    const sink = {
      small: (message: SmallMessage) => this.#small(message),
      begin: (head: DeliverHead) => this.#begin(head),
      end: () => this.#end(),
    };
    this.#reader = new MessageReader(sink, limits.framesRequestBytesMax);
    socket.on('data', (chunk: Buffer) => this.#data(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#closed());
  }

  /** Something waits to be answered. */
  get busy(): boolean {
    return this.#unanswered > 0;
  }

  /** To be called about twice a second: ends what is too slow. */
  tick(nowMs: number): void {
    if (this.#refusedMs !== null) {
      if (nowMs - this.#refusedMs > REFUSED_LINGER_MS) this.#socket.destroy();
    } else if (this.#socket.writableLength > limits.framesAnswersBytesMax) this.#socket.destroy();
    else if (this.#principal === null) {
      if (nowMs - this.#sinceMs > limits.headMs) this.refuse(new WeirError('frames.slow', 'no hello came'));
    } else if (this.#reader.pending) {
      const why = slowness(this.#bytes, this.#begunMs, this.#lastMs, nowMs, {
        bytesMax: limits.framesRequestBytesMax,
        graceMs: limits.bodyGraceMs,
        stallMs: limits.bodyStallMsMax,
        bytesPerSecondMin: limits.bodyPerSecondBytes,
      });
      if (why !== null) this.refuse(new WeirError('frames.slow', why));
    }
  }

  /** Refuses the connection: says why, and ends it. */
  refuse(error: WeirError): void {
    if (this.#refusedMs !== null) return;
    this.#say(refusalOfError(0, error));
    this.#refusedMs = elapsedMs();
    this.#socket.end();
  }

  #say(message: SmallMessage): void {
    if (this.#refusedMs === null && this.#socket.writable) this.#socket.write(encodeSmall(message));
  }

  #data(chunk: Buffer): void {
    if (this.#refusedMs !== null) return;
    this.#lastMs = elapsedMs();
    if (!this.#reader.pending) {
      this.#begunMs = this.#lastMs;
      this.#bytes = 0;
    }
    this.#bytes += chunk.length;
    try {
      this.#reader.push(chunk);
      releaseChunk(chunk);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      this.refuse(error);
    }
  }

  #closed(): void {
    if (this.#incoming !== null && 'ticket' in this.#incoming) this.#incoming.ticket.close();
    this.#incoming = null;
  }

  #small(message: SmallMessage): void {
    if (message.kind !== 'hello' || this.#greeted !== 'no') throw protocolError(`a ${message.kind} out of turn`);
    this.#greeted = 'asked';
    this.#header = `Bearer ${message.key}`;
    this.#source = message.source;
    this.#greet().catch((error: unknown) => this.#refuseFor(error));
  }

  async #greet(): Promise<void> {
    const principal = await this.#authenticate();
    const log = this.#options.log();
    if (log === null) throw notOpen();
    if (!isSource(this.#source)) {
      throw new Problem('http.invalid', 'the source is not a name: letters, digits and _ . : / -, at most 128');
    }
    this.#principal = principal;
    const { framesWindowBytes: window, framesRequestBytesMax: requestBytesMax } = limits;
    this.#say({ kind: 'welcome', window, requestBytesMax, tenant: principal.tenant, log });
  }

  /** Asked anew for each request, since a credential may end meanwhile; it costs a microsecond. */
  async #authenticate(): Promise<Principal> {
    const principal = await this.#options.authenticate(this.#header);
    demandScope(principal, 'ingest');
    return principal;
  }

  #refuseFor(error: unknown): void {
    if (error instanceof WeirError) this.refuse(error);
    else {
      this.#options.onError(error);
      this.refuse(new WeirError('http.internal', 'weir failed'));
    }
  }

  #begin(head: DeliverHead): Uint8Array | null {
    if (this.#principal === null) throw protocolError('a request before the welcome');
    if (head.sequence <= this.#sequence) {
      throw protocolError(`sequence ${head.sequence} does not follow ${this.#sequence}`);
    }
    this.#sequence = head.sequence;
    const unanswered = this.#unanswered + head.messageBytes;
    if (this.#unanswered > 0 && unanswered > limits.framesWindowBytes) {
      throw new WeirError(
        'frames.credit',
        `${unanswered} bytes are unanswered, there is credit for ${limits.framesWindowBytes}`,
      );
    }
    this.#unanswered = unanswered;
    this.#totals.requests++;
    this.#incoming = this.#admit(head, this.#principal);
    return 'body' in this.#incoming ? this.#incoming.body : null;
  }

  #admit(head: DeliverHead, { tenant, credential }: Principal): Incoming {
    const live = this.#options.deliveries();
    if (live === null) return { head, refusal: notOpen() };
    const hash = crc32(head.idempotency ?? `${this.#name} ${head.sequence}`);
    try {
      const arrival = { tenant, source: this.#source, credential, bytes: head.bytes, hash };
      const admitted = admit(this.#options, arrival);
      // Given away with its memory; not cleared before it is filled.
      const body = Buffer.allocUnsafeSlow(head.bytes) as Uint8Array<ArrayBuffer>;
      return { head, live, ...admitted, body };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return { head, refusal: error };
    }
  }

  #end(): void {
    const incoming = this.#incoming;
    this.#incoming = null;
    if (incoming === null) return;
    this.#answer(incoming).catch((error: unknown) => this.#refuseFor(error));
  }

  async #answer(incoming: Incoming): Promise<void> {
    const { sequence, messageBytes, bytes } = incoming.head;
    const answer = 'refusal' in incoming ? refusalOfError(sequence, incoming.refusal) : await this.#ingest(incoming);
    // Credit is there before the sender knows of it.
    this.#unanswered -= messageBytes;
    if (answer.kind === 'refusal') this.#totals.refusals++;
    else this.#totals.bytes += bytes;
    this.#say(answer);
  }

  async #ingest({
    head,
    live,
    ticket,
    shed,
    body,
  }: Extract<Incoming, { ticket: Ticket }>): Promise<FramesAck | FramesRefusal> {
    const { sequence, idempotency } = head;
    let bytes = 0;
    try {
      const { tenant, credential } = await this.#authenticate();
      const ack = await live.ingest({
        tenant,
        credential,
        source: this.#source,
        door: 'frames',
        request: `${this.#name}-${sequence}`,
        receivedAt: now(),
        format: 'frames',
        encoding: 'identity',
        body,
        idempotency,
        shed,
      });
      bytes = ack.bytes;
      return { kind: 'ack', sequence, position: ack.position, accepted: ack.accepted };
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal instanceof WeirError) return refusalOfError(sequence, refusal);
      this.#options.onError(error);
      return refusalOfError(sequence, new WeirError('http.internal', 'weir failed'));
    } finally {
      ticket.close(bytes);
    }
  }
}

function refusalOfError(sequence: number, error: WeirError): FramesRefusal {
  const { code, message } = error;
  const seconds =
    error instanceof Refused
      ? error.retryAfterSeconds
      : error instanceof Problem
        ? (error.options.retryAfterSeconds ?? error.kind.retryAfterSeconds ?? null)
        : null;
  const retryAfterMs = seconds === null ? null : seconds * 1000;
  return { kind: 'refusal', sequence, code, reason: message, retryAfterMs };
}
