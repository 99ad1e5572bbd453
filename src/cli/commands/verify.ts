/** `weir verify`: everything in a data folder, worked out anew. */
import { verifyFolder } from '../../pipeline/index.ts';
import { EXIT } from '../failure.ts';
import { demandDataFolder } from '../places.ts';

export interface VerifyFlags {
  readonly data?: string;
  readonly detection?: boolean;
}

export function verifyCommand(flags: VerifyFlags): number {
  const folder = flags.data ?? 'weir-data';
  demandDataFolder(folder);
  const report = verifyFolder({ folder, detection: flags.detection !== false });
  for (const { where, position, what } of report.findings) {
    process.stdout.write(`${JSON.stringify({ where, position, what })}\n`);
  }
  const { entries, events, dead, hits, bytes } = report;
  const read = `${events} events and ${dead} dead letters in ${entries} entries (${(bytes / 1e6).toFixed(1)} MB), ${hits} hits`;
  const verdict =
    report.findings.length === 0 ? 'nothing is missing, changed or out of order' : `${report.findings.length} findings`;
  process.stderr.write(`${read}: ${verdict}\n`);
  return report.findings.length === 0 ? EXIT.done : EXIT.failed;
}
