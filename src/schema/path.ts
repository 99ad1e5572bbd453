/** Column paths: keys joined by `.`, a literal dot in a key written `\.`. */
import type { Path } from './types.ts';

/** The keys of a path, unescaped: `id\.orig_h` → `['id.orig_h']`. */
export function keysOf(path: Path): string[] {
  const keys: string[] = [];
  let key = '';
  for (let i = 0; i < path.length; i++) {
    const char = path[i];
    if (char === '\\' && path[i + 1] === '.') {
      key += '.';
      i++;
    } else if (char === '.') {
      keys.push(key);
      key = '';
    } else {
      key += char;
    }
  }
  keys.push(key);
  return keys;
}

/** The path without escapes: what a source that writes `"winlog.channel"` as one key means by it. */
export function unescaped(path: Path): string {
  return path.replaceAll('\\.', '.');
}
