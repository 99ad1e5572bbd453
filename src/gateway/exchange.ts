/** One request and its answer, as all parts of the server see it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Principal } from './principal.ts';
import { type Problem, renderProblem } from './problem.ts';

export interface Exchange {
  readonly requestId: string;
  readonly startedMs: number;
  /** The path as declared (`/v1/keys/:id`); null until, and where, there is none. */
  route: string | null;
  /** Null until, and where, there is none. */
  principal: Principal | null;
  /** What a call of the API asked for, empty until that is known; null: it is none. */
  asked: string | null;
  /** What it was answered with; null where all was well. */
  problem: Problem | null;
}

const exchanges = new WeakMap<IncomingMessage, Exchange>();

export function beginExchange(request: IncomingMessage, requestId: string, startedMs: number): Exchange {
  const exchange = { requestId, startedMs, route: null, principal: null, asked: null, problem: null };
  exchanges.set(request, exchange);
  return exchange;
}

export function exchangeOf(request: IncomingMessage): Exchange {
  const exchange = exchanges.get(request);
  if (exchange === undefined) throw new Error('a request that the server did not begin');
  return exchange;
}

/**
 * Answers with a problem. Where an answer has begun, all that can be said is that it is not whole: the connection ends.
 * For raw handlers too.
 */
export function sendProblem(request: IncomingMessage, response: ServerResponse, problem: Problem): void {
  const exchange = exchangeOf(request);
  exchange.problem ??= problem;
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, body } = renderProblem(problem, exchange.requestId);
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** `/v1/hits` of `/v1/hits?limit=1`. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/';
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
