/**
 * Holds every room of `src/` to its share of covered lines and branches. A file no test loads counts with all its lines.
 * Lines without code (blank, comments, types that are stripped) count neither way.
 */
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { repoFiles, repoRoot, roomOf } from './repo.ts';

const LEAST_PERCENT = 80;

/** One file as the `test:coverage` event of node:test reports it. */
export interface CoverageFile {
  readonly path: string;
  readonly totalBranchCount: number;
  readonly coveredBranchCount: number;
  readonly lines: readonly { readonly line: number; readonly count: number }[];
}

interface Share {
  lines: number;
  linesCovered: number;
  branches: number;
  branchesCovered: number;
}

const percent = (part: number, whole: number): number => (whole === 0 ? 100 : (100 * part) / whole);

/** Numbers, from 1, of the lines that hold code after types and comments are gone. */
export function codeLines(source: string): Set<number> {
  // Type stripping puts spaces in the place of types, so line numbers stay.
  const code = stripTypeScriptTypes(source)
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .split('\n');
  const found = new Set<number>();
  code.forEach((line, index) => {
    if (!/^\s*(\/\/.*)?$/.test(line) && !/^[\s)}\];,]*$/.test(line)) found.add(index + 1);
  });
  return found;
}

function shareOf(source: string, measured: CoverageFile | undefined): Share {
  const code = codeLines(source);
  if (measured === undefined) return { lines: code.size, linesCovered: 0, branches: 0, branchesCovered: 0 };
  const counted = measured.lines.filter(({ line }) => code.has(line));
  return {
    lines: counted.length,
    linesCovered: counted.filter(({ count }) => count > 0).length,
    branches: measured.totalBranchCount,
    branchesCovered: measured.coveredBranchCount,
  };
}

function describe(name: string, share: Share): string {
  const lines = percent(share.linesCovered, share.lines).toFixed(1).padStart(6);
  const branches = percent(share.branchesCovered, share.branches).toFixed(1).padStart(6);
  return `${name.padEnd(48)} lines ${lines} %   branches ${branches} %`;
}

const passes = (share: Share): boolean =>
  percent(share.linesCovered, share.lines) >= LEAST_PERCENT &&
  percent(share.branchesCovered, share.branches) >= LEAST_PERCENT;

/** Prints a line per room, for a failing room its files too, to standard error. True when every room passes. */
export function reportCoverage(measured: readonly CoverageFile[], read: (file: string) => string): boolean {
  const byPath = new Map(measured.map((file) => [path.relative(repoRoot, file.path).replaceAll('\\', '/'), file]));
  const rooms = new Map<string, Map<string, Share>>();
  for (const file of repoFiles('src')) {
    const room = roomOf(file);
    if (room === null || !/(?<!\.test|\.twin)\.ts$/.test(file)) continue;
    const files = rooms.get(room) ?? new Map<string, Share>();
    files.set(file, shareOf(read(file), byPath.get(file)));
    rooms.set(room, files);
  }
  let good = true;
  for (const [room, files] of [...rooms].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const total: Share = { lines: 0, linesCovered: 0, branches: 0, branchesCovered: 0 };
    for (const share of files.values()) {
      total.lines += share.lines;
      total.linesCovered += share.linesCovered;
      total.branches += share.branches;
      total.branchesCovered += share.branchesCovered;
    }
    process.stderr.write(`coverage: ${describe(room, total)}\n`);
    if (passes(total)) continue;
    good = false;
    process.stderr.write(`coverage: room ${room} is below ${LEAST_PERCENT} %:\n`);
    for (const [file, share] of files) {
      if (!passes(share)) process.stderr.write(`coverage:   ${describe(file, share)}\n`);
    }
  }
  return good;
}
