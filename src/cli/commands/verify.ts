/** `weir verify`: everything in a data folder, worked out anew. */
import { verifyFolder } from '../../pipeline/index.ts';
import { EXIT } from '../failure.ts';
import { demandDataFolder } from '../places.ts';

export interface VerifyFlags {
  readonly data?: string;
  readonly detection?: boolean;
  /** Of the chain, as an earlier look said it. */
  readonly head?: string;
  readonly segmentHead?: string;
}

export function verifyCommand(flags: VerifyFlags): number {
  const folder = flags.data ?? 'weir-data';
  demandDataFolder(folder);
  const { head, segmentHead } = flags;
  const report = verifyFolder({
    folder,
    detection: flags.detection !== false,
    ...(head === undefined ? {} : { head }),
    ...(segmentHead === undefined ? {} : { segmentHead }),
  });
  for (const { where, position, what } of report.findings) {
    process.stdout.write(`${JSON.stringify({ where, position, what })}\n`);
  }
  const { entries, events, dead, hits, bytes } = report;
  const read = `${events} events and ${dead} dead letters in ${entries} entries (${(bytes / 1e6).toFixed(1)} MB), ${hits} hits`;
  const verdict =
    report.findings.length === 0 ? 'nothing is missing, changed or out of order' : `${report.findings.length} findings`;
  process.stderr.write(`${read}: ${verdict}\n`);
  if (report.head !== null) {
    process.stderr.write(
      `signed up to position ${report.signed}; keep the head elsewhere and give it to --head later: ${report.head}\n`,
    );
  }
  const { segments } = report;
  if (segments.head !== null) {
    process.stderr.write(
      `${segments.events} events in ${segments.segments} segments are as they were signed, ${segments.compared} of them held against the journal; --segment-head for later: ${segments.head}\n`,
    );
  }
  return report.findings.length === 0 ? EXIT.done : EXIT.failed;
}
