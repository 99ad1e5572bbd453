/** Rules on files as text: length, words that must not stay, links, tests beside the code. */
import path from 'node:path';
import { codeLines } from '../../scripts/coverage.ts';

const LINES_MAX = 500;
/** AssemblyScript cannot spread one hot loop over modules without a cost. */
const KERNEL_LINES_MAX = 700;
/** Below this a file is a few constants or a re-export. */
const TESTED_LINES_MIN = 40;

export function lengthViolations(file: string, source: string): string[] {
  const most = file.startsWith('kernel/') ? KERNEL_LINES_MAX : LINES_MAX;
  const lines = source.split('\n').length - 1;
  return lines > most ? [`${file}: ${lines} lines, more than ${most}: split it by concept`] : [];
}

/** Patterns are put together so that this file does not match itself. */
const FORBIDDEN: readonly (readonly [pattern: RegExp, why: string, allowedIn?: RegExp])[] = [
  [new RegExp(`/${'work'}/(main|shared|\\.)`), 'a path of one machine'],
  [new RegExp(`/${'root'}/(main\\b|\\.(npm|nvm|pyenv|cache|config)\\b)`), 'a path of one machine'],
  [new RegExp(`\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')})\\b`), 'work left open: do it or file it'],
  // AssemblyScript's decorators stand before functions, where TypeScript allows none.
  [new RegExp(`@ts-${'(ignore|nocheck|expect-error)'}`), 'a type error silenced', /^kernel\//],
  [new RegExp(`${'eslint'}-disable(?!.* -- \\w)`), 'a finding silenced without a reason (… -- reason)'],
  [new RegExp(`"${'resolved'}": "http`), 'a registry host'],
];

export function wordViolations(file: string, source: string): string[] {
  const found: string[] = [];
  for (const [pattern, why, allowedIn] of FORBIDDEN) {
    if (allowedIn?.test(file)) continue;
    source.split('\n').forEach((line, index) => {
      if (pattern.test(line)) found.push(`${file}:${index + 1}: ${why}`);
    });
  }
  return found;
}

/** How GitHub makes a heading's anchor. */
function anchorOf(heading: string): string {
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
  return plain
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function anchorsOf(markdown: string): Set<string> {
  const headings = withoutCode(markdown).matchAll(/^#{1,6} +(.+)$/gm);
  return new Set([...headings].map((match) => anchorOf(match[1] ?? '')));
}

const withoutCode = (markdown: string): string =>
  markdown.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));

/** Relative links lead to a file (or folder) of the repo, and their anchors to a heading in it. */
export function linkViolations(file: string, files: ReadonlyMap<string, string>, names: readonly string[]): string[] {
  if (!file.endsWith('.md')) return [];
  const found: string[] = [];
  for (const match of withoutCode(files.get(file) ?? '').matchAll(/\]\(([^)\s]+)\)/g)) {
    const link = match[1] ?? '';
    if (/^[a-z]+:/.test(link)) continue;
    const [name = '', anchor] = link.split('#');
    const target = name === '' ? file : path.posix.normalize(path.posix.join(path.posix.dirname(file), name));
    const folder = `${target.replace(/\/$/, '')}/`;
    const there = names.some((other) => other === target || other.startsWith(folder));
    if (!there) found.push(`${file}: the link ${link} leads nowhere`);
    else if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(files.get(target) ?? '').has(anchor)) {
      found.push(`${file}: the link ${link} names no heading`);
    }
  }
  return found;
}

/** Tables of facts about source types; the tests of their room go through the table that lists them all. */
const TABLES = 'src/schema/sources/';

/** Each source file of some length has a test beside it, or a test in its folder (or room) that names it. */
export function untestedFiles(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [file, source] of files) {
    if (!/^src\/.*(?<!\.test|\.twin)\.ts$/.test(file) || path.posix.basename(file) === 'index.ts') continue;
    if (file.startsWith(TABLES)) continue;
    if (files.has(file.replace(/\.ts$/, '.test.ts')) || codeLines(source).size < TESTED_LINES_MIN) continue;
    const folder = path.posix.dirname(file);
    const name = path.posix.basename(file, '.ts');
    const near = [...files].filter(([other]) => {
      const place = path.posix.dirname(other);
      return (
        other.endsWith('.test.ts') && other.startsWith('src/') && (place === folder || folder.startsWith(`${place}/`))
      );
    });
    const named = new RegExp(`\\b${name.replace(/\W/g, '\\$&')}\\b`);
    if (!near.some(([, test]) => named.test(test)))
      found.push(`${file}: no test beside it and none near that names it`);
  }
  return found;
}
