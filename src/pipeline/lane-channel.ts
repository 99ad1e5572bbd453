/**
 * How a worker gets lanes that its rules lack: it asks the main thread and waits. So each lane is compiled once for all
 * workers, and only the main thread holds the rules.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { CompiledLane, LaneSource } from '../detect/index.ts';

/** The worker's end; sent to it with `port` transferred. */
export interface LaneChannel {
  readonly port: MessagePort;
  /** 1 once the answer is in the port. */
  readonly answered: Int32Array<SharedArrayBuffer>;
}

/** Answers from `lanes` until the port is closed; what that throws goes to `onError`, and the worker waits on. */
export function openLaneChannel(lanes: LaneSource, onError: (error: unknown) => void): LaneChannel {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  port1.on('message', (facts: Parameters<LaneSource>[0]) => {
    try {
      port1.postMessage(lanes(facts));
      Atomics.store(answered, 0, 1);
      Atomics.notify(answered, 0);
    } catch (error) {
      onError(error);
    }
  });
  port1.unref();
  return { port: port2, answered };
}

export function lanesThrough({ port, answered }: LaneChannel): LaneSource {
  return (facts) => {
    Atomics.store(answered, 0, 0);
    port.postMessage(facts);
    Atomics.wait(answered, 0, 0);
    return receiveMessageOnPort(port)?.message as CompiledLane | null;
  };
}
