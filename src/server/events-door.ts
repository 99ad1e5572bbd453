/** `POST /v1/events`: events as lines, or as a JSON array; answered when they are on disk. */
import type * as http from 'node:http';
import { crc32 } from 'node:zlib';
import { now, stampMs } from '../base/index.ts';
import { type Door, demandKnown, type Principal, Problem } from '../gateway/index.ts';
import { encodingOf } from '../ingest/index.ts';
import type { Ack, Deliveries } from '../pipeline/index.ts';
import {
  type Admitting,
  type Answering,
  admit,
  answering,
  bodyOf,
  isSource,
  lengthOf,
  notOpen,
  traceparentOf,
} from './door-kit.ts';

export interface EventsDoorOptions extends Admitting, Answering {
  /** Null until the journal is open. */
  readonly deliveries: () => Pick<Deliveries, 'ingest'> | null;
}

const KEY_CHARACTERS_MAX = 256;

export function eventsDoor(options: EventsDoorOptions): Door {
  return {
    method: 'POST',
    path: '/v1/events',
    scope: 'ingest',
    handle: (request, response, principal, requestId) =>
      answering(options, async (onRead) => {
        const { ack, shed } = await take(options, request, principal, requestId, onRead);
        const body = JSON.stringify({
          accepted: ack.accepted,
          dead_lettered: ack.dead,
          position: ack.position,
          ...(ack.dead === 0 ? {} : { dead_letters: ack.letters ?? [] }),
          ...(shed === null ? {} : { filtered: { [shed]: ack.filtered } }),
        });
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
        response.end(body);
      }),
  };
}

async function take(
  options: EventsDoorOptions,
  request: http.IncomingMessage,
  principal: Principal,
  requestId: string,
  onRead: () => void,
): Promise<{ readonly ack: Ack; readonly shed: string | null }> {
  const receivedAt = now();
  const receivedMs = stampMs();
  const live = options.deliveries();
  if (live === null) throw notOpen();
  const { tenant, credential } = principal;
  const source = sourceOf(request);
  const format = formatOf(request.headers['content-type']);
  const encoding = encodingOf(request.headers['content-encoding']);
  const idempotency = keyOf(request);
  const bytes = lengthOf(request);
  const hash = crc32(idempotency ?? requestId);
  const { ticket, shed } = admit(options, { tenant, source, credential, bytes, hash });
  let decompressed = 0;
  try {
    const sent = { bytes: 0, crc: 0 };
    const read = await bodyOf(request, bytes, ticket, (piece) => {
      sent.bytes += piece.length;
      sent.crc = crc32(piece, sent.crc);
    });
    onRead();
    const body = new Uint8Array(read.buffer, read.byteOffset, read.length);
    const whole = body.byteLength === body.buffer.byteLength ? body : body.slice();
    const sender = { tenant, source, credential, door: 'http', request: requestId, receivedAt, receivedMs };
    const ack = await live.ingest({
      ...sender,
      format,
      encoding,
      sent,
      body: whole as Uint8Array<ArrayBuffer>,
      idempotency,
      shed,
      traceparent: traceparentOf(request),
    });
    decompressed = ack.bytes;
    return { ack, shed };
  } finally {
    ticket.close(decompressed);
  }
}

/** What clients call lines of JSON: `curl -d` and `fetch` have names of their own for any text. */
const LINE_TYPES: ReadonlySet<string> = new Set([
  '',
  'application/x-ndjson',
  'application/ndjson',
  'application/jsonl',
  'application/x-www-form-urlencoded',
  'text/plain',
]);

function formatOf(type: string | undefined): 'ndjson' | 'json' {
  const name = (type ?? '').split(';')[0].trim().toLowerCase();
  if (LINE_TYPES.has(name)) return 'ndjson';
  if (name === 'application/json') return 'json';
  throw new Problem('http.media_type', `events cannot be read from ${name.slice(0, 64)}`, {
    hint: 'Send application/x-ndjson, an event a line, or application/json, an array of events.',
  });
}

function sourceOf(request: http.IncomingMessage): string {
  const { searchParams } = new URL(request.url ?? '', 'http://weir');
  demandKnown(searchParams.keys(), ['source']);
  const [source, ...more] = searchParams.getAll('source');
  if (source === undefined) return 'http';
  if (isSource(source) && more.length === 0) return source;
  throw new Problem('http.invalid', 'the source is not one name', {
    hint: 'Expected ?source=NAME of letters, digits and _ . : / -, at most 128.',
  });
}

function keyOf(request: http.IncomingMessage): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  const text = Array.isArray(key) ? key.join() : key;
  if (text.length >= 1 && text.length <= KEY_CHARACTERS_MAX) return text;
  throw new Problem('http.invalid', `an Idempotency-Key has 1 to ${KEY_CHARACTERS_MAX} characters`);
}
