/** A hunt's worker: takes row groups, answers each with what rules find there. */
import { parentPort } from 'node:worker_threads';
import { openRandom, type RandomReader, threadCpuMs, WeirError } from '../../base/index.ts';
import { openSegment, readerOfFile, type SegmentReader } from '../../store/index.ts';
import { lanesThrough } from '../lane-channel.ts';
import type { FromWorker } from '../messages.ts';
import { type GroupResult, Hunter } from './hunter.ts';
import type { HunterTotals, ToHunter } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread');

let hunter: Hunter | null = null;
let startedCpu = 0;
/** The file of the last row group; those of one file follow each other. */
let open: { readonly path: string; readonly reader: RandomReader; readonly segment: SegmentReader } | null = null;

function answer(message: FromWorker<GroupResult, HunterTotals>, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function segmentOf(path: string): SegmentReader {
  if (open?.path !== path) {
    open?.reader.close();
    open = null;
    const reader = openRandom(path);
    open = { path, reader, segment: openSegment(readerOfFile(reader)) };
  }
  return open.segment;
}

port.on('message', (message: ToHunter) => {
  if (message.kind === 'start') {
    hunter = new Hunter(message.rules, message.module, lanesThrough(message.lanes));
    startedCpu = threadCpuMs();
    answer({ kind: 'ready' });
    return;
  }
  if (hunter === null) throw new Error('a job before the rules');
  if (message.kind === 'finish') {
    open?.reader.close();
    answer({ kind: 'totals', totals: { cpuMs: threadCpuMs() - startedCpu } });
    port.close();
    return;
  }
  const { id, file, ...job } = message;
  try {
    const result = hunter.hunt({ ...job, segment: segmentOf(file) });
    const transfer = [result.lines.buffer];
    if (result.baseEvents !== null) transfer.push(result.baseEvents.bytes.buffer);
    answer({ kind: 'done', id, result }, transfer);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    answer({ kind: 'failed', id, code: error.code, message: error.message });
  }
});
