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

/**
 * Of a thread that works all the time. V8's own bound grows with the machine's memory, 192 MB where there are 23 GB; with it four
 * threads hold 60 MB more, and spend as much time collecting (bench/notes-live.md).
 */
export const YOUNG_HEAP_MB = 12;

/** A thread that runs the file of this name here. */
export function workerOf(name: string, workerData?: unknown, youngHeapMb?: number): Worker {
  const limits = youngHeapMb === undefined ? {} : { resourceLimits: { maxYoungGenerationSizeMb: youngHeapMb } };
  return new Worker(programBeside(import.meta.url, name), { workerData, ...limits });
}
