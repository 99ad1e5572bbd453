/** L4: the HTTP server, who may use it, and the API. The pipeline gives it doors for events and a {@link Backend}. */
export type { Backend, BooksQuery, HitQuery, Listed, ListQuery } from './backend.ts';
export type { Door, PublicDoor } from './door.ts';
export type { EventSource, StreamEnd, StreamItem, StreamRead } from './event-stream.ts';
export { sendProblem } from './exchange.ts';
export { type ComponentHealth, type Health, type HealthReport, type HealthState, healthRegistry } from './health.ts';
export type { JwtOptions } from './jwt.ts';
export { isLoopback, type ListenAddress, parseListen } from './listen.ts';
export { demandKnown } from './parameters.ts';
export { demandScope, type Principal } from './principal.ts';
export { Problem, type ProblemCode, type ProblemOptions, problemTable } from './problem.ts';
export { type Trace, traceOf } from './request-id.ts';
export type { ApiRoute, LinesAnswer } from './route.ts';
export { apiRoutes } from './routes/index.ts';
export {
  type AccessRecord,
  type Gateway,
  type GatewayCounts,
  type GatewayOptions,
  openGateway,
} from './server.ts';
export * as shapes from './shapes.ts';
export { timeMs } from './shapes.ts';
export type { TlsOptions } from './tls.ts';
