/** The thread of the notifiers: they sync to disk twice a delivery, and nobody else should wait for that. */
import { parentPort, workerData } from 'node:worker_threads';
import { Notifiers } from '../../alerts/index.ts';
import { every, sleep, WeirError } from '../../base/index.ts';
import { openDetectionsReader } from '../../store/index.ts';
import type { FromNotify, NotifySetup, ToNotify } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('notify-worker.ts runs as a worker thread');

const tell = (message: FromNotify): void => port.postMessage(message);
const STATUS_MS = 1000;
const FLUSH_MS = 20;

try {
  const { folder, configs } = workerData as NotifySetup;
  const reader = openDetectionsReader(`${folder}/detect.db`);
  const notifiers = new Notifiers({ path: `${folder}/notify.db`, feed: reader.hits, configs });
  const report = (): void => tell({ kind: 'status', status: notifiers.status() });
  // A mistake of ours ends the thread, and the main thread says so.
  notifiers.start().catch((error: unknown) => {
    throw error;
  });
  const stopReports = every(STATUS_MS, report);
  report();
  /** A receiver that fails is not waited for: it gets its hits from the next process. */
  const flush = async (): Promise<void> => {
    const last = reader.hits.sequence();
    notifiers.wake();
    while (notifiers.status().some(({ cursor, error }) => cursor < last && error === null)) await sleep(FLUSH_MS);
    report();
    tell({ kind: 'flushed' });
  };
  port.on('message', (message: ToNotify) => {
    if (message.kind === 'wake') notifiers.wake();
    else if (message.kind === 'flush') void flush();
    else {
      stopReports();
      void notifiers.stop().then(() => {
        reader.close();
        port.close();
      });
    }
  });
} catch (error) {
  if (!(error instanceof WeirError)) throw error;
  tell({ kind: 'failed', code: error.code, message: error.message, hint: error.hint });
}
