/**
 * `catalogue.db`: which segments there are, what is in them, how far each log is in segments, and which files wait to be deleted.
 * Every operation is one transaction. Segments of one tenant, source and log never stand for the same position twice: that is checked
 * here, so that whatever goes wrong elsewhere no event is counted double.
 */
import { type Database, now, openDatabase } from '../../base/index.ts';
import { storeError, storeFailure } from '../errors.ts';
import type { GroupTerms } from '../segment/terms.ts';
import { applySteps } from '../steps.ts';
import { transaction } from '../transaction.ts';
import { packBounds } from './bounds.ts';
import { ColdSegments, objectKey } from './cold.ts';
import { ColumnNumbers } from './columns.ts';
import { greatest } from './coverage.ts';
import { SegmentFinder } from './find.ts';
import { packGroups } from './groups.ts';
import { STEPS } from './tables.ts';
import type {
  ColumnNeed,
  Found,
  Garbage,
  LevelCount,
  MeasuredColumn,
  Narrowed,
  NewSegment,
  Progress,
  Reason,
  SegmentQuery,
  StoredSegment,
} from './types.ts';

type Statement = ReturnType<Database['prepare']>;

/** 4 MiB of log before it is folded into the file. */
const LOG_PAGES = 1024;

/** A row of `segments` as a replacement needs it. */
interface Replaced {
  readonly n: number;
  readonly file: string;
  readonly key: string;
  readonly list: number;
  readonly level: number;
  readonly first: number;
  readonly last: number;
  readonly rows: number;
  readonly bytes: number;
  /** Its object; null: it is on disk. */
  readonly object: string | null;
}

export class Catalogue {
  /** Segments in the object store. */
  readonly cold: ColdSegments;
  readonly #database: Database;
  readonly #columns: ColumnNumbers;
  readonly #finder: SegmentFinder;
  readonly #tenant: Statement;
  readonly #source: Statement;
  readonly #log: Statement;
  readonly #position: Statement;
  readonly #setPosition: Statement;
  readonly #add: Statement;
  readonly #addBounds: Statement;
  readonly #addGroups: Statement;
  readonly #before: Statement;
  readonly #get: Statement;
  readonly #drop: Statement;
  readonly #addGarbage: Statement;
  readonly #dropGarbage: Statement;
  readonly #isGarbage: Statement;
  #revision = 0;

  /** Creates the file where there is none. Throws `database.open`, `store.version`, `store.damaged`. */
  constructor(path: string) {
    const database = openDatabase(path);
    try {
      applySteps(database, STEPS, now(), path);
      // What an erased segment had as a bound must not be found in the file's free pages.
      database.exec(`PRAGMA secure_delete = ON; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
      this.#database = database;
      this.#columns = new ColumnNumbers(database);
      this.cold = new ColdSegments(database);
      this.#finder = new SegmentFinder(database, this.#columns);
      const named = (table: string): Statement =>
        database.prepare(
          `INSERT INTO ${table} (name) VALUES (?) ON CONFLICT (name) DO UPDATE SET name = name RETURNING n`,
        );
      this.#tenant = named('tenants');
      this.#source = named('sources');
      this.#log = named('logs');
      this.#position = database.prepare('SELECT position FROM logs WHERE name = ?');
      this.#setPosition = database.prepare('UPDATE logs SET position = ? WHERE name = ?');
      this.#add = database.prepare(
        `INSERT INTO segments (file, tenant, source, log, level, first, last, rows, bytes, raw_bytes, min_time, max_time,
           min_received, max_received, list, types, object)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      this.#addBounds = database.prepare('INSERT INTO segment_bounds VALUES (?, ?)');
      this.#addGroups = database.prepare('INSERT INTO segment_groups VALUES (?, ?) ON CONFLICT DO NOTHING');
      this.#before = database.prepare(
        `SELECT file, last FROM segments WHERE tenant = ? AND source = ? AND log = ? AND first <= ?
         ORDER BY first DESC LIMIT 1`,
      );
      this.#get = database.prepare(
        `SELECT n, tenant, source, log, list, level, first, last, rows, bytes,
           (SELECT name FROM logs WHERE n = log) AS name, object FROM segments WHERE file = ?`,
      );
      this.#drop = database.prepare('DELETE FROM segments WHERE n = ?');
      this.#addGarbage = database.prepare('INSERT INTO garbage VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING');
      this.#dropGarbage = database.prepare('DELETE FROM garbage WHERE file = ?');
      this.#isGarbage = database.prepare('SELECT 1 FROM garbage WHERE file = ?');
    } catch (error) {
      database.close();
      throw storeFailure(`cannot read ${path}`, error);
    }
  }

  /** Another one after each change of what segments there are: whoever plans by them need not look again before. */
  get revision(): number {
    return this.#revision;
  }

  /** 0: none of this log's frames are known to be in segments. */
  progress(log: string): number {
    return Number(this.#position.get(log)?.['position'] ?? 0);
  }

  /** Segments that may hold rows of an answer. */
  find(query: SegmentQuery): Found {
    return this.#finder.find(query);
  }

  /** Which of these segments may meet all needs, by their columns and the bounds of these; and their row groups. */
  narrow(files: readonly string[], needs: readonly ColumnNeed[]): Narrowed {
    return this.#finder.narrow(files, needs);
  }

  /** Segments whose row groups are not known: an older program has named them. */
  ungrouped(): string[] {
    const rows = this.#database
      .prepare('SELECT file FROM segments WHERE n NOT IN (SELECT segment FROM segment_groups) ORDER BY file')
      .all();
    return rows.map((row) => String(row['file']));
  }

  /** What was found of them in their files. */
  setGroups(found: ReadonlyMap<string, readonly GroupTerms[]>): void {
    transaction(
      this.#database,
      'keeping row groups of segments',
      () => {
        for (const [file, groups] of found) {
          const row = this.#get.get(file);
          if (row !== undefined) this.#addGroups.run(Number(row['n']), packGroups(groups));
        }
      },
      this.#forget,
    );
  }

  /** Time of the earliest event of a tenant and its sources, whatever else is asked for; null: there is none. */
  earliest({ tenant, sources }: SegmentQuery): bigint | null {
    return this.#finder.earliest(tenant, sources);
  }

  /** All segments, by tenant, source, log and position. */
  segments(): StoredSegment[] {
    return this.#finder.all();
  }

  /** Null: not a segment of the catalogue. */
  segment(file: string): StoredSegment | null {
    return this.#finder.one(file);
  }

  /** What is known of each column of a segment; none where the file is no segment. */
  columns(file: string): MeasuredColumn[] {
    return this.#finder.measured(file);
  }

  /** Paths that these segments have, with their kinds. */
  fields(query: SegmentQuery): Map<string, Set<MeasuredColumn['kind']>> {
    const fields = new Map<string, Set<MeasuredColumn['kind']>>();
    const seen = new Set<readonly unknown[]>();
    for (const { columns } of this.find(query).segments) {
      if (seen.has(columns)) continue;
      seen.add(columns);
      for (const { path, kind } of columns) {
        const kinds = fields.get(path);
        if (kinds === undefined) fields.set(path, new Set([kind]));
        else kinds.add(kind);
      }
    }
    return fields;
  }

  levels(): LevelCount[] {
    const rows = this.#database
      .prepare(
        `SELECT level, count(*) AS segments, sum(rows) AS rows, sum(bytes) AS bytes, coalesce(sum(raw_bytes), 0) AS raw
         FROM segments GROUP BY level ORDER BY level`,
      )
      .all();
    return rows.map((row) => ({
      level: Number(row['level']),
      segments: Number(row['segments']),
      rows: Number(row['rows']),
      bytes: Number(row['bytes']),
      rawBytes: Number(row['raw']),
    }));
  }

  /**
   * Segments cut from the journal, whose files are durable, and how far their log is in segments with them. Throws `store.order` where
   * frames would be skipped or counted twice; then nothing was kept.
   */
  publish(segments: readonly NewSegment[], progress: Progress): void {
    transaction(
      this.#database,
      'publishing segments',
      () => {
        const before = this.progress(progress.log);
        if (!(progress.position >= before)) {
          throw storeError('store.order', `segments would go back from ${before} to ${progress.position}`);
        }
        for (const segment of segments) {
          const { file, log, first, last } = segment;
          if (log !== progress.log || first < before || last >= progress.position) {
            throw storeError(
              'store.order',
              `${file} has ${log} ${first} to ${last}, not of ${progress.log} ${before} to ${progress.position - 1}`,
            );
          }
          this.#insert(segment);
        }
        this.#log.get(progress.log);
        this.#setPosition.run(progress.position, progress.log);
      },
      this.#forget,
    );
    this.#revision++;
  }

  /**
   * Segments take the place of others, whose files become garbage; none of them: the events are gone. Throws `store.gone` where one of
   * the inputs is no longer a segment (another replacement came first: do it again from what there is now), `store.order` where outputs
   * stand for other positions than the inputs or a merge would change the number of events. Then nothing was kept.
   */
  replace(inputs: readonly string[], outputs: readonly NewSegment[], why: Reason): void {
    transaction(
      this.#database,
      'replacing segments',
      () => {
        const replaced = [...new Set(inputs)].map((file) => this.#replaced(file));
        if (replaced.length === 0) throw storeError('store.input', 'nothing to replace');
        const keys = new Set(replaced.map(({ key }) => key));
        if (keys.size > 1)
          throw storeError('store.order', 'segments of several tenants, sources or logs cannot be one');
        const rows = sumOf(replaced);
        const left = sumOf(outputs);
        if (why === 'merge' ? left !== rows : left > rows) {
          throw storeError('store.order', `${rows} events in ${inputs.join(', ')} would become ${left}`);
        }
        const level = greatest(replaced, (input) => input.level) + 1;
        for (const { n, file, list, bytes, object } of replaced) {
          this.#drop.run(n);
          this.#columns.drop(list);
          this.#addGarbage.run(file, bytes, why, now());
          if (object !== null) this.cold.stray({ key: object, file, bytes });
        }
        for (const output of outputs) {
          if (output.level !== level) {
            throw storeError('store.order', `${output.file} has level ${output.level}, not ${level}`);
          }
          const within = (position: number): boolean =>
            replaced.some(({ first, last }) => first <= position && position <= last);
          if (!within(output.first) || !within(output.last) || this.#insert(output) !== replaced[0].key) {
            throw storeError(
              'store.order',
              `${output.file} stands for positions ${output.first} to ${output.last}, its inputs do not`,
            );
          }
        }
      },
      this.#forget,
    );
    this.#revision++;
  }

  /** Forgets all that is there: these are the segments, these files are to be deleted. */
  rebuild(
    segments: readonly NewSegment[],
    progress: readonly Progress[],
    garbage: readonly { readonly file: string; readonly bytes: number }[],
  ): void {
    transaction(
      this.#database,
      'rebuilding the catalogue',
      () => {
        this.#database.exec(
          `DELETE FROM segment_bounds; DELETE FROM segment_groups; DELETE FROM segments; DELETE FROM column_lists; DELETE FROM columns;
           DELETE FROM garbage; DELETE FROM logs; DELETE FROM sources; DELETE FROM tenants`,
        );
        this.#columns.forget();
        for (const segment of segments) this.#insert(segment);
        for (const { log, position } of progress) {
          this.#log.get(log);
          this.#setPosition.run(position, log);
        }
        for (const { file, bytes } of garbage) this.#addGarbage.run(file, bytes, 'rebuild', now());
      },
      this.#forget,
    );
    this.#revision++;
  }

  garbage(): Garbage[] {
    const rows = this.#database.prepare('SELECT file, bytes, why, since FROM garbage ORDER BY file').all();
    return rows.map((row) => ({
      file: String(row['file']),
      bytes: Number(row['bytes']),
      why: row['why'] as Garbage['why'],
      since: Number(row['since']),
    }));
  }

  isGarbage(file: string): boolean {
    return this.#isGarbage.get(file) !== undefined;
  }

  /** These files of the garbage are deleted, durably. */
  forgetGarbage(files: readonly string[]): void {
    transaction(
      this.#database,
      'forgetting deleted files',
      () => {
        for (const file of files) this.#dropGarbage.run(file);
      },
      this.#forget,
    );
  }

  /** Lets go of names that no segment has any more; gives how many columns that were. For starts: it reads all lists. */
  tidy(): number {
    return transaction(this.#database, 'tidying the catalogue', () => this.#columns.tidy(), this.#forget);
  }

  /** After erasures: afterwards no byte of rows that are gone is left in the database or its log. */
  scrub(): void {
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }

  /** Writes all of it, as it is now, to a file that is not there. Throws `disk.write`, `disk.full`, `store.damaged`. */
  copyTo(path: string): void {
    try {
      this.#database.prepare('VACUUM INTO ?').run(path);
    } catch (error) {
      throw storeFailure(`cannot copy the catalogue to ${path}`, error);
    }
  }

  close(): void {
    this.#database.close();
  }

  readonly #forget = (): void => this.#columns.forget();

  #replaced(file: string): Replaced {
    const row = this.#get.get(file);
    if (row === undefined) throw storeError('store.gone', `${file} is no segment any more`);
    const number = (name: string): number => Number(row[name]);
    return {
      n: number('n'),
      file,
      key: `${row['tenant']}/${row['source']}/${row['log']}`,
      list: number('list'),
      level: number('level'),
      first: number('first'),
      last: number('last'),
      rows: number('rows'),
      bytes: number('bytes'),
      object: row['object'] === null ? null : objectKey(String(row['name']), String(row['object'])),
    };
  }

  /** Gives whose it is, as {@link Replaced} does. */
  #insert(segment: NewSegment): string {
    const { file, level, first, last, rows, bytes, rawBytes } = segment;
    if (!(first >= 0 && first <= last && rows > 0)) {
      throw storeError('store.input', `${file} has ${rows} rows of positions ${first} to ${last}`);
    }
    if (this.isGarbage(file)) throw storeError('store.input', `${file} is about to be deleted`);
    const tenant = Number(this.#tenant.get(segment.tenant)?.['n']);
    const source = Number(this.#source.get(segment.source)?.['n']);
    const log = Number(this.#log.get(segment.log)?.['n']);
    const neighbour = this.#before.get(tenant, source, log, last);
    if (neighbour !== undefined && Number(neighbour['last']) >= first) {
      throw storeError('store.order', `${file} and ${neighbour['file']} stand for the same positions`);
    }
    const list = this.#columns.list(segment.columns);
    const { minTime, maxTime, minReceived, maxReceived, types } = segment;
    const { lastInsertRowid } = this.#add.run(
      ...[file, tenant, source, log, level, first, last, rows, bytes, rawBytes ?? null],
      ...[minTime, maxTime, minReceived, maxReceived, list.number],
      types === undefined ? null : JSON.stringify(types),
      segment.isCold === true ? (segment.sha256 ?? null) : null,
    );
    this.#addBounds.run(lastInsertRowid, packBounds(list.columns));
    if (segment.groups !== undefined) this.#addGroups.run(lastInsertRowid, packGroups(segment.groups));
    return `${tenant}/${source}/${log}`;
  }
}

function sumOf(segments: readonly { readonly rows: number }[]): number {
  return segments.reduce((sum, { rows }) => sum + rows, 0);
}
