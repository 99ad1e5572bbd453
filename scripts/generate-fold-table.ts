/**
 * Writes src/detect/sigma/fold-table.ts: Unicode simple case folding (CaseFolding.txt, statuses C and S) from what Node
 * knows of Unicode. `/iu` compares by simple folding (ECMA-262, Canonicalize with the u flag), so two code points fold to
 * the same one exactly when such a pattern for one matches the other; which member of such a class is the folding is
 * the one that casing and normalisation leave alone.
 *
 * Run: node scripts/generate-fold-table.ts > src/detect/sigma/fold-table.ts
 */
const cased: string[] = [];
for (let code = 0; code <= 0x10ffff; code++) {
  if (code >= 0xd800 && code <= 0xdfff) continue;
  const text = String.fromCodePoint(code);
  if (/[\p{Changes_When_Casefolded}\p{Changes_When_Casemapped}]/u.test(text)) cased.push(text);
}
const all = cased.join('');

/** The member others fold to. Cherokee folds to its capitals, everything else to small letters. */
function target(members: string[]): string {
  const unfolded = members.filter((c) => !/\p{Changes_When_Casefolded}/u.test(c));
  if (unfolded.length === 1) return unfolded[0];
  const small = members.filter((c) => c.toLowerCase() === c && c.normalize('NFC') === c);
  // ﬅ and ﬆ are both small and normal: CaseFolding.txt folds U+FB05 to U+FB06.
  return small[small.length - 1];
}

const folds: [number, number][] = [];
for (const c of cased) {
  const members = all.match(new RegExp(`\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`, 'giu')) ?? [];
  if (members.length < 2) continue;
  const to = target(members);
  if (to !== c) folds.push([c.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0]);
}

/** Runs of code points a constant distance apart whose folding lies a constant distance away. */
const runs: [number, number, number, number][] = [];
for (const [from, to] of folds) {
  const last = runs[runs.length - 1];
  if (last !== undefined && to - from === last[3]) {
    const step = from - (last[0] + (last[1] - 1) * last[2]);
    if ((last[1] === 1 && step <= 2) || step === last[2]) {
      last[2] = step;
      last[1]++;
      continue;
    }
  }
  runs.push([from, 1, 1, to - from]);
}

const lines: string[] = [];
let line = ' ';
for (const run of runs.map((r) => r.join(' '))) {
  if (line.length + run.length > 110) {
    lines.push(line);
    line = ' ';
  }
  line += ` ${run},`;
}
lines.push(line);
process.stdout.write(`/**
 * Unicode ${process.versions.unicode} simple case folding (CaseFolding.txt, statuses C and S): ${folds.length} code points in ${runs.length} runs, each
 * \`first count step distance\`. Written by scripts/generate-fold-table.ts; do not edit.
 */
export const FOLD_RUNS = \`
${lines.join('\n')}
\`;
`);
