/**
 * Sends `EventBatch` frames over a local socket, by the client of the frames protocol where this build has one. Loaded when asked
 * for, so that the bench runs without it and says so.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { Sender } from './load.ts';

/** The room of the protocol; the client is its `client.ts`. */
const ROOM = path.join(import.meta.dirname, '../../src/ingest/frames-protocol');

/** What the bench needs of a client. */
interface FramesClient {
  /** One frame, acknowledged when durable; resolves with its position. */
  send(frame: Uint8Array): Promise<{ readonly position: number }>;
  close(): void;
}

export function framesBuilt(): boolean {
  return fs.existsSync(path.join(ROOM, 'client.ts'));
}

export async function framesSender(url: string, key: string): Promise<Sender> {
  const { connectFrames } = (await import(path.join(ROOM, 'client.ts'))) as {
    connectFrames(url: string, key: string): Promise<FramesClient>;
  };
  const client = await connectFrames(url, key);
  return { send: (frame) => client.send(frame), close: () => client.close() };
}
