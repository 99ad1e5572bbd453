/**
 * Dependency audit: asks the configured registry for known vulnerabilities of what the lock file names. Any finding
 * fails. A registry without that service cannot be asked, which is said and is no finding.
 */
import { spawnSync } from 'node:child_process';
import { repoRoot } from './repo.ts';

export interface AuditVerdict {
  readonly answered: boolean;
  readonly lines: readonly string[];
}

/** Reads what `npm audit --json` printed. Throws when it is neither a report nor npm's way of saying that none came. */
export function readAudit(output: string): AuditVerdict {
  const report = JSON.parse(output) as {
    vulnerabilities?: Record<string, { severity: string; range: string }>;
    message?: string;
    error?: { summary?: string; detail?: string };
  };
  if (report.vulnerabilities !== undefined) {
    const lines = Object.entries(report.vulnerabilities).map(
      ([name, { severity, range }]) => `${name} ${range}: ${severity}`,
    );
    return { answered: true, lines };
  }
  if (report.error === undefined) throw new Error('npm audit printed no report');
  return { answered: false, lines: [report.message || report.error.summary || 'no reason given'] };
}

if (import.meta.main) {
  const { stdout, error } = spawnSync('npm', ['audit', '--json'], { cwd: repoRoot, encoding: 'utf8' });
  if (error !== undefined) throw error;
  const { answered, lines } = readAudit(stdout);
  if (answered) {
    for (const line of lines) process.stderr.write(`audit: vulnerable: ${line}\n`);
    process.stdout.write(`audit: ${lines.length} vulnerable packages\n`);
    if (lines.length > 0) process.exitCode = 1;
  } else {
    process.stdout.write('audit: NOT DONE: the configured registry does not answer audits');
    // npm's message holds the registry's address, which belongs to the machine: keep the status alone.
    process.stdout.write(` (${/\b[45]\d\d\b.*?(?= -|$)/.exec(lines.join(' '))?.[0] ?? 'no connection'})\n`);
  }
}
