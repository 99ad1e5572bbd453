/** The server beneath: its limits, its certificate, how it begins to listen, how it ends, and what it says to those it cannot read. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import { errorCode, every, limits, WeirError } from '../base/index.ts';
import type { CertifiedKey } from './certificate.ts';
import type { ListenAddress } from './listen.ts';
import { Problem, type ProblemCode, renderProblem } from './problem.ts';
import { newRequestId } from './request-id.ts';

const MIN_TLS = 'TLSv1.2';
/** How often Node looks for heads and requests that take too long. */
const CHECK_MS = 1000;

/** Connections that are open keep what they have. */
export function swapCertificate(server: http.Server, pair: CertifiedKey): void {
  if (server instanceof https.Server) server.setSecureContext({ ...pair, minVersion: MIN_TLS });
}

/** Lets requests finish for a while, then cuts them. Resolves with how many were cut. */
export async function closeWithin(
  server: http.Server,
  closed: Promise<void>,
  withinMs: number,
  count: () => number,
): Promise<number> {
  let cut = 0;
  const deadline = every(Math.max(1, withinMs), () => {
    cut = count();
    server.closeAllConnections();
  });
  // Keep-alive connections that were busy when the server began to close end when they become idle.
  const sweep = every(20, () => server.closeIdleConnections());
  await closed;
  deadline();
  sweep();
  return cut;
}

export function makeServer(pair: CertifiedKey | null, headMs: number = limits.headMs): http.Server | https.Server {
  const settings: http.ServerOptions = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: headMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: CHECK_MS,
    // Two hosts, or lengths, in one request are how requests are smuggled past proxies.
    insecureHTTPParser: false,
    // A request without one is refused by the server, which has a body for it.
    requireHostHeader: false,
    noDelay: true,
  };
  if (pair === null) return http.createServer(settings);
  return https.createServer({ ...settings, ...pair, minVersion: MIN_TLS, handshakeTimeout: headMs });
}

/** Rejects with `gateway.listen`. */
export function listen(server: http.Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: unknown): void => {
      const code = errorCode(cause);
      const why =
        code === 'EADDRINUSE'
          ? 'something else listens there'
          : code === 'EACCES'
            ? 'ports below 1024 need a permission'
            : (code ?? String(cause));
      const hint = 'Choose another address with --listen HOST:PORT.';
      reject(new WeirError('gateway.listen', `cannot listen at ${host}:${port}: ${why}`, { hint, cause }));
    };
    server.once('error', failed);
    server.listen({ host, port, backlog: 1024 }, () => {
      server.off('error', failed);
      resolve();
    });
  });
}

const HEAD_PROBLEMS: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: 'http.header_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'http.too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'http.timeout',
};

/** What cannot be read as a request has no request to answer: the answer is written by hand, and the connection ends. */
export function refuseHead(error: unknown, socket: Duplex): void {
  if (!socket.writable || errorCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = new Problem(HEAD_PROBLEMS[errorCode(error) ?? ''] ?? 'http.bad_request');
  const requestId = newRequestId();
  const { status, headers, body } = renderProblem(problem, requestId);
  const all = {
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    'x-request-id': requestId,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`, () =>
    socket.destroy(),
  );
}
