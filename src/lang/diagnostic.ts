/** What is wrong with an expression, where, and what to write instead. */

/** UTF-16 offsets into the text; `end` is the first behind. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Diagnostic {
  /** Stable: `lang.syntax`, `lang.field`, `lang.function`, `lang.type`, `lang.regex`, `lang.limit`. */
  readonly code: string;
  /** A warning does not keep an expression from running. */
  readonly severity: 'error' | 'warning';
  /** What came, and what was expected. */
  readonly message: string;
  readonly span: Span;
  /** What could have stood here; empty where that is no short list. */
  readonly expected: readonly string[];
  /** What to write instead, or null. */
  readonly suggestion: string | null;
}

/** Line and column, both from 1. */
export function positionOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** Longest piece of a line that is shown around an error. */
const SHOWN = 100;

/** The error with its line and a mark under the place, for terminals. */
export function formatDiagnostic(text: string, diagnostic: Diagnostic): string {
  const { line, column } = positionOf(text, diagnostic.span.start);
  const whole = text.split('\n')[line - 1] ?? '';
  const from = Math.max(0, Math.min(column - 1 - SHOWN / 2, whole.length - SHOWN));
  const shown = whole.slice(from, from + SHOWN).replace(/\t/g, ' ');
  const width = Math.max(1, Math.min(diagnostic.span.end - diagnostic.span.start, shown.length - (column - 1 - from)));
  const lines = [
    `${diagnostic.severity} at ${line}:${column}: ${diagnostic.message}`,
    `  ${shown}`,
    `  ${' '.repeat(column - 1 - from)}${'^'.repeat(width)}`,
  ];
  if (diagnostic.suggestion !== null) lines.push(`  ${diagnostic.suggestion}`);
  return lines.join('\n');
}

/** The known name nearest to a misspelled one, or null where none is near. Time grows with the names, not with their product. */
export function nearest(name: string, known: Iterable<string>): string | null {
  const wanted = name.toLowerCase();
  if (wanted.length > 80) return null;
  let best: string | null = null;
  let least = Math.max(1, Math.floor(wanted.length / 4)) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - wanted.length) >= least) continue;
    const distance = editDistance(wanted, candidate.toLowerCase(), least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours between two texts; `bound` where it is no less. */
function editDistance(a: string, b: string, bound: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let k = 1; k <= b.length; k++) {
      const change = a[i - 1] === b[k - 1] ? 0 : 1;
      let cost = Math.min(row[k - 1] + 1, last[k] + 1, last[k - 1] + change);
      if (i > 1 && k > 1 && a[i - 1] === b[k - 2] && a[i - 2] === b[k - 1]) cost = Math.min(cost, before[k - 2] + 1);
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least >= bound) return bound;
    before = last;
    last = row;
  }
  return Math.min(last[b.length], bound);
}
