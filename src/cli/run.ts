/** One scan from options to exit status: rules, inputs, output, progress, summary, Ctrl-C. `scan` and `demo` are this. */
import path from 'node:path';
import {
  endStreams,
  type FileWriter,
  fileIdentity,
  fileInfo,
  onStopSignal,
  openWriter,
  replaceFile,
  type StopSignal,
  WeirError,
} from '../base/index.ts';
import type { RuleHead } from '../detect/index.ts';
import {
  type PreparedRules,
  type RuleReport,
  type ScanOptions,
  type Summary,
  scan,
  startRules,
} from '../pipeline/index.ts';
import { EXIT, isBrokenPipe, SIGNAL_STATUS, usageError } from './failure.ts';
import { asLevel, type Level, levelRank } from './levels.ts';
import { OUTPUTS, type OutputName } from './output/formats.ts';
import { PARTIAL, renderSummary } from './output/summary.ts';
import { readRules } from './ruleSets.ts';
import { progressBar } from './terminal/progress.ts';
import { FILE_TERMINAL, type Terminal } from './terminal/terminal.ts';

/** Of every command that runs rules and puts out what they find. */
export interface FindOptions {
  /** What is read, as outputs name it. */
  readonly paths: readonly string[];
  readonly rules: readonly string[];
  readonly pipelines: readonly string[];
  readonly format: OutputName;
  /** File for the hits; standard output without. */
  readonly out?: string | undefined;
  /** File for the summary as JSON. */
  readonly summary?: string | undefined;
  readonly minLevel?: Level | undefined;
  readonly failOn?: Level | undefined;
  readonly threads: number;
  readonly explain: boolean;
  /** Folder for compiled rules; null for none. */
  readonly cache: string | null;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

export interface RunOptions extends FindOptions {
  readonly inputFormat?: string | undefined;
  readonly recover: boolean;
}

export interface RunResult<S extends Summary = Summary> {
  readonly status: number;
  readonly summary: S;
  readonly rules: RuleReport;
}

/** What finds: a scan, or a hunt. */
export type Find<S extends Summary> = (
  asked: Pick<
    ScanOptions,
    'rules' | 'threads' | 'minLevel' | 'signal' | 'startedMs' | 'onHits' | 'onReady' | 'onProgress'
  >,
) => Promise<S>;

/** Descriptions and references of the rules, which compiled rules do not carry; by id. */
async function ruleHeads({ rules, pipelines }: FindOptions): Promise<ReadonlyMap<string, RuleHead>> {
  const { detections, correlations } = (await readRules(rules, pipelines)).rules;
  return new Map([...detections, ...correlations].map((rule) => [rule.id, rule]));
}

export function runScan(options: RunOptions): Promise<RunResult> {
  const { paths, inputFormat, recover, out, summary } = options;
  const outputs = [out, summary].filter((file) => file !== undefined);
  return runFind(options, (asked) => scan({ ...asked, paths, inputFormat, recover, outputs }));
}

/** Finds, and puts out what is found: output, progress, summary, Ctrl-C. */
export async function runFind<S extends Summary>(options: FindOptions, find: Find<S>): Promise<RunResult<S>> {
  const write = (text: string): void => {
    process.stderr.write(text);
  };
  const terminal = options.out === undefined ? options.stdout : FILE_TERMINAL;
  const abort = new AbortController();
  const stop = (): void => {
    abort.abort();
    endStreams();
  };
  let signalled: StopSignal | null = null;
  let pipeClosed = false;
  const restore = onStopSignal((signal, again) => {
    if (again) {
      bar.erase();
      write(`${PARTIAL}\n`);
      process.exit(SIGNAL_STATUS[signal]);
    }
    signalled = signal;
    stop();
  });
  requireOwnOutputs(options);
  // An output that cannot be written is known before an hour of scanning, not after.
  if (options.summary !== undefined) requireFolder(options.summary);
  const out: FileWriter = openWriter(options.out ?? '-');
  // Rows that stream to the same screen would be torn apart by a progress line.
  const streams = terminal.isTty && (options.format === 'ndjson' || options.format === 'json');
  const bar = progressBar(streams ? { ...options.stderr, cursor: false } : options.stderr, write);
  /** Writes unless nobody reads any more; then the scan stops, and that is all. */
  const guarded = async (work: () => void | Promise<void>): Promise<void> => {
    if (pipeClosed) return;
    try {
      await work();
    } catch (error) {
      if (!isBrokenPipe(error)) throw error;
      pipeClosed = true;
      stop();
    }
  };
  try {
    // A step later, so that the scan starts its threads first: they load while this thread reads the rules.
    const preparing = Promise.resolve().then(() =>
      startRules({
        paths: options.rules,
        pipelines: options.pipelines,
        minLevel: options.minLevel,
        cache: options.cache,
      }),
    );
    // The scan awaits it too; a failure before that must not count as unhandled.
    preparing.catch(() => {});
    const loaded: { rules?: PreparedRules } = {};
    const writer = async () => {
      loaded.rules = await preparing;
      return OUTPUTS[options.format]({
        out,
        terminal,
        rules: loaded.rules.report,
        paths: options.paths,
        explain: options.explain,
        ruleHeads: () => ruleHeads(options),
      });
    };
    const opened = writer();
    opened.catch(() => {});
    const summary = await find({
      rules: preparing,
      threads: options.threads,
      minLevel: options.minLevel,
      signal: abort.signal,
      onHits: async (lines) => {
        const hits = await opened;
        await guarded(() => {
          hits.hits(lines);
          out.flush();
        });
      },
      // The clock begins with the process.
      startedMs: 0,
      onReady: () => bar.begin(),
      onProgress: (progress) => bar.update(progress),
    });
    bar.erase();
    const hits = await opened;
    await guarded(() => hits.finish(summary));
    await guarded(() => out.close());
    if (options.summary !== undefined) replaceFile(options.summary, `${JSON.stringify(summary)}\n`);
    write(renderSummary(summary, options.stderr));
    const rules = (await preparing).report;
    return { status: statusOf(summary, rules, options, signalled, pipeClosed), summary, rules };
  } finally {
    bar.erase();
    restore();
  }
}

/** What is written must not be what is read: opening it for writing empties it. */
function requireOwnOutputs({ out, summary, paths, rules, pipelines }: FindOptions): void {
  // Standard output and devices such as /dev/null may well be several things at once.
  const idOf = (file: string): string | null =>
    fileInfo(file)?.kind === 'file' ? (fileIdentity(file)?.id ?? null) : null;
  const read = new Map([...paths, ...rules, ...pipelines].map((file) => [idOf(file), file]));
  for (const [option, file] of [
    ['--out', out],
    ['--summary', summary],
  ] as const) {
    const id = file === undefined ? null : idOf(file);
    const other = id === null ? undefined : read.get(id);
    if (other !== undefined) {
      throw usageError(`${option} ${file} would overwrite ${other}, which is to be read`, 'Name another file.');
    }
  }
  if (out !== undefined && summary !== undefined && path.resolve(out) === path.resolve(summary)) {
    throw usageError(`--out and --summary are both ${out}`, 'Name two files.');
  }
}

function requireFolder(file: string): void {
  const folder = path.dirname(file);
  if (fileInfo(folder)?.kind === 'directory') return;
  throw new WeirError('cli.summary', `cannot write ${file}: there is no folder ${folder}`);
}

function statusOf(
  summary: Summary,
  rules: RuleReport,
  options: FindOptions,
  signalled: StopSignal | null,
  pipeClosed: boolean,
): number {
  if (signalled !== null) return SIGNAL_STATUS[signalled];
  if (pipeClosed) return EXIT.done;
  const { failOn } = options;
  if (failOn !== undefined && hitsAtLeast(summary, rules, failOn)) return EXIT.hit;
  if (summary.unparsed.length === 0) return EXIT.done;
  return summary.events === 0 && summary.bytes === 0 ? EXIT.failed : EXIT.unread;
}

function hitsAtLeast(summary: Summary, rules: RuleReport, level: Level): boolean {
  const levels = new Map([...rules.detections, ...rules.correlations].map((rule) => [rule.id, rule.level]));
  return Object.keys(summary.hits).some((id) => levelRank(asLevel(levels.get(id) ?? '')) >= levelRank(level));
}

/** Rules there must be: a scan without any finds nothing, which must not look like nothing being there. */
export function requireRules({ rules }: Pick<RunResult, 'rules'>, paths: readonly string[]): void {
  if (rules.detections.length + rules.correlations.length > 0) return;
  throw new WeirError('cli.no_rules', `no rule was loaded from ${paths.join(', ')}: nothing could be found`, {
    hint: "Give rules with --rules; 'weir rules check PATH' says why files are not loaded.",
  });
}
