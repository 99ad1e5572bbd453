/**
 * Settings of V8 that weir rests on. They are made when first needed and not on Node's command line: Node carries its own
 * modules compiled, and V8 refuses those under any flag that was not set when they were. So the main thread loads them before
 * this is called; threads that start after it take 80 ms longer, and gain more (the last two).
 */
import { setFlagsFromString } from 'node:v8';

const FLAGS = [
  // Linear-time regular expressions: `l` as a flag of its own, and as the way out when a pattern without it backtracks too
  // much. A rule's pattern can then never hang the process.
  '--enable-experimental-regexp-engine',
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  // The kernel goes straight to V8's optimising compiler: 1.3 s against 1.9 s of CPU for a cold scan of 267 MB.
  '--no-liftoff',
  // All of it at once and on several threads: function by function it stopped each worker for 90 ms.
  '--no-wasm-lazy-compilation',
  // A scanning thread's heap of 25 MB was marked a dozen times while it grew, and code thrown away and compiled again: half of its
  // first 200 ms. Read when a thread starts.
  '--initial-old-space-size=128',
];

let ready = false;

/** To be called before a rule's expression or the kernel is compiled. Holds for all threads of the process. */
export function setUpV8(): void {
  if (ready) return;
  ready = true;
  for (const flag of FLAGS) setFlagsFromString(flag);
}

/**
 * For threads that start after it and live long: marked when they have twice what they keep, not first at 128 MB. With that, doors
 * grew to 110 MB each in a minute of full load, nearly all of it garbage, and a server to its bound of memory.
 */
export function setUpLongLived(): void {
  setUpV8();
  setFlagsFromString('--initial-old-space-size=24');
}
