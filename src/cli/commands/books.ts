/** `weir books`: what came, and what became of it. */
import { folderOwner } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { advanceBooks, Books, Expirations, rulesOfFolder } from '../../pipeline/index.ts';
import { EXIT, oneOf } from '../failure.ts';
import { demandDataFolder } from '../places.ts';
import { serverPages } from '../serverPages.ts';
import { printable } from '../terminal/escape.ts';

export interface BooksFlags {
  readonly data?: string;
  readonly format?: string;
  /** What each rule has seen, in place of what came. */
  readonly rules?: boolean;
}

export interface BooksRow {
  readonly tenant: string;
  readonly source: string;
  readonly minute: string;
  readonly received: number;
  readonly stored: number;
  readonly filtered: number;
  readonly dead_lettered: number;
  readonly expired: number;
  readonly balanced: boolean;
}

const FORMATS = ['table', 'ndjson'] as const;
const TENANT = 'default';

export async function booksCommand(flags: BooksFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const format = oneOf('--format', flags.format ?? (process.stdout.isTTY ? 'table' : 'ndjson'), FORMATS);
  demandDataFolder(folder);
  const owner = folderOwner(folder);
  if (flags.rules === true) return ledgerCommand(folder, owner?.url ?? null, format);
  const rows = owner?.url == null ? booksOfFolder(folder) : await booksOfServer(folder, owner.url);
  process.stdout.write(format === 'ndjson' ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : booksTable(rows));
  const wrong = rows.filter((row) => !row.balanced).length;
  if (wrong === 0) return EXIT.done;
  process.stderr.write(`weir: ${wrong} minutes do not add up; weir verify --data ${folder} says where\n`);
  return EXIT.failed;
}

function booksOfFolder(folder: string): BooksRow[] {
  const books = new Books();
  advanceBooks(books, new JournalReader(`${folder}/journal`));
  books.expire(new Expirations(`${folder}/chain`).changed() ?? []);
  books.ended();
  const wrong = new Set(books.imbalances(Number.POSITIVE_INFINITY).map(({ account }) => account));
  return books.accounts().map((account) => ({
    tenant: account.tenant,
    source: account.source,
    minute: new Date(account.minute * 60_000).toISOString(),
    received: account.received,
    stored: account.stored,
    filtered: account.filtered,
    dead_lettered: account.dead,
    expired: account.expired,
    balanced: !wrong.has(account),
  }));
}

async function booksOfServer(folder: string, url: string): Promise<BooksRow[]> {
  const rows = await serverPages<Omit<BooksRow, 'tenant'>>(folder, url, '/v1/books');
  return rows.map((row) => ({ tenant: TENANT, ...row }));
}

/** What each rule has seen. */
export interface LedgerRow {
  readonly rule: string;
  readonly title: string | null;
  readonly evaluated: number;
  /** RFC 3339. */
  readonly seen_until: string | null;
  readonly not_evaluated: readonly { from: number; to: number; events: number; reason: string }[];
}

async function ledgerCommand(folder: string, url: string | null, format: (typeof FORMATS)[number]): Promise<number> {
  const rows = url === null ? ledgerOfFolder(folder) : await serverPages<LedgerRow>(folder, url, '/v1/books/ledger');
  process.stdout.write(format === 'ndjson' ? rows.map((row) => `${JSON.stringify(row)}\n`).join('') : ledgerText(rows));
  return EXIT.done;
}

function ledgerOfFolder(folder: string): LedgerRow[] {
  const found = rulesOfFolder(folder, TENANT, new JournalReader(`${folder}/journal`));
  return (found?.ledger ?? []).map(({ seenUntil, notEvaluated, ...line }) => ({
    ...line,
    seen_until: seenUntil === null ? null : new Date(seenUntil).toISOString(),
    not_evaluated: [...notEvaluated],
  }));
}

/** A rule a line; below it what it has not seen, and why. */
export function ledgerText(rows: readonly LedgerRow[]): string {
  const lines = rows.flatMap(({ rule, title, evaluated, seen_until, not_evaluated }) => {
    const seen =
      seen_until === null ? 'has seen no event' : `has seen every event up to ${seen_until}, ${evaluated} in all`;
    const gaps = not_evaluated.map(({ from, to, events, reason }) => {
      return `  but for ${events} ${events === 1 ? 'event' : 'events'} from position ${from} to ${to - 1}: ${reason.replaceAll('_', ' ')}`;
    });
    return [`${printable(title ?? rule)} ${seen}`, ...gaps];
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Columns of one width, sums at the foot. */
export function booksTable(rows: readonly BooksRow[]): string {
  const head = ['minute', 'tenant', 'source', 'received', 'stored', 'filtered', 'dead', 'expired', ''];
  const cells = rows.map((row) => [
    row.minute.slice(0, 16),
    row.tenant,
    row.source,
    ...[row.received, row.stored, row.filtered, row.dead_lettered, row.expired].map(String),
    row.balanced ? '' : 'DOES NOT ADD UP',
  ]);
  const sums = [3, 4, 5, 6, 7].map((i) => String(cells.reduce((sum, row) => sum + Number(row[i]), 0)));
  const all = [head, ...cells, ['all', '', '', ...sums, '']];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i >= 3 && i <= 7 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  return `${all.map(line).join('\n')}\n`;
}
