/** Tables of a data folder that no server runs on. */
import path from 'node:path';
import { fileInfo } from '../../../base/index.ts';
import { JournalReader } from '../../../journal/index.ts';
import { type DetectionsReader, EmbeddedReader, METRICS_FILE, openDetectionsReader } from '../../../store/index.ts';
import { type Account, advanceBooks, Books } from '../../live/books.ts';
import type { LiveRules } from '../../live/rule-set.ts';
import { loadRuleSet } from '../../live/rule-sets.ts';
import { rulesOfFolder } from '../../live/rule-states.ts';
import type { TableSources } from './table.ts';

export class FolderTables implements TableSources, Disposable {
  readonly #folder: string;
  readonly #journal: JournalReader;
  #detections: DetectionsReader | null = null;
  #metrics: EmbeddedReader | null = null;
  /** By tenant. */
  #accounts: ReadonlyMap<string, readonly Account[]> | null = null;

  constructor(folder: string) {
    this.#folder = folder;
    this.#journal = new JournalReader(path.join(folder, 'journal'));
  }

  /** @throws WeirError `database.open` where nothing was ever evaluated */
  detections(): DetectionsReader {
    this.#detections ??= openDetectionsReader(path.join(this.#folder, 'detect.db'));
    return this.#detections;
  }

  evaluated(): number | null {
    const checkpoint = this.detections().checkpoint(`${this.#journal.log}/0`);
    return checkpoint === null ? null : checkpoint.position + 1;
  }

  accounts(tenant: string, skip: number, limit: number): ReturnType<TableSources['accounts']> {
    this.#accounts ??= this.#readBooks();
    const own = this.#accounts.get(tenant) ?? [];
    return Promise.resolve({ accounts: own.slice(skip, skip + limit), more: skip + limit < own.length });
  }

  ledger(tenant: string): ReturnType<TableSources['ledger']> {
    return Promise.resolve(rulesOfFolder(this.#folder, tenant, this.#journal)?.ledger ?? []);
  }

  metrics(): EmbeddedReader | null {
    const file = path.join(this.#folder, METRICS_FILE);
    if (this.#metrics === null && fileInfo(file) !== null) this.#metrics = EmbeddedReader.open(file);
    return this.#metrics;
  }

  logs(): string | null {
    const folder = path.join(this.#folder, 'logs');
    return fileInfo(folder) === null ? null : folder;
  }

  /** Those in force at the end of what was evaluated; null: none ever were. */
  rules(): LiveRules | null {
    if (fileInfo(path.join(this.#folder, 'detect.db')) === null) return null;
    const set = this.detections().checkpoint(`${this.#journal.log}/0`)?.ruleSet ?? '';
    return set === '' ? null : loadRuleSet(this.#folder, set);
  }

  [Symbol.dispose](): void {
    this.#detections?.close();
    this.#metrics?.[Symbol.dispose]();
  }

  #readBooks(): ReadonlyMap<string, readonly Account[]> {
    const books = new Books();
    advanceBooks(books, this.#journal);
    books.ended();
    return Map.groupBy(books.accounts(), (account) => account.tenant);
  }
}
