/** What the bench tells its load generator, and what that answers. */
import type { Quantiles } from './quantiles.ts';

/** Where the bodies of requests come from. None is sent twice. */
export type Bodies =
  /** Made ahead: bodies in `file`, one behind the other, `index` their ends and events (bodies.ts). */
  | { readonly kind: 'file'; readonly file: string; readonly encoding: 'identity' | 'zstd' | 'frames' }
  /** Connection records made when they are sent. */
  | { readonly kind: 'connections'; readonly eventsPerBody: number; readonly seed: number };

export interface Sending {
  readonly bodies: Bodies;
  /** Kept alive, one request at a time on each. */
  readonly connections: number;
  /** Requests a second, whatever the answers do; null: the next when one is answered. */
  readonly rate: number | null;
}

export interface LoadOrder {
  readonly url: string;
  readonly ingestKey: string;
  readonly adminKey: string;
  /** By `http`: to `/v1/events`; by `frames`: to the local socket for `EventBatch` frames. */
  readonly door: 'http' | 'frames';
  /** Path of that socket. */
  readonly socket: string;
  readonly load: Sending;
  /** Single requests beside the load, timed for themselves. */
  readonly probe: Sending | null;
  /** Of the same load before anything is measured: V8 compiles what a server does while it begins to do it. */
  readonly warmSeconds: number;
  readonly seconds: number;
  /** Hits to follow; `rule`: those of one rule alone. */
  readonly stream: { readonly rule: string | null } | null;
  /** Single events a second that queries are asked for (answers.ts); null: none. */
  readonly answers: { readonly rate: number } | null;
}

export interface Sent {
  /** From the first request that is measured to the last answer. */
  readonly seconds: number;
  /** With those before anything is measured. */
  readonly requestsInAll: number;
  readonly eventsInAll: number;
  readonly requests: number;
  readonly events: number;
  /** As sent. */
  readonly bytes: number;
  /** What was answered otherwise than 200, and sent again. */
  readonly refused: Readonly<Record<string, number>>;
  /** The bodies made ahead were used up before the time was. */
  readonly exhausted: boolean;
  /** Milliseconds from when a request was due to its answer; before anything is measured. */
  readonly ack: Quantiles;
  readonly coldAck: Quantiles;
}

export interface Followed {
  /** Milliseconds from when a hit's request was due to the hit on the stream, each hit; before anything is measured. */
  readonly hits: Quantiles;
  readonly coldHits: Quantiles;
  /** The same to the last hit of each request that has any. */
  readonly last: Quantiles;
}

export interface LoadReport {
  readonly load: Sent;
  readonly probe: Sent | null;
  /** Hits of the load; null where the stream was not followed. */
  readonly followed: Followed | null;
  readonly probeFollowed: Followed | null;
  /** Milliseconds from ack to the first answer that has the event; null where none was asked for. */
  readonly answers: (Quantiles & { readonly refused: number }) | null;
}

export type ToLoad = { readonly kind: 'go' } | { readonly kind: 'evaluated' };
export type FromLoad =
  | { readonly kind: 'ready' }
  | { readonly kind: 'warm' }
  /** `eventsInAll`: with those before anything is measured. */
  | { readonly kind: 'sent'; readonly events: number; readonly eventsInAll: number; readonly cpuSeconds: number }
  | { readonly kind: 'report'; readonly report: LoadReport };
