/** Routes that are not the API's: they take events as streams of bytes, or serve what has no shape. */
import type * as http from 'node:http';
import type { Scope } from '../meta/index.ts';
import type { Principal } from './principal.ts';

/**
 * A route that handles request and response itself. Its principal has the scope. What it throws is answered as a problem; it may
 * also answer with `sendProblem`. A body it does not read is thrown away after the answer, for two seconds.
 */
export interface Door {
  readonly method: string;
  /** `/v1/events`; `/:index/_bulk` matches any one part. */
  readonly path: string;
  readonly scope: Scope;
  readonly handle: (
    request: http.IncomingMessage,
    response: http.ServerResponse,
    principal: Principal,
    requestId: string,
  ) => void | Promise<void>;
}

/** A route without a credential: nothing of any tenant may be in its answers. */
export interface PublicDoor {
  readonly method: string;
  readonly path: string;
  readonly scope: null;
  readonly handle: (
    request: http.IncomingMessage,
    response: http.ServerResponse,
    requestId: string,
  ) => void | Promise<void>;
}
