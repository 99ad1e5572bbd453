/** The tables of `catalogue.db`, as steps from one version to the next. A step that was released is never changed. */
export const STEPS: readonly string[] = [
  `
  -- Texts that many rows would repeat, as numbers.
  CREATE TABLE tenants (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE sources (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
  -- position: all frames before it are in segments.
  CREATE TABLE logs (n INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, position INTEGER NOT NULL DEFAULT 0) STRICT;

  -- Columns that segments have; name: in the file.
  CREATE TABLE columns (
    n INTEGER PRIMARY KEY, path TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (path, kind, name)
  ) STRICT;
  -- Which of them a segment has: numbers in ascending order, as varints of the differences. Segments with the same share one.
  CREATE TABLE column_lists (
    n INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, columns INTEGER NOT NULL, packed BLOB NOT NULL
  ) STRICT;

  CREATE TABLE segments (
    n INTEGER PRIMARY KEY, file TEXT NOT NULL UNIQUE,
    tenant INTEGER NOT NULL REFERENCES tenants, source INTEGER NOT NULL REFERENCES sources,
    log INTEGER NOT NULL REFERENCES logs, level INTEGER NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL, raw_bytes INTEGER,
    min_time INTEGER NOT NULL, max_time INTEGER NOT NULL, min_received INTEGER NOT NULL, max_received INTEGER NOT NULL,
    list INTEGER NOT NULL REFERENCES column_lists,
    -- Source types of its events, JSON; NULL: not known.
    types TEXT
  ) STRICT;
  CREATE UNIQUE INDEX segments_by_position ON segments (tenant, source, log, first);
  CREATE INDEX segments_by_list ON segments (list);
  -- Apart from the segments: these are read one and all by every query, the blobs of few.
  CREATE TABLE segment_bounds (
    segment INTEGER PRIMARY KEY REFERENCES segments ON DELETE CASCADE, packed BLOB NOT NULL
  ) STRICT;

  -- Files that are no segment's any more. since: Unix milliseconds.
  CREATE TABLE garbage (
    file TEXT PRIMARY KEY, bytes INTEGER NOT NULL, why TEXT NOT NULL, since REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- Row groups and the places of their filters: read by queries that look for terms. None of a segment: not known yet (sweep looks).
  CREATE TABLE segment_groups (
    segment INTEGER PRIMARY KEY REFERENCES segments ON DELETE CASCADE, packed BLOB NOT NULL
  ) STRICT;
  `,
  `
  -- SHA-256 of the file, where it is in the object store (its key follows from that); what is on disk is then a copy. NULL: it is on disk.
  ALTER TABLE segments ADD COLUMN object TEXT;
  -- Objects that are no segment's: those that are being sent, and those that are to be deleted. file: the segment's, that was. since: Unix milliseconds.
  CREATE TABLE objects (
    key TEXT PRIMARY KEY, file TEXT NOT NULL, bytes INTEGER NOT NULL, since REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
