/**
 * The journal thread, the only one that writes it. What waits when a group is done is the next group, so groups grow with load
 * and with the disk's slowness, and a lone request waits for nobody.
 */
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { elapsedMs, limits, WeirError } from '../../base/index.ts';
import { Journal, Ledger, type Unit } from '../../journal/index.ts';
import type { AppendUnit, DurableUnits, FromJournal, JournalOptions, Refused, ToJournal } from './messages.ts';
import { type DurableUnit, frameHead } from './types.ts';

const main = parentPort;
if (main === null) throw new Error('journal-worker.ts runs as a worker thread');

const tell = (message: FromJournal): void => main.postMessage(message);

interface Open {
  readonly journal: Journal;
  readonly options: JournalOptions;
  readonly doors: readonly MessagePort[];
  readonly detect: MessagePort;
}

let open: Open | null = null;
/** Null until it is opened, and after the disk was full. */
let ledger: Ledger | null = null;
let group: AppendUnit[] = [];
let groupBytes = 0;
let scheduled = false;

function bytesOf({ draft }: AppendUnit): number {
  return draft.entries.reduce((sum, { payload }) => sum + payload.byteLength, 0);
}

function add(unit: AppendUnit): void {
  group.push(unit);
  groupBytes += bytesOf(unit);
  if (scheduled) return;
  scheduled = true;
  setImmediate(commit);
}

/** What else waits in the ports, one of each in turn, so that no door waits for another's backlog. */
function drain({ doors }: Open): void {
  for (let found = true; found && groupBytes < limits.journalGatherBytes; ) {
    found = false;
    for (const door of doors) {
      const next = receiveMessageOnPort(door) as { message: AppendUnit } | undefined;
      if (next === undefined) continue;
      found = true;
      group.push(next.message);
      groupBytes += bytesOf(next.message);
    }
  }
}

function commit(): void {
  scheduled = false;
  if (open === null || group.length === 0) return;
  drain(open);
  const units = group;
  const bytes = groupBytes;
  group = [];
  groupBytes = 0;
  const from = elapsedMs();
  let firsts: readonly number[];
  try {
    firsts = open.journal.appendGroup(units.map(unitOf));
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    failed(error, units);
    return;
  }
  const durable: DurableUnit[] = units.map(({ draft, control, evaluating }, i) => ({
    unit: draft.unit,
    first: firsts[i],
    entries: draft.entries.map(({ kind, rows, payload }) => ({
      kind,
      rows,
      latest: kind === 'events' ? frameHead(payload).latest : null,
    })),
    receivedAt: draft.receivedAt,
    tenant: draft.receipt?.tenant ?? '',
    source: draft.receipt?.source ?? '',
    door: draft.receipt?.door ?? '',
    control,
    evaluating,
  }));
  tell({
    kind: 'durable',
    units: durable.flatMap(({ unit, first }) => [unit, first]),
    next: open.journal.next,
    bytes,
    syncMs: elapsedMs() - from,
  });
  const message: DurableUnits = { units: durable };
  open.detect.postMessage(message);
  // Answers go out while HEAD is written: it may lag behind by a group.
  unlessFull(() => open?.journal.writeHead());
  sign(open, open.journal.closedUpTo);
}

/** Signs the journal up to a position: files that were closed, and at a clean stop the last one. */
function sign({ journal, options }: Open, upTo: number): void {
  if (ledger !== null && ledger.upTo >= upTo) return;
  unlessFull(() => {
    const { chain, keyPath } = options;
    ledger ??= Ledger.open(chain, journal.log, keyPath === null ? {} : { keyPath });
    try {
      ledger.seal(journal, upTo);
    } catch (error) {
      ledger.close();
      ledger = null;
      throw error;
    }
    tell({ kind: 'signed', upTo: ledger.upTo, head: ledger.head });
  });
}

/** What can wait while the disk is full is done after a later group. */
function unlessFull(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    if (error.code !== 'disk.full') broken(error);
  }
}

function broken({ code, message, hint }: WeirError): void {
  tell({ kind: 'broken', code, message, hint });
}

function unitOf({ draft }: AppendUnit): Unit {
  const last = draft.entries.length - 1;
  return draft.entries.map(({ kind, payload }, i) => ({
    kind,
    receivedAt: draft.receivedAt,
    receipt: i === last && draft.receipt !== null ? JSON.stringify(draft.receipt) : null,
    payload: new Uint8Array(payload),
  }));
}

function failed(error: WeirError, units: readonly AppendUnit[]): void {
  const { code, message, hint } = error;
  if (code === 'disk.full' || code === 'journal.full') {
    const refused: Refused[] = units.map(({ draft }) => ({ unit: draft.unit, code, message, hint }));
    tell({ kind: 'refused', refused });
    return;
  }
  broken(error);
}

function start(options: JournalOptions, doors: readonly MessagePort[], detect: MessagePort): void {
  const journal = Journal.open(options.folder, {
    ...(options.segmentBytes === null ? {} : { segmentBytes: options.segmentBytes }),
    ...(options.bytesMax === null ? {} : { maxBytes: options.bytesMax }),
  });
  open = { journal, options, doors, detect };
  for (const door of doors) door.on('message', add);
  sign(open, journal.closedUpTo);
  tell({ kind: 'opened', opened: { log: journal.log, next: journal.next, recovery: journal.recovery } });
}

main.on('message', (message: ToJournal) => {
  try {
    if (message.kind === 'open') start(message.options, message.doors, message.detect);
    else if (message.kind === 'append') add(message.unit);
    else {
      if (open !== null) {
        for (const door of open.doors) door.close();
        while (group.length > 0) commit();
        unlessFull(() => open?.journal.writeHead());
        sign(open, open.journal.next);
        ledger?.close();
        open.journal.close();
      }
      tell({ kind: 'closed' });
      main.close();
    }
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    broken(error);
  }
});
