/** Sockets in the file system, which only this machine's processes reach, and only those of the same user. */
import * as fs from 'node:fs';
import net from 'node:net';
import { errorCode } from './disk.ts';
import { WeirError } from './errors.ts';
import { fileIdentity } from './identity.ts';

/** What an address of a local socket has room for; 104 on macOS, 108 on Linux, with the zero behind it. */
const PATH_BYTES_MAX = 103;

/**
 * Has `server` listen at `path`, for this user alone (mode 0600); a socket that nobody listens at any more is replaced. Closing the
 * server removes it. Throws `socket.in_use`, `socket.path` (too long, or something else is there), `socket.listen`.
 */
export async function listenLocally(server: net.Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > PATH_BYTES_MAX) {
    throw new WeirError('socket.path', `the path of a socket has at most ${PATH_BYTES_MAX} bytes: ${path}`, {
      hint: 'Choose a shorter one.',
    });
  }
  const there = fileIdentity(path);
  if (there !== null) {
    if (there.special !== 'socket')
      throw new WeirError('socket.path', `there is something at ${path} that is no socket`);
    if (await answers(path)) {
      throw new WeirError('socket.in_use', `somebody listens at ${path} already`, { hint: 'Choose another path.' });
    }
    fs.rmSync(path, { force: true });
  }
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path }, () => {
        server.off('error', reject);
        resolve();
      });
      // It is there as soon as `listen` returns; until then its folder protects it.
      if (fileIdentity(path) !== null) fs.chmodSync(path, 0o600);
    });
    fs.chmodSync(path, 0o600);
  } catch (cause) {
    const why = errorCode(cause) ?? String(cause);
    throw new WeirError('socket.listen', `cannot listen at ${path}: ${why}`, { cause });
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
