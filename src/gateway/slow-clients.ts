/**
 * Clients that send or take next to nothing hold a connection and whatever waits for them. Heads are bounded by Node itself
 * (`headersTimeout`); this watches bodies and answers, once a second for all.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { limits, RecentMap } from '../base/index.ts';

/** Why a connection was ended. */
export type SlowReason = 'slow_body' | 'slow_reader' | 'unread_body';

export interface SlowClients {
  /** From the head of a request until its answer is out and its body in. */
  watch(request: IncomingMessage, response: ServerResponse, nowMs: number): void;
  /** An answer with a bound of its own. */
  exempt(response: ServerResponse): void;
  /** To be called about once a second. */
  tick(nowMs: number): void;
  /** Requests under way. */
  count(): number;
  readonly dropped: Readonly<Record<SlowReason, number>>;
}

/** An answer before the body was read (413, 401): so long the rest is read and thrown away, since a reset could overtake the answer. */
const LINGER_MS = 2000;

interface Exchange {
  readonly number: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly socket: Socket;
  sinceMs: number;
  bytesRead: number;
  bytesWritten: number;
  lingerUntilMs: number | null;
  exempt: boolean;
}

/** `refuse` answers a request whose body does not come, where no answer has begun. */
export function slowClients(refuse: (request: IncomingMessage, response: ServerResponse) => void): SlowClients {
  const exchanges = new RecentMap<Exchange>();
  let next = 0;
  const dropped = { slow_body: 0, slow_reader: 0, unread_body: 0 };
  let clockMs = 0;
  const restart = (exchange: Exchange): void => {
    exchange.sinceMs = clockMs;
    exchange.bytesRead = exchange.socket.bytesRead;
    exchange.bytesWritten = exchange.socket.bytesWritten;
  };
  const drop = (exchange: Exchange, reason: SlowReason): void => {
    dropped[reason]++;
    exchanges.delete(exchange.number);
    exchange.socket.destroy();
  };
  const judgeBody = (exchange: Exchange, waitedMs: number): void => {
    const { request, response, socket } = exchange;
    // While something waits to be read by us, the client is not to blame.
    const ours = request.readableLength > 0;
    if (!ours && waitedMs < limits.slowClientMs) return;
    const least = (limits.bodyPerSecondBytes * waitedMs) / 1000;
    if (!ours && socket.bytesRead - exchange.bytesRead < least) {
      dropped.slow_body++;
      if (response.headersSent) socket.destroy();
      else refuse(request, response);
    }
    restart(exchange);
  };
  const judgeAnswer = (exchange: Exchange, waitedMs: number): void => {
    // What was handed over counts as written at once: progress shows only when all of it is gone.
    const waits = exchange.response.writableLength;
    if (waits === 0 || exchange.socket.bytesWritten !== exchange.bytesWritten) restart(exchange);
    else if (waitedMs >= limits.slowClientMs + (waits * 1000) / limits.answerPerSecondBytes) {
      drop(exchange, 'slow_reader');
    }
  };
  const judge = (exchange: Exchange): void => {
    const { number, request, socket, lingerUntilMs } = exchange;
    const waitedMs = clockMs - exchange.sinceMs;
    if (lingerUntilMs !== null) {
      if (request.complete || socket.destroyed) exchanges.delete(number);
      else if (clockMs >= lingerUntilMs) drop(exchange, 'unread_body');
    } else if (!request.complete) judgeBody(exchange, waitedMs);
    else if (!exchange.exempt) judgeAnswer(exchange, waitedMs);
  };
  return {
    dropped,
    count: () => exchanges.size,
    watch: (request, response, nowMs) => {
      clockMs = nowMs;
      const { socket } = request;
      const exchange = {
        number: next++,
        request,
        response,
        socket,
        sinceMs: nowMs,
        bytesRead: 0,
        bytesWritten: 0,
        lingerUntilMs: null,
        exempt: false,
      };
      restart(exchange);
      exchanges.set(exchange.number, exchange);
      response.once('close', () => ended(exchange));
    },
    exempt: (response) => {
      for (const exchange of exchanges.values()) if (exchange.response === response) exchange.exempt = true;
    },
    tick: (nowMs) => {
      clockMs = nowMs;
      for (const exchange of exchanges.values()) judge(exchange);
    },
  };

  function ended(exchange: Exchange): void {
    if (exchange.request.complete || exchange.socket.destroyed) {
      exchanges.delete(exchange.number);
      return;
    }
    exchange.lingerUntilMs = clockMs + LINGER_MS;
    exchange.request.resume();
  }
}
