/** `weir hunt`: rules over what a data folder has kept. */
import { folderOwner, lockFolder } from '../../base/index.ts';
import { JournalReader } from '../../journal/index.ts';
import {
  type FetchCopy,
  History,
  type HuntCoverage,
  type HuntOptions,
  type HuntSummary,
  hunt,
  keptSpan,
} from '../../pipeline/index.ts';
import { EXIT, usageError } from '../failure.ts';
import { demandDataFolder, shippedRules } from '../places.ts';
import { type FindOptions, type RunResult, requireRules, runFind } from '../run.ts';
import { type AskedRules, HuntServer } from '../serverHunt.ts';
import { timeOption } from '../since.ts';
import { counted } from '../terminal/numbers.ts';
import { type FindFlags, findOptions } from './scan.ts';

export interface HuntFlags extends FindFlags {
  readonly data?: string;
  readonly since?: string;
  readonly until?: string;
  readonly resume?: string;
  readonly tenant?: string;
}

/** A data folder taken to be read, and its history. */
export interface OpenHistory extends Disposable {
  readonly history: History;
  /** Everything before this position is on disk. */
  readonly end: number;
}

/** The beginning and end of time, as far as events have it; microseconds. */
const [EARLIEST, LATEST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** Throws `folder.in_use` where a server runs on it, `cli.no_data` where there is nothing. */
export function openHistory(folder: string): OpenHistory {
  demandDataFolder(folder);
  const lock = lockFolder(folder);
  try {
    const history = new History(folder, { environment: process.env });
    const { next } = new JournalReader(`${folder}/journal`).head();
    const close = (): void => {
      history.close();
      lock.release();
    };
    return { history, end: next, [Symbol.dispose]: close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Segments of the object store come to disk as they are read. */
export async function fetchedBy(history: History, file: string): ReturnType<FetchCopy> {
  const fetched = await history.cold.fetch([file]);
  return { away: fetched.away.get(file) ?? null, release: fetched.release };
}

/** The server that runs on a folder and hunts in it, for its tenant `default`; null: there is none, the folder is free. */
export function huntServer(folder: string, tenant: string): HuntServer | null {
  demandDataFolder(folder);
  const url = folderOwner(folder)?.url ?? null;
  if (url === null) return null;
  if (tenant === 'default') return new HuntServer(folder, url);
  throw usageError(
    `--tenant ${tenant}: the server at ${url} runs on ${folder}, whose key is of the tenant default`,
    `POST ${url}/v1/hunts with a key of that tenant, or stop the server.`,
  );
}

/** Microseconds, both counted. */
export function spanOf(flags: Pick<HuntFlags, 'since' | 'until'>): { readonly from: bigint; readonly to: bigint } {
  const micros = (option: string, text: string | undefined, other: bigint): bigint =>
    text === undefined ? other : BigInt(Math.round(timeOption(option, text))) * 1000n;
  return { from: micros('--since', flags.since, EARLIEST), to: micros('--until', flags.until, LATEST) };
}

export async function huntCommand(rules: readonly string[], flags: HuntFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  const { resume: file } = flags;
  const asked = `${flags.since ?? ''} ${flags.until ?? ''}`;
  const resume = file === undefined ? undefined : { file, asked };
  const span = (file === undefined ? null : keptSpan(file, asked)) ?? spanOf(flags);
  const paths = rules.length > 0 ? rules : (flags.rules ?? [shippedRules()]);
  const options = findOptions([folder], { ...flags, rules: paths });
  const tenant = flags.tenant ?? 'default';
  const server = huntServer(folder, tenant);
  if (server !== null && file !== undefined) {
    throw usageError('--resume: a server keeps by itself how far its hunts are', 'Leave it out, or stop the server.');
  }
  const result = await (server === null
    ? huntInFolder(folder, options, { tenant, span, resume })
    : huntByServer(server, options, { ...options, span }));
  const { summary } = result;
  // Of one that was stopped before it began there is nothing to say.
  if (summary.complete || summary.hunt.segments.all > 0) process.stderr.write(coverageText(summary, folder));
  const succeeded = result.status === EXIT.done || result.status === EXIT.unread;
  if (succeeded && flags.minLevel === undefined) requireRules(result, paths);
  return result.status;
}

async function huntInFolder(
  folder: string,
  options: FindOptions,
  { tenant, span, resume }: Pick<HuntOptions, 'tenant' | 'span' | 'resume'>,
): Promise<RunResult<HuntSummary>> {
  using opened = openHistory(folder);
  const { history, end } = opened;
  const view = history.view({ tenant, ...span }, end);
  using _lease = view.lease;
  return await runFind(options, (asked) =>
    hunt({ ...asked, view, tenant, span, resume, fetch: (file) => fetchedBy(history, file) }),
  );
}

function huntByServer(server: HuntServer, options: FindOptions, asked: AskedRules): Promise<RunResult<HuntSummary>> {
  return runFind(options, async (own) => {
    // Loaded here for the output; without any there is nothing to ask the server.
    if (options.minLevel === undefined) requireRules({ rules: (await own.rules).report }, options.rules);
    return server.hunt(asked, own);
  });
}

/** What was read and what was not, for people. */
export function coverageText({ hunt: coverage, events }: HuntSummary, folder: string): string {
  const lines = [...readText(coverage), ...missingText(coverage, events, folder)];
  return lines.map((line) => `${line}\n`).join('');
}

function readText({ segments, from, to }: HuntCoverage): string[] {
  const parts = [`${counted(segments.read, 'segment')} of ${segments.all} read`];
  if (segments.skipped > 0) parts.push(`${segments.skipped} skipped: nothing in them is of that time`);
  if (segments.failed > 0) parts.push(`${segments.failed} could not be read`);
  const time = from === null && to === null ? 'all of time' : `${from ?? 'the beginning'} to ${to ?? 'now'}`;
  return [`Hunted ${time}: ${parts.join(', ')}.`];
}

function missingText({ missing, from, earliest }: HuntCoverage, events: number, folder: string): string[] {
  const lines: string[] = [];
  if (missing > 0) {
    const share = Math.floor((1000 * events) / (events + missing)) / 10;
    lines.push(`${counted(missing, 'event')} could not be read: this covers ${share} % of what is kept of that time.`);
  }
  if (earliest === null) lines.push(`Nothing is kept in ${folder}.`);
  else if (from !== null && from < earliest) lines.push(`Nothing is kept from before ${earliest}.`);
  return lines;
}
