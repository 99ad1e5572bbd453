/**
 * A backup of a data folder, while a server runs on it or not. The order is what makes it consistent: hits and signatures follow from the journal, so
 * they are copied before the position up to which the journal is; rules and segments are what journal and catalogue name, so they come after it.
 *
 * 1. what notifiers have told, users, the ledger that signs the journal
 * 2. one moment of the hits (`detect.db`), and a position behind it (moment.ts); at the position the catalogue and the length of the ledger of segments, both of which lie below it
 * 3. the journal up to there, the segments of the catalogue, everything else
 * 4. the manifest, signed; then what only an earlier one named is removed
 */
import path from 'node:path';
import {
  elapsedMs,
  every,
  type Files,
  fileInfo,
  isDataFolder,
  lockFolder,
  makePrivateDirectory,
  now,
  openDatabase,
  realFiles,
  turn,
  WeirError,
} from '../../base/index.ts';
import { AUDIT_LEDGER, JournalReader, journalUpTo, SegmentLines, type SegmentState } from '../../journal/index.ts';
import { catalogueFiles, OBJECTS_PLACE } from '../../store/index.ts';
import { SEGMENT_LEDGER } from '../store/segment-chain.ts';
import { backupError } from './errors.ts';
import {
  BACKUP_VERSION,
  type BackedFile,
  type BackupHead,
  backupKey,
  readManifest,
  writeManifest,
} from './manifest.ts';
import { holdMoment, type Moment } from './moment.ts';
import { Objects, type Stored } from './objects.ts';
import { type BackupMoment, type BackupSource, STAGE } from './source.ts';

export interface BackupOptions {
  /** The data folder. */
  readonly folder: string;
  /** The folder of the backup; made where it is not there. */
  readonly target: string;
  readonly source: BackupSource;
  /** Which weir makes it. */
  readonly version: string;
  /** The private key of the ledgers, which signs the backup; null: where the source says. */
  readonly keyPath: string | null;
  /** Whether secrets are copied: keys of the API and of the ledgers, and of certificates. */
  readonly keys: boolean;
  readonly files?: Files;
  onProgress?(files: number, bytes: number): void;
}

export interface BackupReport {
  readonly head: BackupHead;
  readonly files: number;
  readonly bytes: number;
  /** Bytes that were not in the target before. */
  readonly written: number;
  /** Of earlier backups, now removed. */
  readonly removed: number;
  /** Why not all of them are removed: the backup is whole, and the next one tries again. Null: they are. */
  readonly unremoved: string | null;
  /** Entries acknowledged before it began whose hits are not in it. */
  readonly late: number;
  /** Segments whose files are not in the folder. */
  readonly missing: readonly string[];
  /** Segments in the object store, which the backup names and does not have. */
  readonly cold: number;
  /** What lies in the folder and is none of weir's, or is only for as long as a process runs. */
  readonly leftOut: readonly string[];
}

export const MANIFEST = 'manifest.ndjson';
/** Says what the folder is before there is a manifest. */
const MARK = 'weir-backup.json';
const RENEW_MS = 5000;

/** Only for as long as a process runs, or made anew by whoever needs it. */
const FLEETING = new Set(['fetched', 'lock.db', 'owner.json', 'ingest.sock', 'query', STAGE, 'restoring.json']);
/** Copied on their own, in their order. */
const OWN = new Set(['journal', 'store']);
const SECRETS = new Set(['credentials.json', 'chain/key.pem', 'tls']);
const LEDGERS = ['ledger.ndjson', AUDIT_LEDGER, SEGMENT_LEDGER].map((name) => `chain/${name}`);
const COMPANION = /\.db-(?:wal|shm|journal)$/;
const LINE_FEED = 10;

export const isSecret = (name: string): boolean => SECRETS.has(name) || name.startsWith('tls/');

/**
 * @throws WeirError `backup.target`, `backup.key`, `backup.lost`, `backup.damaged`, `disk.full` and others of the disk. Then there is no new backup, and
 *   an earlier one in the target is as it was
 */
export async function makeBackup(options: BackupOptions): Promise<BackupReport> {
  const { source } = options;
  const maker = new Maker(options);
  maker.prepare();
  using _lock = lockTarget(options.target);
  try {
    return await maker.make();
  } finally {
    await source.release();
  }
}

/** One backup at a time is written to a folder. */
function lockTarget(target: string): Disposable {
  try {
    return lockFolder(path.join(target, 'lock'));
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== 'folder.in_use') throw error;
    throw backupError('backup.target', `another backup is being written to ${target}`, 'Wait for its end.', error);
  }
}

class Maker {
  readonly #options: BackupOptions;
  readonly #files: Files;
  readonly #objects: Objects;
  readonly #list: BackedFile[] = [];
  readonly #leftOut: string[] = [];
  #bytes = 0;
  #renewedMs = 0;

  constructor(options: BackupOptions) {
    this.#options = options;
    this.#files = options.files ?? realFiles;
    this.#objects = new Objects(options.target, this.#files);
  }

  /** Sees that the target is a place for a backup of this folder, and makes it one. */
  prepare(): void {
    const { folder, target } = this.#options;
    const inside = path.relative(path.resolve(folder), path.resolve(target));
    if (inside === '' || (!inside.startsWith('..') && !path.isAbsolute(inside))) {
      throw backupError(
        'backup.target',
        `the backup would be inside of the data folder ${folder}: ${target}`,
        'Choose another folder, best on another disk.',
      );
    }
    const { log } = new JournalReader(path.join(folder, 'journal'), this.#files);
    const mark = path.join(target, MARK);
    if (isDataFolder(target))
      throw backupError('backup.target', `${target} is a data folder of weir`, 'Choose another folder.');
    if (fileInfo(mark) === null) {
      const [stranger] = this.#files.list(target).filter((name) => name !== 'lost+found');
      if (stranger !== undefined) {
        throw backupError(
          'backup.target',
          `${target} is no backup of weir, and not empty: it has ${stranger}`,
          'Choose a folder that is empty, or not there yet.',
        );
      }
      makePrivateDirectory(target);
      this.#write(mark, `${JSON.stringify({ format: 'weir.backup', version: BACKUP_VERSION, log })}\n`);
      return;
    }
    const known = readMark(this.#files, mark);
    if (known === log) return;
    throw backupError(
      'backup.target',
      `${target} is the backup of another data folder: of the log ${known}, not ${log}`,
      'Choose another folder.',
    );
  }

  async make(): Promise<BackupReport> {
    const { folder, target, source, version, keys } = this.#options;
    const { late, keyPath } = await source.settle();
    const key = backupKey(this.#options.keyPath ?? keyPath ?? path.join(folder, 'chain', 'key.pem'));
    const early = ['notify.db', 'meta.db'].filter((name) => this.#isThere(name));
    for (const name of early) await this.#database(name, path.join(folder, name));
    for (const name of LEDGERS.slice(0, 2)) if (this.#isThere(name)) await this.#lines(name);
    const moment = await holdMoment(folder, source, this.#files);
    this.#renewedMs = elapsedMs();
    const { evaluated } = moment;
    await this.#detections(moment);
    const { log } = await this.#journal(moment);
    const { missing, cold } = await this.#segments(moment);
    await this.#others('', new Set([...early, 'detect.db', ...LEDGERS]));
    // What was read while nobody held it may be of two moments.
    await source.renew();
    this.#objects.sync();
    const head: BackupHead = {
      ...{ version: BACKUP_VERSION, weir: version, at: new Date(now()).toISOString(), log },
      ...{ position: moment.position, evaluated, keys, missing: missing.length },
    };
    writeManifest(this.#files, path.join(target, MANIFEST), head, this.#list, key);
    const { removed, why } = this.#tidy();
    return {
      ...{ head, files: this.#list.length, bytes: this.#bytes, written: this.#objects.written, removed },
      ...{ unremoved: why, missing, cold, late, leftOut: this.#leftOut },
    };
  }

  /** What only an earlier manifest named. */
  #tidy(): { readonly removed: number; readonly why: string | null } {
    try {
      const { removed } = this.#objects.keepOnly(new Set(this.#list.map(({ sha256 }) => sha256)));
      return { removed, why: null };
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      return { removed: 0, why: error.message };
    }
  }

  #isThere(name: string): boolean {
    return this.#files.size(path.join(this.#options.folder, name)) !== null;
  }

  #write(name: string, text: string): void {
    using file = this.#files.open(name, { private: true });
    file.write([Buffer.from(text)], 0);
    file.sync();
    this.#files.syncDirectory(path.dirname(name));
  }

  async #took(name: string, { sha256, bytes }: Stored): Promise<void> {
    this.#list.push({ path: name, sha256, bytes });
    this.#bytes += bytes;
    this.#options.onProgress?.(this.#list.length, this.#bytes);
    await turn();
    if (this.#renewedMs === 0 || elapsedMs() - this.#renewedMs < RENEW_MS) return;
    await this.#options.source.renew();
    this.#renewedMs = elapsedMs();
  }

  /** As of one moment, whoever writes to it meanwhile. */
  async #database(name: string, file: string): Promise<void> {
    const draft = this.#draft();
    const database = openDatabase(file, { readOnly: true });
    try {
      database.prepare('VACUUM INTO ?').run(draft);
    } catch (cause) {
      this.#notCopied(file, cause);
    } finally {
      database.close();
    }
    await this.#took(name, this.#objects.take());
  }

  /** Hits may be many: the hold is renewed while they are copied. */
  async #detections({ detections }: Moment): Promise<void> {
    if (detections === null) return;
    const { source } = this.#options;
    const stop = every(RENEW_MS, () => void source.renew().catch(() => {}));
    try {
      const draft = this.#draft();
      await detections.copyTo(draft).catch((cause: unknown) => this.#notCopied('detect.db', cause));
    } finally {
      stop();
      detections[Symbol.dispose]();
    }
    await this.#took('detect.db', this.#objects.take());
  }

  /** Where a database is copied to, of which nothing is left there. */
  #draft(): string {
    const { draft } = this.#objects;
    for (const left of ['', '-journal']) if (this.#files.size(draft + left) !== null) this.#files.remove(draft + left);
    return draft;
  }

  #notCopied(file: string, cause: unknown): never {
    const why = cause instanceof Error ? cause.message : String(cause);
    const full = /full/.test(why);
    throw new WeirError(full ? 'disk.full' : 'disk.write', `cannot copy ${file} to ${this.#options.target}: ${why}`, {
      hint: full
        ? 'Free space on the disk of the backup, or choose a larger one.'
        : 'Check that disk, and the folder it is to be copied to.',
      cause,
    });
  }

  /** A file to which whole lines are added, as far as it goes now. */
  async #lines(name: string, bytes?: number): Promise<void> {
    const file = path.join(this.#options.folder, name);
    await this.#took(name, this.#objects.copy(file, bytes ?? wholeLines(this.#files, file)));
  }

  async #journal({ position }: BackupMoment): Promise<{ readonly log: string }> {
    const folder = path.join(this.#options.folder, 'journal');
    const { log, files, head } = journalUpTo(folder, position, this.#files);
    for (const { name, bytes } of files) {
      await this.#took(`journal/${name}`, this.#objects.copy(path.join(folder, name), bytes));
    }
    await this.#took('journal/HEAD', this.#objects.put(head));
    return { log };
  }

  /** Segments of the catalogue; gives those that are not there, and how many are in the object store. */
  async #segments({
    catalogue,
    segmentLedgerBytes,
  }: BackupMoment): Promise<{ readonly missing: string[]; readonly cold: number }> {
    const { folder } = this.#options;
    const missing: string[] = [];
    let cold = 0;
    if (segmentLedgerBytes > 0) await this.#lines(`chain/${SEGMENT_LEDGER}`, segmentLedgerBytes);
    const state = this.#signed();
    for (const { file, object } of catalogueFiles(catalogue).segments) {
      if (object !== null) {
        cold++;
        continue;
      }
      const name = `store/${file}`;
      const place = path.join(folder, name);
      const bytes = this.#files.size(place);
      if (bytes === null) {
        missing.push(file);
        continue;
      }
      const sha256 = state?.ofFile(file)?.sha256;
      // A segment never changes, so that what was copied before is it.
      if (sha256 !== undefined && this.#objects.has({ sha256, bytes })) {
        await this.#took(name, { sha256, bytes });
        continue;
      }
      const copied = this.#objects.copy(place, bytes);
      if (sha256 !== undefined && copied.sha256 !== sha256) {
        throw backupError(
          'backup.damaged',
          `${place} is not as it was signed: a backup would not be whole`,
          'Run `weir verify`; docs/store.md says how a segment is cut again.',
        );
      }
      await this.#took(name, copied);
    }
    await this.#database('store/catalogue.db', catalogue);
    const place = `store/${OBJECTS_PLACE}`;
    const bytes = this.#files.size(path.join(folder, place));
    if (bytes !== null) await this.#took(place, this.#objects.copy(path.join(folder, place), bytes));
    return { missing, cold };
  }

  /** What the copied lines of the ledger of segments say. */
  #signed(): SegmentState | null {
    const copied = this.#list.find(({ path: name }) => name === `chain/${SEGMENT_LEDGER}`);
    if (copied === undefined) return null;
    const object = this.#objects.path(copied.sha256);
    const lines = new SegmentLines(path.dirname(object), path.basename(object), this.#files);
    lines.advance();
    return lines.state;
  }

  async #others(within: string, done: ReadonlySet<string>): Promise<void> {
    const { folder, keys } = this.#options;
    for (const part of this.#files.list(path.join(folder, within))) {
      const name = within === '' ? part : `${within}/${part}`;
      const file = path.join(folder, name);
      if (FLEETING.has(name) || COMPANION.test(name) || name.endsWith('.draft') || done.has(name)) continue;
      if (OWN.has(name) || (!keys && isSecret(name))) continue;
      const info = fileInfo(file);
      // Whoever works on the folder has removed it since it was listed.
      if (info === null) continue;
      if (info.kind === 'directory') await this.#others(name, done);
      else if (info.kind === 'other') this.#leftOut.push(name);
      else if (name.endsWith('.db')) await this.#database(name, file);
      else await this.#took(name, this.#objects.copy(file, info.size));
    }
  }
}

/** Id of the log that a target has the backup of; null: it is damaged. */
function readMark(files: Files, name: string): string | null {
  using reader = files.openRead(name);
  const bytes = Buffer.alloc(Math.min(reader.size, 1024));
  reader.readAt(bytes, 0);
  try {
    return String((JSON.parse(bytes.toString('utf8')) as { log: unknown }).log);
  } catch {
    return null;
  }
}

/** Bytes of a file up to and with its last line feed: what is behind is being written, or was torn. */
function wholeLines(files: Files, name: string): number {
  using reader = files.openRead(name);
  const window = Buffer.alloc(64 * 1024);
  for (let end = reader.size; end > 0; ) {
    const start = Math.max(0, end - window.length);
    const feed = window.subarray(0, reader.readAt(window.subarray(0, end - start), start)).lastIndexOf(LINE_FEED);
    if (feed >= 0) return start + feed + 1;
    end = start;
  }
  return 0;
}

/** The manifest of a folder of backups. Throws `backup.none`, `backup.newer`, `backup.damaged`, `backup.signature`. */
export function openBackup(target: string, files: Files = realFiles, key?: string): ReturnType<typeof readManifest> {
  return readManifest(files, path.join(target, MANIFEST), key);
}
