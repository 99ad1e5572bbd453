#!/usr/bin/env node
/** The `weir` command. Node 20.19 syntax: finds Node 24 and runs the program under it. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { runUnderNode24 } from './run.js';

const entry = process.env.WEIR_DEV === '1' ? '../src/cli/main.ts' : '../dist/cli/main.js';
const main = fileURLToPath(new URL(entry, import.meta.url));
// Here Node keeps what V8 made of the modules: loading them again takes a third of the time. It is the user's own folder,
// since code in a shared one could be another user's. Coverage is exact only without it.
const cache = path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'weir', 'node');
const env = process.env.NODE_V8_COVERAGE === undefined ? { NODE_COMPILE_CACHE: cache } : {};

// glibc gives every thread a heap of its own, and what one frees another does not get: with two the server holds 70 MB less.
if (process.argv[2] === 'up') env.MALLOC_ARENA_MAX = process.env.MALLOC_ARENA_MAX ?? '2';

// The label of src/cli/output/summary.ts, for a scan that could not print it: stopped before it began, or killed.
const partial = 'PARTIAL RESULT: stopped before all input was read; hits may be missing.\n';
const killed = ['scan', 'demo'].includes(process.argv[2]) ? partial : '';

if (fs.existsSync(main)) runUnderNode24([main, ...process.argv.slice(2)], env, killed);
else {
  process.stderr.write(`weir: ${main} is missing. Run "npm ci" or "npm run build" in weir's folder first.\n`);
  process.exitCode = 1;
}
