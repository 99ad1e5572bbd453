/**
 * One HTTP server on one port. Doors (routes that take events) get the request as it comes and stream its body themselves; the API
 * is Fastify's. What both have in common is done here: names of requests, security headers, credentials, problems, slow clients, TLS.
 */
import type * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { now as clock, every, limits, WeirError } from '../base/index.ts';
import type { Meta } from '../meta/index.ts';
import { answerRaw, openApi } from './api.ts';
import { authenticator } from './auth.ts';
import type { Backend } from './backend.ts';
import type { Door, PublicDoor } from './door.ts';
import { eventStreams, type StreamBound, type StreamEnd } from './event-stream.ts';
import { beginExchange, pathOf, sendProblem } from './exchange.ts';
import { answerCors, setSecurityHeaders } from './headers.ts';
import type { Health } from './health.ts';
import type { JwtOptions } from './jwt.ts';
import { type ListenAddress, resolveListen, urlOf } from './listen.ts';
import { closeWithin, listen, makeServer, refuseHead, swapCertificate } from './listener.ts';
import { pathTable } from './paths.ts';
import { demandScope, type Principal } from './principal.ts';
import { probes } from './probes.ts';
import { Problem } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { apiRoutes } from './routes/index.ts';
import { type SlowReason, slowClients } from './slow-clients.ts';
import { certificateSource, type TlsOptions } from './tls.ts';

/** For the log and metrics: one per answer, once it is out or the client is gone. */
export interface AccessRecord {
  readonly requestId: string;
  readonly method: string;
  /** As declared; null where there is none. */
  readonly route: string | null;
  /** 0 where the client left before an answer began. */
  readonly status: number;
  /** Milliseconds. */
  readonly tookMs: number;
  readonly tenant: string | null;
  readonly credential: string | null;
  /** Who has it, for people. */
  readonly name: string | null;
  readonly problem: string | null;
  /** What a call of the API asked for, without secrets; null: it is none. */
  readonly asked: string | null;
}

export interface GatewayOptions {
  readonly listen: ListenAddress;
  /** Null: plain HTTP. */
  readonly tls: TlsOptions | null;
  /** Plain HTTP beyond loopback on purpose. */
  readonly insecureHttp?: boolean;
  readonly meta: Meta;
  readonly health: Health;
  readonly backend: Backend;
  readonly doors: readonly (Door | PublicDoor)[];
  readonly jwt?: readonly JwtOptions[];
  /** Origins whose pages may use the API, e.g. `https://soc.example`; none by default. */
  readonly corsOrigins?: readonly string[];
  readonly onAccess?: (record: AccessRecord) => void;
  /** Errors nobody expected; never a secret in them. */
  readonly onError?: (error: unknown, requestId: string | null) => void;
  readonly now?: () => number;
}

export interface GatewayCounts {
  readonly connections: number;
  readonly requests: number;
  readonly eventStreams: number;
  /** Connections refused because there were too many. */
  readonly refusedConnections: number;
  /** Requests whose head could not be read. */
  readonly badHeads: number;
  readonly slow: Readonly<Record<SlowReason, number>>;
  readonly streamsEnded: Readonly<Record<StreamEnd, number>>;
  /** Event streams that were not opened, by the bound they met. */
  readonly streamsRefused: Readonly<Record<StreamBound, number>>;
}

export interface Gateway {
  /** `http://127.0.0.1:7700`; the port is the real one. */
  readonly url: string;
  readonly port: number;
  /** SHA-256 a client has to trust, and the authority's file; null without TLS. */
  readonly tls: { readonly fingerprint: string; readonly authorityFile: string | null } | null;
  counts(): GatewayCounts;
  /** Who an `Authorization` header stands for, for doors that are not HTTP. Throws, or rejects with, `auth.…`. */
  authenticate(header: string): Principal | Promise<Principal>;
  /** Takes no new connections, ends streams, lets requests finish for `withinMs`, then cuts them. Resolves with how many were cut. */
  close(withinMs: number): Promise<number>;
}

const TICK_MS = 1000;
const FLUSH_MS = 30_000;

/**
 * Listens. Rejects with `gateway.insecure`, `gateway.listen`, `gateway.tls`, `auth.jwks`. Reports to `health` under `http` (required),
 * and `tls`.
 */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { meta, health, tls, onError = () => {}, now = clock } = options;
  const insecureHttp = options.insecureHttp ?? false;
  health.set('http', 'starting', null, { required: true });
  const address = await resolveListen(options.listen, { secure: tls !== null, insecureHttp });
  const certificates = tls === null ? null : certificateSource(tls, now);
  // Loaded where tokens are taken at all: what reads them takes a while.
  const jwt = (options.jwt ?? []).length === 0 ? null : (await import('./jwt.ts')).jwtVerifiers(options.jwt ?? [], now);
  const auth = authenticator(meta, jwt, now);
  const streams = eventStreams();
  const guard = slowClients((request, response) => {
    response.setHeader('connection', 'close');
    sendProblem(request, response, new Problem('http.timeout'));
  });
  const allDoors = [...probes(health, () => closing), ...options.doors];
  const doors = pathTable<Door | PublicDoor>(allDoors);
  const paths = pathTable([...allDoors, ...apiRoutes]);
  const origins = new Set(options.corsOrigins ?? []);
  /** The last answer of each connection. */
  const answers = new WeakMap<Duplex, http.ServerResponse>();
  let closing = false;
  let badHeads = 0;
  let connections = 0;
  let refusedConnections = 0;
  const services = { backend: options.backend, meta, health };
  const api = await openApi(apiRoutes, {
    services,
    auth,
    streams,
    methods: paths.methods,
    exempt: guard.exempt,
    onError,
  });

  const serve = async (request: http.IncomingMessage, response: http.ServerResponse): Promise<void> => {
    const exchange = beginExchange(request, requestIdOf(request.headers), now());
    const { requestId } = exchange;
    answers.set(request.socket, response);
    guard.watch(request, response, exchange.startedMs);
    response.once('close', () => {
      const { route, principal, problem, asked } = exchange;
      options.onAccess?.({
        requestId,
        method: request.method ?? '',
        route,
        status: response.headersSent ? response.statusCode : 0,
        tookMs: now() - exchange.startedMs,
        tenant: principal?.tenant ?? null,
        credential: principal?.credential ?? null,
        name: principal?.name ?? null,
        problem: problem?.code ?? null,
        asked,
      });
    });
    // A client that leaves in the middle is no error of ours.
    request.on('error', () => {});
    response.on('error', () => {});
    setSecurityHeaders(response, requestId, certificates !== null && certificates.authorityFile === null);
    if (closing) response.setHeader('connection', 'close');
    if (request.headers.host === undefined && request.httpVersionMinor > 0) {
      response.setHeader('connection', 'close');
      return sendProblem(request, response, new Problem('http.bad_request', 'there is no Host header'));
    }
    if (answerCors(request, response, origins)) return;
    const door = doors.find(request.method ?? '', pathOf(request));
    if (door === null) {
      greet(request, response);
      api.serve(request, response);
      return;
    }
    exchange.route = door.path;
    try {
      if (door.scope === null) return await door.handle(request, response, requestId);
      exchange.principal = await auth.authenticate(request.headers.authorization);
      demandScope(exchange.principal, door.scope);
      // Only now is the client asked for the body.
      greet(request, response);
      await door.handle(request, response, exchange.principal, requestId);
    } catch (error) {
      answerRaw(error, request, response, onError);
    }
  };
  const onRequest = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    serve(request, response).catch((error: unknown) => {
      onError(error, null);
      response.destroy();
    });
  };

  const server = makeServer(certificates?.current() ?? null);
  server.maxConnections = limits.connectionsMax;
  server.maxHeadersCount = limits.headersMax;
  server.on('request', onRequest);
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('connection', (socket) => {
    connections++;
    socket.once('close', () => void connections--);
  });
  server.on('drop', () => void refusedConnections++);
  server.on('clientError', (error, socket) => {
    badHeads++;
    const answering = answers.get(socket);
    // A body that cannot be read, when its answer has begun: nothing can be added to that.
    if (answering?.headersSent === true && !answering.writableFinished) socket.destroy();
    else refuseHead(error, socket);
  });

  const pollCertificate = (): void => {
    if (certificates === null) return;
    try {
      const pair = certificates.poll();
      if (pair !== null) swapCertificate(server, pair);
      if (pair !== null || health.get('tls')?.state !== 'degraded') reportCertificate();
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      health.set('tls', 'degraded', `the certificate in use stays: ${error.message}`);
    }
  };
  const reportCertificate = (): void => {
    if (certificates === null) return;
    const left = certificates.expiresMs() - now();
    const until = new Date(certificates.expiresMs()).toISOString();
    if (left <= 0) health.set('tls', 'degraded', `the certificate ended at ${until}`);
    else health.set('tls', 'ready', `the certificate is good until ${until}`);
  };
  let flushedMs = now();
  /** When a key was last used is worth no crash: a full disk is to be survived. */
  const flush = (): void => {
    try {
      auth.flush();
    } catch (error) {
      onError(error, null);
    }
  };
  const tick = (): void => {
    const nowMs = now();
    guard.tick(nowMs);
    streams.tick(nowMs);
    pollCertificate();
    if (nowMs - flushedMs < FLUSH_MS) return;
    flushedMs = nowMs;
    flush();
  };

  await listen(server, address);
  const { port } = server.address() as AddressInfo;
  const url = urlOf(certificates === null ? 'http' : 'https', address.host, port);
  reportCertificate();
  const insecure = certificates === null && insecureHttp;
  if (insecure) health.set('http', 'degraded', 'plain HTTP: keys and events can be read on the way (--insecure-http)');
  else health.set('http', 'ready');
  const stopTicking = every(TICK_MS, tick);

  return {
    url,
    port,
    tls:
      certificates === null
        ? null
        : { fingerprint: certificates.fingerprint(), authorityFile: certificates.authorityFile },
    counts: () => ({
      connections,
      requests: guard.count(),
      eventStreams: streams.count(),
      refusedConnections,
      badHeads,
      slow: { ...guard.dropped },
      streamsEnded: { ...streams.ended },
      streamsRefused: { ...streams.refused },
    }),
    authenticate: (header) => auth.authenticate(header),
    close: async (withinMs) => {
      closing = true;
      health.set('http', 'stopped', 'the server is stopping');
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      streams.closeAll();
      const cut = await closeWithin(server, closed, withinMs, guard.count);
      stopTicking();
      await api.close();
      flush();
      return cut;
    },
  };
}

/** A client that asks whether to send the body waits for this. */
function greet(request: http.IncomingMessage, response: http.ServerResponse): void {
  if (/^100-continue$/i.test(request.headers.expect ?? '')) response.writeContinue();
}
