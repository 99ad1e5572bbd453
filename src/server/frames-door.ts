/** `EventBatch` frames over a local socket: for an agent on the same machine, whose events are scanned already. */
import net from 'node:net';
import { elapsedMs, every, limits, listenLocally, sleep, WeirError } from '../base/index.ts';
import type { Principal } from '../gateway/index.ts';
import type { Deliveries } from '../pipeline/index.ts';
import type { Admitting } from './door-kit.ts';
import { FramesConnection } from './frames-connection.ts';

export interface FramesDoorOptions extends Admitting {
  /** Path of the socket. */
  readonly path: string;
  /** Null until the journal is open. */
  readonly deliveries: () => Pick<Deliveries, 'ingest'> | null;
  readonly authenticate: (header: string) => Principal | Promise<Principal>;
  /** Id of the journal; null until it is open. */
  readonly log: () => string | null;
  /** Errors nobody expected. */
  onError(error: unknown): void;
}

export interface FramesCounts {
  readonly connections: number;
  /** Connections refused since there were too many. */
  readonly refusedConnections: number;
  readonly requests: number;
  readonly refusals: number;
  /** Of frames. */
  readonly bytes: number;
}

export interface FramesDoor {
  readonly path: string;
  counts(): FramesCounts;
  /** Takes no new connections, lets what is in work be answered for `withinMs`, then ends all. */
  close(withinMs: number): Promise<void>;
}

const TICK_MS = 500;
const DRAIN_LOOK_MS = 10;

/** Listens. Throws `socket.in_use`, `socket.path`, `socket.listen`. */
export async function openFramesDoor(options: FramesDoorOptions): Promise<FramesDoor> {
  const connections = new Set<FramesConnection>();
  const counts = { refusedConnections: 0, requests: 0, refusals: 0, bytes: 0 };
  const server = net.createServer({ noDelay: true }, (socket) => {
    const connection = new FramesConnection(socket, options, counts);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  });
  server.maxConnections = limits.framesConnectionsMax;
  server.on('drop', () => void counts.refusedConnections++);
  await listenLocally(server, options.path);
  server.on('error', (error) => options.onError(error));
  const stopTicking = every(TICK_MS, () => {
    const now = elapsedMs();
    for (const connection of connections) connection.tick(now);
  });
  return {
    path: options.path,
    counts: () => ({ ...counts, connections: connections.size }),
    close: async (withinMs) => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const until = elapsedMs() + withinMs;
      while ([...connections].some(({ busy }) => busy) && elapsedMs() < until) await sleep(DRAIN_LOOK_MS);
      stopTicking();
      const stopping = new WeirError('admission.closed', 'the server is stopping');
      for (const connection of connections) connection.refuse(stopping);
      await closed;
    },
  };
}
