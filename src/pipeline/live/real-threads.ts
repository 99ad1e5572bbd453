/** The threads of the machine itself. */
import { compileKernelModule } from '../../batch/index.ts';
import type { Threads } from './node-options.ts';
import { SMALL_HEAP, STEADY_HEAP, workerOf } from './real-machine.ts';
import { loadRuleSet } from './rule-sets.ts';

export const realThreads: Threads = {
  thread: (name) => workerOf(`${name}-worker`, undefined, name === 'door' ? SMALL_HEAP : STEADY_HEAP),
  compileKernel: compileKernelModule,
  loadRuleSet,
};
