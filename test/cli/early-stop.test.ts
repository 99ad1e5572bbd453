/** A scan that is asked to stop before it has begun still says that its result is partial. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Summary } from '../../src/pipeline/index.ts';
import { ended, RULE, scratch, startWeir } from './run.ts';

const skip = process.platform === 'linux' ? false : 'needs /proc to see when a process listens to signals';
const timeout = 60_000;
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** Sends SIGINT when the command's module is being loaded. */
const AT_LOAD = `data:text/javascript,import { registerHooks } from 'node:module';
registerHooks({ load(url, context, next) {
  if (url.endsWith('/commands/scan.ts')) process.kill(process.pid, 'SIGINT');
  return next(url, context);
} });`;

/** Waits until a process handles SIGHUP, the last of the signals the launcher begins to listen to. */
async function listens({ pid }: ChildProcess): Promise<void> {
  for (;;) {
    const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    if ((BigInt(`0x${caught}`) & 1n) === 1n) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

test('the launcher labels a scan that could not do so itself', { skip, timeout }, async () => {
  const child = startWeir(['scan', '-']);
  const done = ended(child);
  await listens(child);
  child.kill('SIGTERM');
  const { status, stderr } = await done;
  assert.equal(status, 143);
  assert.match(stderr, /^PARTIAL RESULT: stopped before all input was read; hits may be missing\.\n/);
});

test('a signal that comes before the command is loaded gives a partial result and its summary', {
  timeout,
}, async (t) => {
  const { folder, write } = scratch(t);
  const summary = path.join(folder, 's.json');
  const rules = write('r.yml', RULE);
  const args = ['--import', AT_LOAD, MAIN, 'scan', '-', '--rules', rules, '--summary', summary];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  t.after(() => child.kill('SIGKILL'));
  const { status, stderr } = await ended(child);
  assert.equal(status, 130);
  assert.equal(stderr.split('PARTIAL RESULT: ').length, 2, stderr);
  const { complete, events } = JSON.parse(fs.readFileSync(summary, 'utf8')) as Summary;
  assert.deepEqual([complete, events], [false, 0]);
});
