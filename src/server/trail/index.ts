/**
 * The audit log: every call of the API, changes and reads, signed line by line in `chain/audit.ndjson`. Doors for events are not in it:
 * what they take is in the journal, with who sent it.
 */
import { Worker } from 'node:worker_threads';
import { Calls, now, programBeside } from '../../base/index.ts';
import type { AccessRecord, Health } from '../../gateway/index.ts';
import { type AuditPage, type AuditRecord, readAudit } from '../../journal/index.ts';
import type { FromTrail, ToTrail, TrailSetup } from './messages.ts';

export interface AuditQuery {
  readonly after: string | null;
  readonly limit: number;
  readonly sinceMs: number | null;
}

export class Trail {
  readonly #worker: Worker;
  readonly #chain: string;
  readonly #calls = new Calls<void>();

  constructor(setup: TrailSetup, health: Health) {
    this.#chain = setup.chain;
    this.#worker = new Worker(programBeside(import.meta.url, 'trail-worker'), { workerData: setup });
    health.set('audit', 'ready', null);
    this.#worker.on('message', (message: FromTrail) => {
      if (message.kind === 'state') {
        const { failed, lost } = message;
        health.set(
          'audit',
          failed === null ? 'ready' : 'degraded',
          failed === null ? null : `${failed}; ${lost} calls lost`,
        );
        return;
      }
      this.#calls.answer(message.call);
    });
    const ended = (why: string): void => {
      if (this.#calls.failed !== null) return;
      health.set('audit', 'failed', `its thread has ended: ${why}`);
      this.#calls.fail(new Error(why));
    };
    this.#worker.on('error', (error: Error) => ended(error.message));
    this.#worker.on('exit', () => ended('it was stopped'));
  }

  /** Takes what was answered; anything but calls of the API is left out. */
  take({ requestId, method, route, status, tenant, credential, name, problem, asked }: AccessRecord): void {
    if (asked === null || route === null) return;
    const record: AuditRecord = {
      ...{ at: now(), tenant, by: credential, name, method, route, asked, status, problem, request: requestId },
    };
    this.#post({ kind: 'records', records: [record] });
  }

  /** Complete up to the calls that were answered before; null where `after` is none of its cursors. */
  async page(query: AuditQuery): Promise<AuditPage | null> {
    await this.#ask((call) => ({ kind: 'flush', call }));
    return readAudit(this.#chain, query);
  }

  async close(): Promise<void> {
    await this.#ask((call) => ({ kind: 'close', call }));
    this.#calls.fail(new Error('it was closed'));
    await this.#worker.terminate();
  }

  #post(message: ToTrail): void {
    if (this.#calls.failed === null) this.#worker.postMessage(message);
  }

  /** Resolves also where the thread has ended: what is written is written. */
  #ask(message: (call: number) => ToTrail): Promise<void> {
    return this.#calls.make((call) => this.#post(message(call))).catch(() => {});
  }
}
