/** A body of JSON documents or lists as lines of events. */
import { inputReport, JsonSplitter } from '../../formats/index.ts';
import { Refused } from '../../ingest/index.ts';

export interface SplitBody {
  readonly pieces: readonly Uint8Array[];
  /** Events came out of envelopes, which admission cannot see into. */
  readonly unwrapped: boolean;
}

/** @throws Refused `body.damaged` */
export function splitJson(body: Uint8Array): SplitBody {
  const report = inputReport('', ({ position, reason }) => {
    throw new Refused('body.damaged', `the body is no JSON at ${position}: ${reason}`);
  });
  const splitter = new JsonSplitter(report);
  splitter.push(body);
  splitter.end();
  return { pieces: splitter.take().map(({ bytes }) => bytes), unwrapped: splitter.unwrapped };
}
