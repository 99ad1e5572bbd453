import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Real rules and events lie next to the repository, never in it: `../shared/data`. */
const ROOT = new URL('../../shared/data/', import.meta.url);

/** Path of `../shared/data/<rel>`, or null where it is absent. */
export function sharedData(rel: string): string | null {
  const path = fileURLToPath(new URL(rel.split('/').map(encodeURIComponent).join('/'), ROOT));
  return existsSync(path) ? path : null;
}

/**
 * CPU time of this thread so far, in milliseconds: limits on time are set in it, because on a machine that others keep busy the
 * clock runs on while the work does not.
 */
export function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The path, or null after marking the running test as skipped, saying what is missing. */
export function skipWithout(t: TestContext, rel: string): string | null {
  const path = sharedData(rel);
  if (path === null) t.skip(`needs ../shared/data/${rel}, which is not here`);
  return path;
}
