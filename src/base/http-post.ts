/** One HTTP request outwards, bounded in time and bytes. Redirects are not followed: they would lead past the address check. */
import { lookup } from 'node:dns';
import http, { type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import net, { type LookupFunction } from 'node:net';
import { WeirError } from './errors.ts';

export interface HttpOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** For all of it: look-up, connection, sending, answer. */
  readonly timeoutMs: number;
  /** How much of the answer is kept; the rest is read past. */
  readonly answerBytesMax: number;
  /** Ends the request early. */
  readonly signal?: AbortSignal;
  /** Asked of the address a connection is about to be made to, not of the name: a name may resolve to another one by then. */
  readonly refuses?: (address: string) => boolean;
  /** Certificates (PEM) to trust in place of the usual ones. */
  readonly ca?: string;
}

export interface HttpPostOptions extends HttpOptions {
  readonly body: Uint8Array;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** An answer as it came, for protocols whose answers are not text. */
export interface HttpBytes {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  /** The answer was longer than what is kept of it. */
  readonly cut: boolean;
}

export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'HEAD' | 'DELETE';

/** Throws `http.address` (refused by `refuses`), `http.timeout`, `http.failed`. The connection is not kept. */
export async function httpPost(url: URL, options: HttpPostOptions): Promise<HttpAnswer> {
  return textOf(await httpExchange('POST', url, options, options.body));
}

/** The same without a body. */
export async function httpGet(url: URL, options: HttpOptions): Promise<HttpAnswer> {
  return textOf(await httpExchange('GET', url, options, null));
}

function textOf({ status, headers, bytes }: HttpBytes): HttpAnswer {
  return { status, retryAfter: headers['retry-after'] ?? null, body: bytes.toString('utf8') };
}

/** Any method, and the answer in bytes. An answer that ends before its length is `http.failed`. */
export async function httpExchange(
  method: HttpMethod,
  url: URL,
  options: HttpOptions,
  body: Uint8Array | null,
): Promise<HttpBytes> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  try {
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    if (net.isIP(host) !== 0) checkAddress(host, options);
    return await exchange(method, url, options, signal, body);
  } catch (cause) {
    if (cause instanceof WeirError) throw cause;
    const late = timeout.aborted;
    const why = late
      ? `no answer within ${options.timeoutMs} ms`
      : cause instanceof Error
        ? cause.message
        : String(cause);
    throw new WeirError(
      late ? 'http.timeout' : 'http.failed',
      `${method} ${method === 'POST' || method === 'PUT' ? 'to' : 'of'} ${url.origin}: ${why}`,
      {
        hint: 'Check that the receiver runs and can be reached from here.',
        cause,
      },
    );
  }
}

function exchange(
  method: HttpMethod,
  url: URL,
  options: HttpOptions,
  signal: AbortSignal,
  body: Uint8Array | null,
): Promise<HttpBytes> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpBytes>();
  const send = url.protocol === 'https:' ? https.request : http.request;
  const request = send(url, {
    method,
    agent: false,
    signal,
    headers: { ...options.headers, ...(body === null ? {} : { 'content-length': String(body.length) }) },
    lookup: checkedLookup(options),
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  request.on('error', reject);
  request.on('response', (response) => {
    const kept: Buffer[] = [];
    let bytes = 0;
    response.on('error', reject);
    response.on('data', (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, options.answerBytesMax - bytes));
      if (part.length > 0) kept.push(part);
      bytes += part.length;
    });
    response.on('end', () => {
      const { statusCode, headers } = response;
      resolve({
        status: statusCode ?? 0,
        headers,
        bytes: Buffer.concat(kept),
        cut: bytes > options.answerBytesMax,
      });
    });
  });
  request.end(body ?? undefined);
  return promise;
}

function checkAddress(address: string, { refuses }: HttpOptions): void {
  if (refuses?.(address) !== true) return;
  throw new WeirError('http.address', `${address} is an address that must not be connected to`, {
    hint: 'If the receiver is meant to be there, allow its network in the configuration.',
  });
}

/** Every address a name resolves to must pass: one that does not is no receiver but an attempt. */
function checkedLookup(options: HttpOptions): LookupFunction {
  return (host, how, done) => {
    lookup(host, { ...how, all: true }, (error, addresses) => {
      try {
        if (error !== null) throw error;
        for (const { address } of addresses) checkAddress(address, options);
      } catch (cause) {
        done(cause as NodeJS.ErrnoException, []);
        return;
      }
      const [first] = addresses;
      if (how.all === true || first === undefined) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}
