/** A thread that loads and compiles rules, hands them over and ends: events are taken meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { WeirError } from '../../base/index.ts';
import { type PrepareOptions, prepareRules } from '../prepare.ts';
import { type LiveRules, liveRules } from './rule-set.ts';

export type FromRules =
  | { readonly kind: 'rules'; readonly rules: LiveRules; readonly cached: boolean }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint: string | undefined };

const port = parentPort;
if (port === null) throw new Error('rules-worker.ts runs as a worker thread');

const answer = (message: FromRules): void => port.postMessage(message);

try {
  const prepared = await prepareRules(workerData as PrepareOptions);
  answer({ kind: 'rules', rules: liveRules(prepared), cached: prepared.cached });
} catch (error) {
  if (!(error instanceof WeirError)) throw error;
  answer({ kind: 'failed', code: error.code, message: error.message, hint: error.hint });
}
