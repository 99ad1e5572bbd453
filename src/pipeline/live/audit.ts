/** The books as others ask for them: a thread reads the journal back, so that nobody waits for the disk. */
import { Worker } from 'node:worker_threads';
import { Calls, now, programBeside, WeirError } from '../../base/index.ts';
import type {
  AccountQuery,
  AskedRule,
  AuditAnswers,
  AuditOptions,
  FromAudit,
  ToAudit,
  Totals,
} from './audit-worker.ts';
import type { EventPlace } from './event-record.ts';
import type { KeptKey } from './kept-keys.ts';

type Asked = ToAudit extends infer Message
  ? Message extends { call: number; durable: number }
    ? Omit<Message, 'call' | 'durable'>
    : never
  : never;

export class Audit {
  readonly #worker: Worker;
  readonly #durable: () => number;
  readonly #calls = new Calls<FromAudit['answer']>();

  /**
   * @param durable position behind the last entry that is on disk: answers are complete up to there
   * @param folder the data folder, where more than the journal is asked: `reach`, `event`
   */
  constructor(journal: string, durable: () => number, folder: string | null = null) {
    const options: AuditOptions = { journal, folder };
    this.#worker = new Worker(programBeside(import.meta.url, 'audit-worker'), { workerData: options });
    this.#durable = durable;
    this.#worker.on('message', ({ call, answer }: FromAudit) => {
      if (answer !== null && 'failed' in answer) this.#calls.refuse(call, new WeirError(answer.code, answer.failed));
      else this.#calls.answer(call, answer);
    });
    this.#worker.on('error', (error) => this.#calls.fail(error));
    this.#worker.on('exit', () =>
      this.#calls.fail(new WeirError('server.closed', 'the thread that reads the journal back has ended')),
    );
  }

  accounts(query: AccountQuery, skip: number, limit: number): Promise<AuditAnswers['accounts']> {
    return this.#ask({ kind: 'accounts', query, skip, limit }) as Promise<AuditAnswers['accounts']>;
  }

  totals(query: AccountQuery): Promise<Totals> {
    return this.#ask({ kind: 'totals', query }) as Promise<Totals>;
  }

  /** What does not add up, of the minutes that are over. */
  imbalances(): Promise<readonly string[]> {
    const openFrom = Math.floor(now() / 60_000) - 1;
    return this.#ask({ kind: 'imbalances', openFrom }) as Promise<readonly string[]>;
  }

  /** Who has sent since a time, Unix milliseconds. */
  heard(since: number): Promise<AuditAnswers['heard']> {
    return this.#ask({ kind: 'heard', since }) as Promise<AuditAnswers['heard']>;
  }

  /** Idempotency keys of requests received since then. */
  keys(since: number): Promise<readonly KeptKey[]> {
    return this.#ask({ kind: 'keys', since }) as Promise<readonly KeptKey[]>;
  }

  /** What the events of each source came to under validation. */
  validation(query: AccountQuery, skip: number, limit: number): Promise<AuditAnswers['validation']> {
    return this.#ask({ kind: 'validation', query, skip, limit }) as Promise<AuditAnswers['validation']>;
  }

  /** One event with all that is known of it; null where there is none of this tenant's. */
  event(place: EventPlace, whyNot: AskedRule | null): Promise<AuditAnswers['event']> {
    return this.#ask({ kind: 'event', place, whyNot }) as Promise<AuditAnswers['event']>;
  }

  /** The rules of an image that came closest to hitting an event; null where there is none of this tenant's. */
  near(place: EventPlace, image: SharedArrayBuffer, limit: number): Promise<AuditAnswers['near']> {
    return this.#ask({ kind: 'near', place, image, limit }) as Promise<AuditAnswers['near']>;
  }

  /** Of each detection rule of a set, from when on it could have fired on what the tenant has sent. */
  reach(tenant: string, set: string, image: SharedArrayBuffer): Promise<AuditAnswers['reach']> {
    return this.#ask({ kind: 'reach', tenant, set, image }) as Promise<AuditAnswers['reach']>;
  }

  /** A dead letter with all of its bytes that are kept; null where there is none of this tenant's. */
  letter(tenant: string, position: number, row: number): Promise<AuditAnswers['letter']> {
    return this.#ask({ kind: 'letter', tenant, position, row }) as Promise<AuditAnswers['letter']>;
  }

  /** Why the first dead letters of a request are none; `unit`: position of its first entry. */
  notes(unit: number): Promise<AuditAnswers['notes']> {
    return this.#ask({ kind: 'notes', unit }) as Promise<AuditAnswers['notes']>;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(asked: Asked): Promise<FromAudit['answer']> {
    return this.#calls.make((call) =>
      this.#worker.postMessage({ ...asked, call, durable: this.#durable() } as ToAudit),
    );
  }
}
