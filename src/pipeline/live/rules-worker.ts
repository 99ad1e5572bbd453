/** A thread that loads and compiles rules, hands them over and ends: events are taken meanwhile. */
import { parentPort, workerData } from 'node:worker_threads';
import { type ToldError, WeirError } from '../../base/index.ts';
import type { RuleVersion } from '../../store/index.ts';
import { type PrepareOptions, prepareRules } from '../prepare.ts';
import { listRuleFiles, readRuleFiles } from '../rule-files.ts';
import { type LiveRules, liveRules } from './rule-set.ts';

export type FromRules =
  | { readonly kind: 'rules'; readonly rules: LiveRules; readonly texts: readonly RuleVersion[] }
  | ({ readonly kind: 'failed' } & ToldError);

const port = parentPort;
if (port === null) throw new Error('rules-worker.ts runs as a worker thread');

const answer = (message: FromRules): void => port.postMessage(message);

try {
  const options = workerData as PrepareOptions;
  const prepared = await prepareRules(options);
  const files = new Map<string, string>();
  for await (const { path, text } of readRuleFiles(listRuleFiles(options.paths).files, () => {})) files.set(path, text);
  const rules = liveRules(prepared, options.leftOut);
  const texts = [...rules.detections, ...rules.correlations].map(({ id, version, level, title, path }) => {
    return { id, version, level, title, text: files.get(path) ?? '' };
  });
  answer({ kind: 'rules', rules, texts });
} catch (error) {
  if (!(error instanceof WeirError)) throw error;
  answer({ kind: 'failed', code: error.code, message: error.message, hint: error.hint });
}
