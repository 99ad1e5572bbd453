/** A log that tests can read. */
import { type Log, type LogOptions, openLog } from './log.ts';

export interface MemoryLog {
  readonly log: Log;
  /** Every line so far, parsed. */
  records(): Record<string, unknown>[];
}

export async function memoryLog(options: Omit<LogOptions, 'write' | 'format'> = {}): Promise<MemoryLog> {
  const lines: string[] = [];
  const log = await openLog({ ...options, format: 'json', write: (line) => lines.push(line) });
  return { log, records: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
