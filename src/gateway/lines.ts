/** Lines of JSON as long as somebody reads them. */
import type { ServerResponse } from 'node:http';
import type { LinesAnswer } from './route.ts';

/** Lines are sent together up to so many bytes. */
const CHUNK_BYTES = 64 * 1024;

/** Writes all lines; resolves when they are sent, or when the reader has gone. */
export async function writeLines(response: ServerResponse, answer: LinesAnswer, signal: AbortSignal): Promise<void> {
  response.writeHead(200, {
    ...answer.headers,
    'content-type': 'application/x-ndjson; charset=utf-8',
    'cache-control': 'no-store',
  });
  let chunk = '';
  for await (const line of answer.lines) {
    if (signal.aborted) return;
    chunk += `${line}\n`;
    if (chunk.length < CHUNK_BYTES) continue;
    await sent(response, chunk, signal);
    chunk = '';
  }
  if (!signal.aborted) response.end(chunk);
}

/** Resolves when there is room for more: a reader that is slow makes the query slow, not the memory full. */
function sent(response: ServerResponse, chunk: string, signal: AbortSignal): Promise<void> {
  if (response.write(chunk)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    response.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
