/** A thread that holds a file of the journal against the segments, and writes what is to be left of it. */
import { parentPort } from 'node:worker_threads';
import { WeirError } from '../../base/index.ts';
import type { FromReleaser } from './history-messages.ts';
import { type ReleaseWork, writeRelease } from './release.ts';

const port = parentPort;
if (port === null) throw new Error('release-worker.ts runs as a worker thread');

port.on('message', (work: ReleaseWork) => {
  let told: FromReleaser;
  try {
    told = { kind: 'written', entry: writeRelease(work) };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    told = { kind: 'failed', message: error.message };
  }
  port.postMessage(told);
});
