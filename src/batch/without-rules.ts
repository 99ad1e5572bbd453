/** A kernel for what needs no rules. */
import { Kernel, loadKernelModule } from './kernel.ts';

const nothing = (): never => {
  throw new Error('a kernel without rules was to evaluate something');
};

/** A kernel that evaluates nothing: it scans, opens frames, gathers and finds. @param inputBytes of one piece of lines */
export function kernelWithoutRules(inputBytes: number, module: WebAssembly.Module = loadKernelModule()): Kernel {
  return new Kernel(module, { fold: nothing, residual: nothing, shape: nothing, plan: nothing }, inputBytes);
}
