/**
 * `EventBatch` frames over a stream, in requests that are answered one by one. Numbers are little-endian; texts are UTF-8.
 *
 * ```
 * message:  u32 bytes that follow · u8 type · …
 * client:   1 hello    "WEVF" · u16 version · text16 key · text16 source
 *           2 deliver  u64 sequence · text16 idempotency key ('': none) · frames, one behind the other
 * server:   129 welcome  u32 window · u32 largest request · text16 tenant · text16 log id
 *           130 ack      u64 sequence · u64 position · u32 accepted
 *           131 refusal  u64 sequence · u32 retry after, ms · text16 code · text16 reason
 * text16:   u16 bytes · text
 * ```
 * A client says hello, waits for the welcome, and then delivers. Sequences ascend from 1. Requests are answered in any order, each once.
 * Flow control is by credit: what of a client's requests is not answered yet has at most `window` bytes (whole messages), but one
 * request alone may have more, up to the largest. A refusal of sequence 0 is of the connection, which then ends; a retry of
 * 0xffffffff says that sending the same again does not help. A position of 2^64 − 1: nothing was in the request.
 */
import { WeirError } from '../../base/index.ts';

export const FRAMES_VERSION = 1;
const MAGIC = 0x46564557; // "WEVF"
const HEAD_BYTES = 5;
const NONE_64 = 0xffffffffffffffffn;
const NONE_32 = 0xffffffff;
const DELIVER_FIXED_BYTES = 10;
/** Key and source, code and reason: nothing else comes whole. */
const SMALL_BYTES_MAX = 16 * 1024;

const TYPE = { hello: 1, deliver: 2, welcome: 129, ack: 130, refusal: 131 } as const;

export interface Hello {
  readonly kind: 'hello';
  readonly key: string;
  readonly source: string;
}

export interface Welcome {
  readonly kind: 'welcome';
  /** Bytes of requests that may be unanswered. */
  readonly window: number;
  readonly requestBytesMax: number;
  readonly tenant: string;
  readonly log: string;
}

export interface FramesAck {
  readonly kind: 'ack';
  readonly sequence: number;
  /** Journal position of the first frame; null: nothing was in the request. */
  readonly position: number | null;
  readonly accepted: number;
}

export interface FramesRefusal {
  readonly kind: 'refusal';
  /** 0: the connection's. */
  readonly sequence: number;
  readonly code: string;
  readonly reason: string;
  /** Null: the same again would be refused again. */
  readonly retryAfterMs: number | null;
}

export type SmallMessage = Hello | Welcome | FramesAck | FramesRefusal;

/** Of a request, before its frames. */
export interface DeliverHead {
  readonly sequence: number;
  readonly idempotency: string | null;
  /** Bytes of its frames. */
  readonly bytes: number;
  /** Bytes of the whole message: what it takes of the window. */
  readonly messageBytes: number;
}

export function protocolError(what: string): WeirError {
  return new WeirError('frames.protocol', what, {
    hint: 'Both sides must speak version 1 of the protocol in docs/ingest.md.',
  });
}

class Writer {
  readonly #parts: Buffer[] = [];

  number(bytes: 2 | 4, value: number): this {
    const part = Buffer.alloc(bytes);
    part.writeUIntLE(value, 0, bytes);
    this.#parts.push(part);
    return this;
  }

  long(value: number | null): this {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(value === null ? NONE_64 : BigInt(value));
    this.#parts.push(part);
    return this;
  }

  /** Cut where it is longer than a length can say; what goes this way is short. */
  text(value: string): this {
    const bytes = Buffer.from(value).subarray(0, SMALL_BYTES_MAX / 4);
    this.#parts.push(Buffer.alloc(2), bytes);
    this.#parts.at(-2)?.writeUInt16LE(bytes.length);
    return this;
  }

  /** @param following bytes of the message that are sent behind this */
  message(type: number, following = 0): Buffer {
    const body = Buffer.concat(this.#parts);
    const head = Buffer.alloc(HEAD_BYTES);
    head.writeUInt32LE(body.length + following + 1, 0);
    head[4] = type;
    return Buffer.concat([head, body]);
  }
}

export function encodeSmall(message: SmallMessage): Buffer {
  const out = new Writer();
  switch (message.kind) {
    case 'hello':
      return out.number(4, MAGIC).number(2, FRAMES_VERSION).text(message.key).text(message.source).message(TYPE.hello);
    case 'welcome': {
      const { window, requestBytesMax, tenant, log } = message;
      return out.number(4, window).number(4, requestBytesMax).text(tenant).text(log).message(TYPE.welcome);
    }
    case 'ack':
      return out.long(message.sequence).long(message.position).number(4, message.accepted).message(TYPE.ack);
    case 'refusal': {
      const { sequence, retryAfterMs, code, reason } = message;
      const retry = retryAfterMs === null ? NONE_32 : Math.min(NONE_32 - 1, Math.ceil(retryAfterMs));
      return out.long(sequence).number(4, retry).text(code).text(reason).message(TYPE.refusal);
    }
  }
}

/** What stands before the frames of a request. */
export function encodeDeliver(sequence: number, idempotency: string | null, bytes: number): Buffer {
  return new Writer()
    .long(sequence)
    .text(idempotency ?? '')
    .message(TYPE.deliver, bytes);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (at + bytes > this.#bytes.length) throw protocolError('a message is shorter than what is in it');
    this.#at = at + bytes;
    return at;
  }

  number(bytes: 2 | 4): number {
    return this.#bytes.readUIntLE(this.#take(bytes), bytes);
  }

  long(): number | null {
    const value = this.#bytes.readBigUInt64LE(this.#take(8));
    if (value === NONE_64) return null;
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw protocolError(`${value} is larger than any number here`);
    return Number(value);
  }

  text(): string {
    const length = this.number(2);
    const at = this.#take(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw protocolError('a message is longer than what is in it');
  }
}

function decodeSmall(type: number, bytes: Uint8Array): SmallMessage {
  const from = new Reader(bytes);
  const message = readSmall(type, from);
  from.end();
  return message;
}

function readSmall(type: number, from: Reader): SmallMessage {
  switch (type) {
    case TYPE.hello: {
      if (from.number(4) !== MAGIC) throw protocolError('a connection does not begin with WEVF');
      const version = from.number(2);
      if (version !== FRAMES_VERSION) throw protocolError(`version ${version} is not spoken here`);
      return { kind: 'hello', key: from.text(), source: from.text() };
    }
    case TYPE.welcome:
      return {
        kind: 'welcome',
        window: from.number(4),
        requestBytesMax: from.number(4),
        tenant: from.text(),
        log: from.text(),
      };
    case TYPE.ack:
      return { kind: 'ack', sequence: from.long() ?? 0, position: from.long(), accepted: from.number(4) };
    case TYPE.refusal: {
      const sequence = from.long() ?? 0;
      const retry = from.number(4);
      const retryAfterMs = retry === NONE_32 ? null : retry;
      return { kind: 'refusal', sequence, retryAfterMs, code: from.text(), reason: from.text() };
    }
    default:
      throw protocolError(`there is no message of type ${type}`);
  }
}

/** What a reader of messages hands on. Whatever these throw, `push` throws. */
export interface MessageSink {
  small(message: SmallMessage): void;
  /** A request begins: where its frames are to go, exactly as long as they are; null: they are thrown away. */
  begin(head: DeliverHead): Uint8Array | null;
  /** All frames of the last request begun are there. */
  end(): void;
}

type Stage = 'head' | 'small' | 'deliver' | 'key' | 'frames';

/** Cuts a stream into messages; frames are copied once, to where the sink wants them. */
export class MessageReader {
  readonly #sink: MessageSink;
  readonly #requestBytesMax: number;
  #stage: Stage = 'head';
  /** Fixed parts and small messages are gathered here. */
  readonly #part = Buffer.alloc(SMALL_BYTES_MAX);
  #filled = 0;
  #wanted = HEAD_BYTES;
  #type = 0;
  #messageBytes = 0;
  #sequence = 0;
  #into: Uint8Array | null = null;
  #left = 0;
  #at = 0;

  /** @param requestBytesMax frames of one request; 0 where none may come */
  constructor(sink: MessageSink, requestBytesMax: number) {
    this.#sink = sink;
    this.#requestBytesMax = requestBytesMax;
  }

  /** Whether a message has begun and not ended. */
  get pending(): boolean {
    return this.#stage !== 'head' || this.#filled > 0;
  }

  /** @throws WeirError `frames.protocol`; nothing that follows can be read then */
  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      at += this.#stage === 'frames' ? this.#takeFrames(chunk, at) : this.#gather(chunk, at);
    }
  }

  #gather(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#wanted - this.#filled, chunk.length - at);
    this.#part.set(chunk.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    while (this.#stage !== 'frames' && this.#filled === this.#wanted) this.#advance();
    return taken;
  }

  #want(stage: Stage, bytes: number): void {
    this.#stage = stage;
    this.#filled = 0;
    this.#wanted = bytes;
  }

  #advance(): void {
    const part = this.#part.subarray(0, this.#filled);
    if (this.#stage === 'head') this.#head(part.readUInt32LE(0), part[4]);
    else if (this.#stage === 'small') {
      this.#want('head', HEAD_BYTES);
      this.#sink.small(decodeSmall(this.#type, part));
    } else if (this.#stage === 'deliver') {
      this.#sequence = new Reader(part).long() ?? 0;
      const key = part.readUInt16LE(8);
      if (key > this.#left || key > SMALL_BYTES_MAX) throw protocolError('a key is longer than its message');
      this.#want('key', key);
    } else this.#begin(part.toString('utf8'));
  }

  #head(length: number, type: number): void {
    if (length === 0) throw protocolError('a message without a type');
    this.#type = type;
    this.#messageBytes = length + 4;
    const body = length - 1;
    if (type !== TYPE.deliver) {
      if (body > SMALL_BYTES_MAX)
        throw protocolError(`a message of ${body} bytes, where ${SMALL_BYTES_MAX} are possible`);
      this.#want('small', body);
      return;
    }
    if (body < DELIVER_FIXED_BYTES) throw protocolError('a request is shorter than its head');
    this.#left = body - DELIVER_FIXED_BYTES;
    this.#want('deliver', DELIVER_FIXED_BYTES);
  }

  #begin(key: string): void {
    this.#left -= this.#filled;
    if (this.#left > this.#requestBytesMax) {
      throw protocolError(`a request has ${this.#left} bytes of frames, where ${this.#requestBytesMax} are possible`);
    }
    const idempotency = key === '' ? null : key;
    const [sequence, bytes, messageBytes] = [this.#sequence, this.#left, this.#messageBytes];
    this.#into = this.#sink.begin({ sequence, idempotency, bytes, messageBytes });
    this.#at = 0;
    if (bytes === 0) this.#end();
    else this.#stage = 'frames';
  }

  #takeFrames(chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#left, chunk.length - at);
    this.#into?.set(chunk.subarray(at, at + taken), this.#at);
    this.#at += taken;
    this.#left -= taken;
    if (this.#left === 0) this.#end();
    return taken;
  }

  #end(): void {
    this.#into = null;
    this.#want('head', HEAD_BYTES);
    this.#sink.end();
  }
}
