/**
 * Unicode simple case folding (CaseFolding.txt, statuses C and S), found without its table: two code points are the
 * same letter when ECMAScript's `iu` matching, which is defined by simple folding, says so. Each class of such code
 * points is represented by its smallest member.
 */

const representative = new Map<number, number>();

function sameLetter(a: string, b: string): boolean {
  return new RegExp(`^\\u{${(a.codePointAt(0) ?? 0).toString(16)}}$`, 'iu').test(b);
}

// Code points that fold together share their full upper or lower case; `iu` then rejects those that only share the
// full mappings (İ, ß against SS).
const byCase = new Map<string, number[]>();
for (let code = 0; code <= 0x1ffff; code++) {
  if (code >= 0xd800 && code <= 0xdfff) continue;
  const text = String.fromCodePoint(code);
  if (text.toLowerCase() === text && text.toUpperCase() === text) continue;
  for (const key of new Set([
    `u${text.toUpperCase()}`,
    `l${text.toLowerCase()}`,
    `u${text.toLowerCase().toUpperCase()}`,
  ])) {
    const group = byCase.get(key);
    if (group === undefined) byCase.set(key, [code]);
    else group.push(code);
  }
}
function find(code: number): number {
  let at = code;
  for (let up = representative.get(at); up !== undefined && up !== at; up = representative.get(at)) at = up;
  return at;
}
for (const group of byCase.values()) {
  for (let i = 0; i < group.length; i++) {
    for (let j = i + 1; j < group.length; j++) {
      const a = group[i] ?? 0;
      const b = group[j] ?? 0;
      if (!sameLetter(String.fromCodePoint(a), String.fromCodePoint(b))) continue;
      const rootA = find(a);
      const rootB = find(b);
      representative.set(Math.max(rootA, rootB), Math.min(rootA, rootB));
    }
  }
}

const classes = Map.groupBy(representative.keys(), find);

/** The code points that fold to the same letter as this one, itself included. */
export function foldClass(char: string): string[] {
  const root = find(char.codePointAt(0) ?? 0);
  const members = new Set([root, ...(classes.get(root) ?? [])]);
  return [...members].map((code) => String.fromCodePoint(code));
}

/** Equal for two strings exactly when they are equal under simple case folding. The length in code points is kept. */
export function fold(text: string): string {
  // The smallest member of an ASCII letter's class is its capital.
  if (!/[^\0-\x7f]/.test(text)) return text.toUpperCase();
  let out = '';
  for (const char of text) out += String.fromCodePoint(find(char.codePointAt(0) ?? 0));
  return out;
}
