/**
 * Runs a program as if it were this process: same streams, same signals, same exit status, same life.
 * Node 20.19 syntax.
 */
import { spawn } from 'node:child_process';
import os from 'node:os';
import { findNode24 } from './find-node24.js';

const FORWARDED = ['SIGTERM', 'SIGINT', 'SIGHUP'];
const COULD_NOT_DO_IT = 1;

/**
 * Runs a script under Node 24 and ends this process with its status: its exit code, or 128 + the signal's number as a
 * shell has it. The program gets one end of a pipe whose other end closes when this process dies, even by kill -9
 * (src/base/launcher-watch.ts watches it).
 * No flag of V8 is given here: src/base/v8.ts sets those.
 * `env` adds environment variables that are not set already; `killed` is told to the user when a signal ends the program
 * before it can say anything itself.
 */
export function runUnderNode24(args, env = {}, killed = '') {
  let node;
  try {
    node = findNode24();
  } catch (error) {
    process.stderr.write(`weir: ${error.message}\n`);
    process.exit(COULD_NOT_DO_IT);
  }
  let child;
  // From here on, so that none comes between: what the program does not hear of, it cannot label.
  for (const signal of FORWARDED) process.on(signal, () => child.kill(signal));
  child = spawn(node, ['--no-warnings', ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...env, ...process.env, WEIR_LAUNCHER_PID: String(process.pid) },
  });
  child.on('error', (error) => {
    process.stderr.write(`weir: cannot run ${node}: ${error.message}\n`);
    process.exit(COULD_NOT_DO_IT);
  });
  // The pipe carries nothing; an error on it only means that the program has closed its end.
  child.stdio[3].on('error', () => {});
  child.on('exit', (code, signal) => {
    if (signal !== null) process.stderr.write(killed);
    process.exit(code ?? 128 + os.constants.signals[signal]);
  });
}
