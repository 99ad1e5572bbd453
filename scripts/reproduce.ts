/** Builds and packs twice; fails unless both packages are the same to the byte. Prints the package's SHA-256. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { repoRoot } from './repo.ts';

/** `npm pack` runs `prepare`, so each package is of a fresh build. */
function packHash(folder: string): string {
  fs.mkdirSync(folder);
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: repoRoot, stdio: ['ignore', 2, 2] });
  const [file] = fs.readdirSync(folder);
  if (file === undefined) throw new Error('npm pack wrote no package');
  return createHash('sha256')
    .update(fs.readFileSync(path.join(folder, file)))
    .digest('hex');
}

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-pack-'));
try {
  const first = packHash(path.join(scratch, 'first'));
  const second = packHash(path.join(scratch, 'second'));
  process.stdout.write(`package: ${first}\n`);
  if (first !== second) {
    process.stderr.write(`package: a second build gives another one: ${second}\n`);
    process.exitCode = 1;
  }
} finally {
  fs.rmSync(scratch, { recursive: true, force: true });
}
