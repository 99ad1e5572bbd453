/** `weir books`: what came, and what became of it. */
import { folderOwner, WeirError } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import { readCredentials } from '../../meta/index.ts';
import { advanceBooks, Books } from '../../pipeline/index.ts';
import { EXIT, oneOf } from '../failure.ts';
import { demandDataFolder } from '../places.ts';

export interface BooksFlags {
  readonly data?: string;
  readonly format?: string;
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

export async function booksCommand(flags: BooksFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const format = oneOf('--format', flags.format ?? (process.stdout.isTTY ? 'table' : 'ndjson'), FORMATS);
  demandDataFolder(folder);
  const owner = folderOwner(folder);
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
  const credentials = readCredentials(folder);
  if (credentials === null) {
    throw new WeirError('cli.credentials', `${folder} is served at ${url}, and its credentials.json is not there`, {
      hint: 'Ask the server itself: GET /v1/books with a key that may read.',
    });
  }
  const rows: BooksRow[] = [];
  for (let after: string | null = null; ; ) {
    const query = `limit=1000${after === null ? '' : `&after=${after}`}`;
    const answer = await fetch(`${url}/v1/books?${query}`, {
      headers: { authorization: `Bearer ${credentials.admin_key}` },
    });
    if (!answer.ok) throw new WeirError('cli.server', `${url} answered ${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as { items: Omit<BooksRow, 'tenant'>[]; next: string | null };
    rows.push(...page.items.map((row) => ({ tenant: 'default', ...row })));
    if (page.next === null) return rows;
    after = page.next;
  }
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
