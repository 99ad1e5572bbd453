/** What a test did, in numbers: told to whoever runs it, and kept for the report in docs/RELIABILITY.md. */
import fs from 'node:fs';
import type { TestContext } from 'node:test';

export type Figures = Readonly<Record<string, number | string>>;

export interface Reported {
  readonly test: string;
  readonly figures: Figures;
}

export function report(t: TestContext, figures: Figures): void {
  const text = Object.entries(figures).map(([name, value]) => `${name} ${value}`);
  t.diagnostic(text.join(', '));
  const file = process.env['FAULTS_REPORT'];
  const line: Reported = { test: t.name, figures };
  if (file !== undefined) fs.appendFileSync(file, `${JSON.stringify(line)}\n`);
}
