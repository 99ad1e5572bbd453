/**
 * Where log lines go: a descriptor whose reader may be slow, gone or never have been. Writing never waits for it and never
 * fails: what finds no room is dropped and counted, and the count is told when there is room again.
 */
import * as fs from 'node:fs';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { limits } from './limits.ts';

export interface LogStream {
  /** `line` ends in a line feed. */
  write(line: string): void;
  /** Lines dropped since the last call. */
  takeDropped(): number;
  /** Called when there is room again after lines were dropped. */
  onRoom: () => void;
  /** Resolves when all is written, or after `ms` milliseconds. */
  close(ms: number): Promise<void>;
}

/**
 * Pipes and sockets are written without blocking. (Not through libuv's threads: one that hangs in a write to a full pipe would
 * keep the process from ending.) Files and terminals take what they are given.
 */
export function descriptorStream(descriptor: number): LogStream {
  const stats = fs.fstatSync(descriptor);
  if (!stats.isFIFO() && !stats.isSocket()) return plainStream(descriptor);
  return queuedStream(new Socket({ fd: descriptor, readable: false, writable: true }));
}

function plainStream(descriptor: number): LogStream {
  let dropped = 0;
  const stream: LogStream = {
    write(line) {
      try {
        fs.writeSync(descriptor, line);
      } catch {
        // A full disk or a terminal that is gone; the line is counted, and the log is no reason to stop.
        dropped++;
        return;
      }
      if (dropped > 0) stream.onRoom();
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
    onRoom: () => {},
    close: async () => {},
  };
  return stream;
}

/** Over any stream that says how much it holds. */
export function queuedStream(to: Writable): LogStream {
  let dropped = 0;
  let broken = false;
  to.on('error', () => {
    broken = true;
  });
  to.on('drain', () => {
    if (dropped > 0) stream.onRoom();
  });
  const stream: LogStream = {
    write(line) {
      if (broken || to.writableLength + line.length > limits.logQueueBytesMax) dropped++;
      else to.write(line);
    },
    takeDropped() {
      const count = dropped;
      dropped = 0;
      return count;
    },
    onRoom: () => {},
    close(ms) {
      if (broken) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(done, ms);
        function done(): void {
          clearTimeout(timer);
          to.destroy();
          resolve();
        }
        to.once('close', done);
        to.end(done);
      });
    },
  };
  return stream;
}
