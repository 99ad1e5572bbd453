/**
 * Every error this server answers with: one table, sent as RFC 9457 `application/problem+json`:
 * `{"type","title","status","detail"?,"code","hint"?,"request_id","errors"?}`. `type` is `urn:weir:problem:<code>`.
 */
import { WeirError } from '../base/index.ts';
import { REFUSALS, type RefusalCode, Refused } from '../ingest/index.ts';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** What the sender can do about it. */
  readonly hint?: string;
  /** Sent as `Retry-After` where nothing better is known. */
  readonly retryAfterSeconds?: number;
}

const RETRY: Pick<ProblemKind, 'retryAfterSeconds'> = { retryAfterSeconds: 1 };

/** What admission says no with, as it is answered. */
function refusal(code: RefusalCode, title: string): ProblemKind {
  const [status, hint] = REFUSALS[code];
  return { status, title, hint, ...(status === 503 || status === 429 ? RETRY : {}) };
}

export const problemTable = {
  'auth.missing': { status: 401, title: 'A credential is needed', hint: 'Send Authorization: Bearer KEY.' },
  'auth.wrong': {
    status: 401,
    title: 'The credential is not good here',
    hint: 'It may be mistyped, expired or revoked.',
  },
  'auth.scope': { status: 403, title: 'The credential may not do this' },
  'auth.beyond_own': { status: 403, title: 'Nobody can hand out what they do not have themselves' },
  'auth.no_role': { status: 403, title: 'The token names no role that weir knows' },
  'auth.keys_unavailable': { status: 503, title: 'The keys that sign tokens cannot be read', retryAfterSeconds: 10 },
  'http.bad_request': { status: 400, title: 'The request is not well formed' },
  'http.invalid': { status: 400, title: 'The request has values that are not allowed' },
  'http.body': { status: 400, title: 'The body cannot be read' },
  'http.not_found': { status: 404, title: 'There is nothing here' },
  'http.method': { status: 405, title: 'This method is not for this path' },
  'http.timeout': { status: 408, title: 'The request took too long to arrive' },
  'http.too_large': { status: 413, title: 'The body is too large' },
  'http.uri_too_long': { status: 414, title: 'The path is too long' },
  'http.media_type': { status: 415, title: 'This media type is not read here', hint: 'Send application/json.' },
  'http.header_too_large': { status: 431, title: 'The head of the request is too large' },
  'http.rate': { status: 429, title: 'Too fast', ...RETRY },
  'http.closing': { status: 503, title: 'The server is stopping', ...RETRY },
  'http.unavailable': { status: 503, title: 'This cannot be done now', ...RETRY },
  'http.streams': { status: 503, title: 'Too many event streams are open', retryAfterSeconds: 10 },
  'http.tenant_streams': {
    status: 429,
    title: 'Too many event streams of this tenant are open',
    hint: 'Close one, or share one among several readers.',
    retryAfterSeconds: 10,
  },
  'http.internal': { status: 500, title: 'weir failed', hint: 'The log has more under the request id.' },
  'admission.rate': refusal('admission.rate', 'Too fast'),
  'admission.policy': refusal('admission.policy', 'A policy lets this wait under pressure'),
  'admission.pressure': refusal('admission.pressure', 'More comes than can be taken'),
  'admission.memory': refusal('admission.memory', 'Too much is in work'),
  'admission.closed': refusal('admission.closed', 'Nothing is taken at the moment'),
  'body.encoding': refusal('body.encoding', 'This encoding is not read here'),
  'body.too_large': refusal('body.too_large', 'The body is too large'),
  'body.bomb': refusal('body.bomb', 'The body expands too much'),
  'body.damaged': refusal('body.damaged', 'The body is damaged'),
  'body.no_events': refusal('body.no_events', 'Nothing in the body is an event'),
  'body.dead_letters': refusal('body.dead_letters', 'Too much of the body would become dead letters'),
  'body.cut': refusal('body.cut', 'The body is cut off'),
  'body.slow': refusal('body.slow', 'The body took too long to arrive'),
  'idempotency.conflict': refusal('idempotency.conflict', 'The key was used for another body'),
  'idempotency.busy': refusal('idempotency.busy', 'The first request with this key is still in work'),
  'item.not_found': { status: 404, title: 'There is no such item' },
  'item.conflict': { status: 409, title: 'The item is not in a state for this' },
  'backup.busy': { status: 409, title: 'Too many backups are being made', hint: 'Wait for the end of one.' },
  'backup.lost': { status: 404, title: 'There is no such backup under way', hint: 'Begin it again.' },
  'store.hold': { status: 409, title: 'There is such a hold already, or none' },
  'query.invalid': { status: 400, title: 'The query cannot be read' },
  'query.argument': { status: 400, title: 'The query asks for what cannot be' },
  'query.refused': { status: 400, title: 'The query is not run' },
  'query.too_big': { status: 422, title: 'The query needs more than it may have' },
  'query.timeout': { status: 422, title: 'The query takes longer than it may' },
  'query.cancelled': { status: 409, title: 'The query was cancelled' },
  'query.busy': { status: 503, title: 'Too many queries wait', ...RETRY },
  'query.failed': { status: 500, title: 'The query failed' },
  'hunt.rules': { status: 422, title: 'There is no rule to hunt with' },
  'hunt.busy': { status: 429, title: 'Too many hunts wait or are at work', retryAfterSeconds: 10 },
  'hunt.too_big': { status: 422, title: 'The hunt needs more than it may have' },
  'hunt.cancelled': { status: 409, title: 'The hunt was cancelled' },
  'hunt.died': { status: 500, title: 'The hunt failed' },
  'cursor.unknown': { status: 400, title: 'The cursor is none of this list', hint: 'Start without it.' },
  'meta.tenant_unknown': { status: 404, title: 'There is no such tenant' },
  'meta.tenant_exists': { status: 409, title: 'The tenant exists' },
  'meta.tenant_name': { status: 400, title: 'The id of the tenant is not allowed' },
  'meta.user_unknown': { status: 404, title: 'There is no such user' },
  'meta.user_exists': { status: 409, title: 'The user exists' },
  'meta.password': { status: 400, title: 'The password is not allowed' },
  'meta.last_admin': { status: 409, title: 'Nobody could run the installation' },
  'meta.query_unknown': { status: 404, title: 'There is no such query' },
  'meta.query_name': { status: 400, title: 'The name is none for a query' },
  'meta.key_unknown': { status: 404, title: 'There is no such key' },
  'meta.key_scope': { status: 400, title: 'The scopes are not allowed' },
  'meta.key_expiry': { status: 400, title: 'The time is not allowed' },
  'meta.key_revoked': { status: 409, title: 'The key was revoked' },
  'meta.full': { status: 409, title: 'There are as many as may be' },
  'meta.sign_in': { status: 401, title: 'The name or the password is wrong' },
  'meta.sign_in_wait': { status: 429, title: 'Too many wrong passwords', retryAfterSeconds: 60 },
  'meta.busy': { status: 429, title: 'Too many at a time', ...RETRY },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof problemTable;

export interface ProblemOptions {
  readonly hint?: string;
  readonly cause?: unknown;
  readonly retryAfterSeconds?: number;
  /** One entry per wrong value: where it is, and what was expected. */
  readonly errors?: readonly { readonly at: string; readonly reason: string }[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error with the status it is answered with. `message` is the `detail`: say nothing in it that the sender must not know. */
export class Problem extends WeirError {
  readonly kind: ProblemKind;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, message: string = problemTable[code].title, options: ProblemOptions = {}) {
    const kind: ProblemKind = problemTable[code];
    super(code, message, {
      ...(options.cause === undefined ? {} : { cause: options.cause }),
      ...((options.hint ?? kind.hint) === undefined ? {} : { hint: options.hint ?? kind.hint ?? '' }),
    });
    this.kind = kind;
    this.options = options;
  }
}

/** What a thrown value is answered with: errors of other rooms by their code; what is not in the table says nothing of itself. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Refused) {
    const { retryAfterSeconds } = error;
    const options = retryAfterSeconds === null ? {} : { retryAfterSeconds };
    return new Problem(error.code as RefusalCode, error.message, { ...options, cause: error });
  }
  if (error instanceof WeirError && isProblemCode(error.code)) {
    const seconds = 'retryAfterSeconds' in error ? error.retryAfterSeconds : null;
    return new Problem(error.code, error.message, {
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {}),
    });
  }
  return new Problem('http.internal', undefined, { cause: error });
}

/** weir works as it should and says no: nothing for the log of errors. */
export function isRefusal({ code }: Problem): boolean {
  return (
    code === 'http.closing' ||
    code === 'http.streams' ||
    code === 'http.tenant_streams' ||
    /^(?:admission|body|idempotency)\./.test(code)
  );
}

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemTable, code);
}

export const PROBLEM_TYPE = 'application/problem+json';

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Status, headers and body of a problem, for whatever sends it. */
export function renderProblem(problem: Problem, requestId: string): ProblemAnswer {
  const { status, title, retryAfterSeconds } = problem.kind;
  const retry = problem.options.retryAfterSeconds ?? retryAfterSeconds;
  const detail = problem.message === title ? {} : { detail: problem.message };
  const hint = problem.hint === undefined ? {} : { hint: problem.hint };
  const errors = problem.options.errors === undefined ? {} : { errors: problem.options.errors };
  const { code } = problem;
  const body = {
    type: `urn:weir:problem:${code}`,
    title,
    status,
    ...detail,
    code,
    ...hint,
    request_id: requestId,
    ...errors,
  };
  return {
    status,
    headers: {
      'content-type': PROBLEM_TYPE,
      ...(retry === undefined ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retry))) }),
      ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...problem.options.headers,
    },
    body: `${JSON.stringify(body)}\n`,
  };
}
