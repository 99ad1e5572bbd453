/** Has rules loaded and compiled by a thread of their own. */
import { Worker } from 'node:worker_threads';
import { WeirError } from '../../base/index.ts';
import type { PrepareOptions } from '../prepare.ts';
import type { FromRules } from './rules-worker.ts';

type Loaded = Extract<FromRules, { kind: 'rules' }>;

/** Throws what refuses the rules as a whole, and `rules.failed` where the thread ended early. */
export async function rulesFrom(options: PrepareOptions): Promise<Loaded> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const worker = new Worker(new URL(`./rules-worker.${extension}`, import.meta.url), { workerData: options });
  return new Promise<Loaded>((resolve, reject) => {
    worker.on('message', (message: FromRules) => {
      if (message.kind === 'rules') resolve(message);
      else {
        const { code, message: text, hint } = message;
        reject(new WeirError(code, text, hint === undefined ? {} : { hint }));
      }
    });
    worker.on('error', reject);
    worker.on('exit', () =>
      reject(new WeirError('rules.failed', 'the thread that loads rules ended before it was done')),
    );
  });
}
