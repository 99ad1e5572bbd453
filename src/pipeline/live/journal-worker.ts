import { parentPort } from 'node:worker_threads';
import { JournalThread } from './journal-thread.ts';
import { realMachine } from './real-machine.ts';

if (parentPort === null) throw new Error('journal-worker.ts runs as a worker thread');
new JournalThread(parentPort, realMachine);
