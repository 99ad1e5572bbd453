/** Real servers for tests: installed from Debian's packages (`.ci/run` does), started in a folder of their own on loopback, ended with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

export interface Service {
  readonly url: string;
  /** Ends it; what it has written stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

export interface ServiceOptions {
  /** Of the program, and of the Debian package that has it. */
  readonly program: string;
  readonly package: string;
  /** Arguments, given its folder and two free ports. */
  arguments(folder: string, port: number, other: number): readonly string[];
  /** Answered with 2xx as soon as it can be used. */
  readonly ready: string;
}

/** Why a service cannot be had here; false where it can. To be a test's `skip`. */
export function missing({ program, package: name }: ServiceOptions): string | false {
  const found = spawnSync('sh', ['-c', `command -v ${program}`], { env: environment() }).status === 0;
  return found ? false : `${program} is not installed: apt-get install ${name}`;
}

/** Debian keeps some of them where only root's path leads. */
const environment = () => ({ ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` });

export async function openService(options: ServiceOptions): Promise<Service> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `weir-${options.program}-`));
  const [port, other] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const start = async (): Promise<void> => {
    const log = fs.openSync(path.join(folder, 'log'), 'a');
    const given = options.arguments(folder, port, other);
    child = spawn(options.program, given, { stdio: ['ignore', log, log], env: environment() });
    fs.closeSync(log);
    for (let tries = 0; tries < 200; tries++) {
      if (await answers(url + options.ready)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(
      `${options.program} did not start: ${fs.readFileSync(path.join(folder, 'log'), 'utf8').slice(-2000)}`,
    );
  };
  const stop = async (): Promise<void> => {
    const running = child;
    child = null;
    if (running === null || running.exitCode !== null) return;
    const ended = new Promise((resolve) => running.once('exit', resolve));
    running.kill('SIGTERM');
    await ended;
  };
  await start();
  const close = async (): Promise<void> => {
    await stop();
    fs.rmSync(folder, { recursive: true, force: true });
  };
  return { url, start, stop, close };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
