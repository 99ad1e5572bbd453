/** Hits to a file, one JSON object a line, synced before the next: for agents that forward files. */
import { appendLines, WeirError } from '../../base/index.ts';
import { hitJson } from '../../store/index.ts';
import type { LogFileConfig, Outcome, Sender } from './types.ts';

export function logFile({ path }: LogFileConfig): Sender {
  return {
    async deliver({ hits }): Promise<Outcome> {
      const feed = Buffer.from('\n');
      try {
        appendLines(path, Buffer.concat(hits.flatMap((hit) => [hitJson(hit), feed])));
        return { kind: 'delivered' };
      } catch (error) {
        if (error instanceof WeirError) return { kind: 'failed', reason: error.message };
        throw error;
      }
    },
  };
}
