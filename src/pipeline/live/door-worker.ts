import { parentPort } from 'node:worker_threads';
import { Door } from './door.ts';
import { DoorThread } from './door-thread.ts';
import { realMachine } from './real-machine.ts';
import { noRules } from './rule-set.ts';

if (parentPort === null) throw new Error('door-worker.ts runs as a worker thread');
new DoorThread(parentPort, realMachine, (module) => new Door(module, noRules()));
