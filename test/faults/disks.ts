/** Disks to break: a small one in memory, and one whose image can be copied while it is in use. Both take root. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Ten seconds' worth. */
const UNMOUNT_TRIES = 50;

function run(command: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

/** Why no file system can be mounted here, in words; false where it can. */
export function cannotMount(kind: 'tmpfs' | 'loop'): string | false {
  if (process.platform !== 'linux') return 'file systems are mounted as on Linux';
  if (process.getuid?.() !== 0) return 'mounting a file system takes root';
  const probe = fs.mkdtempSync('/tmp/weir-mount-');
  try {
    if (kind === 'tmpfs') {
      if (!works('mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe)) return 'no tmpfs can be mounted here';
      run('umount', probe);
      return false;
    }
    return works('losetup', '-f') && works('mkfs.ext4', '-V') ? false : 'there are no loop devices, or no mkfs.ext4';
  } finally {
    fs.rmSync(probe, { recursive: true, force: true });
  }
}

/** A disk in memory, of a size of its own. */
export class SmallDisk implements Disposable {
  readonly folder: string;

  constructor(folder: string, megabytes: number) {
    this.folder = folder;
    fs.mkdirSync(folder, { recursive: true });
    run('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder);
  }

  get freeBytes(): number {
    const { bavail, bsize } = fs.statfsSync(this.folder);
    return bavail * bsize;
  }

  /** Leaves so many bytes, or fewer where others write meanwhile. */
  fill(left: number): void {
    const bytes = Math.max(0, this.freeBytes - left);
    try {
      fs.writeFileSync(path.join(this.folder, 'ballast'), Buffer.alloc(bytes, 1));
    } catch (error) {
      // Somebody took room since it was measured: what went in stays, and the disk is as full as it was to be.
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  empty(): void {
    fs.rmSync(path.join(this.folder, 'ballast'), { force: true });
  }

  [Symbol.dispose](): void {
    works('umount', '-l', this.folder);
  }
}

/**
 * An ext4 file system in a file. What it has handed to the block device is in the file; what it has not is in memory alone, and lost
 * with the power. It writes back of its own accord as late as it can be told to.
 */
export class ImageDisk implements Disposable {
  readonly folder: string;
  #image: string;
  #copies = 0;

  constructor(folder: string, image: string, megabytes: number) {
    this.folder = folder;
    this.#image = image;
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(image, '');
    fs.truncateSync(image, megabytes * 1024 * 1024);
    run('mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
    this.#mount();
  }

  /** The image as it is at one moment, while nobody writes to the file system. */
  copy(): string {
    const copy = `${this.#image.replace(/\.\d+$/, '')}.${this.#copies++}`;
    for (let tries = 0; tries < 20; tries++) {
      const bytes = fs.readFileSync(this.#image);
      // The system writes back when it likes: a copy counts where nothing has changed behind it.
      if (!fs.readFileSync(this.#image).equals(bytes)) continue;
      fs.writeFileSync(copy, bytes);
      return copy;
    }
    throw new Error('the image does not come to rest');
  }

  /** The power is back: the file system is what the copy holds. */
  become(copy: string): void {
    this.#unmount();
    fs.rmSync(this.#image);
    this.#image = copy;
    this.#mount();
  }

  /** A process that was killed, or whose parent was, lets go of its files a little later. */
  #unmount(): void {
    for (let tries = 0; tries < UNMOUNT_TRIES; tries++) {
      if (works('umount', this.folder)) return;
      works('sleep', '0.2');
    }
    run('umount', this.folder);
  }

  #mount(): void {
    run('mount', '-o', 'loop,noatime,commit=300', this.#image, this.folder);
  }

  [Symbol.dispose](): void {
    works('umount', '-l', this.folder);
    fs.rmSync(this.#image, { force: true });
  }
}
