/** `weir up` as a process of its own, with the wrapper in it: started, armed, killed, frozen, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { repoFiles, repoRoot } from '../../scripts/repo.ts';
import type { Plan } from './plan.ts';

const WRAPPER = fileURLToPath(new URL('./wrapper.ts', import.meta.url));
const START_MS = 60_000;

/** The built program where it is not older than its sources: it starts three times faster; the sources otherwise. */
const ENTRY: string = (() => {
  const chosen = process.env['FAULTS_ENTRY'];
  if (chosen !== undefined) return path.resolve(chosen);
  const built = path.join(repoRoot, 'dist/cli/main.js');
  const since = fs.existsSync(built) ? fs.statSync(built).mtimeMs : 0;
  const changed = (file: string): boolean => fs.statSync(path.join(repoRoot, file)).mtimeMs > since;
  const sources = repoFiles('src').filter((file) => !/\.(test|twin)\.ts$/.test(file));
  return sources.some(changed) ? path.join(repoRoot, 'src/cli/main.ts') : built;
})();

/** What V8 has made of the program, kept for the next start; a process that is killed keeps nothing. */
const CACHE = path.join(os.tmpdir(), `weir-faults-cache-${process.getuid?.() ?? 0}`);

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const KILLED: Exit = { code: null, signal: 'SIGKILL' };

export interface StartOptions {
  readonly data: string;
  readonly rules: string;
  readonly config?: string;
  readonly plan?: Plan;
  readonly threads: number;
  readonly environment?: Readonly<Record<string, string>>;
}

export class Server {
  readonly child: ChildProcess;
  readonly startedAt = performance.now();
  readonly exited: Promise<Exit>;
  readonly #data: string;
  #said = '';
  #exit: Exit | null = null;
  url = '';

  constructor(options: StartOptions) {
    this.#data = options.data;
    const config = options.config === undefined ? [] : ['--config', options.config];
    const flags = ['--data', options.data, '--listen', '127.0.0.1:0', '--rules', options.rules, ...config];
    const preload = ['--no-warnings', '--import', WRAPPER];
    const threads = ['--threads', String(options.threads)];
    this.child = spawn(process.execPath, [...preload, ENTRY, 'up', ...flags, ...threads], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        // As bin/weir.js starts it.
        MALLOC_ARENA_MAX: '2',
        ...process.env,
        ...options.environment,
        NODE_COMPILE_CACHE: CACHE,
        WEIR_FAULT: JSON.stringify(options.plan ?? {}),
      },
    });
    this.exited = once(this.child, 'exit').then(([code, signal]) => {
      this.#exit = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      return this.#exit;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-64 * 1024);
      const found = /weir listens on (\S+)/.exec(this.#said);
      if (found?.[1] !== undefined && this.url === '') this.url = found[1];
    });
  }

  /** What it has written to standard error: the last of it. */
  get said(): string {
    return this.#said;
  }

  get exit(): Exit | null {
    return this.#exit;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when events are taken; with the milliseconds since the start, or null where the process ended before. */
  async ready(): Promise<number | null> {
    while (this.url === '' && this.#exit === null) {
      if (performance.now() - this.startedAt > START_MS)
        throw new Error(`no start within ${START_MS} ms: ${this.#said}`);
      await pause(5);
    }
    return this.url === '' ? null : performance.now() - this.startedAt;
  }

  async rulesInForce(): Promise<void> {
    while (!this.#said.includes('rules in force') && this.#exit === null) await pause(5);
  }

  /** Ended by the system, as it is. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** As a user does it. Its exit status. */
  async stop(): Promise<Exit> {
    this.child.kill('SIGTERM');
    return this.exited;
  }

  freeze(): void {
    this.child.kill('SIGSTOP');
    // The signal is delivered to each thread; only when all have stopped does nothing move any more.
    while (!/^State:\s+T/m.test(fs.readFileSync(`/proc/${this.pid}/status`, 'utf8')));
    for (const thread of fs.readdirSync(`/proc/${this.pid}/task`)) {
      while (!/^State:\s+[TD]/m.test(fs.readFileSync(`/proc/${this.pid}/task/${thread}/status`, 'utf8')));
    }
  }

  get credentials(): { readonly ingest_key: string; readonly admin_key: string } {
    return JSON.parse(fs.readFileSync(path.join(this.#data, 'credentials.json'), 'utf8')) as {
      ingest_key: string;
      admin_key: string;
    };
  }

  /** Resident memory, bytes; 0 once it has ended. */
  get memoryBytes(): number {
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(readProc(this.pid, 'status'))?.[1];
    return Number(kilobytes ?? 0) * 1024;
  }

  get descriptors(): number {
    try {
      return fs.readdirSync(`/proc/${this.pid}/fd`).length;
    } catch {
      return 0;
    }
  }

  async get(where: string): Promise<Response> {
    return fetch(`${this.url}${where}`, { headers: { authorization: `Bearer ${this.credentials.admin_key}` } });
  }
}

function readProc(pid: number, name: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** Ends when `done` says so; throws after `withinMs`, with what was waited for. */
export async function until(what: string, done: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await done())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms for ${what}`);
    await pause(10);
  }
}
