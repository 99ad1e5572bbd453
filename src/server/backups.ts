/** Backups of the running server's folder, of which others make the copy: what must stand still for it, and for how long. */
import path from 'node:path';
import { elapsedMs, every, type Logger, limits, randomBytes, removePath, within } from '../base/index.ts';
import { type Backend, Problem } from '../gateway/index.ts';
import { type HistoryThread, type LiveNode, STAGE, stageFor } from '../pipeline/index.ts';

export interface BackupsOptions {
  /** The data folder. */
  readonly folder: string;
  readonly node: Pick<LiveNode, 'progress' | 'evaluated'>;
  readonly history: Pick<HistoryThread, 'copyTo' | 'release'>;
  readonly keyPath: string | null;
  readonly log: Logger;
}

interface Running {
  heardMs: number;
  /** Null: it holds nothing yet, and copies what needs no hold, which may take long. */
  lease: number | null;
}

const LOOK_MS = 1000;

export class Backups {
  readonly #options: BackupsOptions;
  readonly #stop: () => void;
  readonly #running = new Map<string, Running>();

  constructor(options: BackupsOptions) {
    this.#options = options;
    // What a process left that was killed.
    removePath(path.join(options.folder, STAGE));
    this.#stop = every(LOOK_MS, () => this.#look());
  }

  /** Whether somebody reads the folder's files: none of the journal's may go then. */
  get isRunning(): boolean {
    return this.#running.size > 0;
  }

  async begin(): ReturnType<Backend['backups']['begin']> {
    const { node, log, keyPath } = this.#options;
    if (this.#running.size >= limits.backupsMax) {
      throw new Problem('backup.busy', `${this.#running.size} backups of this server are being made`);
    }
    const id = Buffer.from(randomBytes(8)).toString('hex');
    this.#running.set(id, { heardMs: elapsedMs(), lease: null });
    log.info('a backup has begun', { backup: id });
    const last = node.progress.durable - 1;
    await within(node.evaluated(last), limits.backupSettleMs);
    this.renew(id);
    const evaluated = node.progress.committed;
    return { id, evaluated, late: Math.max(0, last - evaluated), chain_key: keyPath };
  }

  async hold(id: string): ReturnType<Backend['backups']['hold']> {
    const running = this.#known(id);
    const { folder, history } = this.#options;
    const catalogue = stageFor(folder, `${id}.db`);
    removePath(catalogue);
    const { lease, position, segmentLedgerBytes } = await history.copyTo(catalogue);
    if (this.#running.get(id) !== running) {
      history.release({ lease });
      throw new Problem('backup.lost', 'the backup was ended meanwhile');
    }
    // A later moment takes the place of the one before.
    if (running.lease !== null) history.release({ lease: running.lease });
    running.lease = lease;
    running.heardMs = elapsedMs();
    return { position, catalogue, segment_ledger_bytes: segmentLedgerBytes };
  }

  renew(id: string): void {
    this.#known(id).heardMs = elapsedMs();
  }

  end(id: string): void {
    this.#let(id, this.#known(id), 'a backup has ended');
  }

  close(): void {
    this.#stop();
    for (const [id, running] of this.#running) this.#let(id, running, 'the server stops before a backup has ended');
  }

  #known(id: string): Running {
    const running = this.#running.get(id);
    if (running !== undefined) return running;
    throw new Problem('backup.lost', `no backup ${id} is under way`);
  }

  #look(): void {
    for (const [id, running] of this.#running) {
      const { heardMs, lease } = running;
      const silentMs = elapsedMs() - heardMs;
      if (silentMs <= (lease === null ? limits.backupCopyMs : limits.backupHoldMs)) continue;
      this.#let(id, running, 'a backup has not been heard of, and is ended');
    }
  }

  #let(id: string, { lease }: Running, why: string): void {
    this.#running.delete(id);
    const { folder, history, log } = this.#options;
    if (lease !== null) history.release({ lease });
    removePath(path.join(folder, STAGE, `${id}.db`));
    if (this.#running.size === 0) removePath(path.join(folder, STAGE));
    log.info(why, { backup: id });
  }
}
