/**
 * What clients of Elasticsearch need to send events: `_bulk`, and the answer by which they know what they talk to. Documents are
 * events, their index is the source; each is answered by itself, in order.
 */
import type * as http from 'node:http';
import { crc32 } from 'node:zlib';
import { now } from '../base/index.ts';
import { type Door, type Principal, Problem } from '../gateway/index.ts';
import { decodeStream, encodingOf, Refused, type Ticket } from '../ingest/index.ts';
import type { Ack, Deliveries } from '../pipeline/index.ts';
import { type Bulk, type BulkAction, type BulkError, type BulkGroup, documentsOf, parseBulk } from './bulk-body.ts';
import {
  admit,
  answering,
  bodyOf,
  isSource,
  lengthOf,
  notOpen,
  refusalOf,
  statusOf,
  traceparentOf,
} from './door-kit.ts';
import type { EventsDoorOptions } from './events-door.ts';
import { filtered, readFilterPath } from './filter-path.ts';

export interface BulkDoorOptions extends EventsDoorOptions {
  /** Id of the journal; null until it is open. */
  readonly log: () => string | null;
  readonly version: string;
}

/** What is spoken here, of Elasticsearch 8: clients ask for the version, and some refuse what is older than they are. */
const SPOKEN_VERSION = '8.19.0';
const JSON_TYPE = 'application/json';
const ELASTIC_JSON_TYPE = 'application/vnd.elasticsearch+json;compatible-with=8';
const BODY_TYPES = /^application\/(?:vnd\.elasticsearch\+)?(?:x-)?(?:nd)?json(?:\s*;.*)?$/;

export function bulkDoors(options: BulkDoorOptions): Door[] {
  const bulk = (method: string, path: string): Door => ({
    method,
    path,
    scope: 'ingest',
    handle: (request, response, principal, requestId) =>
      answering(options, async (onRead) => {
        response.setHeader('x-elastic-product', 'Elasticsearch');
        sendJson(request, response, await take(options, request, principal, requestId, onRead));
      }),
  });
  const hello = (method: string): Door => ({
    method,
    path: '/',
    scope: 'ingest',
    handle: (request, response, { tenant }) => {
      response.setHeader('x-elastic-product', 'Elasticsearch');
      sendJson(request, response, JSON.stringify(whoWeAre(options, tenant)));
    },
  });
  const paths = ['/_bulk', '/:index/_bulk'];
  return [hello('GET'), hello('HEAD'), ...paths.flatMap((path) => [bulk('POST', path), bulk('PUT', path)])];
}

function whoWeAre({ log, version }: BulkDoorOptions, tenant: string) {
  const id = log();
  if (id === null) throw notOpen();
  return {
    name: 'weir',
    cluster_name: 'weir',
    cluster_uuid: id,
    version: {
      number: SPOKEN_VERSION,
      build_flavor: 'default',
      build_snapshot: false,
      minimum_wire_compatibility_version: '7.17.0',
      minimum_index_compatibility_version: '7.0.0',
    },
    tagline: 'You Know, for Search',
    weir: version,
    tenant,
  };
}

function sendJson(request: http.IncomingMessage, response: http.ServerResponse, text: string): void {
  const type = /vnd\.elasticsearch\+json/.test(request.headers.accept ?? '') ? ELASTIC_JSON_TYPE : JSON_TYPE;
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function take(
  options: BulkDoorOptions,
  request: http.IncomingMessage,
  principal: Principal,
  requestId: string,
  onRead: () => void,
): Promise<string> {
  const receivedAt = now();
  const live = options.deliveries();
  const journal = options.log();
  if (live === null || journal === null) throw notOpen();
  const { tenant, credential } = principal;
  const { pathname, searchParams } = new URL(`http://weir${request.url ?? ''}`);
  const index = indexOf(pathname);
  const filter = readFilterPath(searchParams.get('filter_path'));
  const encoding = encodingOf(request.headers['content-encoding']);
  checkHeaders(request.headers);
  const bytes = lengthOf(request);
  const arrival = { tenant, source: index ?? 'bulk', credential, bytes, hash: crc32(requestId) };
  const { ticket, shed } = admit(options, arrival);
  try {
    const sent = await bodyOf(request, bytes, ticket);
    onRead();
    const body = encoding === 'identity' ? sent : await decoded(sent, encoding, ticket);
    const bulk = await parseBulk(body, index);
    ticket.grow(ticket.bytes + body.length);
    const sender = {
      tenant,
      credential,
      door: 'bulk',
      request: requestId,
      receivedAt,
      shed,
      traceparent: traceparentOf(request),
    };
    const outcomes = await Promise.all(
      bulk.groups.map((group) => ingest(live, sender, group, documentsOf(body, group))),
    );
    const answer = answerOf(bulk, outcomes, journal, now() - receivedAt);
    return filter === null ? answer : JSON.stringify(filtered(JSON.parse(answer), filter) ?? {});
  } finally {
    ticket.close();
  }
}

async function decoded(
  sent: Uint8Array,
  encoding: Parameters<typeof decodeStream>[1],
  ticket: Ticket,
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const held = ticket.bytes;
  let bytes = 0;
  for await (const part of decodeStream(once(sent), encoding)) {
    bytes += part.length;
    ticket.grow(held + bytes);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function indexOf(path: string): string | null {
  if (path === '/_bulk') return null;
  let index = '';
  try {
    index = decodeURIComponent(path.slice(1, -'/_bulk'.length));
  } catch {
    // Not UTF-8: no name.
  }
  if (isSource(index)) return index;
  throw new Problem('http.invalid', 'the index in the path is not a name', {
    hint: 'It becomes the source of the events: letters, digits and _ . : / -, at most 128.',
  });
}

function checkHeaders(headers: http.IncomingHttpHeaders): void {
  const type = headers['content-type'] ?? '';
  if (type !== '' && !BODY_TYPES.test(type)) {
    throw new Problem('http.media_type', `actions cannot be read from ${type.slice(0, 64)}`, {
      hint: 'Send application/x-ndjson.',
    });
  }
  if (headers['idempotency-key'] === undefined) return;
  throw new Problem('http.invalid', 'an Idempotency-Key is not for _bulk', {
    hint: 'Its answer to each item is not kept. Use POST /v1/events, which takes a key.',
  });
}

interface Sender {
  readonly tenant: string;
  readonly credential: string;
  readonly door: string;
  readonly request: string;
  readonly receivedAt: number;
  readonly shed: string | null;
  readonly traceparent: string | undefined;
}

type GroupOutcome = Ack | { readonly refusal: unknown };

async function ingest(
  live: Pick<Deliveries, 'ingest'>,
  sender: Sender,
  { index }: BulkGroup,
  body: Uint8Array<ArrayBuffer>,
): Promise<GroupOutcome> {
  try {
    return await live.ingest({
      ...sender,
      source: index,
      format: 'ndjson',
      encoding: 'identity',
      body,
      sent: { bytes: body.length, crc: crc32(body) },
      idempotency: null,
      itemized: true,
    });
  } catch (error) {
    return { refusal: refusalOf(error) };
  }
}

/** Where nothing could be kept, the whole request is refused; else each item says what became of it. */
function answerOf(bulk: Bulk, outcomes: readonly GroupOutcome[], log: string, tookMs: number): string {
  const kept = outcomes.some((outcome) => !('refusal' in outcome));
  const texts: string[] = new Array<string>(bulk.actions.length);
  let errors = bulk.refused.size > 0;
  for (const [number, error] of bulk.refused) texts[number] = failure(bulk.actions[number], error);
  outcomes.forEach((outcome, i) => {
    const group = bulk.groups[i];
    if ('refusal' in outcome) {
      const { refusal } = outcome;
      if (!kept || !(refusal instanceof Refused || refusal instanceof Problem)) throw refusal;
      errors = true;
      const error = rejection(refusal);
      for (const number of group.actions) texts[number] = failure(bulk.actions[number], error);
    } else errors = answerGroup(bulk, group, outcome, log, texts) || errors;
  });
  return `{"took":${tookMs},"errors":${errors},"items":[${texts.join(',')}]}`;
}

/** 429 is the status by which clients send an item again; what no waiting mends they are to keep. */
function rejection(refusal: Refused | Problem): BulkError {
  const status = statusOf(refusal);
  const again = status === 429 || status >= 500;
  const type = again ? 'es_rejected_execution_exception' : 'document_parsing_exception';
  return { status: again ? 429 : status, type, reason: refusal.message };
}

/** True where one of the documents is a dead letter. */
function answerGroup({ actions }: Bulk, group: BulkGroup, ack: Ack, log: string, texts: string[]): boolean {
  const { outcome } = ack;
  if (ack.filtered === group.actions.length) {
    for (const number of group.actions) texts[number] = leftOut(actions[number]);
    return false;
  }
  if (outcome === undefined || ack.accepted + ack.dead !== group.actions.length) {
    throw new Error('what became of each document is not known');
  }
  let [entry, row, letter] = [0, 0, 0];
  group.actions.forEach((number, record) => {
    const dead = outcome.dead[letter];
    if (dead?.record === record) {
      letter++;
      const reason = `kept as a dead letter: ${dead.reason}`;
      texts[number] = failure(actions[number], { status: 400, type: 'document_parsing_exception', reason });
      return;
    }
    const position = (ack.position ?? 0) + entry;
    texts[number] = success(actions[number], log, position, row);
    if (++row === outcome.entryRows[entry]) {
      entry++;
      row = 0;
    }
  });
  return outcome.dead.length > 0;
}

/** Where the sender has not named the document, it is named by the event it became. */
function success({ name, index, id }: BulkAction, log: string, position: number, row: number): string {
  const named = JSON.stringify(id ?? `${log}/0/${position}/${row}`);
  return `{"${name}":{"_index":${JSON.stringify(index)},"_id":${named},"_version":1,"result":"created","_shards":{"total":1,"successful":1,"failed":0},"_seq_no":${position},"_primary_term":1,"status":201}}`;
}

/** A shedding policy left it out: as Elasticsearch answers for what a pipeline drops. */
function leftOut({ name, index, id }: BulkAction): string {
  return `{"${name}":{"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)},"result":"noop","status":200}}`;
}

function failure({ name, index, id }: BulkAction, { status, type, reason }: BulkError): string {
  const error = JSON.stringify({ type, reason });
  return `{"${name}":{"_index":${JSON.stringify(index)},"_id":${JSON.stringify(id)},"status":${status},"error":${error}}}`;
}
