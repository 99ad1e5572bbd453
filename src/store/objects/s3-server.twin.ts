/** A real S3 server (test/services/s3.sh) over a folder of its own, for as long as a test runs. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const script = path.join(import.meta.dirname, '../../../test/services/s3.sh');
const program = execFileSync(script, ['path'], { encoding: 'utf8' }).trim();

export const noServer: string | false = existsSync(program)
  ? false
  : 'there is no S3 server: test/services/s3.sh install builds it';
export const serverKeys = { accessKeyId: 'weir', secretAccessKey: 'of-a-test' };

export interface S3Server {
  readonly endpoint: URL;
  stop(): Promise<void>;
}

/** With one bucket of this name. */
export async function startS3(folder: string, bucket: string): Promise<S3Server> {
  mkdirSync(path.join(folder, bucket), { recursive: true });
  const port = await freePort();
  const child = spawn(program, ['--port', `127.0.0.1:${port}`, 'posix', folder], {
    stdio: 'ignore',
    env: {
      PATH: process.env['PATH'],
      ROOT_ACCESS_KEY: serverKeys.accessKeyId,
      ROOT_SECRET_KEY: serverKeys.secretAccessKey,
    },
  });
  for (let tries = 0; !(await answers(port)); tries++) {
    if (child.exitCode !== null || tries > 200)
      throw new Error(`the S3 server did not start (exit status ${child.exitCode})`);
    await wait(50);
  }
  return { endpoint: new URL(`http://127.0.0.1:${port}`), stop: () => ended(child) };
}

function ended(child: ChildProcess): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (child.exitCode !== null || child.signalCode !== null) resolve();
  child.on('exit', () => resolve());
  child.kill('SIGKILL');
  return promise;
}

function answers(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = net.connect(port, '127.0.0.1');
  socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = net.createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address() as net.AddressInfo;
    server.close(() => resolve(port));
  });
  return promise;
}
