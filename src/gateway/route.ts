/** A route of the API as data: what it takes, who may, what it answers. */
import type { z } from 'zod';
import type { LimitName } from '../base/index.ts';
import type { Meta, Scope } from '../meta/index.ts';
import type { Backend } from './backend.ts';
import type { EventSource } from './event-stream.ts';
import type { Health } from './health.ts';
import type { Principal } from './principal.ts';

export interface Services {
  readonly backend: Backend;
  readonly meta: Meta;
  readonly health: Health;
}

export interface Call<P, Q, B> {
  readonly principal: Principal;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly requestId: string;
  /** `Authorization` as sent. */
  readonly credential: string | undefined;
  /** `Idempotency-Key` as sent. */
  readonly idempotencyKey: string | undefined;
}

/** An answer that is JSON already. */
export interface JsonText {
  readonly json: string;
}

/** A route that anybody may use has no principal; see {@link PublicRoute}. */
interface RouteBase {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** `/v1/keys/:id` */
  readonly path: string;
  /** One sentence, for the documentation. */
  readonly summary: string;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Where it may be larger than `limits.apiBodyBytesMax`. */
  readonly bodyLimit?: LimitName;
  /** Null: nothing comes back, with status 204. */
  readonly response: z.ZodType | null;
  readonly status?: 200 | 201 | 202;
}

type Parsed<T> = T extends z.ZodType ? z.output<T> : undefined;

export interface ApiRoute extends RouteBase {
  /** Null: for anybody, without a credential. */
  readonly scope: Scope | 'any' | null;
  readonly answer?: (call: Call<never, never, never>, services: Services, signal: AbortSignal) => unknown;
  /** Instead of an answer: lines of JSON, each of which has the shape `response`. */
  readonly lines?: (call: Call<never, never, never>, services: Services, signal: AbortSignal) => Promise<LinesAnswer>;
  /** Instead of an answer: an event stream, whose events have the shape `response`. */
  readonly stream?: (call: Call<never, never, never>, services: Services) => StreamAnswer;
}

/** JSON texts, one a line. What ends them early is told in a last line, `{"error":{…}}`, since the status has gone out by then. */
export interface LinesAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly lines: AsyncIterable<string>;
}

export interface StreamAnswer {
  readonly source: EventSource;
  /** Where the query says to begin; `Last-Event-ID` comes before it. */
  readonly after: string | null;
}

/**
 * Declares a route; the handler's types follow from the schemas. `scope: 'any'` is any good credential; `signal` says when nobody
 * waits for the answer any more.
 */
export function route<const R extends RouteBase & { readonly scope: Scope | 'any' }>(
  declared: R,
  answer: (
    call: Call<Parsed<R['params']>, Parsed<R['query']>, Parsed<R['body']>>,
    services: Services,
    signal: AbortSignal,
  ) => Answer<R>,
): ApiRoute {
  return { ...declared, answer };
}

type Output<R extends RouteBase> = R['response'] extends z.ZodType ? z.input<R['response']> | JsonText : undefined;
type Answer<R extends RouteBase> = Output<R> | Promise<Output<R>>;

/** As {@link route}, for an event stream. */
export function streamRoute<const R extends RouteBase & { readonly scope: Scope }>(
  declared: R,
  stream: (call: Call<Parsed<R['params']>, Parsed<R['query']>, undefined>, services: Services) => StreamAnswer,
): ApiRoute {
  return { ...declared, stream };
}

/** As {@link route}, for an answer of any length: lines are worked out as fast as they are taken, and `signal` says when nobody takes more. */
export function linesRoute<const R extends RouteBase & { readonly scope: Scope }>(
  declared: R,
  lines: (
    call: Call<Parsed<R['params']>, Parsed<R['query']>, Parsed<R['body']>>,
    services: Services,
    signal: AbortSignal,
  ) => Promise<LinesAnswer>,
): ApiRoute {
  return { ...declared, lines };
}

/** As {@link route}, without a credential: `principal` is none. */
export function publicRoute<const R extends RouteBase>(
  declared: R,
  answer: (
    call: Omit<Call<Parsed<R['params']>, Parsed<R['query']>, Parsed<R['body']>>, 'principal'>,
    services: Services,
  ) => Answer<R>,
): ApiRoute {
  return { ...declared, scope: null, answer };
}
