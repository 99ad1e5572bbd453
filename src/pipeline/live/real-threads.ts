/** The threads of the machine itself. */
import { compileKernelModule } from '../../batch/index.ts';
import type { Threads } from './node-options.ts';
import { workerOf, YOUNG_HEAP_MB } from './real-machine.ts';
import { loadRuleSet } from './rule-sets.ts';

export const realThreads: Threads = {
  thread: (name) => workerOf(`${name}-worker`, undefined, YOUNG_HEAP_MB),
  compileKernel: compileKernelModule,
  loadRuleSet,
};
