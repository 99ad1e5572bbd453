/** `weir verify`: everything in a data folder, worked out anew. */
import { realFiles } from '../../base/index.ts';
import { fetchCold, verifyFolder } from '../../pipeline/index.ts';
import { EXIT } from '../failure.ts';
import { demandDataFolder } from '../places.ts';

export interface VerifyFlags {
  readonly data?: string;
  readonly detection?: boolean;
  /** Of the chain, as an earlier look said it. */
  readonly head?: string;
  readonly segmentHead?: string;
  /** What is in the object store is fetched and read too. */
  readonly cold?: boolean;
}

export async function verifyCommand(flags: VerifyFlags): Promise<number> {
  const folder = flags.data ?? 'weir-data';
  demandDataFolder(folder);
  const { head, segmentHead } = flags;
  using fetched = flags.cold === true ? await fetchCold(realFiles, folder, process.env) : null;
  const report = verifyFolder({
    folder,
    ...(fetched === null ? {} : { fetched: (file: string) => fetched.of(file) }),
    detection: flags.detection !== false,
    ...(head === undefined ? {} : { head }),
    ...(segmentHead === undefined ? {} : { segmentHead }),
  });
  const findings = [...report.findings, ...(fetched?.failed ?? [])];
  for (const { where, position, what } of findings) {
    process.stdout.write(`${JSON.stringify({ where, position, what })}\n`);
  }
  const { entries, events, dead, hits, bytes } = report;
  const read = `${events} events and ${dead} dead letters in ${entries} entries (${(bytes / 1e6).toFixed(1)} MB), ${hits} hits`;
  const verdict = findings.length === 0 ? 'nothing is missing, changed or out of order' : `${findings.length} findings`;
  process.stderr.write(`${read}: ${verdict}\n`);
  if (report.released > 0) {
    process.stderr.write(
      `${report.released} of the events are released from the journal: their requests and segments were compared, the events were not evaluated again\n`,
    );
  }
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
  const { away } = segments;
  if (away.segments > 0) {
    process.stderr.write(
      `${away.segments} segments with ${away.events} events are in the object store and were not read; --cold reads them\n`,
    );
  }
  return findings.length === 0 ? EXIT.done : EXIT.failed;
}
