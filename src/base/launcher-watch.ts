/** Ends the program when the launcher that started it (bin/run.js) is gone, so that a killed `weir` leaves nothing behind. */
import { Socket } from 'node:net';

/** How long the ordinary stop may take after the launcher's death before the process ends anyway. */
const GRACE_MS = 5000;

/** The launcher hands its pipe over as this descriptor (bin/run.js). */
const PIPE = 3;

/**
 * Watches the pipe to the launcher whose process id is in WEIR_LAUNCHER_PID: the launcher writes nothing into it, and the
 * operating system closes it when the launcher dies, even by kill -9. The program then gets SIGTERM, as if it had been
 * asked to stop. Does nothing without a launcher, and never keeps the process alive. Takes some 2 ms.
 */
export function watchLauncher(): void {
  const launcher = Number(process.env['WEIR_LAUNCHER_PID'] ?? '0');
  // Programs started from here have no launcher to watch.
  delete process.env['WEIR_LAUNCHER_PID'];
  if (launcher === 0) return;
  if (process.ppid !== launcher) {
    // Either a program between us passed the variable on, or the launcher died before we got here.
    if (!alive(launcher)) stop();
    return;
  }
  const pipe = new Socket({ fd: PIPE, readable: true, writable: false });
  pipe.on('error', stop);
  pipe.on('end', stop);
  pipe.resume();
  pipe.unref();
}

function stop(): void {
  setTimeout(() => process.exit(128 + 15), GRACE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
