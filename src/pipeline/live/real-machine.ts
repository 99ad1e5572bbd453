/** The machine itself. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { elapsedMs, every, now, programBeside, realFiles } from '../../base/index.ts';
import type { Machine, Port } from './machine.ts';

export const realMachine: Machine = {
  files: realFiles,
  now,
  elapsedMs,
  every,
  soon: (work) => void setImmediate(work),
  channel: () => {
    const { port1, port2 } = new MessageChannel();
    return [port1, port2];
  },
  receive: (port) => receiveMessageOnPort(port as Port & MessagePort)?.message as unknown,
};

/** Bounds of a thread's heap, megabytes. */
export interface HeapBounds {
  readonly maxYoungGenerationSizeMb: number;
  readonly maxOldGenerationSizeMb?: number;
}

/**
 * Of a thread that works all the time. V8's own bound grows with the machine's memory, 192 MB where there are 23 GB; with it four
 * threads hold 60 MB more, and spend as much time collecting (bench/notes-live.md).
 */
export const STEADY_HEAP: HeapBounds = { maxYoungGenerationSizeMb: 12 };

/**
 * Of one that keeps little, for the same reason: under a bound of 4 GB V8 let a heap of 40 MB grow to 245 while 2,249 segments
 * were cut, under this one to 74.
 */
export const SMALL_HEAP: HeapBounds = { ...STEADY_HEAP, maxOldGenerationSizeMb: 512 };

/** A thread that runs the file of this name here. */
export function workerOf(name: string, workerData?: unknown, heap?: HeapBounds): Worker {
  const limits = heap === undefined ? {} : { resourceLimits: heap };
  return new Worker(programBeside(import.meta.url, name), { workerData, ...limits });
}
