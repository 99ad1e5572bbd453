/** `weir up` as users start it, over a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { JournalReader } from '../../src/journal/index.ts';
import { openDetectionsReader } from '../../src/store/index.ts';

export interface ServerOptions {
  readonly folder: string;
  readonly rules: readonly string[];
  /** Folder of compiled rules, so that loading them is no part of a row. */
  readonly cache: string;
  /** Folder for CPU profiles of all threads; null for none. */
  readonly profile: string | null;
  /** Settings in YAML; null: as they are without any. */
  readonly settings: string | null;
}

const READY_MS = 120_000;
const SAID_CHARACTERS = 4000;
const MAIN = path.join(import.meta.dirname, '../../src/cli/main.ts');

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Server {
  readonly url: string;
  readonly ingestKey: string;
  readonly adminKey: string;
  readonly #child: ChildProcess;
  readonly #said: { readonly text: string };
  readonly #folder: string;

  private constructor(
    child: ChildProcess,
    said: { readonly text: string },
    folder: string,
    credentials: Record<string, string>,
  ) {
    this.#child = child;
    this.#said = said;
    this.#folder = folder;
    this.url = credentials['url'];
    this.ingestKey = credentials['ingest_key'];
    this.adminKey = credentials['admin_key'];
  }

  /** Resolves when its rules are in force. */
  static async start({ folder, rules, cache, profile, settings }: ServerOptions): Promise<Server> {
    fs.rmSync(folder, { recursive: true, force: true });
    const config = `${folder}.yaml`;
    if (settings !== null) fs.writeFileSync(config, settings);
    const flags = profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`, '--cpu-prof-interval=500'];
    const args = [
      'up',
      '--data',
      folder,
      '--listen',
      '127.0.0.1:0',
      ...rules.flatMap((file) => ['--rules', file]),
      ...(settings === null ? [] : ['--config', config]),
    ];
    const child = spawn(process.execPath, ['--no-warnings', ...flags, MAIN, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // As bin/weir.js starts it.
      env: { MALLOC_ARENA_MAX: '2', ...process.env, WEIR_CACHE: cache },
    });
    const said = { text: '' };
    child.stderr?.on('data', (text: Buffer) => {
      said.text = (said.text + text.toString()).slice(-SAID_CHARACTERS);
    });
    const file = path.join(folder, 'credentials.json');
    const until = performance.now() + READY_MS;
    while (performance.now() < until && child.exitCode === null) {
      await pause(50);
      if (!fs.existsSync(file)) continue;
      const server = new Server(
        child,
        said,
        folder,
        JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, string>,
      );
      if (await server.#rulesInForce()) return server;
    }
    child.kill('SIGKILL');
    throw new Error(`the server did not come up:\n${said.text}`);
  }

  /** The end of what it said on standard error. */
  get said(): string {
    return this.#said.text;
  }

  /** Where frames are taken. */
  get socket(): string {
    return path.join(this.#folder, 'ingest.sock');
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async #rulesInForce(): Promise<boolean> {
    try {
      const headers = { authorization: `Bearer ${this.adminKey}` };
      const answer = await fetch(`${this.url}/v1/health`, { headers });
      return ((await answer.json()) as { rules?: string }).rules === 'ready';
    } catch {
      return false;
    }
  }

  /** Whether it answers queries. */
  async answers(): Promise<boolean> {
    const headers = { authorization: `Bearer ${this.adminKey}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.url}/v1/query`, { method: 'POST', headers, body: '{"query":"events | count"}' });
    await answer.text();
    return answer.status !== 404;
  }

  /** Resolves when the ledger has evaluated so many events; throws when it does not get on. */
  async evaluated(events: number): Promise<void> {
    const reader = openDetectionsReader(path.join(this.#folder, 'detect.db'));
    const log = `${new JournalReader(path.join(this.#folder, 'journal')).log}/0`;
    try {
      let [best, movedMs] = [-1, performance.now()];
      for (;;) {
        const now = reader.ledger.ranges('default', log).reduce((sum, range) => sum + range.events, 0);
        if (now >= events) return;
        if (now > best) [best, movedMs] = [now, performance.now()];
        if (performance.now() - movedMs > READY_MS) throw new Error(`the ledger stays at ${now} of ${events} events`);
        await pause(5);
      }
    } finally {
      reader.close();
    }
  }

  /** Hits of each rule so far. */
  hits(): Map<string, number> {
    const reader = openDetectionsReader(path.join(this.#folder, 'detect.db'));
    try {
      return new Map(reader.hits.totals('default').map(({ rule, hits }) => [rule, hits]));
    } finally {
      reader.close();
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}
