/** The thread that writes the audit ledger: it syncs to disk, and nobody who asks should wait for that. */
import { parentPort, workerData } from 'node:worker_threads';
import { elapsedMs, every, WeirError } from '../../base/index.ts';
import { AUDIT_LEDGER, type AuditRecord, Ledger } from '../../journal/index.ts';
import type { FromTrail, ToTrail, TrailSetup } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('trail-worker.ts runs as a worker thread');
const tell = (message: FromTrail): void => port.postMessage(message);

/** So long calls gather for one line and one sync. */
const GATHER_MS = 200;
const RETRY_MS = 5000;
const LINE_RECORDS = 100;
/** Kept while the disk takes nothing; further ones are counted. */
const WAITING_MAX = 10_000;

const { chain, keyPath, log } = workerData as TrailSetup;
let ledger: Ledger | null = null;
let waiting: AuditRecord[] = [];
let lost = 0;
let failedAtMs: number | null = null;

function write(): void {
  if (waiting.length === 0) return;
  try {
    ledger ??= Ledger.open(chain, log, {
      ...{ name: AUDIT_LEDGER, onEntry: () => {} },
      ...(keyPath === null ? {} : { keyPath }),
    });
    while (waiting.length > 0) {
      const records = waiting.slice(0, LINE_RECORDS);
      ledger.append({ kind: 'audit', lost, records });
      waiting = waiting.slice(records.length);
      lost = 0;
    }
    if (failedAtMs !== null) tell({ kind: 'state', failed: null, lost });
    failedAtMs = null;
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    ledger?.close();
    ledger = null;
    failedAtMs = elapsedMs();
    tell({ kind: 'state', failed: error.message, lost });
  }
}

const stop = every(GATHER_MS, () => {
  if (failedAtMs === null || elapsedMs() - failedAtMs >= RETRY_MS) write();
});

port.on('message', (message: ToTrail) => {
  if (message.kind === 'records') {
    const room = WAITING_MAX - waiting.length;
    waiting.push(...message.records.slice(0, room));
    lost += Math.max(0, message.records.length - room);
    return;
  }
  write();
  if (message.kind === 'close') {
    stop();
    ledger?.close();
  }
  tell({ kind: 'done', call: message.call });
});
