/** The thread of the metrics store: it writes, folds and sends, and nobody who counts should wait for that. */
import { parentPort, workerData } from 'node:worker_threads';
import { every, now, WeirError } from '../../base/index.ts';
import type { FromMetrics, MetricsSetup, ToMetrics } from './messages.ts';
import { openKept } from './target.ts';

const port = parentPort;
if (port === null) throw new Error('metrics-worker.ts runs as a worker thread');
const tell = (message: FromMetrics): void => port.postMessage(message);

const STATE_MS = 1000;

const kept = openKept(workerData as MetricsSetup);
let failed: string | null = null;

const stop = every(STATE_MS, () => {
  try {
    kept.tend(now());
    const state = kept.state();
    tell({ kind: 'state', state: { ...state, failed: failed ?? state.failed } });
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    tell({ kind: 'state', state: { ...kept.state(), failed: error.message } });
  }
});

async function answer(message: ToMetrics): Promise<void> {
  const { call } = message;
  try {
    if (message.kind === 'write') {
      await kept.write(message.samples, message.place);
      failed = null;
      tell({ kind: 'done', call });
    } else if (message.kind === 'places') tell({ kind: 'places', call, places: kept.places() });
    else {
      stop();
      await kept.close();
      tell({ kind: 'done', call });
    }
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    failed = error.message;
    tell({ kind: 'failed', call, message: error.message });
  }
}

// One behind the other: a place must not be kept before what came before it.
let last: Promise<void> = Promise.resolve();
port.on('message', (message: ToMetrics) => {
  last = last.then(() => answer(message));
});
