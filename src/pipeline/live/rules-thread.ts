/** Rules are read and compiled on a thread of their own, which then ends: events are taken meanwhile. */
import { errorOf, WeirError } from '../../base/index.ts';
import type { PrepareOptions } from '../prepare.ts';
import { workerOf } from './real-machine.ts';
import type { FromRules } from './rules-worker.ts';

type Loaded = Extract<FromRules, { kind: 'rules' }>;

/** Throws what is wrong with them. */
export async function rulesFrom(options: PrepareOptions): Promise<Loaded> {
  const worker = workerOf('rules-worker', options);
  return new Promise<Loaded>((resolve, reject) => {
    worker.on('message', (message: FromRules) => {
      if (message.kind === 'rules') resolve(message);
      else reject(errorOf(message));
    });
    worker.on('error', reject);
    worker.on('exit', () =>
      reject(new WeirError('rules.failed', 'the thread that loads rules ended before it was done')),
    );
  });
}
