/** A sender of `EventBatch` frames over a local socket: several requests in flight, as many bytes as the server gives credit for. */
import net from 'node:net';
import { WeirError } from '../../base/index.ts';
import {
  encodeDeliver,
  encodeSmall,
  MessageReader,
  protocolError,
  type SmallMessage,
  type Welcome,
} from './protocol.ts';

export interface FramesClientOptions {
  /** Path of the socket. */
  readonly path: string;
  /** With the scope `ingest`. */
  readonly key: string;
  readonly source: string;
}

export interface FramesAnswer {
  readonly accepted: number;
  readonly position: number | null;
}

/** The server refused a request, or the connection. */
export class FramesRefused extends WeirError {
  /** Null: the same again would be refused again. */
  readonly retryAfterMs: number | null;

  constructor(code: string, reason: string, retryAfterMs: number | null) {
    super(code, reason);
    this.retryAfterMs = retryAfterMs;
  }
}

interface Sent {
  readonly bytes: number;
  readonly answer: Promise<FramesAnswer>;
  resolve(answer: FramesAnswer): void;
  reject(error: WeirError): void;
}

function lost(why: string, cause?: unknown): WeirError {
  return new WeirError('frames.lost', `the connection to weir ended: ${why}`, {
    hint: 'What was not answered may have been kept or not: send it again with the same key.',
    cause,
  });
}

export class FramesClient {
  readonly welcome: Welcome;
  readonly #socket: net.Socket;
  readonly #sent: Map<number, Sent>;
  readonly #waiting: { readonly bytes: number; readonly go: () => void }[] = [];
  #sequence = 0;
  #unanswered = 0;
  #failure: WeirError | null = null;

  /** Resolves when the server has said welcome. Throws `FramesRefused` (`auth.…`), `frames.lost`. */
  static async connect(options: FramesClientOptions): Promise<FramesClient> {
    const socket = net.connect(options.path);
    const { promise, resolve, reject } = Promise.withResolvers<Welcome>();
    const sent = new Map<number, Sent>();
    const made: { client?: FramesClient } = {};
    const fail = (error: WeirError): void => {
      reject(error);
      if (made.client !== undefined) made.client.#fail(error);
      socket.destroy();
    };
    const small = (message: SmallMessage): void => {
      if (message.kind === 'welcome') resolve(message);
      else if (message.kind === 'refusal' && message.sequence === 0) {
        fail(new FramesRefused(message.code, message.reason, message.retryAfterMs));
      } else if (made.client !== undefined) made.client.#answer(message);
    };
    const begin = (): never => {
      throw protocolError('a server does not deliver');
    };
    const reader = new MessageReader({ small, begin, end: () => {} }, 0);
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        if (!(error instanceof WeirError)) throw error;
        fail(error);
      }
    });
    socket.on('error', (cause) => fail(lost(cause.message, cause)));
    socket.on('close', () => fail(lost('it was closed')));
    socket.write(encodeSmall({ kind: 'hello', key: options.key, source: options.source }));
    const client = new FramesClient(socket, sent, await promise);
    made.client = client;
    return client;
  }

  private constructor(socket: net.Socket, sent: Map<number, Sent>, welcome: Welcome) {
    this.#socket = socket;
    this.#sent = sent;
    this.welcome = welcome;
  }

  /**
   * Sends a request once there is credit for it; resolves when its events are on disk. The frames must not change before that.
   * Throws `FramesRefused`; `frames.lost` where no answer came: send it again with the same key.
   */
  async send(frames: readonly Uint8Array[], idempotency: string | null = null): Promise<FramesAnswer> {
    const bytes = frames.reduce((sum, { length }) => sum + length, 0);
    if (bytes > this.welcome.requestBytesMax) {
      throw protocolError(`a request has ${bytes} bytes, where ${this.welcome.requestBytesMax} are possible`);
    }
    const head = encodeDeliver(this.#sequence + 1, idempotency, bytes).length;
    await this.#credit(head + bytes);
    if (this.#failure !== null) throw this.#failure;
    const sequence = ++this.#sequence;
    const { promise, resolve, reject } = Promise.withResolvers<FramesAnswer>();
    this.#sent.set(sequence, { bytes: head + bytes, answer: promise, resolve, reject });
    this.#socket.cork();
    this.#socket.write(encodeDeliver(sequence, idempotency, bytes));
    for (const frame of frames) this.#socket.write(frame);
    this.#socket.uncork();
    return promise;
  }

  /** Waits for what was sent, and ends the connection. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#sent.values()].map(({ answer }) => answer));
    this.#failure ??= lost('it was closed');
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** Takes its turn, and the bytes from what may be unanswered. */
  async #credit(bytes: number): Promise<void> {
    if (this.#waiting.length > 0 || !this.#fits(bytes)) {
      await new Promise<void>((go) => this.#waiting.push({ bytes, go }));
      return;
    }
    this.#unanswered += bytes;
  }

  #fits(bytes: number): boolean {
    return this.#unanswered === 0 || this.#unanswered + bytes <= this.welcome.window;
  }

  #answer(message: SmallMessage): void {
    if (message.kind !== 'ack' && message.kind !== 'refusal') throw protocolError(`a ${message.kind} out of turn`);
    const sent = this.#sent.get(message.sequence);
    if (sent === undefined) throw protocolError(`an answer to ${message.sequence}, which was not sent`);
    this.#sent.delete(message.sequence);
    this.#unanswered -= sent.bytes;
    if (message.kind === 'ack') sent.resolve({ accepted: message.accepted, position: message.position });
    else sent.reject(new FramesRefused(message.code, message.reason, message.retryAfterMs));
    for (let next = this.#waiting.at(0); next !== undefined && this.#fits(next.bytes); next = this.#waiting.at(0)) {
      this.#waiting.shift();
      this.#unanswered += next.bytes;
      next.go();
    }
  }

  #fail(error: WeirError): void {
    this.#failure ??= error;
    for (const { reject } of this.#sent.values()) reject(error);
    this.#sent.clear();
    for (const { go } of this.#waiting.splice(0)) go();
  }
}
