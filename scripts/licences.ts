/**
 * Holds every package of the lock file, production and development, any platform, to a list of allowed licences.
 * `node bin/node24.js scripts/licences.ts [LOCKFILE]`
 */
import fs from 'node:fs';
import path from 'node:path';
import { repoRoot } from './repo.ts';

/** Licences that let weir be used, changed and passed on under Apache-2.0. */
const ALLOWED: ReadonlySet<string> = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
]);

/** For tools alone: they are no part of what is published. */
const ALLOWED_FOR_TOOLS: ReadonlySet<string> = new Set(['Artistic-2.0', 'CC-BY-3.0', 'CC-BY-4.0', 'MPL-2.0', 'WTFPL']);

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

/** Whether an SPDX expression (`A`, `A OR B`, `A AND B`, parentheses) can be met with allowed licences. */
export function licenceAllowed(expression: string, forTool: boolean): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const either = (): boolean => {
    let allowed = both();
    while (tokens[at] === 'OR') {
      at += 1;
      allowed = both() || allowed;
    }
    return allowed;
  };
  const both = (): boolean => {
    let allowed = single();
    while (tokens[at] === 'AND') {
      at += 1;
      allowed = single() && allowed;
    }
    return allowed;
  };
  const single = (): boolean => {
    const token = tokens[at] ?? '';
    at += 1;
    if (token === '(') {
      const allowed = either();
      const closes = tokens[at] === ')';
      at += 1;
      return allowed && closes;
    }
    return ALLOWED.has(token) || (forTool && ALLOWED_FOR_TOOLS.has(token));
  };
  return either() && at === tokens.length;
}

/** The lock file's word, or the installed package's own where the lock has none. */
function licenceOf(folder: string, locked: LockedPackage): string {
  if (locked.license !== undefined) return locked.license;
  const manifest = path.join(repoRoot, folder, 'package.json');
  if (!fs.existsSync(manifest)) return 'not stated';
  const { license } = JSON.parse(fs.readFileSync(manifest, 'utf8')) as { license?: string };
  return license ?? 'not stated';
}

/** `name version: licence` of each package that is not allowed. */
export function forbiddenPackages(packages: Readonly<Record<string, LockedPackage>>): string[] {
  const forbidden: string[] = [];
  for (const [folder, locked] of Object.entries(packages)) {
    if (folder === '' || locked.link === true) continue;
    const licence = licenceOf(folder, locked);
    if (licenceAllowed(licence, locked.dev === true)) continue;
    forbidden.push(`${folder.replace(/^.*node_modules\//, '')} ${locked.version ?? ''}: ${licence}`);
  }
  return forbidden;
}

if (import.meta.main) {
  const lock = process.argv[2] ?? path.join(repoRoot, 'package-lock.json');
  const { packages } = JSON.parse(fs.readFileSync(lock, 'utf8')) as { packages: Record<string, LockedPackage> };
  const forbidden = forbiddenPackages(packages);
  for (const line of forbidden) process.stderr.write(`licences: not allowed: ${line}\n`);
  process.stdout.write(`licences: ${Object.keys(packages).length - 1} packages, ${forbidden.length} not allowed\n`);
  if (forbidden.length > 0) process.exitCode = 1;
}
