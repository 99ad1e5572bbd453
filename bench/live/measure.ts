/** One measurement: a server, a load generator, and what the kernel says of both. */
import { type ChildProcess, fork } from 'node:child_process';
import path from 'node:path';
import type { FromLoad, LoadOrder, LoadReport, ToLoad } from './messages.ts';
import { cpuSeconds, peakMb, threadSeconds } from './processes.ts';
import { Server, type ServerOptions } from './server.ts';

export interface Measured {
  readonly report: LoadReport;
  readonly events: number;
  /** From the first request that is measured to when the ledger had reached the last position. */
  readonly seconds: number;
  readonly serverCpu: number;
  /** While sending. */
  readonly generatorCpu: number;
  readonly peakMb: number;
  /** CPU seconds of the server's threads that took most, by what they are. */
  readonly threads: readonly (readonly [string, number])[];
  /** Hits of each rule; empty of the bare server. */
  readonly hits: ReadonlyMap<string, number>;
}

export type Load = Omit<LoadOrder, 'url' | 'ingestKey' | 'adminKey' | 'socket'>;

/** The load generator, with what it says in order. */
class Generator {
  readonly #child: ChildProcess;
  readonly #said: FromLoad[] = [];
  #listener: (() => void) | null = null;
  #ended: string | null = null;

  constructor(order: LoadOrder) {
    this.#child = fork(path.join(import.meta.dirname, 'load.ts'), [JSON.stringify(order)], {
      execArgv: ['--no-warnings'],
    });
    this.#child.on('message', (message: FromLoad) => {
      this.#said.push(message);
      this.#listener?.();
    });
    this.#child.on('exit', (code) => {
      this.#ended = `the load generator ended with ${code}`;
      this.#listener?.();
    });
  }

  tell(message: ToLoad): void {
    this.#child.send(message);
  }

  async hear<K extends FromLoad['kind']>(kind: K): Promise<Extract<FromLoad, { kind: K }>> {
    while (this.#said.length === 0) {
      if (this.#ended !== null) throw new Error(this.#ended);
      await new Promise<void>((resolve) => (this.#listener = resolve));
    }
    const message = this.#said.shift();
    if (message?.kind !== kind) throw new Error(`the load generator said ${message?.kind} for ${kind}`);
    return message as Extract<FromLoad, { kind: K }>;
  }
}

interface Target {
  readonly pid: number;
  readonly url: string;
  readonly ingestKey: string;
  readonly adminKey: string;
  readonly socket: string;
  /** Resolves when all that was sent has been dealt with. */
  done(events: number): Promise<void>;
}

async function drive(target: Target, load: Load): Promise<Omit<Measured, 'hits'>> {
  const { pid, url, ingestKey, adminKey, socket } = target;
  const generator = new Generator({ ...load, url, ingestKey, adminKey, socket });
  await generator.hear('ready');
  generator.tell({ kind: 'go' });
  await generator.hear('warm');
  const before = { cpu: cpuSeconds(pid), threads: threadSeconds(pid) };
  const start = performance.now();
  const sent = await generator.hear('sent');
  await target.done(sent.eventsInAll);
  const seconds = (performance.now() - start) / 1000;
  const serverCpu = cpuSeconds(pid) - before.cpu;
  const threads = [...threadSeconds(pid)]
    .map(([name, now]): [string, number] => [name, now - (before.threads.get(name) ?? 0)])
    .filter(([, used]) => used >= 0.05);
  generator.tell({ kind: 'evaluated' });
  const { report } = await generator.hear('report');
  const peak = peakMb(pid);
  return { report, events: sent.events, seconds, serverCpu, generatorCpu: sent.cpuSeconds, peakMb: peak, threads };
}

export async function measureWeir(options: ServerOptions, load: Load): Promise<Measured> {
  const server = await Server.start(options);
  try {
    const { pid, url, ingestKey, adminKey, socket } = server;
    const measured = await drive(
      { pid, url, ingestKey, adminKey, socket, done: (events) => server.evaluated(events) },
      load,
    );
    return { ...measured, hits: server.hits() };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}; the server said:\n${server.said}`, {
      cause: error,
    });
  } finally {
    await server.stop();
  }
}

/** The same bodies to a server that discards them. */
export async function measureBare(load: Load): Promise<Measured> {
  const bare = fork(path.join(import.meta.dirname, 'bare.ts'), [], { execArgv: ['--no-warnings'] });
  try {
    const { port } = await new Promise<{ port: number }>((resolve) => bare.once('message', resolve));
    const url = `http://127.0.0.1:${port}`;
    const keys = { url, ingestKey: '', adminKey: '', socket: '' };
    const target = { pid: bare.pid ?? 0, ...keys, done: () => Promise.resolve() };
    return { ...(await drive(target, { ...load, door: 'http', stream: null })), hits: new Map() };
  } finally {
    bare.disconnect();
  }
}
