/** What has arrived: kinds of events by tenant, how many, and which columns they have had since when. */
import { type Database, limits } from '../base/index.ts';
import type { ReaderNames, WriterNames } from './names.ts';
import type { Arrival, Lane } from './types.ts';

type Statement = ReturnType<Database['prepare']>;

export class LaneWriter {
  readonly #names: WriterNames;
  readonly #find: Statement;
  readonly #add: Statement;
  readonly #extend: Statement;
  readonly #columns: Statement;
  readonly #tenantColumns: Statement;
  readonly #addColumn: Statement;
  readonly #hasColumn: Statement;

  constructor(database: Database, names: WriterNames) {
    this.#names = names;
    this.#find = database.prepare('SELECT n, events FROM lanes WHERE tenant = ? AND log = ? AND lane = ?');
    this.#add = database.prepare(
      `INSERT INTO lanes (tenant, log, lane, events, position, received, last_received, more)
       VALUES (?, ?, ?, 0, ?, ?, ?, 0) RETURNING n`,
    );
    this.#extend = database.prepare(
      'UPDATE lanes SET events = events + ?, last_received = max(last_received, ?), more = max(more, ?) WHERE n = ?',
    );
    this.#columns = database.prepare('SELECT count(*) AS columns FROM lane_columns WHERE lane = ?');
    this.#tenantColumns = database.prepare(
      'SELECT count(*) AS columns FROM lanes l JOIN lane_columns c ON c.lane = l.n WHERE l.tenant = ?',
    );
    this.#addColumn = database.prepare('INSERT INTO lane_columns VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
    this.#hasColumn = database.prepare('SELECT 1 FROM lane_columns WHERE lane = ? AND path = ?');
  }

  add(logName: string, { tenant, lane, position, received, lastReceived, events, columns, more }: Arrival): void {
    const [number, log] = [this.#names.tenant(tenant), this.#names.log(logName)];
    const known = this.#find.get(number, log, lane);
    const n = Number((known ?? this.#add.get(number, log, lane, position, received, received))?.['n']);
    const before = Number(known?.['events'] ?? 0);
    let full = more;
    if (columns.length > 0) {
      let room = Math.min(
        limits.laneColumnsMax - Number(this.#columns.get(n)?.['columns']),
        limits.tenantColumnsMax - Number(this.#tenantColumns.get(number)?.['columns']),
      );
      for (const path of columns) {
        if (room > 0) room -= Number(this.#addColumn.run(n, path, position, before).changes);
        else full ||= this.#hasColumn.get(n, path) === undefined;
      }
    }
    this.#extend.run(events, lastReceived, full ? 1 : 0, n);
  }
}

export class LaneReader {
  readonly #names: ReaderNames;
  readonly #lanes: Statement;
  readonly #columns: Statement;

  constructor(database: Database, names: ReaderNames) {
    this.#names = names;
    this.#lanes = database.prepare(
      `SELECT n, lane, events, position, received, last_received, more FROM lanes
       WHERE tenant = ? AND log = ? ORDER BY position, n`,
    );
    this.#columns = database.prepare('SELECT path, position, before FROM lane_columns WHERE lane = ?');
  }

  /** By first arrival. */
  list(tenant: string, log: string): Lane[] {
    const rows = this.#lanes.all(this.#names.tenantNumber(tenant) ?? -1, this.#names.logNumber(log) ?? -1);
    return rows.map((row) => ({
      lane: String(row['lane']),
      events: Number(row['events']),
      position: Number(row['position']),
      received: Number(row['received']),
      lastReceived: Number(row['last_received']),
      more: row['more'] === 1,
      columns: new Map(
        this.#columns.all(Number(row['n'])).map((column) => {
          const seen = { position: Number(column['position']), before: Number(column['before']) };
          return [String(column['path']), seen] as const;
        }),
      ),
    }));
  }
}
