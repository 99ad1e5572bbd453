/** Runs a command under this machine's Node and prints the seconds until its first line of output. */
import { spawn } from 'node:child_process';

const started = performance.now();
const child = spawn('node', process.argv.slice(2), { stdio: ['ignore', 'pipe', 'inherit'] });
let seen = false;
child.stdout.once('data', () => {
  seen = true;
  process.stdout.write(String((performance.now() - started) / 1000));
  child.kill();
});
child.once('exit', (code) => {
  // Ended by us, it says so with its status.
  if (!seen || (code !== null && code < 128 && code > 4)) process.exitCode = 1;
});
