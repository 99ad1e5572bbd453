#!/usr/bin/env node
/** The `weir` command. Node 20.19 syntax: finds Node 24 and runs the program under it. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runUnderNode24 } from './run.js';

const entry = process.env.WEIR_DEV === '1' ? '../src/cli/main.ts' : '../dist/cli/main.js';
const main = fileURLToPath(new URL(entry, import.meta.url));
if (fs.existsSync(main)) runUnderNode24([main, ...process.argv.slice(2)]);
else {
  process.stderr.write(`weir: ${main} is missing. Run "npm ci" or "npm run build" in weir's folder first.\n`);
  process.exitCode = 1;
}
