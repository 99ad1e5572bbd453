/** The API: routes as declared, served by Fastify. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { errorCode, limits } from '../base/index.ts';
import { askedText } from './asked.ts';
import type { Authenticator } from './auth.ts';
import { cursorOf, type EventStreams } from './event-stream.ts';
import { exchangeOf, pathOf, sendProblem } from './exchange.ts';
import { writeLines } from './lines.ts';
import { demandKnown } from './parameters.ts';
import { demandScope, type Principal } from './principal.ts';
import { isRefusal, Problem, type ProblemCode, problemOf } from './problem.ts';
import type { ApiRoute, Call, JsonText, Services } from './route.ts';

export interface ApiOptions {
  readonly services: Services;
  readonly auth: Authenticator;
  readonly streams: EventStreams;
  /** Methods other servers of this port have for a path, for 405. */
  readonly methods: (path: string) => readonly string[];
  /** An answer that has a bound on slow readers of its own. */
  readonly exempt: (response: ServerResponse) => void;
  readonly onError: (error: unknown, requestId: string) => void;
}

export interface Api {
  serve(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

export async function openApi(routes: readonly ApiRoute[], options: ApiOptions): Promise<Api> {
  const app = fastify({
    logger: false,
    bodyLimit: limits.apiBodyBytesMax,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: limits.apiParameterBytesMax, ignoreTrailingSlash: false },
    requestIdHeader: false,
    genReqId: (request) => exchangeOf(request as IncomingMessage).requestId,
    // Values are checked by the shapes of each route. Fastify's own compilers, given nothing to do, would be a third of the start.
    schemaController: { compilersFactory: { buildValidator: () => noSchema, buildSerializer: () => noSchema } },
    frameworkErrors: (error, request, reply) => answerError(error, request, reply, options),
  });
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, options));
  app.setNotFoundHandler((request, reply) => answerError(notFound(request.raw, options), request, reply, options));
  // JSON alone; text/plain would be a way around the preflight of browsers.
  app.removeContentTypeParser('text/plain');
  for (const route of routes) addRoute(app, route, options);
  await app.ready();
  return { serve: (request, response) => app.routing(request, response), close: () => app.close() };
}

function noSchema(): never {
  throw new Error('routes are given no schemas for Fastify');
}

function addRoute(app: FastifyInstance, route: ApiRoute, options: ApiOptions): void {
  app.route({
    method: route.method,
    url: route.path,
    ...(route.bodyLimit === undefined ? {} : { bodyLimit: limits[route.bodyLimit] }),
    // Before the body is read.
    onRequest: async (request) => {
      const exchange = exchangeOf(request.raw);
      exchange.route = route.path;
      exchange.asked = '';
      if (route.scope === null) return;
      const principal = await options.auth.authenticate(request.headers.authorization);
      exchange.principal = principal;
      if (route.scope !== 'any') demandScope(principal, route.scope);
    },
    handler: async (request, reply) => {
      const call = callOf(route, request);
      exchangeOf(request.raw).asked = askedText(call);
      if (route.stream !== undefined) return openStream(route, call, request, reply, options);
      if (route.lines !== undefined) return openLines(route.lines, call, request, reply, options);
      const gone = goneOf(reply.raw);
      const result = await route.answer?.(call as Call<never, never, never>, options.services, gone.signal);
      if (route.response === null) return reply.code(204).send();
      reply.code(route.status ?? 200).header('content-type', 'application/json; charset=utf-8');
      return reply.send(isJsonText(result) ? result.json : JSON.stringify(result));
    },
  });
}

/** Aborted when the answer is sent, or nobody is there to take it. */
function goneOf(response: ServerResponse): AbortController {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone;
}

type AnyCall = Call<unknown, unknown, unknown>;

function callOf(route: ApiRoute, request: FastifyRequest): AnyCall {
  const { requestId, principal } = exchangeOf(request.raw);
  return {
    // A public route's handler does not see it: its type leaves it out.
    principal: principal as Principal,
    params: parsed('path', route.params, request.params),
    query: queryOf(route.query, request.query),
    body: parsed('body', route.body, request.body),
    requestId,
    credential: request.headers.authorization,
    idempotencyKey: singleHeader(request, 'idempotency-key'),
  };
}

function singleHeader({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

function queryOf(schema: z.ZodType | undefined, value: unknown): unknown {
  const shape = schema !== undefined && 'shape' in schema ? (schema.shape as object) : {};
  demandKnown(Object.keys(value as object), Object.keys(shape));
  return parsed('query', schema, value);
}

/** `schema` undefined: it is not looked at. */
function parsed(where: string, schema: z.ZodType | undefined, value: unknown): unknown {
  if (schema === undefined) return undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.slice(0, 20).map(({ path, message }) => ({
    at: [where, ...path.map(String)].join('.').slice(0, 200),
    reason: message.slice(0, 300),
  }));
  const [first] = errors;
  throw new Problem('http.invalid', `${first?.at}: ${first?.reason}`, { errors });
}

function isJsonText(value: unknown): value is JsonText {
  return typeof value === 'object' && value !== null && 'json' in value && typeof value.json === 'string';
}

async function openStream(
  route: ApiRoute,
  call: AnyCall,
  request: FastifyRequest,
  reply: FastifyReply,
  { streams, services, auth, exempt, onError }: ApiOptions,
): Promise<void> {
  const answer = route.stream?.(call as Call<never, never, never>, services);
  if (answer === undefined) return;
  const resume = request.headers['last-event-id'];
  const after = cursorOf(typeof resume === 'string' ? resume : undefined) ?? answer.after;
  reply.hijack();
  exempt(reply.raw);
  try {
    await streams.open({
      tenant: call.principal.tenant,
      response: reply.raw,
      source: answer.source,
      after,
      isStillGood: () => auth.isStillGood(call.credential),
      onError: (error) => onError(error, call.requestId),
    });
  } catch (error) {
    answerRaw(error, request.raw, reply.raw, onError);
  }
}

async function openLines(
  lines: NonNullable<ApiRoute['lines']>,
  call: AnyCall,
  request: FastifyRequest,
  reply: FastifyReply,
  { services, onError }: ApiOptions,
): Promise<void> {
  const response = reply.raw;
  const gone = goneOf(response);
  // What is wrong with the question is a problem with a status of its own; it is thrown before the first byte.
  const answer = await lines(call as Call<never, never, never>, services, gone.signal);
  reply.hijack();
  try {
    await writeLines(response, answer, gone.signal);
  } catch (error) {
    if (!response.headersSent) {
      answerRaw(error, request.raw, response, onError);
      return;
    }
    const { code, kind, message, cause } = problemOf(error);
    if (kind.status >= 500 && !gone.signal.aborted) onError(cause ?? error, call.requestId);
    if (!response.destroyed) response.end(`${JSON.stringify({ error: { code: code, detail: message } })}\n`);
  }
}

function answerError(
  error: FastifyError | unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { onError }: ApiOptions,
): void {
  reply.hijack();
  answerRaw(fromFastify(error), request.raw, reply.raw, onError);
}

/** What was thrown, as a problem; what weir did not expect goes to the log. A refusal is expected, and comes by the thousand under load. */
export function answerRaw(
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown, requestId: string) => void,
): void {
  // The client left in the middle of its body: there is nobody to answer, and nothing went wrong here.
  if (errorCode(error) === 'ECONNRESET' && request.destroyed && !request.complete) return;
  const problem = problemOf(error);
  if (problem.kind.status >= 500 && !isRefusal(problem)) {
    onError(problem.cause ?? problem, exchangeOf(request).requestId);
  }
  sendProblem(request, response, problem);
}

const FASTIFY_CODES: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'http.too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'http.media_type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'http.body',
  FST_ERR_CTP_INVALID_JSON_BODY: 'http.body',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'http.body',
  FST_ERR_MAX_PARAM_LENGTH: 'http.uri_too_long',
  FST_ERR_BAD_URL: 'http.bad_request',
};

function fromFastify(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Problem) return error;
  const code = 'code' in error ? FASTIFY_CODES[String(error.code)] : undefined;
  if (code !== undefined) return new Problem(code, undefined, { cause: error });
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  return status >= 400 && status < 500 ? new Problem('http.bad_request', undefined, { cause: error }) : error;
}

function notFound(request: IncomingMessage, { methods }: ApiOptions): Problem {
  const allowed = methods(pathOf(request));
  if (allowed.length === 0) return new Problem('http.not_found');
  return new Problem('http.method', `use ${allowed.join(' or ')}`, { headers: { allow: allowed.join(', ') } });
}
