import { parentPort } from 'node:worker_threads';
import { Door } from './door.ts';
import { DoorThread } from './door-thread.ts';
import { NO_RULES } from './rule-set.ts';

if (parentPort === null) throw new Error('door-worker.ts runs as a worker thread');
new DoorThread(parentPort, (module) => new Door(module, NO_RULES));
