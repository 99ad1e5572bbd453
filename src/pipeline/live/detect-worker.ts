import { parentPort } from 'node:worker_threads';
import { Detections } from '../../store/index.ts';
import { DetectThread } from './detect-thread.ts';
import { realMachine } from './real-machine.ts';

if (parentPort === null) throw new Error('detect-worker.ts runs as a worker thread');
new DetectThread(parentPort, realMachine, (folder) => new Detections(`${folder}/detect.db`));
