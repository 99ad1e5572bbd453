/** The tables of `detect.db`, as steps from one version to the next. A step that was released is never changed. */
import type { Database } from '../base/index.ts';
import { applySteps, checkSteps } from './steps.ts';

const STEPS: readonly string[] = [
  `
  -- Texts that many rows would repeat, as numbers.
  CREATE TABLE tenants (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE rules (n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
  -- A log is '<log id>/<partition>'. position: the last entry whose results are all in here; -1 before the first.
  CREATE TABLE logs (
    n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    position INTEGER NOT NULL DEFAULT -1, received REAL, rule_set TEXT, state TEXT
  ) STRICT;
  -- text is NULL until the rule's text is handed in; level is the level the first hit or the text came with.
  CREATE TABLE rule_versions (
    n INTEGER PRIMARY KEY, rule INTEGER NOT NULL REFERENCES rules, version TEXT NOT NULL,
    level TEXT NOT NULL, title TEXT, text TEXT, UNIQUE (rule, version)
  ) STRICT;
  CREATE TABLE rule_sets (n INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, stored REAL NOT NULL) STRICT;
  CREATE TABLE rule_set_members (
    version INTEGER NOT NULL REFERENCES rule_versions, rule_set INTEGER NOT NULL REFERENCES rule_sets,
    PRIMARY KEY (version, rule_set)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rule_set_members_by_set ON rule_set_members (rule_set);

  -- One rule version over one log: what a hit id's first part names.
  CREATE TABLE streams (
    n INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL REFERENCES rule_versions, log INTEGER NOT NULL REFERENCES logs
  ) STRICT;
  -- Hits of one rule version and tenant that were committed together, or one firing of a correlation. last: sequence of the
  -- last of them; the first has last - count + 1. stamp: greatest receive time so far, so it never falls as last grows.
  -- The blobs come last: SQLite then reads the other columns without following a row's overflow pages.
  CREATE TABLE hits (
    last INTEGER PRIMARY KEY, count INTEGER NOT NULL,
    tenant INTEGER NOT NULL REFERENCES tenants, rule INTEGER NOT NULL REFERENCES rules,
    version INTEGER NOT NULL REFERENCES rule_versions, stream INTEGER REFERENCES streams,
    log INTEGER NOT NULL REFERENCES logs,
    position_min INTEGER NOT NULL, position_max INTEGER NOT NULL,
    live INTEGER NOT NULL, stamp REAL NOT NULL, bytes INTEGER NOT NULL,
    correlation TEXT, revision INTEGER,
    packed INTEGER NOT NULL, keys BLOB NOT NULL, bodies BLOB NOT NULL
  ) STRICT;
  CREATE INDEX hits_by_tenant ON hits (tenant, last);
  CREATE INDEX hits_by_rule ON hits (tenant, rule, last);
  CREATE INDEX hits_by_position ON hits (stream, position_max, position_min) WHERE stream IS NOT NULL;
  CREATE UNIQUE INDEX hits_by_correlation ON hits (correlation) WHERE correlation IS NOT NULL;
  -- The greatest sequence ever given out (a row may since be gone), and the greatest receive time.
  CREATE TABLE sequence (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL, stamp REAL NOT NULL) STRICT;
  INSERT INTO sequence VALUES (1, 0, 0);
  -- minute: of receipt, minutes since 1970.
  CREATE TABLE hit_minutes (
    tenant INTEGER NOT NULL REFERENCES tenants, minute INTEGER NOT NULL, rule INTEGER NOT NULL REFERENCES rules,
    hits INTEGER NOT NULL, PRIMARY KEY (tenant, minute, rule)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE hit_totals (
    tenant INTEGER NOT NULL REFERENCES tenants, rule INTEGER NOT NULL REFERENCES rules,
    hits INTEGER NOT NULL, duplicates INTEGER NOT NULL, last_received REAL NOT NULL, PRIMARY KEY (tenant, rule)
  ) STRICT, WITHOUT ROWID;

  -- What was evaluated: events and evaluations (rows x rules of their lane) from one position to another, both included.
  CREATE TABLE ledger (
    n INTEGER PRIMARY KEY, tenant INTEGER NOT NULL REFERENCES tenants, log INTEGER NOT NULL REFERENCES logs,
    rule_set TEXT NOT NULL, from_position INTEGER NOT NULL, to_position INTEGER NOT NULL,
    events INTEGER NOT NULL, evaluations INTEGER NOT NULL, received_from REAL NOT NULL, received_to REAL NOT NULL
  ) STRICT;
  CREATE INDEX ledger_by_position ON ledger (tenant, log, to_position);
  -- What was not, and why. to_position NULL: still so.
  CREATE TABLE exceptions (
    n INTEGER PRIMARY KEY, tenant INTEGER NOT NULL REFERENCES tenants, log INTEGER NOT NULL REFERENCES logs,
    rule TEXT NOT NULL, reason TEXT NOT NULL, from_position INTEGER NOT NULL, to_position INTEGER,
    events INTEGER NOT NULL, received_from REAL NOT NULL, received_to REAL, detail TEXT
  ) STRICT;
  CREATE INDEX exceptions_by_rule ON exceptions (tenant, log, rule, reason, from_position);

  CREATE TABLE dead_letters (
    n INTEGER PRIMARY KEY, log INTEGER NOT NULL REFERENCES logs, position INTEGER NOT NULL, row INTEGER NOT NULL,
    tenant INTEGER NOT NULL REFERENCES tenants, source TEXT NOT NULL, door TEXT NOT NULL,
    code TEXT NOT NULL, reason TEXT NOT NULL, received REAL NOT NULL, state TEXT NOT NULL, changed REAL,
    raw_bytes INTEGER NOT NULL, raw BLOB NOT NULL, UNIQUE (log, position, row)
  ) STRICT;
  CREATE INDEX dead_letters_by_tenant ON dead_letters (tenant, state, n);
  CREATE TABLE dead_letter_counts (
    tenant INTEGER NOT NULL REFERENCES tenants, code TEXT NOT NULL, state TEXT NOT NULL, letters INTEGER NOT NULL,
    PRIMARY KEY (tenant, code, state)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE snapshots (
    log INTEGER PRIMARY KEY REFERENCES logs, position INTEGER NOT NULL, checksum TEXT NOT NULL, bytes BLOB NOT NULL
  ) STRICT;
  CREATE TABLE counters (
    tenant INTEGER NOT NULL REFERENCES tenants, name TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY (tenant, name)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Kinds of events that have come, by tenant, and the columns each has. before: events of the lane ahead of the first with the column.
  CREATE TABLE lanes (
    n INTEGER PRIMARY KEY, tenant INTEGER NOT NULL REFERENCES tenants, log INTEGER NOT NULL REFERENCES logs,
    lane TEXT NOT NULL, events INTEGER NOT NULL, position INTEGER NOT NULL, received REAL NOT NULL,
    last_received REAL NOT NULL, more INTEGER NOT NULL, UNIQUE (tenant, log, lane)
  ) STRICT;
  CREATE TABLE lane_columns (
    lane INTEGER NOT NULL REFERENCES lanes, path TEXT NOT NULL, position INTEGER NOT NULL, before INTEGER NOT NULL,
    PRIMARY KEY (lane, path)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Of a dead letter that was sent again and not taken: when last, and why.
  ALTER TABLE dead_letters ADD COLUMN tried REAL;
  ALTER TABLE dead_letters ADD COLUMN tried_code TEXT;
  ALTER TABLE dead_letters ADD COLUMN tried_reason TEXT;
  `,
];

/** Version of the tables this program writes. */
export const TABLES_VERSION = STEPS.length;

/** Brings the tables up to this program's version. Throws `store.version` where a newer program has written them. */
export function migrate(database: Database, now: number, path: string): void {
  applySteps(database, STEPS, now, path);
}

/** Throws `store.version` where a newer program has written the tables. */
export function checkVersion(version: number, path: string): void {
  checkSteps(STEPS, version, path);
}
