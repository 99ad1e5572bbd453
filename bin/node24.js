#!/usr/bin/env node
/** Runs a script of this repo under the Node weir itself runs with: `node bin/node24.js scripts/test.ts`. */
import { runUnderNode24 } from './run.js';

runUnderNode24(process.argv.slice(2));
