/** `weir ingest`: everything `weir scan` reads, to a running server or straight into a data folder. */
import { homedir } from 'node:os';
import path from 'node:path';
import {
  fileInfo,
  folderOwner,
  onStopSignal,
  readText,
  replaceFile,
  type StopSignal,
  WeirError,
} from '../../base/index.ts';
import { EVENT_FORMATS, eventFormat } from '../../formats/index.ts';
import { readCredentials } from '../../meta/index.ts';
import {
  type FolderTarget,
  openFolderTarget,
  openHttpTarget,
  type SendReport,
  send,
  type Target,
} from '../../pipeline/index.ts';
import { EXIT, oneOf, SIGNAL_STATUS, usageError } from '../failure.ts';
import { cacheFolder, shippedRules, threadsDefault, version } from '../places.ts';
import { printable } from '../terminal/escape.ts';
import { bytes, count, counted, duration } from '../terminal/numbers.ts';
import { progressBar } from '../terminal/progress.ts';
import { paint, type Terminal, terminalOf } from '../terminal/terminal.ts';

export interface IngestFlags {
  readonly data?: string;
  readonly url?: string;
  readonly key?: string;
  readonly cacert?: string;
  readonly source?: string;
  readonly rules?: readonly string[];
  readonly inputFormat?: string;
  readonly recover?: boolean;
  readonly again?: boolean;
  readonly inDoubt?: string;
  readonly summary?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PARTIAL = 'PARTIAL: stopped before all input was sent; run the same command again to go on.';
const SHOWN = 20;
const SOURCE = /^[A-Za-z0-9][A-Za-z0-9_.:/-]{0,127}$/;
const CERTIFICATE_BYTES_MAX = 1024 * 1024;

/** Where events go, before anything is opened. */
export type Destination =
  | {
      readonly kind: 'server';
      readonly url: string;
      readonly key: string;
      readonly ca: string | undefined;
      /** Where it is kept what was taken: beside the journal where that is known. */
      readonly memory: string;
    }
  | { readonly kind: 'folder'; readonly folder: string; readonly memory: string };

/**
 * `--url` or WEIR_URL: that server; else the server that owns the data folder, else the folder. A key may be given, and is in
 * `credentials.json` where the server is of this machine.
 */
export function destinationOf(flags: IngestFlags, environment: Environment): Destination {
  const folder = flags.data ?? (environment['WEIR_DATA'] || 'weir-data');
  // A folder that is named goes before a server that is set for all commands.
  const url = flags.url ?? (flags.data === undefined ? environment['WEIR_URL'] || undefined : undefined);
  const key = flags.key ?? (environment['WEIR_KEY'] || undefined);
  const ca = flags.cacert === undefined ? undefined : readText(flags.cacert, CERTIFICATE_BYTES_MAX);
  if (url !== undefined && flags.data !== undefined) {
    throw usageError('--url and --data name two places', 'Give the one that events are to go to.');
  }
  const memory = path.join(folder, 'ingest');
  if (url === undefined) {
    const owner = folderOwner(folder);
    if (owner?.url == null) return { kind: 'folder', folder, memory };
    const known = key ?? readCredentials(folder)?.ingest_key;
    if (known === undefined) throw noKey(owner.url);
    return { kind: 'server', url: owner.url, key: known, ca: ca ?? ownAuthority(folder), memory };
  }
  if (key === undefined) throw noKey(url);
  const state = environment['XDG_STATE_HOME'] || path.join(homedir(), '.local', 'state');
  return { kind: 'server', url, key, ca, memory: path.join(state, 'weir', 'ingest') };
}

const noKey = (url: string) =>
  usageError(`there is no key for ${url}`, 'Give one with the scope ingest in WEIR_KEY, or with --key.');

/** The certificate authority that `--tls auto` made. */
function ownAuthority(folder: string): string | undefined {
  const file = path.join(folder, 'tls', 'ca.pem');
  return fileInfo(file) === null ? undefined : readText(file, CERTIFICATE_BYTES_MAX);
}

export async function ingestCommand(paths: readonly string[], flags: IngestFlags): Promise<number> {
  if (paths.length === 0) throw usageError('nothing to ingest', "Name files or folders, or '-' for standard input.");
  if (flags.source !== undefined && !SOURCE.test(flags.source)) {
    throw usageError(`--source: '${flags.source}' is no name`, 'Letters, digits and _ . : / -, at most 128.');
  }
  const inDoubt = flags.inDoubt === undefined ? undefined : oneOf('--in-doubt', flags.inDoubt, ['send', 'skip']);
  const format =
    flags.inputFormat === undefined
      ? undefined
      : eventFormat(oneOf('--input-format', flags.inputFormat, EVENT_FORMATS));
  const destination = destinationOf(flags, process.env);
  const terminal = terminalOf(process.stderr, process.env, process.platform);
  const write = (text: string): void => void process.stderr.write(text);
  const bar = progressBar(terminal, write);
  const abort = new AbortController();
  let signalled: StopSignal | null = null;
  const restore = onStopSignal((signal, again) => {
    if (again) {
      bar.erase();
      write(`${PARTIAL}\n`);
      process.exit(SIGNAL_STATUS[signal]);
    }
    signalled = signal;
    abort.abort();
  });
  let folder: FolderTarget | null = null;
  try {
    let target: Target;
    if (destination.kind === 'server') target = await openServer(destination, abort.signal, write);
    else {
      folder = await openFolder(destination.folder, flags);
      target = folder;
    }
    bar.begin();
    const report = await send({
      paths,
      target,
      stateFolder: path.join(destination.memory, `${target.log}-${target.tenant}`),
      source: flags.source,
      format,
      recover: flags.recover ?? false,
      again: flags.again ?? false,
      inDoubt,
      signal: abort.signal,
      onProgress: (progress) => bar.update({ ...progress, hits: null }),
    });
    bar.erase();
    write(rendered(report, terminal));
    if (flags.summary !== undefined) replaceFile(flags.summary, `${JSON.stringify(summaryOf(report))}\n`);
    if (folder !== null && report.events > 0) await evaluate(folder, terminal, abort.signal, write);
    return signalled === null ? statusOf(report) : SIGNAL_STATUS[signalled];
  } catch (error) {
    // Before anything could be sent.
    if (signalled === null || !(error instanceof WeirError) || error.code !== 'send.stopped') throw error;
    write(`${PARTIAL}\n`);
    return SIGNAL_STATUS[signalled];
  } finally {
    bar.erase();
    await folder?.close();
    restore();
  }
}

function openServer(
  { url, key, ca }: Extract<Destination, { kind: 'server' }>,
  signal: AbortSignal,
  write: (text: string) => void,
): Promise<Target> {
  let told = '';
  const onWait = (why: string): void => {
    // Once for each reason, not once for each try.
    if (why !== told) write(`weir: waiting: ${printable(why)}\n`);
    told = why;
  };
  return openHttpTarget({ url, key, ca, signal, onWait });
}

function openFolder(folder: string, { rules }: IngestFlags): Promise<FolderTarget> {
  return openFolderTarget({
    folder,
    threads: threadsDefault(),
    version: version(),
    rules: rules ?? null,
    shippedRules: shippedRules(),
    cache: cacheFolder(process.env),
    // Whatever is sent fails with it.
    onBroken: () => {},
  });
}

async function evaluate(
  folder: FolderTarget,
  terminal: Terminal,
  signal: AbortSignal,
  write: (text: string) => void,
): Promise<void> {
  let shown = false;
  await folder.evaluate((done, all) => {
    if (!terminal.cursor) return;
    write(`\r\x1b[2Kevaluating: entry ${count(done)} of ${count(all)}`);
    shown = true;
  }, signal);
  if (shown) write('\r\x1b[2K');
}

function statusOf({ unparsed, dead, events, earlier }: SendReport): number {
  if (unparsed.length === 0 && dead + earlier.dead === 0) return EXIT.done;
  return events + dead + earlier.accepted + earlier.dead === 0 ? EXIT.failed : EXIT.unread;
}

function summaryOf({ events, dead, earlier, bytes, seconds, unparsed, leftOut, notes, complete }: SendReport) {
  return {
    events,
    dead_lettered: dead,
    earlier: { events: earlier.accepted, dead_lettered: earlier.dead },
    bytes,
    seconds,
    unparsed,
    left_out: leftOut,
    notes,
    complete,
  };
}

/** For people: what was kept, what was not, and why. */
export function rendered(report: SendReport, terminal: Terminal): string {
  const { events, dead, earlier, seconds } = report;
  const lines: string[] = [];
  if (!report.complete) lines.push(paint(terminal, 'high', PARTIAL));
  const rate = seconds > 0 && events > 0 ? ` (${count(events / seconds)} events/s)` : '';
  lines.push(paint(terminal, 'bold', `${counted(events, 'event')} kept`));
  lines.push(`${bytes(report.bytes)} in ${duration(seconds)}${rate}`);
  if (dead > 0) lines.push(`${counted(dead, 'line')} set aside as dead letters: no events`);
  if (earlier.accepted + earlier.dead > 0) {
    const letters = earlier.dead > 0 ? ` and ${counted(earlier.dead, 'dead letter')}` : '';
    lines.push(`${counted(earlier.accepted, 'event')}${letters} of the same inputs had been taken before`);
  }
  const unread = report.unparsed.map(
    ({ path: at, position, reason }) => `${at}${position === '' ? '' : `, ${position}`}: ${reason}`,
  );
  if (unread.length > 0) lines.push(paint(terminal, 'high', 'Not read:'), ...listed(unread));
  const leftOut = report.leftOut.map(({ path: at, reason }) => `${at}: ${reason}`);
  if (leftOut.length > 0) lines.push('Left out:', ...listed(leftOut));
  if (report.notes.length > 0) lines.push('Note:', ...listed(report.notes));
  return `${lines.join('\n')}\n`;
}

function listed(items: readonly string[]): string[] {
  const rest = items.length - SHOWN;
  const lines = items.slice(0, SHOWN).map((item) => `  ${printable(item.slice(0, 2000))}`);
  return rest > 0 ? [...lines, `  and ${count(rest)} more; --summary lists them`] : lines;
}
