/** Processes in which test builds run. */
import { type ChildProcess, fork } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Done, Order } from './child.ts';
import type { Mutant } from './types.ts';

export interface Outcome extends Done {
  /** The data folder that it left. */
  readonly folder: string;
}

export class Builds {
  readonly folder: string = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-mutants-'));
  readonly #idle: ChildProcess[] = [];
  readonly #waiting: ((child: ChildProcess) => void)[] = [];
  readonly #children: ChildProcess[] = [];
  #runs = 0;

  /** Starts so many of them, which run side by side. */
  static async start(count: number): Promise<Builds> {
    const builds = new Builds();
    await Promise.all(Array.from({ length: count }, (_, i) => builds.#start(path.join(builds.folder, `process-${i}`))));
    return builds;
  }

  async #start(place: string): Promise<void> {
    const child = fork(path.join(import.meta.dirname, 'child.ts'), [place], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#children.push(child);
    await said(child);
    this.#idle.push(child);
  }

  /** Runs the scenario with a mutant in it, or none. */
  async run(mutant: Mutant | null): Promise<Outcome> {
    const folder = path.join(this.folder, `data-${this.#runs++}`);
    const child = this.#idle.pop() ?? (await new Promise<ChildProcess>((resolve) => this.#waiting.push(resolve)));
    try {
      const order: Order = { mutant, folder };
      child.send(order);
      return { ...(await said(child)), folder };
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(child);
      else next(child);
    }
  }

  close(): void {
    for (const child of this.#children) child.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}

function said(child: ChildProcess): Promise<Done> {
  return new Promise((resolve, reject) => {
    const gone = (code: number | null): void => reject(new Error(`a test build ended with ${code}`));
    child.once('exit', gone);
    child.once('message', (message) => {
      child.off('exit', gone);
      resolve(message as Done);
    });
  });
}
