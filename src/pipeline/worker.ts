/** A scan worker: takes pieces of input, answers each with its result. */
import { parentPort } from 'node:worker_threads';
import { limits, openRandom, type RandomReader, WeirError } from '../base/index.ts';
import { lanesThrough } from './lane-channel.ts';
import type { FromWorker, Job, ToWorker } from './messages.ts';
import { type PieceResult, Scanner } from './scanner.ts';

const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread');

let scanner: Scanner | null = null;
/** The file of the last range; ranges of one file follow each other. */
let open: { path: string; reader: RandomReader } | null = null;

function answer(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function readerOf(path: string): RandomReader {
  if (open?.path !== path) {
    open?.reader.close();
    open = null;
    open = { path, reader: openRandom(path) };
  }
  return open.reader;
}

function run(scanner: Scanner, job: Job): PieceResult {
  const { kernel } = scanner.engine;
  if (job.kind === 'lines') {
    kernel.load(job.bytes);
    return scanner.scan({
      path: job.path,
      firstRecord: job.firstRecord,
      records: job.records,
      position: null,
      carved: job.carved,
    });
  }
  const size = job.to - job.from;
  const filled = readerOf(job.path).readAt(kernel.inputBuffer(size), job.from);
  kernel.begin(filled);
  return scanner.scan({ path: job.path, firstRecord: null, records: null, position: job.from, carved: false });
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'start') {
    scanner = new Scanner(message.rules, limits.readChunkBytes * 2, message.module, lanesThrough(message.lanes));
    answer({ kind: 'ready' });
    return;
  }
  if (scanner === null) throw new Error('a job before the rules');
  if (message.kind === 'finish') {
    open?.reader.close();
    answer({ kind: 'totals', totals: scanner.totals() });
    port.close();
    return;
  }
  try {
    const result = run(scanner, message);
    const transfer = [result.lines.buffer];
    if (result.baseEvents !== null) transfer.push(result.baseEvents.bytes.buffer);
    answer({ kind: 'done', id: message.id, result }, transfer);
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    answer({ kind: 'failed', id: message.id, code: error.code, message: error.message });
  }
});
