/**
 * Processes that run DuckDB. A query that eats its memory, hangs or crashes takes its process with it and nothing else: a thread of
 * the server would take the server (an allocation that fails inside DuckDB ends the whole process). A process keeps what it has read
 * of footers and pages for the next query over the same files.
 */
import os from 'node:os';
import path from 'node:path';
import { elapsedMs, every, limits, makePrivateDirectory, randomBytes, removePath, within } from '../../base/index.ts';
import { queryError } from '../errors.ts';
import { DuckAnswer, type DuckQuery, type FindQuery, timeoutMessage } from './answer.ts';
import { Member } from './member.ts';
import type { EngineSetup } from './messages.ts';

interface Waiting {
  readonly scope: string;
  /** Called with a process, or null when there will be none. */
  readonly give: (member: Member | null) => void;
}

export class DuckPool {
  readonly #folder: string;
  #members: Member[] = [];
  readonly #waiting: Waiting[] = [];
  #next = 1;
  #closed = false;
  readonly #stopSweeping: () => void;

  /** @param folder for what queries cannot hold in memory; the pool's own, emptied now and when it closes */
  constructor(folder: string) {
    this.#folder = path.resolve(folder);
    removePath(this.#folder);
    makePrivateDirectory(this.#folder);
    this.#stopSweeping = every(limits.queryIdleMs / 4, () => {
      for (const member of this.#members) if (member.stale) member.kill();
    });
  }

  /** Queries that run, and that wait. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#members.filter(({ busy }) => busy).length, waiting: this.#waiting.length };
  }

  /** Starts a process before it is needed: the first query comes a fifth of a second sooner. */
  warm(): void {
    if (!this.#closed && this.#members.length === 0) this.#start();
  }

  /**
   * Runs a query. Resolves once its columns are known; rows are then read from the answer.
   * @throws WeirError `query.*`: refused, busy, too big, out of time, cancelled or failed
   */
  async query(query: DuckQuery | FindQuery): Promise<DuckAnswer> {
    const timeMs = query.timeMs ?? limits.queryMs;
    const until = elapsedMs() + timeMs;
    const member = await this.#free(query, timeMs);
    const answer = new DuckAnswer(member, this.#next++, query, Math.max(0, until - elapsedMs()));
    void answer.ended.then(() => this.#hand());
    await answer.columns();
    return answer;
  }

  /** Ends all processes; queries that run are cancelled. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopSweeping();
    for (const { give } of this.#waiting.splice(0)) give(null);
    for (const member of this.#members) member.kill();
    await Promise.all(this.#members.map(({ exited }) => exited));
    removePath(this.#folder);
  }

  /** A process for a query, once there is one. */
  async #free({ scope, signal }: DuckQuery | FindQuery, timeMs: number): Promise<Member> {
    const cancelled = () => queryError('query.cancelled', 'the query was cancelled');
    if (signal?.aborted === true || this.#closed) throw cancelled();
    const key = JSON.stringify(scope);
    const now = this.#take(key);
    if (now !== null) return now;
    if (this.#waiting.length >= limits.queryWaitingMax) {
      throw queryError('query.busy', `${this.#waiting.length} queries wait already`);
    }
    const { promise, resolve } = Promise.withResolvers<Member | null>();
    const waiting: Waiting = { scope: key, give: resolve };
    const leave = (): void => {
      const place = this.#waiting.indexOf(waiting);
      if (place >= 0) this.#waiting.splice(place, 1);
      resolve(null);
    };
    this.#waiting.push(waiting);
    signal?.addEventListener('abort', leave, { once: true });
    const inTime = await within(promise, timeMs);
    if (!inTime) leave();
    signal?.removeEventListener('abort', leave);
    const member = await promise;
    if (member !== null) return member;
    if (inTime) throw cancelled();
    throw queryError('query.timeout', timeoutMessage({ timeMs }));
  }

  /** A free process: best the one that has read these files before, else a new one where there may be one more. */
  #take(scope: string): Member | null {
    const free = this.#members.filter((member) => member.alive && !member.busy);
    const known = free.find((member) => member.scope === scope);
    const full = this.#members.length >= limits.queryProcessesMax;
    const member = known ?? free.find((one) => one.scope === '') ?? (full ? free[0] : this.#start());
    if (member === undefined) return null;
    member.reserve(scope);
    return member;
  }

  /** Gives free processes to who waits. */
  #hand(): void {
    const [first] = this.#waiting;
    const member = first === undefined || this.#closed ? null : this.#take(first.scope);
    if (first === undefined || member === null) return;
    this.#waiting.shift();
    first.give(member);
  }

  #start(): Member {
    const member = new Member(this.#setup());
    this.#members.push(member);
    void member.exited.then(() => {
      this.#members = this.#members.filter((other) => other !== member);
      this.#hand();
    });
    return member;
  }

  #setup(): EngineSetup {
    return {
      memoryBytes: limits.queryMemoryBytes,
      threads: Math.min(limits.queryThreadsMax, os.availableParallelism()),
      temporary: path.join(this.#folder, Buffer.from(randomBytes(8)).toString('hex')),
      temporaryBytes: limits.queryTemporaryBytes,
      batchCharacters: limits.queryBatchCharacters,
    };
  }
}
