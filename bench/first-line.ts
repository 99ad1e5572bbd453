/** Runs a command under this machine's Node and prints the seconds until its first line of output. */
import { spawn } from 'node:child_process';

const started = performance.now();
const child = spawn('node', process.argv.slice(2), { stdio: ['ignore', 'pipe', 'inherit'] });
child.stdout.once('data', () => {
  process.stdout.write(String((performance.now() - started) / 1000));
  child.kill();
});
child.once('exit', (code) => {
  if (code !== null && code > 3) process.exitCode = 1;
});
