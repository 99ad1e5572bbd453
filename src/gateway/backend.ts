/** What the API needs of the running server. The pipeline implements it; tests implement it over arrays. */
import type { z } from 'zod';
import type { LogLevel, LogRoom } from '../base/index.ts';
import type { BackupBegun, BackupHeld } from './backup-shapes.ts';
import type { EventSource } from './event-stream.ts';
import type { CompletionsShape, FieldsPage, ValueCountShape } from './query-shapes.ts';
import type { LinesAnswer } from './route.ts';
import type {
  AuditRecord,
  BooksMinute,
  BooksTotals,
  DeadLetter,
  ForecastRequest,
  Hold,
  HuntDetailShape,
  HuntPage,
  HuntRequest,
  HuntShape,
  LedgerEntry,
  NearAnswer,
  PressureAnswer,
  RuleStatus,
  RulesReloaded,
  SelfAlertShape,
  StageStatus,
  ValidationStatus,
  Waterfall,
} from './shapes.ts';

export interface ListQuery {
  /** Items at most, 1 to 1000. */
  readonly limit: number;
  /** `next` of the page before; null for the first page. What cannot be one: Problem `cursor.unknown`. */
  readonly after: string | null;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** Null where there is nothing more. */
  readonly next: string | null;
}

export interface HitQuery extends ListQuery {
  /** A rule's id; null: all. */
  readonly rule: string | null;
  /** Unix milliseconds, by event time; null: all. */
  readonly sinceMs: number | null;
}

export interface BooksQuery extends ListQuery {
  readonly source: string | null;
  /** Minutes of receipt from here, to before there; Unix milliseconds; null: no bound. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

/**
 * Every method gets the tenant of the credential first and answers for that tenant alone. Unknown ids reject with
 * `new Problem('item.not_found')`, things that cannot be done now with `item.conflict` or `http.unavailable`.
 */
export interface NewHold {
  readonly name: string;
  readonly reason: string;
  readonly tenants?: readonly string[] | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export interface Backend {
  readonly hits: {
    /** Items are JSON texts as stored, in hit order, so that numbers beyond a double survive. */
    list(tenant: string, query: HitQuery): Promise<Listed<string>>;
    /** Cursors are those of {@link list}: what one gave, the other takes. */
    stream(tenant: string, query: { readonly rule: string | null }): EventSource;
  };
  readonly query: {
    /** Rows of a query, as JSON texts, and what they cover in the last one. Rejects with `query.…` before the first. */
    run(
      tenant: string,
      question: {
        readonly query: string;
        readonly sinceMs: number | null;
        /** Whether what is of the whole installation may be in the answer (the scope `metrics`). */
        readonly installation: boolean;
        /** Null: all of the answer. */
        readonly page: { readonly limit: number; readonly cursor: string | null } | null;
      },
      signal: AbortSignal,
    ): Promise<LinesAnswer>;
    /** Rows of a SELECT of DuckDB's own over the tenant's segments, as {@link run} gives them. */
    sql(tenant: string, sql: string, signal: AbortSignal): Promise<LinesAnswer>;
    fields(tenant: string, query: ListQuery & { readonly like: string | null }): Promise<z.infer<typeof FieldsPage>>;
    /** Most frequent values of a field, of those that begin so. */
    values(
      tenant: string,
      asked: {
        readonly field: string;
        readonly prefix: string;
        readonly sinceMs: number | null;
        readonly limit: number;
      },
    ): Promise<readonly z.infer<typeof ValueCountShape>[]>;
    /** What could stand at a place of a query. */
    complete(
      tenant: string,
      place: { readonly query: string; readonly offset: number },
    ): Promise<z.infer<typeof CompletionsShape>>;
    /** Of the installation. */
    stats(): Promise<{
      readonly events: number;
      readonly segments: number;
      readonly bytes: Record<string, number>;
      readonly tiers: {
        readonly local: { segments: number; events: number; bytes: number };
        readonly cold: { segments: number; events: number; bytes: number };
        readonly strays: { objects: number; bytes: number };
      };
      readonly levels: { level: number; segments: number; events: number; bytes: number }[];
    }>;
  };
  /** The audit log, of the installation; null where the cursor is none. */
  readonly audit: {
    list(query: ListQuery & { readonly sinceMs: number | null }): Promise<Listed<z.infer<typeof AuditRecord>> | null>;
  };
  /** What a backup of the data folder needs of whoever writes to it; of the installation. `backup.busy` where there are many. */
  readonly backups: {
    /** Waits until what was acknowledged is evaluated, as long as `limits.backupSettleMs`. */
    begin(): Promise<z.infer<typeof BackupBegun>>;
    /** From then on no segment of the moment is deleted. Rejects with `backup.lost` where there is none of this id, as the others do. */
    hold(id: string): Promise<z.infer<typeof BackupHeld>>;
    renew(id: string): void;
    end(id: string): void;
  };
  /** Legal holds, of the installation. Adding one that is there, and ending one that is not, rejects with `store.hold`. */
  readonly holds: {
    list(): Promise<readonly z.infer<typeof Hold>[]>;
    add(hold: NewHold, by: string): Promise<z.infer<typeof Hold>>;
    remove(name: string, by: string): Promise<void>;
  };
  readonly hunts: {
    /**
     * On disk when it resolves. Rejects with `item.not_found` for the id of a rule that is not in force, `hunt.busy`, and
     * `idempotency.conflict` where the key came with another body.
     */
    create(
      tenant: string,
      asked: z.infer<typeof HuntRequest>,
      by: string,
      idempotencyKey: string | undefined,
    ): Promise<z.infer<typeof HuntShape>>;
    list(tenant: string, query: ListQuery): Promise<z.infer<typeof HuntPage>>;
    get(tenant: string, id: string): Promise<z.infer<typeof HuntDetailShape>>;
    /** Items are JSON texts; `next` is null where there is nothing more and never will be. */
    hits(tenant: string, id: string, query: ListQuery & { readonly rule: string | null }): Promise<Listed<string>>;
    /** Cancels, and removes one that has ended. `auth.scope` where it is another's and `mayAll` is not given. */
    cancel(tenant: string, id: string, by: { readonly credential: string; readonly mayAll: boolean }): Promise<void>;
    /** JSON text of the shape `ForecastAnswer`. */
    forecast(tenant: string, asked: z.infer<typeof ForecastRequest>, signal: AbortSignal): Promise<string>;
  };
  readonly books: {
    minutes(tenant: string, query: BooksQuery): Promise<Listed<z.infer<typeof BooksMinute>>>;
    /** Over everything the query's filters allow, not this page alone. */
    totals(tenant: string, query: BooksQuery): Promise<z.infer<typeof BooksTotals>>;
    ledger(
      tenant: string,
      query: ListQuery & { readonly rule: string | null },
    ): Promise<Listed<z.infer<typeof LedgerEntry>>>;
  };
  readonly deadLetters: {
    list(
      tenant: string,
      query: ListQuery & { readonly source: string | null },
    ): Promise<Listed<z.infer<typeof DeadLetter>>>;
    get(tenant: string, id: string): Promise<z.infer<typeof DeadLetter>>;
    /** Puts a corrected event in place of what was sent; the original stays on record. */
    fix(tenant: string, id: string, event: string, by: string): Promise<z.infer<typeof DeadLetter>>;
    /** Sends dead letters through the door again, at most as many as given: how many were taken, and how many are dead again. */
    replay(
      tenant: string,
      which: { readonly ids: readonly string[] } | { readonly source: string | null; readonly limit: number },
      by: string,
    ): Promise<{ readonly accepted: number; readonly dead_lettered: number }>;
  };
  readonly rules: {
    /** Of the whole installation. Rejects with `item.conflict` where the files cannot be loaded: the rules before stay in force. */
    reload(): Promise<z.infer<typeof RulesReloaded>>;
    /** Takes a rule out of quarantine. Rejects with `item.not_found` where it is not in it, and as `reload` does. */
    release(id: string): Promise<z.infer<typeof RulesReloaded>>;
    list(
      tenant: string,
      query: ListQuery & { readonly state: string | null },
    ): Promise<Listed<z.infer<typeof RuleStatus>>>;
  };
  readonly validation: {
    /** What events did not pass, by source. */
    list(tenant: string, query: BooksQuery): Promise<Listed<z.infer<typeof ValidationStatus>>>;
  };
  readonly events: {
    /**
     * One event with what became of it, as JSON text so that its numbers survive: shape `EventAnswer`.
     * @param whyNot a rule's id: why it does not hit the event
     */
    get(tenant: string, id: string, whyNot: string | null): Promise<string>;
    /** Rules that came closest to hitting it, as many as asked for. */
    near(tenant: string, id: string, limit: number): Promise<z.infer<typeof NearAnswer>>;
    /** Of recent events, in memory; others reject with `item.not_found`. */
    waterfall(tenant: string, id: string): Promise<z.infer<typeof Waterfall>>;
  };
  /** Of the installation, without a word of tenants. */
  readonly pressure: { state(): Promise<z.infer<typeof PressureAnswer>> };
  /** Of the installation. */
  readonly log: {
    levels(): readonly { readonly room: LogRoom; readonly level: LogLevel }[];
    setLevel(room: LogRoom, level: LogLevel): void;
  };
  readonly alerts: {
    /** Of the installation, without another tenant's names. */
    self(tenant: string): Promise<readonly z.infer<typeof SelfAlertShape>[]>;
  };
  readonly stages: {
    list(tenant: string): Promise<readonly z.infer<typeof StageStatus>[]>;
    switch(tenant: string, stage: string, on: boolean, by: string): Promise<z.infer<typeof StageStatus>>;
  };
}
