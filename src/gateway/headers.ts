/** Headers every answer has, and CORS for the origins somebody named; by default none. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Nothing here is a page; a route that serves one sets its own policy. */
const ALWAYS: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['cross-origin-resource-policy', 'same-origin'],
  ['cache-control', 'no-store'],
];

/** `strictTransport` where a certificate that browsers trust is in use. */
export function setSecurityHeaders(response: ServerResponse, requestId: string, strictTransport: boolean): void {
  response.setHeader('x-request-id', requestId);
  for (const [name, value] of ALWAYS) response.setHeader(name, value);
  if (strictTransport) response.setHeader('strict-transport-security', 'max-age=31536000');
}

/** Names the sender's origin where it is allowed. Returns true where the request was a preflight and is answered. */
export function answerCors(request: IncomingMessage, response: ServerResponse, origins: ReadonlySet<string>): boolean {
  const { origin } = request.headers;
  if (origins.size === 0 || origin === undefined) return false;
  response.setHeader('vary', 'origin');
  if (!origins.has(origin)) return false;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', 'x-request-id, retry-after');
  response.setHeader('cross-origin-resource-policy', 'cross-origin');
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return false;
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
  response.setHeader(
    'access-control-allow-headers',
    'authorization, content-type, idempotency-key, last-event-id, x-request-id',
  );
  response.setHeader('access-control-max-age', '600');
  response.writeHead(204).end();
  return true;
}
