/** The workers of a hunt. */
import { programBeside } from '../../base/index.ts';
import { WorkPool } from '../pool.ts';
import type { GroupResult } from './hunter.ts';
import type { GroupJob, HunterTotals } from './messages.ts';

type Job = GroupJob & { readonly kind: 'group' };

export class HuntPool extends WorkPool<Job, GroupResult, HunterTotals> {
  constructor(threads: number, onResult: ConstructorParameters<typeof WorkPool<Job, GroupResult, HunterTotals>>[2]) {
    super(programBeside(import.meta.url, 'worker'), threads, onResult);
  }
}
