/** One data folder under load over many starts: a server, its senders, the oracle and the judge. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { Asker, linesOf } from './asker.ts';
import { counts } from './counts.ts';
import { evaluatedUpTo, hitTexts, Judge, judgeFiles, judgeFolder } from './judge.ts';
import { decoy, Oracle, RULES } from './oracle.ts';
import type { Plan } from './plan.ts';
import { type SenderOptions, Senders } from './senders.ts';
import { pause, Server, until } from './server.ts';

const LATENESS_MS = 1000;
/** Small segments, so that the journal rotates several times a second; of so few rules each may take what it takes. */
const CONFIG = `journal: {segment_bytes: 1MiB, group_bytes: 1MiB}
detect: {lateness: ${LATENESS_MS}ms, quarantine: {budget: 100%}}
`;
const CLOSE_AHEAD_MS = 3000;
const IDLE_MS = 8000;
const DIFFERENCES_SHOWN = 6;

export interface CampaignOptions extends Partial<SenderOptions> {
  readonly seed?: number;
  /** Where the data folder is to be; a new folder without one. */
  readonly data?: string;
  readonly config?: string;
  /** Threads of doors, 1 without; each takes its time to start. */
  readonly threads?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether somebody asks all the time, so that segments are cut and merged; yes, where nothing is said. */
  readonly asked?: boolean;
  /** Others send as well. */
  readonly others?: boolean;
}

export class Campaign {
  readonly folder: string;
  readonly oracle: Oracle;
  readonly senders: Senders;
  readonly asker: Asker;
  readonly #options: CampaignOptions;
  judge: Judge;
  data: string;
  #server: Server | null = null;
  #key = '';
  #decoys = 0;

  constructor(t: TestContext, options: CampaignOptions = {}) {
    this.#options = options;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-faults-'));
    this.data = options.data ?? path.join(this.folder, 'data');
    const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    t.diagnostic(`seed ${seed}`);
    this.oracle = new Oracle(seed);
    this.judge = new Judge(this.data, this.oracle, options.others);
    fs.mkdirSync(this.rules, { recursive: true });
    RULES.forEach((text, i) => {
      fs.writeFileSync(path.join(this.rules, `${i}.yml`), text);
    });
    fs.writeFileSync(path.join(this.folder, 'weir.yaml'), options.config ?? CONFIG);
    const target = () => {
      const url = this.#server?.url ?? '';
      return url === '' || this.#key === '' ? null : { url, key: this.#key };
    };
    this.senders = new Senders(this.oracle, target, { senders: counts.senders, ...options });
    this.senders.pause();
    this.asker = new Asker(() => (options.asked === false ? null : this.#server));
    t.after(async () => {
      await this.asker.end();
      await this.#server?.kill();
      await this.senders.end();
      if (process.env['FAULTS_KEEP'] === undefined) fs.rmSync(this.folder, { recursive: true, force: true });
      else t.diagnostic(this.folder);
    });
  }

  get rules(): string {
    return path.join(this.folder, 'rules');
  }

  get armedFile(): string {
    return path.join(this.folder, 'armed');
  }

  get server(): Server {
    if (this.#server === null) throw new Error('no server was started');
    return this.#server;
  }

  /** Another rule set for the next start, which finds the same. */
  changeRules(): void {
    fs.writeFileSync(path.join(this.rules, 'decoy.yml'), decoy(this.#decoys++));
  }

  /** A server that does as `plan` says, once `arm` is called if it is to be armed. It may end before it is ready. */
  begin(plan: Plan & { readonly later?: boolean } = {}): Server {
    const { later = false, ...rest } = plan;
    this.disarm();
    this.#server = new Server({
      data: this.data,
      rules: this.rules,
      config: path.join(this.folder, 'weir.yaml'),
      plan: later ? { ...rest, armed: this.armedFile } : rest,
      threads: this.#options.threads ?? 1,
      ...(this.#options.environment === undefined ? {} : { environment: this.#options.environment }),
    });
    return this.#server;
  }

  /** Also waits until it takes events; gives the milliseconds that took. */
  async start(plan: Plan & { readonly later?: boolean } = {}): Promise<number> {
    const server = this.begin(plan);
    const tookMs = await server.ready();
    assert.ok(tookMs !== null, `the server ended with ${JSON.stringify(server.exit)}: ${server.said}`);
    this.useKey();
    return tookMs;
  }

  useKey(): void {
    this.#key = this.server.credentials.ingest_key;
  }

  arm(): void {
    fs.writeFileSync(this.armedFile, '');
  }

  disarm(): void {
    fs.rmSync(this.armedFile, { force: true });
  }

  /** Everything begun is acknowledged, and evaluated to the end. */
  async settle(): Promise<void> {
    await this.senders.settled();
    const position = await this.senders.close(CLOSE_AHEAD_MS);
    // Sources that are heard of once hold event time until they count as idle.
    if (this.#options.sourceOf !== undefined || this.#options.others === true) await pause(IDLE_MS);
    await until('evaluation to reach the last event', () => evaluatedUpTo(this.data) >= position);
  }

  /** Settles and demands every obligation. */
  async demand(what: string): Promise<void> {
    await this.settle();
    const findings = this.judge.judge({ complete: true });
    assert.deepEqual(findings, [], `after ${what}`);
    const rows = await linesOf(this.server, 'events | project weir.position, weir.row, weir.source.id');
    assert.deepEqual(this.judge.judgeAnswer(rows), [], `what is answered after ${what}`);
    assert.deepEqual(this.senders.faults, [], `after ${what}`);
  }

  /**
   * A clean stop; then everything is worked out anew, and the hits are those of an undisturbed run: one that has the same journal
   * and nothing else, and reads it from its beginning to its end.
   */
  async finish(): Promise<void> {
    await this.settle();
    await this.#stopCleanly();
    // From the beginning, by a judge who knows nothing yet.
    this.judge = new Judge(this.data, this.oracle, this.#options.others);
    assert.deepEqual(this.judge.judge({ complete: true }), []);
    assert.deepEqual(judgeFolder(this.data), []);
    assert.deepEqual(judgeFiles(this.data), []);
    const disturbed = hitTexts(this.data);
    const again = path.join(this.folder, 'again');
    fs.cpSync(this.data, again, { recursive: true, filter: (name) => !path.basename(name).startsWith('detect.db') });
    const last = evaluatedUpTo(this.data);
    this.data = again;
    await this.start();
    await until('the undisturbed run', () => evaluatedUpTo(again) >= last);
    await this.#stopCleanly();
    assert.deepEqual(differences(disturbed, hitTexts(again)), [], 'the hits of an undisturbed run');
  }

  async #stopCleanly(): Promise<void> {
    const exit = await this.server.stop();
    assert.deepEqual(exit, { code: 0, signal: null }, this.server.said);
  }
}

/** What only one of two sorted lists has, the first few of it. */
function differences(left: readonly string[], right: readonly string[]): string[] {
  const [inLeft, inRight] = [new Set(left), new Set(right)];
  return [
    ...left.filter((text) => !inRight.has(text)).map((text) => `disturbed: ${text}`),
    ...right.filter((text) => !inLeft.has(text)).map((text) => `undisturbed: ${text}`),
  ].slice(0, DIFFERENCES_SHOWN);
}
