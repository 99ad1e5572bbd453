/** `weir scan`: options checked and completed, then the run. */
import { releaseStopSignals } from '../../base/index.ts';
import { EVENT_FORMATS } from '../../formats/index.ts';
import { EXIT, oneOf, usageError } from '../failure.ts';
import { LEVELS } from '../levels.ts';
import { OUTPUT_NAMES, outputFor } from '../output/formats.ts';
import { cacheFolder, shippedRules, threadsDefault } from '../places.ts';
import { type FindOptions, type RunOptions, requireRules, runScan } from '../run.ts';
import { terminalOf } from '../terminal/terminal.ts';

export interface FindFlags {
  readonly rules?: readonly string[];
  readonly pipeline?: readonly string[];
  readonly minLevel?: string;
  readonly format?: string;
  readonly out?: string;
  readonly summary?: string;
  readonly explain?: boolean;
  readonly failOn?: string;
  readonly threads?: string;
  /** Commander's name for `--no-cache`. */
  readonly cache?: boolean;
}

export interface ScanFlags extends FindFlags {
  readonly inputFormat?: string;
  readonly recover?: boolean;
  readonly whyNot?: string;
}

const THREADS_LIMIT = 256;

function threadsOf(text: string | undefined): number {
  if (text === undefined) return threadsDefault();
  const threads = /^\d+$/.test(text) ? Number(text) : 0;
  if (threads < 1 || threads > THREADS_LIMIT) {
    throw usageError(`--threads: '${text}' is no number of threads`, `Give a whole number from 1 to ${THREADS_LIMIT}.`);
  }
  return threads;
}

const level = (option: string, text: string | undefined) =>
  text === undefined ? undefined : oneOf(option, text, LEVELS);

/** Checks flags; throws a usage error for what cannot be meant. */
export function runOptions(paths: readonly string[], flags: ScanFlags): RunOptions {
  const inputFormat =
    flags.inputFormat === undefined ? undefined : oneOf('--input-format', flags.inputFormat, EVENT_FORMATS);
  return { ...findOptions(paths, flags), inputFormat, recover: flags.recover ?? false };
}

/** The same of flags that every command has which runs rules. */
export function findOptions(paths: readonly string[], flags: FindFlags): FindOptions {
  const { env, platform } = process;
  const stdout = terminalOf(process.stdout, env, platform);
  const format =
    flags.format === undefined ? outputFor(flags.out, stdout.isTty) : oneOf('--format', flags.format, OUTPUT_NAMES);
  if (format === 'html' && flags.out === undefined && stdout.isTty) {
    throw usageError('--format html would fill the terminal with a web page', 'Add --out report.html.');
  }
  return {
    paths,
    rules: flags.rules ?? [shippedRules()],
    pipelines: flags.pipeline ?? [],
    format,
    out: flags.out === '-' ? undefined : flags.out,
    summary: flags.summary,
    minLevel: level('--min-level', flags.minLevel),
    failOn: level('--fail-on', flags.failOn),
    threads: threadsOf(flags.threads),
    explain: flags.explain ?? false,
    cache: flags.cache === false ? null : cacheFolder(env),
    stdout,
    stderr: terminalOf(process.stderr, env, platform),
  };
}

export async function scanCommand(paths: readonly string[], flags: ScanFlags): Promise<number> {
  if (paths.length === 0) throw usageError('nothing to scan', "Name files or folders, or '-' for standard input.");
  if (flags.whyNot !== undefined) {
    releaseStopSignals();
    const { whyNotCommand } = await import('./whyNot.ts');
    return whyNotCommand(flags.whyNot, paths, flags);
  }
  const result = await runScan(runOptions(paths, flags));
  // With --min-level there may be rules, all below it.
  const succeeded = result.status === EXIT.done || result.status === EXIT.unread;
  if (succeeded && flags.minLevel === undefined) requireRules(result, flags.rules ?? [shippedRules()]);
  return result.status;
}
