/** A thread that merges segments, so that whoever asks for the newest events does not wait for that. */
import { parentPort } from 'node:worker_threads';
import { realFiles, WeirError } from '../../base/index.ts';
import { SegmentFiles } from '../../store/index.ts';
import { GROUP_SIZE } from './group-size.ts';
import type { FromMerger, ToMerger } from './history-messages.ts';
import { mergeFiles, SegmentMerger } from './merge.ts';

const port = parentPort;
if (port === null) throw new Error('merge-worker.ts runs as a worker thread');

const merger = new SegmentMerger(GROUP_SIZE);
port.on('message', ({ folder, inputs, level, zstd }: ToMerger) => {
  let told: FromMerger;
  try {
    const segment = mergeFiles(merger, new SegmentFiles(realFiles, folder), inputs, level, zstd);
    told = { kind: 'merged', segment };
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    told = { kind: 'failed', message: error.message };
  }
  port.postMessage(told);
});
